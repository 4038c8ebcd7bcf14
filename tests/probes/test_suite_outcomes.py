"""``bylaw probe tests --only green``: what a run of the suite says, and what says nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.probes.suites import CODE, PLAIN, TEST, Answer, Files, commit, probe

INI = "[pytest]\n"
FIXTURE = (
    "import pytest\n\n\n@pytest.fixture\ndef broken():\n    raise OSError('no database')\n\n\n"
    "def test_double(broken):\n    assert True\n"
)
SKIPPED = "import pytest\n\n\n@pytest.mark.skip\ndef test_double():\n    assert True\n"
RETRYING = (
    "from _pytest.runner import runtestprotocol\n\n\ndef pytest_addoption(parser):\n"
    "    parser.addoption('--reruns', type=int, default=0)\n\n\n"
    "def pytest_runtest_protocol(item, nextitem):\n"
    "    left = max([item.config.option.reruns, *(m.kwargs['reruns'] for m in"
    " item.iter_markers('flaky'))])\n"
    "    for number in range(left + 1):\n"
    "        reports = runtestprotocol(item, nextitem=nextitem, log=False)\n"
    "        for report in reports:\n"
    "            if report.failed and number < left:\n                report.outcome = 'rerun'\n"
    "            item.ihook.pytest_runtest_logreport(report=report)\n"
    "        if not any(report.outcome == 'rerun' for report in reports):\n            break\n"
    "    return True\n"
)
RETRIED = (
    "import pytest\n\nTRIES = []\n\n\n@pytest.mark.flaky(reruns=2)\ndef test_double():\n"
    "    TRIES.append(1)\n    assert len(TRIES) > 1\n"
)
SEEN: dict[str, tuple[Files, int, set[str], str]] = {
    "green": (PLAIN, 0, set(), "tests"),
    "failing": (
        {**PLAIN, "tests/test_code.py": TEST.replace("4", "5")}, 1, {"tests-failed"}, "test-failed"
    ),
    "zero collected": ({"app/code.py": CODE}, 3, {"zero-collected"}, "zero-collected"),
    "fails at import": (
        {**PLAIN, "tests/test_other.py": "from app.code import missing\n"}, 1,
        {"collection-error"}, "collection-error",
    ),
    "needs a package": (
        {**PLAIN, "tests/test_other.py": "import no_such_package_x\n"}, 3, {"missing-package"},
        "collection-error",
    ),
    "fixture broken": ({**PLAIN, "tests/test_code.py": FIXTURE}, 1, {"fixture-error"},
                       "fixture-error"),
    "deselected": (
        {**PLAIN, "pytest.ini": INI + "addopts = -k other\n",
         "tests/test_other.py": "def test_other():\n    assert True\n"},
        3, {"deselected"}, "tests",
    ),
    "all skipped": (
        {**PLAIN, "tests/test_code.py": SKIPPED}, 3,
        {"all-skipped"}, "tests",
    ),
    "endless": (
        {**PLAIN, "tests/test_other.py": "def test_other():\n    while True:\n        pass\n"}, 3,
        {"test-time-limit"}, "test-time-limit",
    ),
    "runner refuses": ({**PLAIN, "pytest.ini": INI + "addopts = --no-such-option\n"}, 3,
                       {"runner-refused"}, ""),
    "retried by a mark": (
        {**PLAIN, "pytest_rerunfailures.py": RETRYING, "tests/test_other.py": RETRIED,
         "pytest.ini": INI + "addopts = -p pytest_rerunfailures\nmarkers =\n    flaky: again\n"},
        3, {"retries"}, "retried",
    ),
    "retries asked for": (
        {**PLAIN, "pytest_rerunfailures.py": RETRYING, "tests/test_other.py": RETRIED.replace(
            "@pytest.mark.flaky(reruns=2)\n", ""),
         "pytest.ini": INI + "addopts = -p pytest_rerunfailures --reruns 3\n"},
        1, {"tests-failed"}, "retry-plugin",
    ),
    "needs a database": (
        {**PLAIN, "tests/test_other.py": "import socket\n\n\ndef test_other():\n"
         "    socket.create_connection(('127.0.0.1', 5432))\n"}, 3, {"needs-service"},
        "needs-service",
    ),
    "needs another machine": (
        {**PLAIN, "tests/test_other.py": "import socket\n\n\ndef test_other():\n"
         "    socket.create_connection(('203.0.113.7', 80), timeout=2)\n"}, 3, {"needs-service"},
        "needs-service",
    ),
    "leaves the process": (
        {**PLAIN, "tests/test_other.py": "import os\n\n\ndef test_other():\n    os._exit(0)\n"}, 3,
        {"crashed"}, "tests",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_probe_every_outcome_of_a_suite_has_its_own_reason(name: str, tmp_path: Path) -> None:
    files, code, reasons, kind = SEEN[name]
    commit(tmp_path / "p", files)

    answer = only_green(tmp_path / "p", "--test-seconds", "3")

    assert set(answer.outcome.reason_codes) == reasons
    assert answer.code == code
    if kind:
        assert answer.of(kind)


def only_green(root: Path, *words: str, python: str = "") -> Answer:
    """The first part alone, which needs no base."""
    named = {"python": python} if python else {}
    return probe(root, "--only", "green", *words, base="", **named)


def test_probe_counts_every_outcome(tmp_path: Path) -> None:
    text = (
        "import pytest\n\n\ndef test_a():\n    assert True\n\n\n@pytest.mark.xfail\ndef test_b():\n"
        "    assert False\n\n\ndef test_c():\n    pytest.skip('not here')\n\n\n"
        "@pytest.mark.parametrize('value', [1, 2])\ndef test_d(value):\n    assert value == 1\n"
    )
    commit(tmp_path / "p", {"tests/test_all.py": text})

    answer = only_green(tmp_path / "p")

    assert answer.of("tests")[0].what == "1 failed, 2 passed, 1 skipped, 1 xfailed"
    (failed,) = answer.of("test-failed")
    assert (failed.path, failed.line, failed.symbol) == (
        "tests/test_all.py", 17, "tests/test_all.py::test_d[2]"
    )  # fmt: skip
    assert failed.what == "call: AssertionError: assert 2 == 1"
    assert failed.stack == [("tests/test_all.py", 19, "test_d")]


def test_probe_serves_unittest_where_it_is_asked_for(tmp_path: Path) -> None:
    text = (
        "import unittest\n\nfrom app.code import double\n\n\nclass Double(unittest.TestCase):\n"
        "    def test_double(self):\n        self.assertEqual(double(2), 4)\n\n"
        "    def test_wrong(self):\n        self.assertEqual(double(2), 5)\n\n"
        "    @unittest.skip('no')\n    def test_skipped(self):\n        self.fail()\n\n\n"
        "class Broken(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n"
        "        raise OSError('no database')\n\n    def test_never(self):\n        pass\n"
    )
    files = {**PLAIN, "tests/__init__.py": "", "tests/test_code.py": text,
             "tests/test_gone.py": "from app.code import missing\n"}  # fmt: skip
    commit(tmp_path / "p", files)

    answer = only_green(tmp_path / "p", "--runner", "unittest")

    assert answer.of("tests")[0].what == "1 error, 1 failed, 1 passed, 1 skipped"
    assert [each.symbol.rpartition(".")[2] for each in answer.of("test-failed")] == ["test_wrong"]
    assert [each.symbol.rpartition(".")[2] for each in answer.of("fixture-error")] == ["test_never"]
    assert [each.path for each in answer.of("collection-error")] == ["tests/test_gone.py"]
    assert answer.code == 1


def test_probe_tests_run_in_the_folder_that_configures_them(tmp_path: Path) -> None:
    files = {f"backend/{name}": text for name, text in PLAIN.items()}
    files["backend/pyproject.toml"] = "[tool.pytest.ini_options]\ntestpaths = ['tests']\n"
    commit(tmp_path / "p", files)

    answer = only_green(tmp_path / "p" / "backend")

    assert answer.of("tests")[0].what == "1 passed"


def test_probe_writing_tests_leave_the_checkout_as_it_is(tmp_path: Path) -> None:
    text = (
        "import os\nfrom pathlib import Path\n\n\ndef test_writes():\n"
        "    Path('made.txt').write_text('x')\n    Path('app/code.py').unlink()\n"
        "    os.chmod('app', 0o700)\n    Path('.git/index').write_text('x')\n"
        "    Path('/tmp/bylaw-made-by-a-test').write_text('x')\n"
    )
    commit(tmp_path / "p", {**PLAIN, "tests/test_code.py": text})

    answer = only_green(tmp_path / "p")

    assert answer.of("tests")[0].what == "1 passed", answer.document
    assert not Path("/tmp/bylaw-made-by-a-test").exists()


def test_probe_arguments_for_pytest_are_refused(tmp_path: Path) -> None:
    commit(tmp_path / "p", PLAIN)

    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "probe", "tests", str(tmp_path), "--", "-k", "double"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "-k" in done.stderr
