"""Which tests a change brings or changes, by what their code says, not by the lines it moved."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.probes.proof.change import Change

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEEPEST = 12


class ChangedTest(NamedTuple):
    """One test function.

    Attributes:
        path: file after the change.
        name: class and function.
        line: where it begins.
        new: whether the base has no test of that name there.
    """

    path: str
    name: str
    line: int
    new: bool


def changed_tests(change: Change) -> list[ChangedTest]:
    """Test functions that say something else than at the base, their fixtures and helpers included.

    Where a fixture of ``conftest.py`` changed, the tests that use it are not among them.
    """
    found = []
    for each in change.tests:
        if each.after is None:
            continue
        before = _meanings(each.before or "")
        for name, (meaning, line) in _meanings(each.after).items():
            if before.get(name, ("", 0))[0] != meaning:
                found.append(ChangedTest(each.path, name, line, name not in before))
    return found


def plain_dump(node: ast.AST) -> str:
    """What code does: its tree without positions, comments and docstrings."""
    return ast.dump(without_docstrings(node))


def without_docstrings(node: ast.AST) -> ast.AST:
    """The same tree, its docstrings taken out."""
    for each in ast.walk(node):
        body = getattr(each, "body", None)
        if not isinstance(each, (ast.Module, ast.ClassDef, *_Function)) or not body:
            continue
        if ast.get_docstring(each, clean=False) is not None:
            each.body = body[1:] or [ast.Pass()]
    return node


def parsed(text: str | None) -> ast.Module | None:
    """The tree of a module; None where it does not parse."""
    if text is None:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def functions(tree: ast.AST, lead: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Functions of a module and of its classes, by class and function."""
    for node in getattr(tree, "body", ()):
        if isinstance(node, _Function):
            yield f"{lead}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{lead}{node.name}.")


def _meanings(text: str) -> dict[str, tuple[str, int]]:
    """Meaning and line of each test function of a module."""
    tree = parsed(text)
    if tree is None:
        return {}
    named = _definitions(tree)
    members = {
        node.name: "".join(
            plain_dump(each)
            for each in node.body
            if not (isinstance(each, _Function) and each.name.startswith("test"))
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {}
    for name, node in functions(tree):
        if not name.rpartition(".")[2].startswith("test"):
            continue
        used = _reached_names([node], named)
        around = [members.get(part, "") for part in name.split(".")[:-1]]
        parts = [plain_dump(node), *around, *(plain_dump(n) for u in used for n in named[u])]
        found[name] = ("\n".join(parts), node.lineno)  # type: ignore[attr-defined]
    return found


def _definitions(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Names that a module's own statements bind, imports apart."""
    found: dict[str, list[ast.AST]] = {}
    for node in tree.body:
        for name in _bound(node):
            found.setdefault(name, []).append(node)
    return found


def _bound(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, (ast.ClassDef, *_Function)):
        return [] if node.name.startswith(("test", "Test")) else [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [each.id for each in targets if isinstance(each, ast.Name)]
    return []


def _reached_names(start: list[ast.AST], named: dict[str, list[ast.AST]]) -> list[str]:
    """Names of the module that code uses, as variables or as fixtures, and what those use."""
    pending = list(start)
    seen: set[str] = set()
    for _ in range(_DEEPEST):
        names = {name for node in pending for name in _names(node) if name in named} - seen
        if not names:
            break
        seen |= names
        pending = [node for name in names for node in named[name]]
    return sorted(seen)


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value  # usefixtures
