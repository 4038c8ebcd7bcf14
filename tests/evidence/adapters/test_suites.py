"""pytest, unittest and coverage: what is green, what is red, and what proves nothing."""

from __future__ import annotations

import importlib.metadata
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.evidence.adapters.scratch import (
    PYTEST,
    SHOP,
    SUMS_TEST,
    proven,
    repository,
    status,
    told,
    verified,
    write,
)

from bylaw.evidence.adapters.junit import Counts, read_junit

OUTCOMES = """import pytest
def test_passes(): pass
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.xfail
def test_unexpected(): pass
@pytest.mark.skip
def test_skipped(): pass
"""
ENDINGS: dict[str, tuple[dict[str, str], tuple[str, tuple[str, ...]], dict[str, int]]] = {
    "green": ({}, ("pass", ()), {"passed": 1}),
    "every outcome": (
        {"tests/test_all.py": OUTCOMES}, ("pass", ()),
        {"passed": 2, "xfailed": 1, "xpassed": 1, "skipped": 1},
    ),
    "red": (
        {"app/sums.py": "def total(a, b):\n    return a\n"}, ("fail", ("tests-failed",)),
        {"failed": 1},
    ),
    "fixture fails": (
        {"tests/conftest.py": "import pytest\n@pytest.fixture(autouse=True)\ndef bad(): 1 / 0\n"},
        ("fail", ("tests-failed",)), {"error": 1},
    ),
    "teardown fails": (
        {"tests/conftest.py": "import pytest\n@pytest.fixture(autouse=True)\ndef bad():\n"
                              "    yield\n    1 / 0\n"},
        ("fail", ("tests-failed",)), {"error": 1},
    ),
    "does not parse": (
        {"tests/test_bad.py": "def (:\n"}, ("fail", ("tests-failed",)), {"uncollected": 1},
    ),
    "imports what the change forgot": (
        {"tests/test_bad.py": "from app.gone import it\n"}, ("fail", ("tests-failed",)), {},
    ),
    "conftest fails": (
        {"tests/conftest.py": "import app.gone\n"}, ("fail", ("tests-failed",)), {},
    ),
    "no tests": ({"tests/test_sums.py": ""}, ("not-verified", ("zero-collected",)), {"passed": 0}),
    "all skipped": (
        {"tests/test_sums.py": "import pytest\npytestmark = pytest.mark.skip\ndef test_a(): 1\n"},
        ("not-verified", ("all-skipped",)), {"skipped": 1},
    ),
    "-k in addopts": (
        {"pyproject.toml": PYTEST + 'addopts = "-k total"\n',
         "tests/test_more.py": "def test_other(): pass\n"},
        ("not-verified", ("narrowed-selection",)), {"passed": 1, "deselected": 1},
    ),
    "-m that leaves nothing out": (
        {"pyproject.toml": PYTEST + 'addopts = "-m \'not slow\'"\nmarkers = ["slow"]\n'},
        ("pass", ()), {"passed": 1},
    ),
    "--ignore in addopts": (
        {"pyproject.toml": PYTEST + 'addopts = "--ignore=tests/test_more.py"\n',
         "tests/test_more.py": "def test_other(): assert False\n"},
        ("not-verified", ("narrowed-selection",)), {},
    ),
    "a hook deselects": (
        {"tests/conftest.py": "def pytest_collection_modifyitems(config, items):\n"
                              "    gone = items[1:]\n    del items[1:]\n"
                              "    config.hook.pytest_deselected(items=gone)\n",
         "tests/test_more.py": "def test_other(): pass\n"},
        ("not-verified", ("narrowed-selection",)), {"deselected": 1},
    ),
    "PYTEST_ADDOPTS": (
        {"bylaw.toml": '[probe.environment]\nPYTEST_ADDOPTS = "-x"\n'},
        ("not-verified", ("narrowed-selection",)), {"passed": 1},
    ),
    "tried again": (
        {"tests/conftest.py": "from _pytest.reports import TestReport\n"
                              "def pytest_runtest_protocol(item, nextitem):\n"
                              "    item.ihook.pytest_runtest_logreport(report=TestReport(\n"
                              "        item.nodeid, item.location, {}, 'rerun', None, 'call'))\n"},
        ("not-verified", ("reruns",)), {"reruns": 1},
    ),
    "needs a service": (
        {"tests/test_sums.py": "import socket\ndef test_a():\n"
                               "    socket.create_connection(('127.0.0.1', 9), 1)\n"},
        ("not-verified", ("needs-service",)), {"failed": 1},
    ),
    "needs a service, and fails over it": (
        {"tests/test_sums.py": "import socket\ndef test_a():\n    link = None\n    try:\n"
                               "        link = socket.create_connection(('127.0.0.1', 9), 1)\n"
                               "    finally:\n        link.close()\n"},
        ("not-verified", ("needs-service",)), {"failed": 1},
    ),
    "needs a package": (
        {"tests/test_more.py": "import nowhere_at_all\n"},
        ("not-verified", ("missing-package",)), {"uncollected": 1},
    ),
    "needs a variable": (
        {"tests/conftest.py": "import os\nTOKEN = os.environ['SHOP_TOKEN']\n"},
        ("not-verified", ("missing-variable",)), {},
    ),
    "needs a variable in a file": (
        {"tests/test_more.py": "import os\nTOKEN = os.environ['SHOP_TOKEN']\n"},
        ("not-verified", ("missing-variable",)), {"uncollected": 1},
    ),
    "ends without a word": (
        {"tests/test_more.py": "import os\ndef test_a(): os._exit(0)\n"},
        ("not-verified", ("output-unreadable",)), {},
    ),
    "an option nobody knows": (
        {"pyproject.toml": PYTEST + 'addopts = "--no-such-option"\n'},
        ("not-verified", ("tool-broken",)), {},
    ),
    "exits red though nothing failed": (
        {"tests/conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"},
        ("fail", ("exit-code",)), {"passed": 1},
    ),
    "says green though a test failed": (
        {"tests/test_more.py": "def test_a(): assert False\n",
         "tests/conftest.py": "import pytest\n@pytest.hookimpl(trylast=True)\n"
                              "def pytest_sessionfinish(session):\n    session.exitstatus = 0\n"},
        ("fail", ("tests-failed",)), {"failed": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_suite_of_pytest_ends_as_it_says(tmp_path: Path, name: str) -> None:
    files, expected, counts = ENDINGS[name]
    root = repository(tmp_path / "shop", {**SHOP, **files})
    item = proven(root, "tests-green")
    assert told(item) == expected, item.draft.message
    assert counts.items() <= dict(item.draft.counts).items()
    assert status(root) == ""
    assert bool(item.draft.next_command) == (expected[0] != "pass")


def test_suite_whose_ci_command_selects_is_run_whole(tmp_path: Path) -> None:
    step = "pytest -x -k nothing --lf --reruns 3 tests || true"
    workflow = f"on: push\njobs:\n  a:\n    steps:\n      - run: {step}\n"
    root = repository(tmp_path / "shop", {**SHOP, ".github/workflows/ci.yml": workflow})
    item = proven(root, "tests-green")
    assert told(item) == ("pass", ())
    assert "-k" not in item.draft.command
    assert "tests" in item.draft.command


def test_suite_that_writes_into_the_tree_is_not_verified(tmp_path: Path) -> None:
    code = "def test_a():\n    open('made.txt', 'w').close()\n"
    root = repository(tmp_path / "shop", {**SHOP, "tests/test_more.py": code})
    item = proven(root, "tests-green")
    assert told(item) == ("not-verified", ("tree-changed",))
    assert "made.txt" in item.draft.message


def test_suite_that_imports_another_copy_is_not_verified(tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, {"app/__init__.py": "", "app/sums.py": SHOP["app/sums.py"]})
    settings = PYTEST.replace('pythonpath = ["."]', f'pythonpath = ["{other}"]')
    root = repository(tmp_path / "shop", {**SHOP, "pyproject.toml": settings})
    item = proven(root, "tests-green")
    assert told(item) == ("not-verified", ("other-file",))
    assert item.draft.next_command == ".venv/bin/python -m pip install -e ."


@pytest.fixture
def unseen() -> Iterator[tuple[int, Callable[[int], None]]]:
    """Something that tests can ask for and no observation sees: a limit of another process."""
    child = subprocess.Popen(["sleep", "600"])
    hard = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)[1]
    yield (
        child.pid,
        lambda value: _ignored(resource.prlimit(child.pid, resource.RLIMIT_NOFILE, (value, hard))),
    )
    child.kill()
    child.wait()


def _ignored(value: object) -> None:
    """Takes what nobody needs."""


def test_suite_given_differing_results_on_one_tree_is_flaky(
    tmp_path: Path, unseen: tuple[int, Callable[[int], None]]
) -> None:
    pid, set_to = unseen
    asks = f"resource.prlimit({pid}, resource.RLIMIT_NOFILE)[0] == 100"
    code = f"import resource\ndef test_a():\n    assert {asks}\n"
    root = repository(tmp_path / "shop", {**SHOP, "tests/test_more.py": code})
    set_to(99)
    assert told(proven(root, "tests-green")) == ("fail", ("tests-failed",))
    set_to(100)
    again = proven(root, "tests-green")
    assert told(again) == ("not-verified", ("flaky",))
    assert again.draft.next_command == "bylaw run determinism"
    assert told(proven(root, "tests-green")) == ("not-verified", ("flaky",))
    write(root, {"app/more.py": "X = 1\n"})
    assert told(proven(root, "tests-green")) == ("pass", ())


def test_suite_that_sees_another_file_outside_the_tree_is_not_flaky(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"import os\ndef test_a():\n    assert os.path.exists({str(mark)!r})\n"
    root = repository(tmp_path / "shop", {**SHOP, "tests/test_more.py": code})
    assert told(proven(root, "tests-green")) == ("fail", ("tests-failed",))
    mark.touch()
    assert told(proven(root, "tests-green")) == ("pass", ())


def test_changed_tests_run_what_reaches_the_change_only(tmp_path: Path) -> None:
    files = {"app/other.py": "X = 1\n", "tests/test_other.py": "from app.other import X\n"
             "def test_x(): assert X == 2\n"}  # fmt: skip
    root = repository(tmp_path / "shop", {**SHOP, **files})
    write(root, {"app/sums.py": "def total(a: int, b: int) -> int:\n    return b + a\n"})
    item = proven(root, "changed-tests-green")
    assert told(item) == ("pass", ())
    assert "tests/test_sums.py" in item.draft.command
    assert "tests/test_other.py" not in item.draft.command


def test_changed_tests_that_nothing_reaches_are_not_verified(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", SHOP)
    write(root, {"app/lonely.py": "X = 1\n"})
    assert told(proven(root, "changed-tests-green")) == ("not-verified", ("zero-collected",))


def test_changed_tests_with_a_changed_file_that_is_no_python_are_all(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {**SHOP, "app/prices.json": "{}"})
    write(root, {"app/prices.json": "[]"})
    done = verified(root, "changed-tests-green", "tests-green")
    first, second = (each.item for each in done.entries)
    assert (first.result, second.result) == ("pass", "pass")
    assert first.draft.started == second.draft.started


CASES = """import unittest
class Sums(unittest.TestCase):
    def test_passes(self): self.assertEqual(1, 1)
    @unittest.skip("later")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
"""


@pytest.mark.parametrize(
    ("code", "expected", "counts"),
    [
        (CASES, ("pass", ()), {"passed": 1, "skipped": 1, "xfailed": 1}),
        (CASES.replace("(1, 1)", "(1, 2)"), ("fail", ("tests-failed",)), {"failed": 1}),
        ("import unittest\n", ("not-verified", ("zero-collected",)), {"passed": 0}),
        ("import unittest\nimport app.gone\n", ("fail", ("tests-failed",)), {"uncollected": 1}),
    ],
)
def test_suite_of_unittest_ends_as_it_says(
    tmp_path: Path, code: str, expected: tuple[str, tuple[str, ...]], counts: dict[str, int]
) -> None:
    files = {"app/__init__.py": "", "tests/__init__.py": "", "tests/test_sums.py": code}
    root = repository(tmp_path / "shop", files)
    item = proven(root, "tests-green")
    assert told(item) == expected, item.draft.message
    assert counts.items() <= dict(item.draft.counts).items()
    assert item.draft.tool.name == "unittest"


HALF = "def used():\n    return 1\n\n\ndef unused():\n    x = 1\n    return x\n"


@pytest.mark.parametrize(("floor", "expected"), [(60, "pass"), (90, "fail")])
@pytest.mark.parametrize("plug_in", [True, False])
def test_coverage_against_the_floor_of_the_repository(
    tmp_path: Path, floor: int, expected: str, plug_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not plug_in:
        from bylaw.evidence.adapters.project import Project

        tool = Project.tool
        monkeypatch.setattr(
            Project, "tool", lambda self, name: None if name == "pytest-cov" else tool(self, name)
        )
    assert importlib.metadata.version("coverage")
    settings = f"{PYTEST}[tool.coverage.run]\nsource = ['app']\n[tool.coverage.report]\n"
    files = {"pyproject.toml": f"{settings}fail_under = {floor}\n", "app/__init__.py": "",
             "app/half.py": HALF, "tests/test_half.py": "from app.half import used\n"
             "def test_used(): assert used() == 1\n"}  # fmt: skip
    root = repository(tmp_path / "shop", files)
    done = verified(root, "coverage-floor", "tests-green")
    floor_item, suite = (each.item for each in done.entries)
    assert floor_item.result == expected, floor_item.draft.message
    assert suite.result == "pass"
    assert dict(floor_item.draft.counts)["hundredths"] == 6000
    assert status(root) == ""


def test_coverage_of_a_red_suite_says_nothing(tmp_path: Path) -> None:
    settings = f"{PYTEST}[tool.coverage.report]\nfail_under = 1\n"
    files = {**SHOP, "pyproject.toml": settings, "tests/test_sums.py": SUMS_TEST.replace("3", "4")}
    assert told(proven(repository(tmp_path / "shop", files), "coverage-floor"))[0] == "fail"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<testsuites><testsuite><testcase name="&b;"/></testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<testsuites><testsuite><testcase/><testcase><failure/></testcase></testsuite>"
         b"</testsuites>", Counts(2, 1, 0, 0)),
        (b"<testsuite><testcase><skipped/></testcase><testcase><error/></testcase></testsuite>",
         Counts(2, 0, 1, 1)),
        (b"<testsuite><testcase>", None),
        (b"", None),
        (BOMB, None),
    ],
)  # fmt: skip
def test_junit_is_counted_and_a_document_type_refused(data: bytes, expected: Counts | None) -> None:
    assert read_junit(data) == expected
