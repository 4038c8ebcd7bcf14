"""The limits and layers Bylaw asks of others, kept by its own code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "bylaw"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_CLASS = 500, 50, 100

# Data flows from left to right; a room imports only rooms to its left, and words everybody shares.
ROOMS = (
    "source", "facts", "manifests", "model", "rules", "plugin", "packs", "probes", "findings",
    "evidence", "gates", "report", "mends", "cli",
)  # fmt: skip
SHARED = frozenset({"finding", "errors", "config", "result", "version", ""})
# The pipeline joins the rooms; only the command line and the public API are to its right.
PIPELINE = frozenset(
    {
        "activation",
        "adopting",
        "analysis",
        "approving",
        "further",
        "gating",
        "initial",
        "installed",
        "linking",
        "mending",
        "planning",
        "proving",
        "selection",
        "staling",
        "tiering",
        "verifying",
    }
)


def _size(node: ast.AST) -> int:
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_file_sizes_stay_within_our_own_limits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    too_long = [f"{path.name}: {text.count(chr(10))} lines"] * (text.count("\n") > LONGEST_FILE)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if _size(node) > LONGEST_FUNCTION:
                too_long.append(f"{node.name}: {_size(node)} lines")
        elif isinstance(node, ast.ClassDef) and _size(node) > LONGEST_CLASS:
            too_long.append(f"{node.name}: {_size(node)} lines")
    assert not too_long


def _imported_rooms(path: Path) -> set[tuple[str, int]]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "bylaw":
                found.add((parts[1] if len(parts) > 1 else "", getattr(node, "lineno", 0)))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_stands_to_their_left(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *SHARED}
    if room == "cli":
        allowed |= PIPELINE
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {imported}"
        for path in sorted((SOURCE / room).rglob("*.py"))
        for imported, line in sorted(_imported_rooms(path))
        if imported not in allowed
    ]
    assert not wrong
