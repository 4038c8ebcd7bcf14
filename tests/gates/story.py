"""Whole changes in a scratch repository: the verdict, and what its next command does."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.source.scratch_git import commit, git, write

BIN = Path(sys.executable).parent
MOVES = ("bylaw verify", "bylaw run ", "git fetch")
"""Commands that move the verdict by themselves; all others show a person what to decide."""

SERVICE = {
    "pyproject.toml": f"""\
[project]
name = "shop"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["fastapi"]

[tool.ruff]
line-length = 100

[tool.ruff.lint]
select = ["E", "F"]

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]

[tool.bylaw.project]
python = {json.dumps(sys.executable)}
""",
    ".gitignore": "__pycache__/\n",
    "README.md": "# Shop\n",
    "app/__init__.py": "",
    "app/prices.py": """\
from __future__ import annotations


def price(amount: int) -> int:
    \"\"\"Price of an amount.\"\"\"
    if amount < 0:
        raise ValueError("negative")
    return amount * 2
""",
    "app/auth.py": """\
from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Header, HTTPException


def current_user(authorization: Annotated[str, Header()] = "") -> str:
    if not hmac.compare_digest(authorization.encode(), b"Bearer of-the-test"):
        raise HTTPException(status_code=401)
    return "ada"
""",
    "app/main.py": """\
from __future__ import annotations

from fastapi import Depends, FastAPI

from app.auth import current_user
from app.prices import price

app = FastAPI()


@app.post("/prices", dependencies=[Depends(current_user)])
def make_price(amount: int) -> dict[str, int]:
    return {"price": price(amount)}
""",
    "tests/__init__.py": "",
    "tests/test_prices.py": """\
from __future__ import annotations

import pytest

from app.prices import price


def test_price() -> None:
    assert price(2) == 4


def test_negative() -> None:
    with pytest.raises(ValueError):
        price(-1)
""",
}


class Story:
    """One scratch repository with a service on ``main``, and a branch that changes it."""

    def __init__(self, folder: Path, files: Mapping[str, str] | None = None) -> None:
        self.root = folder / "shop"
        self.cache = folder / "cache"
        self.base = "main"
        commit(self.root, {**SERVICE, **(files or {})})
        git(self.root, "branch", "-M", "main")
        git(self.root, "checkout", "-q", "-b", "change")

    def write(self, files: Mapping[str, str]) -> None:
        """Changes files of the work tree."""
        write(self.root, files)

    def replace(self, path: str, old: str, new: str) -> None:
        """Changes a piece of a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        write(self.root, {path: text.replace(old, new)})

    def commit(self) -> str:
        """Commits all that differs."""
        return commit(self.root)

    def run(self, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line as a user would type it."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.cache),
            "NO_COLOR": "1", **variables,
        }  # fmt: skip
        return subprocess.run(
            ["bash", "-c", line], cwd=self.root, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    def gate(self, *words: str) -> dict[str, Any]:
        """The verdict as a document; its exit code belongs to it."""
        based = f" --base {self.base}" if self.base else ""
        done = self.run(f"bylaw gate{based} --format json {' '.join(words)}")
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        codes = {"ready-for-pr": 0, "fix-required": 1, "not-verified": 3, "blocked": 4}
        assert done.returncode == codes[document["verdict"]]
        assert bool(document["next_command"]) is (document["verdict"] != "ready-for-pr")
        return document

    def gate_at(self, now: str) -> dict[str, Any]:
        """The verdict as it would be at another time (UTC)."""
        script = (
            "import json, sys; from bylaw.gating import Asked, gate_of; "
            "from bylaw.report.gate_json import gate_document; "
            "asked = Asked(sys.argv[1], sys.argv[2], now=sys.argv[3]); "
            "print(json.dumps(gate_document(gate_of(asked, lambda _: None).answer)))"
        )
        words = [sys.executable, "-c", script, str(self.root), self.base, now]
        done = self.run(shlex.join(words))
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def verified(self) -> dict[str, Any]:
        """The verdict after everything that is obliged was run."""
        done = self.run(f"bylaw verify --base {self.base}")
        assert done.returncode in (0, 1, 3), done.stderr
        return self.gate()

    def until_ready(self, *mends: Callable[[Story, dict[str, Any]], None]) -> list[str]:
        """Follows the next command, and a person where it only shows something, until ready.

        Args:
            mends: what a person does each time they are asked.

        Returns:
            The verdicts on the way.
        """
        left, seen = list(mends), [self.gate()]
        while seen[-1]["verdict"] != "ready-for-pr":
            assert len(seen) < 12, [state(each) for each in seen]
            command = seen[-1]["next_command"]
            if not command.startswith(MOVES):
                if not command.endswith(" TEXT"):
                    shown = self.run(command)
                    assert shown.returncode in (0, 1, 3), f"{command}: {shown.stderr}"
                    assert shown.stdout.strip() or shown.stderr.strip(), command
                assert left, f"a person is asked once more: {command} {state(seen[-1])}"
                left.pop(0)(self, seen[-1])
            else:
                done = self.run(command)
                assert done.returncode in (0, 1, 3), f"{command}: {done.stderr}"
            seen.append(self.gate())
            assert state(seen[-1]) != state(seen[-2]), f"{command} moved nothing: {state(seen[-1])}"
        assert not left, "a person was asked less often than expected"
        return [each["verdict"] for each in seen]


def state(document: Mapping[str, Any]) -> tuple[object, ...]:
    """What has to change when a verdict moves."""
    reasons = [(each["reason_code"], tuple(each["signals_used"])) for each in document["reasons"]]
    return document["verdict"], document["next_command"], tuple(sorted(reasons))


def codes(document: Mapping[str, Any]) -> set[str]:
    """Reason codes of a verdict."""
    return {each["reason_code"] for each in document["reasons"]}


def gates(document: Mapping[str, Any]) -> dict[str, str]:
    """Result of each gate."""
    return {each["id"]: each["result"] for each in document["gates"]}


def claims(document: Mapping[str, Any]) -> dict[str, str]:
    """Result of each claim."""
    return {each["claim"].removeprefix("claim/"): each["result"] for each in document["claims"]}
