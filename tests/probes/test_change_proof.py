"""``bylaw probe tests``: changed lines, expected errors, injected faults, weakened checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.probes.suites import CODE, PLAIN, TEST, probe, project

LONG = (
    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import decimal\n\n\n"
    "def double(\n    value,\n):\n    '''Words.'''\n    # words\n    result = sum(\n        [\n"
    "            value,\n            value,\n        ]\n    )\n    if value == 7:\n"
    "        result = (\n            15\n        )\n        result -= 1\n    return result\n"
)


def test_coverage_counts_changed_statements_that_can_run(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PLAIN, {"app/code.py": LONG})

    answer = probe(root, "--only", "coverage")

    assert answer.of("changed-line-coverage")[0].what == "71%: 5 of 7 changed statements"
    assert {(each.path, each.line, each.what) for each in answer.of("uncovered")} == {
        ("app/code.py", 19, "no test reaches lines 19-22")
    }
    assert (answer.code, answer.outcome.reason_codes) == (1, ("coverage-below-floor",))


def test_coverage_only_what_changed_counts_and_renames_are_followed(tmp_path: Path) -> None:
    lines = "".join(f"\n\ndef other{n}(value):\n    return value + {n}\n" for n in range(20))
    root = project(
        tmp_path / "p", {**PLAIN, "app/code.py": CODE + lines},
        {"app/moved.py": CODE.replace("* 2", "* 2 + 0") + lines,
         "tests/test_code.py": TEST.replace("app.code", "app.moved")}, ("app/code.py",),
    )  # fmt: skip

    answer = probe(root, "--only", "coverage")

    assert answer.of("changed-line-coverage")[0].what == "100%: 1 of 1 changed statements"
    assert answer.code == 0


SHOP = (
    "class Client:\n    def get(self, path):\n        return type('R', (), {'status_code': 404})\n"
    "\n\ndef price(name, source=None):\n    if name == 'x':\n        raise KeyError(name)\n"
    "    return source.read(name) if source else 1\n\n\ndef stock(name):\n    return 1\n\n\n"
    "def show(client):\n    return client.get('/x')\n"
)
SHOPPING = (
    "import pytest\n\nfrom app.shop import Client, price, show, stock\n\n\n"
    "def test_price_error():\n    with pytest.raises(KeyError):\n        price('x')\n\n\n"
    "def test_stock_raises_error_404_negative():\n    assert stock('a') == 1\n\n\n"
    "def test_show():\n    assert show(Client()).status_code == 404\n\n\n"
    "class Down:\n    def read(self, name):\n        raise ConnectionError(name)\n\n\n"
    "def test_source_down():\n    with pytest.raises(ConnectionError):\n"
    "        price('a', Down())\n\n\n"
    "def test_never():\n    if stock('b') == 2:\n        with pytest.raises(KeyError):\n"
    "            stock('b')\n    assert stock('b') == 1\n"
)


def test_negative_path_and_resilience_count_by_what_ran(tmp_path: Path) -> None:
    files = {"app/shop.py": SHOP, "tests/test_shop.py": SHOPPING}
    root = project(tmp_path / "p", PLAIN, files)

    answer = probe(root, "--only", "negative-path,resilience")

    assert {each.symbol: each.what for each in answer.of("negative-path")} == {
        "price": "expects KeyError",
        "show": "expects a status of 400 or more: show(Client()).status_code == 404",
        "Client.get": "expects a status of 400 or more: show(Client()).status_code == 404",
    }
    assert {each.symbol for each in answer.of("no-negative-path")} == {"stock"}
    assert {each.symbol: each.what for each in answer.of("resilience")} == {
        "price": "injects a fault: raises ConnectionError(name)"
    }
    assert answer.code == 0


def test_negative_path_that_is_owed_and_missing_fails(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PLAIN, {"app/code.py": CODE.replace("* 2", "* 2 + 0")})

    assert probe(root, "--only", "coverage").code == 0
    answer = probe(root, "--only", "negative-path,resilience")

    assert answer.outcome.reason_codes == ("no-negative-path", "no-resilience")


STRICT = {
    **PLAIN,
    "pyproject.toml": (
        "[tool.ruff.lint]\nselect = ['E', 'F', 'S']\nignore = ['E501']\n\n"
        "[tool.mypy]\nstrict = true\n\n[tool.coverage.report]\nfail_under = 90\n\n"
        "[tool.pytest.ini_options]\naddopts = '--strict-markers'\nfilterwarnings = ['error']\n"
    ),
    "tests/test_more.py": (
        "import pytest\n\nfrom app.code import double\n\n\ndef test_a():\n"
        "    assert double(1) == 2\n    assert double(2) == 4\n\n\n"
        "def test_b():\n    with pytest.raises(TypeError):\n        double()\n\n\n"
        "def test_c():\n    assert double(3) == 6\n\n\n"
        "def test_d():\n    assert double(4) == 8\n\n\ndef test_e():\n    assert double(5) == 10\n"
    ),
}
LOOSE = {
    "pyproject.toml": (
        "[tool.ruff.lint]\nselect = ['E', 'F']\nignore = ['E501', 'F401']\n\n"
        "[tool.ruff.lint.per-file-ignores]\n'app/*' = ['E722']\n\n"
        "[tool.mypy]\nstrict = false\n\n[[tool.mypy.overrides]]\nmodule = 'app.*'\n"
        "ignore_errors = true\n\n[tool.coverage.report]\nfail_under = 50\n"
        "omit = ['app/code.py']\n\n"
        "[tool.pytest.ini_options]\naddopts = '--deselect tests/test_x.py'\n"
    ),
    "tests/test_more.py": (
        "import pytest\n\nfrom app.code import double\n\n\ndef test_a():\n"
        "    assert double(1) == 2\n\n\n"
        "def test_b():\n    with pytest.raises(Exception):\n        double()\n\n\n"
        "@pytest.mark.skip\ndef test_c():\n    assert double(3) == 6\n\n\n"
        "def test_d():\n    assert True\n"
    ),
}


def test_weakened_every_loosening_is_seen(tmp_path: Path) -> None:
    root = project(tmp_path / "p", STRICT, LOOSE)

    answer = probe(root, "--only", "weakened")

    seen = {(each.path, each.what) for each in answer.of("check-weakened")}
    assert {text for path, text in seen if path == "pyproject.toml"} == {
        "ruff no longer selects S", "ruff ignores F401", "ruff ignores E722 in app/*",
        "mypy: strict is no longer on", "mypy-app.*: ignore_errors = true",
        "the coverage floor is 50, it was 90", "coverage leaves out app/code.py",
        "pytest runs with --deselect tests/test_x.py",
        "pytest no longer runs with --strict-markers", "pytest no longer fails on warnings: error",
    }  # fmt: skip
    assert {text for path, text in seen if path != "pyproject.toml"} == {
        "2 assertions before, 1 now: without assert double(2) == 4",
        "expects any exception, not one of a kind",
        "skipped or expected to fail: test_c pytest.mark.skip",
        "an assertion that is always true",
        "1 assertions before, 0 now: without assert double(4) == 8", "the test test_e is gone",
    }  # fmt: skip
    assert "check-weakened" in answer.outcome.reason_codes
    assert answer.code == 1


@pytest.mark.parametrize(
    "after",
    [
        {"pyproject.toml": STRICT["pyproject.toml"].replace("'S'", "'S', 'B'")},
        {"tests/test_more.py": STRICT["tests/test_more.py"].replace("== 2\n", "== 2, 'one'\n")},
        {"tests/test_other.py": STRICT["tests/test_more.py"], "tests/test_more.py": ""},
        {"tests/test_more.py": STRICT["tests/test_more.py"].replace("test_e", "test_f")},
        {
            "tests/test_more.py": STRICT["tests/test_more.py"].replace(
                "    assert double(5)",
                "    query = pytest.approx\n    query.skip = 1\n    assert double(5)",
            )
        },
        {"tests/test_new.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_new():\n    pass\n"},
    ],
    ids=["stricter", "message", "moved", "renamed", "a skip of its own", "born skipped"],
)
def test_weakened_other_changes_are_none(after: dict[str, str], tmp_path: Path) -> None:
    root = project(tmp_path / "p", STRICT, after)

    answer = probe(root, "--only", "weakened")

    assert not answer.of("check-weakened")
