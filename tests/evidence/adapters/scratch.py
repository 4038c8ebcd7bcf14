"""Scratch repositories that are proven with the real tools of our own environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bylaw.evidence.item import Item
from bylaw.verifying import Asked, Verified, verify

PYTEST = """[project]
name = "shop"
version = "1"
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
"""
SUMS = "def total(a: int, b: int) -> int:\n    return a + b\n"
SUMS_TEST = "from app.sums import total\n\n\ndef test_total():\n    assert total(1, 2) == 3\n"
SHOP = {
    "pyproject.toml": PYTEST, "app/__init__.py": "", "app/sums.py": SUMS,
    "tests/test_sums.py": SUMS_TEST,
}  # fmt: skip


def git(root: Path, *words: str) -> None:
    """Runs git as nobody in particular."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=root, check=True,
        capture_output=True, env=environment,
    )  # fmt: skip


def write(root: Path, files: Mapping[str, str]) -> None:
    """Writes files below a root."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def repository(root: Path, files: Mapping[str, str], *, environment: bool = True) -> Path:
    """A repository with one commit, called ``base``, and our own environment as its own."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    write(root, {".gitignore": ".venv\n__pycache__/\n", **files})
    if environment:
        (root / ".venv").symlink_to(sys.prefix)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    git(root, "branch", "base")
    return root


def status(root: Path) -> str:
    """What git sees that was not there."""
    told = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, check=True, capture_output=True, text=True
    )
    return told.stdout


def verified(root: Path, *claims: str, reuse: bool = False, every: bool = False) -> Verified:
    """Proves claims against the first commit."""
    return verify(Asked(str(root), "base", claims, every, reuse=reuse))


def proven(root: Path, claim: str) -> Item:
    """The item of one claim, run now."""
    return verified(root, claim).entries[0].item


def told(item: Item) -> tuple[str, tuple[str, ...]]:
    """Result and reason codes."""
    return item.draft.result, item.draft.reason_codes
