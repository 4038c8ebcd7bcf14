"""What calls of interest are handed, taken apart."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.extract import extract


def _handed(source: str) -> list[tuple[str, Any]]:
    """Last name of each call of interest, with its arguments."""
    found = []
    for function in extract(source.encode())[F.FUNCTIONS]:
        for index, _, arguments in function[F.F_HANDED]:
            path = function[F.F_CALLS][index][F.C_PATH] if index >= 0 else "return"
            found.append((path.rpartition(".")[2], arguments))
    return found


def test_extract_formatted_query_text_and_leaves() -> None:
    source = 'def f(s, user):\n    s.execute(f"SELECT 1 WHERE id = {user.id}")\n'
    assert _handed(source) == [
        ("execute", (("0", True, "SELECT 1 WHERE id = {}", (("user.id", (), ()),)),))
    ]


def test_extract_local_names_are_followed() -> None:
    source = (
        "def f(s, name):\n"
        '    condition = "name = %s" % name.strip()\n'
        '    sql = "SELECT 1 WHERE " + condition\n'
        "    s.execute(sql)\n"
    )
    assert _handed(source) == [
        (
            "execute",
            (("0", True, "SELECT 1 WHERE name = %s",
              (("name", ("strip",), ("sql", "condition")),)),),
        )
    ]  # fmt: skip


def test_extract_caught_exception_has_its_types() -> None:
    source = (
        "def f():\n"
        "    try:\n"
        "        pass\n"
        "    except (OSError, db.Error) as error:\n"
        "        abort(500, str(error))\n"
        "        return {'why': error.args}\n"
    )
    assert [each[1][-1][3] for each in _handed(source)] == [
        (("^OSError|db.Error", ("str",), ()),),
        (("^OSError|db.Error~.args", (), ("'why'",)),),
    ]


def test_extract_looked_up_key_is_part_of_the_leaf() -> None:
    source = "def f(request):\n    log.info('x', request.headers.get('authorization'))\n"
    assert _handed(source)[0][1][1][3] == (("request.headers['authorization']", (), ()),)


def test_extract_plain_calls_are_not_looked_at() -> None:
    source = "def f(a):\n    log.info('done')\n    run(a, f'{a}')\n    return a\n"
    assert _handed(source) == []


def test_extract_loops_say_what_they_go_through() -> None:
    source = "def f(rows):\n    for row in enumerate(rows):\n        [g(x) for x in row.parts()]\n"
    facts = extract(source.encode())
    call = facts[F.FUNCTIONS][1][F.F_CALLS][-1]
    assert call[F.C_PATH] == "g"
    assert facts[F.SITUATIONS][call[F.C_SITUATION]][F.S_EACH] == ("rows", "parts()")


def test_extract_statement_that_is_returned_is_kept() -> None:
    source = (
        "def f(name):\n"
        "    query = f\"SELECT 1 WHERE name = '{name}'\"\n"
        '    query += " LIMIT 1"\n'
        "    return query\n\n\n"
        "def g(name):\n"
        '    return "hello {}".format(name)\n'
    )
    functions = extract(source.encode())[F.FUNCTIONS]
    kinds = [[each[F.T_CALL] for each in function[F.F_HANDED]] for function in functions]
    assert kinds == [[], [F.T_STATEMENT], []]
    assert functions[1][F.F_HANDED][0][2][0][F.G_TEXT] == "SELECT 1 WHERE name = '{}' LIMIT 1"


def test_extract_compared_passwords_keep_both_sides() -> None:
    source = (
        "def f(user, form):\n"
        '    password = form["password"].strip()\n'
        "    return user.password == password or user.name == form.name\n"
    )
    function = extract(source.encode())[F.FUNCTIONS][1]
    (kind, line, (first, second)) = function[F.F_HANDED][0]
    assert (kind, line) == (F.T_COMPARED, 3)
    assert first[F.G_LEAVES] == (("user.password", (), ()),)
    assert ("form['password']", ("strip",), ("password",)) in second[F.G_LEAVES]
