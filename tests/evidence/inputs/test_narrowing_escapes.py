"""What observation cannot see keeps the whole tree; what lies beside it counts in any case."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.evidence.inputs.runs import PYTEST, Evidence, observe, run, variables
from tests.evidence.inputs.trees import git, repository, write

from bylaw.evidence.inputs.opened import Opened

_HEAD = "import os, subprocess, sys, multiprocessing\n\n"
_CAT = "assert subprocess.check_output({words}{more}).strip() == b'data'\n"
_READ = "import sys; sys.stdout.write(open('data.txt').read())"

ESCAPES = {
    "another program": _CAT.format(words="['cat', 'data.txt']", more=""),
    "a shell": "assert os.system('grep -q data data.txt') == 0\n",
    "a shell of subprocess": _CAT.format(words="'cat data.txt'", more=", shell=True"),
    "a Python that is told to ignore variables": _CAT.format(
        words=f"[sys.executable, '-I', '-c', {_READ!r}]", more=""
    ),
    "a Python without site": _CAT.format(words=f"[sys.executable, '-S', '-c', {_READ!r}]", more=""),
    "a Python without variables": _CAT.format(
        words=f"[sys.executable, '-c', {_READ!r}]", more=", env={}"
    ),
    "a program that is spawned": (
        "pid = os.posix_spawnp('grep', ['grep', '-q', 'data', 'data.txt'], os.environ)\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
    ),
    "a program in place of a fork": (
        "pid = os.fork()\n"
        "    if not pid:\n"
        "        os.execvp('grep', ['grep', '-q', 'data', 'data.txt'])\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
    ),
    "a program among Pythons": (
        "process = multiprocessing.get_context('spawn').Process(target=print)\n"
        "    process.start(), process.join()\n"
        "    " + _CAT.format(words="['cat', 'data.txt']", more="")
    ),
    "a program without events": (
        "import _posixsubprocess, shutil\n"
        "    from multiprocessing.util import spawnv_passfds\n"
        "    words = ['grep', '-q', 'data', 'data.txt']\n"
        "    pid = spawnv_passfds(os.fsencode(shutil.which('grep')), words, ())\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
    ),
}


def _project(root: Path, body: str, files: dict[str, str] | None = None) -> Path:
    test = f"{_HEAD}def test_it():\n    {body}"
    mains = {"pytest.ini": "[pytest]\n", "data.txt": "data", ".gitignore": "__pycache__/\n*.env\n"}
    return repository(root, {**mains, "test_it.py": test, **(files or {})})


@pytest.mark.parametrize("name", ESCAPES)
def test_narrowing_program_that_is_not_seen_keeps_the_whole_tree(tmp_path: Path, name: str) -> None:
    found = observe(_project(tmp_path, ESCAPES[name]))
    assert found.outcome.code == 0, found.outcome.text
    assert found.observed.paths is None
    assert found.inputs.set == "tree"
    assert found.inputs.how
    write(tmp_path, {"data.txt": "other"})
    assert [each.path for each in found.freshness().causes] == ["data.txt"]


def test_narrowing_program_of_the_machine_is_no_escape(tmp_path: Path) -> None:
    body = "import platform, uuid\n    platform.uname().processor, uuid.getnode()\n"
    assert observe(_project(tmp_path, body)).observed.paths is not None


def test_narrowing_python_script_that_is_started_is_seen(tmp_path: Path) -> None:
    body = "assert subprocess.check_output(['./tool.py']).strip() == b'data'\n"
    script = f"#!{sys.executable}\nprint(open('data.txt').read())\n"
    root = _project(tmp_path, body, {"tool.py": script})
    (root / "tool.py").chmod(0o755)
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    assert found.observed.paths is not None, found.observed.how
    assert {"data.txt", "tool.py"} <= found.observed.paths


def test_narrowing_history_asked_for_counts(tmp_path: Path) -> None:
    body = (
        "said = subprocess.run(['git', 'describe', '--tags'], capture_output=True, text=True)\n"
        "    assert said.stdout.strip() == 'v1'\n"
    )
    root = _project(tmp_path, body)
    git(root, "tag", "v1")
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    assert run(root, variables()).is_other(found.outcome)
    assert [each.kind for each in found.freshness().causes] == ["history-changed"]


def test_narrowing_history_asked_for_by_a_script_counts(tmp_path: Path) -> None:
    body = "assert subprocess.check_output(['./version']).strip() == b'v1'\n"
    root = _project(tmp_path, body, {"version": '#!/bin/sh\nexec g"i"t describe --tags\n'})
    (root / "version").chmod(0o755)
    git(root, "tag", "v1")
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    git(root, "tag", "-d", "v1")
    assert run(root, variables()).is_other(found.outcome)
    assert [each.kind for each in found.freshness().causes] == ["history-changed"]


def test_narrowing_commit_leaves_what_asked_for_no_history(tmp_path: Path) -> None:
    found = observe(_project(tmp_path, ESCAPES["another program"]))
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    assert found.freshness().state == "fresh"


def test_narrowing_history_that_is_read_by_hand_counts(tmp_path: Path) -> None:
    root = _project(tmp_path, "assert open('.git/HEAD').read().endswith('main\\n')\n")
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    git(root, "checkout", "-q", "-b", "other")
    assert run(root, variables()).is_other(found.outcome)
    assert [each.kind for each in found.freshness().causes] == ["history-changed"]


def test_narrowing_ini_above_the_root_counts(tmp_path: Path) -> None:
    root = repository(tmp_path / "outer" / "inner", {"test_it.py": "def test_it():\n    pass\n"})
    found = observe(root)
    assert found.outcome.code == 0
    assert found.freshness().state == "fresh"
    write(tmp_path / "outer", {"pytest.ini": "[pytest]\naddopts = -k nothing\n"})
    assert run(root, variables()).is_other(found.outcome)
    causes = found.freshness().causes
    assert [each.kind for each in causes] == ["elsewhere-changed"]
    assert causes[0].path.endswith("outer/pytest.ini")


def test_narrowing_module_outside_the_root_counts(tmp_path: Path) -> None:
    body = "sys.path.insert(0, '../shared')\n    import common\n    assert common.VALUE == 1\n"
    write(tmp_path, {"shared/common.py": "VALUE = 1\n"})
    root = _project(tmp_path / "inner", body)
    run(root, variables())
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    write(tmp_path, {"shared/common.py": "VALUE = 23\n"})
    assert run(root, variables()).is_other(found.outcome)
    causes = found.freshness().causes
    assert [each.kind for each in causes] == ["elsewhere-changed"]
    assert causes[0].path.endswith("shared/common.py")


def test_narrowing_ignored_module_counts_when_it_is_compiled(tmp_path: Path) -> None:
    body = "import made_pb2\n    assert made_pb2.VALUE == 1\n"
    root = _project(tmp_path, body, {".gitignore": "__pycache__/\n*_pb2.py\n"})
    write(root, {"made_pb2.py": "VALUE = 1\n"})
    run(root, variables())
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    write(root, {"made_pb2.py": "VALUE = 23\n"})
    assert run(root, variables()).is_other(found.outcome)
    assert [each.path for each in found.freshness().causes] == ["made_pb2.py"]


@pytest.mark.parametrize("escape", ["", "\n    subprocess.run(['true'])"])
def test_narrowing_ignored_file_counts_in_any_case(tmp_path: Path, escape: str) -> None:
    root = _project(tmp_path, f"assert open('my.env').read() == '1'{escape}\n")
    write(root, {"my.env": "1"})
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    assert (found.observed.paths is None) is bool(escape)
    write(root, {"my.env": "2"})
    assert run(root, variables()).is_other(found.outcome)
    assert [each.path for each in found.freshness().causes] == ["my.env"]


@pytest.mark.parametrize("body", ["os.path.getsize('my.env') == 1", "os.access('my.env', os.X_OK)"])
def test_narrowing_ignored_file_that_is_looked_at_counts(tmp_path: Path, body: str) -> None:
    root = _project(tmp_path, f"assert {body}\n")
    write(root, {"my.env": "1"})
    (root / "my.env").chmod(0o755)
    found = observe(root)
    assert found.outcome.code == 0, found.outcome.text
    write(root, {"my.env": "23"})
    (root / "my.env").chmod(0o644)
    assert run(root, variables()).is_other(found.outcome)
    assert {each.path for each in found.freshness().causes} == {"my.env"}


def test_narrowing_file_the_run_itself_made_does_not_count(tmp_path: Path) -> None:
    body = "open('made.env', 'w').write(str(os.getpid()))\n    open('made.env').read()\n"
    found = observe(_project(tmp_path, body))
    assert found.outcome.code == 0, found.outcome.text
    write(tmp_path, {"made.env": "x"})
    assert found.freshness().state == "fresh"


def test_narrowing_machine_code_where_nobody_watches_files_keeps_the_whole_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: Opened) -> None:
        self.trouble = "files cannot be watched on this system"

    monkeypatch.setattr(Opened, "start", start)
    body = "import ctypes\n    ctypes.CDLL(None)\n    ctypes.CDLL('libc.so.6')\n"
    found = observe(_project(tmp_path, body))
    assert found.observed.paths is None
    assert "may open files by itself" in found.observed.how


def test_narrowing_more_opened_than_is_kept_count_of_keeps_the_whole_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Opened, "_listen", lambda self: None)
    body = (
        "import ctypes\n    ctypes.CDLL('libc.so.6')\n"
        "    for _ in range(10_000):\n"
        "        open('data.txt').close(), open('pytest.ini').close()\n"
    )
    found = observe(_project(tmp_path, body))
    assert found.observed.paths is None
    assert "more files" in found.observed.how


def test_narrowing_log_that_cannot_be_written_keeps_the_whole_tree(tmp_path: Path) -> None:
    body = (
        "import resource\n"
        "    limit = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))\n"
        "    open('data.txt').close()\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, limit)\n"
    )
    found = observe(_project(tmp_path, body))
    assert found.outcome.code == 0, found.outcome.text
    assert found.observed.paths is None


def test_narrowing_packages_of_the_tree_count(tmp_path: Path) -> None:
    body = "import vendored\n    assert vendored.VALUE == 1\n"
    root = _project(tmp_path, body, {"own-packages/vendored.py": "VALUE = 1\n"})
    given = {**variables(), "PYTHONPATH": str(root / "own-packages")}
    found = _observe_with(root, given)
    assert found.outcome.code == 0, found.outcome.text
    assert found.observed.paths is not None
    assert "own-packages/vendored.py" in found.observed.paths


def test_narrowing_run_that_is_killed_keeps_what_was_told(tmp_path: Path) -> None:
    body = f"open('data.txt').close()\n    os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
    found = observe(_project(tmp_path, body))
    assert found.outcome.code == -signal.SIGKILL
    assert found.observed.paths is not None
    assert "data.txt" in found.observed.paths


def test_narrowing_interpreter_that_is_no_python_keeps_the_whole_tree(tmp_path: Path) -> None:
    root = _project(tmp_path, "pass\n")
    found = observe(root, ("sh", "-c", "exit 0"), "sh")
    assert found.observed.paths is None


def test_narrowing_own_sitecustomize_still_runs(tmp_path: Path) -> None:
    root = _project(tmp_path, "assert sys.own == 1\n", {"own/sitecustomize.py": _OWN})
    given = {**variables(), "PYTHONPATH": str(root / "own")}
    found = _observe_with(root, given)
    assert found.outcome.code == 0, found.outcome.text
    assert found.observed.paths is not None
    assert "own/sitecustomize.py" in found.observed.paths


_OWN = "import sys\n\nsys.own = 1\n"


def _observe_with(root: Path, given: dict[str, str]) -> Evidence:
    before = dict(os.environ)
    try:
        import tests.evidence.inputs.runs as runs

        kept, runs.variables = runs.variables, lambda: given
        return observe(root, PYTEST)
    finally:
        runs.variables = kept
        os.environ.update(before)
