"""``bylaw probe tests --only red-green``: what a change's tests do without the change."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.probes.suites import (
    CODE,
    PLAIN,
    PYTHON,
    TEST,
    Files,
    commit,
    git,
    probe,
    project,
    state,
)

from bylaw.probes.outcome import read_outcome

FIXED = CODE.replace("* 2", "* 2 if value else 1")
HEAD = "import pytest\n\nfrom app.code import double\n\n\n"
BEHAVIOUR = (
    HEAD + "def test_by_assertion():\n    assert double(0) == 1\n\n\n"
    "def test_passes():\n    assert double(3) == 6\n\n\n"
    "@pytest.fixture\ndef half():\n    assert double(0) == 1\n    return 1\n\n\n"
    "def test_fixture(half):\n    assert half == 1\n\n\n"
    "def test_endless():\n    while double(0) == 0:\n        pass\n\n\n"
    "def test_skipped():\n    if double(0) == 0:\n        pytest.skip('no')\n\n\n"
    "def test_crash():\n    assert 1 / double(0) == 1\n\n\n"
    "@pytest.mark.parametrize('value, wanted', [(1, 2), (0, 1)])\n"
    "def test_one_of_two(value, wanted):\n    assert double(value) == wanted\n\n\n"
    "def test_not_green():\n    assert double(0) == 2\n\n\n"
    "def test_symbol():\n    import app.code\n    assert app.code.triple(1) == 3\n\n\n"
    "def test_keyword():\n    assert double(value=1, times=3) == 3\n"
)
CHANGED = (
    "def double(value, times=2):\n    return value * times if value else 1\n\n\n"
    "def triple(value):\n    return value * 3\n"
)


def test_red_green_every_class_is_told_apart(tmp_path: Path) -> None:
    project(tmp_path / "p", PLAIN, {"app/code.py": CHANGED, "tests/test_new.py": BEHAVIOUR})

    answer = probe(tmp_path / "p", "--only", "red-green", "--test-seconds", "3")

    assert answer.kinds() == {
        "test_by_assertion": "red-by-assertion", "test_passes": "passes-on-base",
        "test_fixture": "fixture-error-on-base", "test_endless": "time-limit-on-base",
        "test_skipped": "skipped-on-base", "test_crash": "red-by-missing-behaviour",
        "test_one_of_two": "red-by-assertion", "test_not_green": "not-green-on-head",
        "test_symbol": "weak-red", "test_keyword": "weak-red",
    }  # fmt: skip
    assert answer.outcome.reason_codes == ("not-green-on-head",)


ONE: dict[str, tuple[Files, Files, int, tuple[str, ...], str]] = {
    "written after": (
        PLAIN, {"app/code.py": FIXED, "tests/test_new.py": TEST}, 1, ("test-written-after",),
        "passes-on-base",
    ),
    "no test": (PLAIN, {"app/code.py": CODE + "\n\ndef triple(value):\n    return value * 3\n"}, 1,
                ("test-written-after",), "test-written-after"),
    "new module": (
        PLAIN,
        {"app/new.py": CODE, "tests/test_new.py": TEST.replace("app.code", "app.new")}, 0, (),
        "weak-red",
    ),
    "new name at the top": (
        PLAIN,
        {"app/code.py": CODE.replace("double", "twice"),
         "tests/test_code.py": TEST.replace("double", "twice")}, 0, (), "weak-red",
    ),
    "one passes, another one cannot tell": (
        PLAIN,
        {"app/code.py": FIXED, "tests/test_new.py": HEAD + "def test_two():\n"
         "    assert double(2) == 4\n\n\n@pytest.fixture\ndef half():\n"
         "    assert double(0) == 1\n\n\ndef test_half(half):\n    assert half is None\n"},
        3, ("fixture-error-on-base",), "fixture-error-on-base",
    ),
    "needs a database": (
        PLAIN,
        {"app/code.py": FIXED, "tests/test_new.py": "import socket\n\n\ndef test_zero():\n"
         "    socket.create_connection(('127.0.0.1', 5432))\n"}, 3, ("needs-service",),
        "needs-service",
    ),
    "base fails at import by itself": (
        {**PLAIN, "app/code.py": "VALUE = int('{')\n", "tests/test_code.py": ""},
        {"app/code.py": CODE, "tests/test_code.py": TEST}, 3, ("collection-error-on-base",),
        "collection-error-on-base",
    ),
    "deselected": (
        {**PLAIN, "pytest.ini": "[pytest]\naddopts = -k 'not zero'\n"},
        {"app/code.py": FIXED, "tests/test_new.py": TEST.replace("test_double", "test_zero")}, 3,
        ("deselected",), "deselected",
    ),
    "not collected": (
        PLAIN, {"app/code.py": FIXED, "tests/more.py": TEST.replace("test_double", "test_zero")}, 3,
        ("not-collected",), "not-collected",
    ),
    "words only": (PLAIN, {"app/code.py": '"""Words."""\n# more\n\n' + CODE}, 0, (), "red-green"),
    "refactoring": (
        PLAIN, {"app/code.py": "def double(value):\n    result = value\n    result += value\n"
                "    return result\n"}, 0, (), "red-green",
    ),
    "refactoring that no test reaches": (
        {**PLAIN, "app/other.py": CODE}, {"app/other.py": CODE.replace("* 2", "+ value")}, 1,
        ("test-written-after",), "test-written-after",
    ),
    "deletion": ({**PLAIN, "app/code.py": CODE + "\n\ndef gone():\n    return 1\n"},
                 {"app/code.py": CODE}, 0, (), "red-green"),
    "tests only": (PLAIN, {"tests/test_more.py": TEST.replace("2", "1", 1)}, 0, (), "red-green"),
    "helper changed": (
        {**PLAIN, "tests/test_code.py": HEAD + "ZERO = 0\n\n\ndef test_zero():\n"
         "    assert double(0) == ZERO\n"},
        {"app/code.py": FIXED, "tests/test_code.py": HEAD + "ZERO = 1\n\n\ndef test_zero():\n"
         "    assert double(0) == ZERO\n"}, 0, (), "red-by-assertion",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_red_green_change_has_one_class(name: str, tmp_path: Path) -> None:
    before, after, code, reasons, kind = ONE[name]
    if name == "tests only":
        after = {"tests/test_more.py": TEST}
    project(tmp_path / "p", before, after)

    answer = probe(tmp_path / "p", "--only", "red-green")

    assert set(reasons) == set(answer.outcome.reason_codes), answer.document
    assert answer.code == code
    assert answer.of(kind)


def test_red_green_evidence_of_each_exemption_is_its_own(tmp_path: Path) -> None:
    seen = set()
    for name in ("words only", "refactoring", "deletion", "tests only"):
        before, after, *_ = ONE[name]
        after = {"tests/test_more.py": TEST} if name == "tests only" else after
        root = project(tmp_path / name.replace(" ", "-"), before, after)
        seen.add(probe(root, "--only", "red-green").of("red-green")[0].what)

    assert seen == {"same-code", "refactor", "deletion-only", "no-source-change"}


def test_red_green_work_tree_and_untracked_files_are_the_head(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PLAIN)
    (root / "app/code.py").write_text(FIXED)
    (root / "tests/test_new.py").write_text(HEAD + "def test_zero():\n    assert double(0) == 1\n")

    answer = probe(root, "--only", "red-green")

    assert answer.kinds() == {"test_zero": "red-by-assertion"}
    assert answer.code == 0


def test_red_green_named_head_is_not_the_work_tree(tmp_path: Path) -> None:
    red = HEAD + "def test_zero():\n    assert double(0) == 1\n"
    root = project(tmp_path / "p", PLAIN, {"app/code.py": FIXED, "tests/test_new.py": red})
    git(root, "tag", "head")
    commit(root, {"app/code.py": "broken(\n", "tests/test_later.py": "assert False\n"})
    (root / "tests/test_untracked.py").write_text("assert False\n")

    answer = probe(root, "--only", "green,red-green", "--head", "head")

    assert answer.kinds() == {"test_zero": "red-by-assertion"}
    assert answer.of("tests")[0].what == "2 passed"
    assert answer.code == 0


def test_red_green_renamed_module_is_the_base_s_under_its_old_name(tmp_path: Path) -> None:
    long = CODE + "".join(f"\n\ndef other{n}(value):\n    return value + {n}\n" for n in range(20))
    new = long.replace("* 2", "* 2 if value else 1")
    test = TEST.replace("app.code", "app.moved").replace("double(2) == 4", "double(0) == 1")
    root = project(
        tmp_path / "p", {**PLAIN, "app/code.py": long},
        {"app/moved.py": new, "tests/test_code.py": test}, ("app/code.py",),
    )  # fmt: skip

    answer = probe(root, "--only", "red-green")

    assert answer.kinds() == {"test_double": "weak-red"}


def test_red_green_works_below_the_root_and_beside_the_standard_library(tmp_path: Path) -> None:
    before = {"api/code.py": CODE, "api/pyproject.toml": "[tool.pytest.ini_options]\n",
              "api/conftest.py": "", "other/test_x.py": "assert False\n"}  # fmt: skip
    red = "import calc\n\n\ndef test_zero():\n    assert calc.double(0) == 1\n"
    after = {
        "api/calc.py": FIXED,
        "api/code.py": CODE + "VALUE = 1\n",
        "api/tests/test_new.py": red,
    }
    root = project(tmp_path / "p", {**before, "api/calc.py": CODE}, after)

    answer = probe(root / "api", "--only", "red-green")

    assert answer.kinds() == {"test_zero": "red-by-assertion"}
    assert answer.code == 0, answer.document


def test_red_green_without_a_base_is_not_verified_with_the_command(tmp_path: Path) -> None:
    root = project(tmp_path / "p", PLAIN)

    answer = probe(root, "--only", "red-green", base="")

    assert (answer.code, answer.outcome.reason_codes) == (3, ("no-base",))
    assert answer.outcome.errors[0].hint == "bylaw probe tests --base REVISION"


def test_red_green_an_installed_copy_is_not_verified(tmp_path: Path) -> None:
    root = project(
        tmp_path / "p", {**PLAIN, "conftest.py": "import sys\nsys.path.insert(0, 'copies')\n",
                         ".gitignore": "copies\n"},
        {"app/code.py": FIXED, "tests/test_new.py": TEST.replace("2) == 4", "0) == 1")},
    )  # fmt: skip
    place = tmp_path / "elsewhere" / "app"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("")
    (place / "code.py").write_text(FIXED)
    commit(root, {"conftest.py": f"import sys\nsys.path.insert(0, {str(place.parent)!r})\n"})

    answer = probe(root, "--only", "red-green")

    assert answer.code == 3
    assert "other-file" in answer.outcome.reason_codes


def test_red_green_serves_unittest(tmp_path: Path) -> None:
    text = (
        "import unittest\n\nfrom app.code import double\n\n\nclass Double(unittest.TestCase):\n"
        "    def test_zero(self):\n        self.assertEqual(double(0), 1)\n\n"
        "    def test_two(self):\n        self.assertEqual(double(2), 4)\n"
    )
    new = {"app/code.py": FIXED + "\n\ndef triple(value):\n    return value * 3\n",
           "tests/__init__.py": "", "tests/test_unit.py": text,
           "tests/test_new.py": text.replace("double", "triple").replace("1", "0").replace("4", "6")
           }  # fmt: skip
    root = project(tmp_path / "p", {"app/__init__.py": "", "app/code.py": CODE}, new)

    answer = probe(root, "--only", "red-green", "--runner", "unittest")

    kinds = {(each.path, each.symbol): each.kind for each in answer.outcome.observations}
    assert kinds["tests/test_unit.py", "Double.test_zero"] == "red-by-assertion"
    assert kinds["tests/test_unit.py", "Double.test_two"] == "passes-on-base"
    assert kinds["tests/test_new.py", "Double.test_zero"] == "weak-red"
    assert answer.code == 0


COPY = (
    "import sys\nfrom bylaw.linking import silent\n"
    "from bylaw.probes.outcome import render_outcome\n"
    "from bylaw.probes.proof.probe import Asked, probe_tests\n"
    "asked = Asked(sys.argv[1], base='base', parts=frozenset({'green', 'red-green'}),"
    " python=sys.executable, contain=False)\nprint(render_outcome(probe_tests(asked, silent)))\n"
)


def test_red_green_works_on_a_copy_where_there_are_no_namespaces(tmp_path: Path) -> None:
    red = HEAD + "def test_zero():\n    assert double(0) == 1\n"
    writes = "from pathlib import Path\n\n\ndef test_writes():\n    Path('made').touch()\n"
    root = project(
        tmp_path / "p", PLAIN,
        {"app/code.py": FIXED, "tests/test_new.py": red, "tests/test_write.py": writes},
    )  # fmt: skip
    before = state(root)

    done = subprocess.run(
        [PYTHON, "-c", COPY, str(root)], capture_output=True, text=True, check=True
    )
    outcome = read_outcome(done.stdout, "it")

    kinds = {each.symbol: each.kind for each in outcome.observations if each.symbol}
    assert kinds["test_zero"] == "red-by-assertion"
    assert kinds["test_writes"] == "passes-on-base"
    assert state(root) == before
    assert outcome.result == "pass"


def test_red_green_the_first_failure_of_a_test_is_its_class(tmp_path: Path) -> None:
    text = HEAD + (
        "@pytest.fixture\ndef zero():\n    yield double(0)\n    assert double(0) == 1\n\n\n"
        "def test_zero(zero):\n    assert zero == 1\n"
    )
    root = project(tmp_path / "p", PLAIN, {"app/code.py": FIXED, "tests/test_new.py": text})

    assert probe(root, "--only", "red-green").kinds() == {"test_zero": "red-by-assertion"}
