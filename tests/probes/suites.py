"""A project with tests and a history on disk, probed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from bylaw.probes.outcome import Observation, Outcome, read_outcome

PYTHON = sys.executable
Files = dict[str, str]
CODE = "def double(value):\n    return value * 2\n"
TEST = "from app.code import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
PLAIN: Files = {"app/__init__.py": "", "app/code.py": CODE, "tests/test_code.py": TEST}


class Answer(NamedTuple):
    """What a run of the command printed."""

    code: int
    outcome: Outcome
    document: dict[str, Any]

    def of(self, kind: str) -> list[Observation]:
        """Observations of a kind."""
        return [each for each in self.outcome.observations if each.kind == kind]

    def kinds(self) -> dict[str, str]:
        """Function of each test to the class that red-green gives it."""
        found: dict[str, str] = {}
        for each in self.outcome.observations:
            if each.symbol.rpartition(".")[2].startswith("test") and "::" not in each.symbol:
                found.setdefault(each.symbol.rpartition(".")[2], each.kind)
        return found


def git(root: Path, *words: str) -> str:
    """Runs git the same way everywhere."""
    done = subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.hooksPath=/x",
         "-c", "commit.gpgsign=false", *words],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def write(root: Path, files: Files) -> None:
    """Writes files; a text of ``None`` removes one."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(root: Path, files: Files, gone: tuple[str, ...] = ()) -> None:
    """One commit with these files written and those removed."""
    if not (root / ".git").exists():
        root.mkdir(parents=True, exist_ok=True)
        git(root, "init", "-q", "-b", "main")
    write(root, files)
    for name in gone:
        (root / name).unlink()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")


def project(
    root: Path, before: Files, after: Files | None = None, gone: tuple[str, ...] = ()
) -> Path:
    """A repository with a base commit, ``base``, and one commit on top of it."""
    commit(root, before)
    git(root, "tag", "base")
    commit(root, after or {}, gone)
    return root


def state(root: Path) -> str:
    """One hash over every name, mode, time and content, the index and references of git too."""
    whole = hashlib.blake2b()
    for path in sorted(root.rglob("*")):
        found = path.lstat()
        whole.update(f"{path} {found.st_mode} {found.st_mtime_ns}".encode())
        whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()


def probe(root: Path, *words: str, python: str = PYTHON, base: str = "base") -> Answer:
    """Runs ``bylaw probe tests`` as users do, and checks that the checkout stays as it was."""
    before = state(root)
    command = [sys.executable, "-m", "bylaw", "probe", "tests", str(root), "--python", python]
    based = ["--base", base] if base else []
    done = subprocess.run(
        [*command, *based, *words], capture_output=True, text=True, timeout=300, check=False,
        env=dict(os.environ),
    )  # fmt: skip
    assert done.stdout, done.stderr
    assert state(root) == before, "the probe changed the checkout"
    answer = Answer(done.returncode, read_outcome(done.stdout, "it"), json.loads(done.stdout))
    hints = [each["hint"] for each in answer.document["errors"] if each["hint"]]
    assert len(hints) == bool(answer.document["errors"])
    return answer
