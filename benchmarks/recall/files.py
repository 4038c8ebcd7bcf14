"""The files of a tree as the mutator sees them: parsed by itself, named by itself."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from typing import NamedTuple

_LEFT_OUT = frozenset({"node_modules", "__pycache__", "build", "dist", "site-packages"})
_SUPPORT = frozenset(
    {"docs", "doc", "examples", "scripts", "bin", "tools", "benchmarks", "dev", "load_tests"}
)
_TESTS = frozenset({"tests", "test", "testing", "e2e"})
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_RUN_BY_HAND = frozenset({"setup", "manage", "noxfile", "fabfile", "__main__", "conftest"})


class File(NamedTuple):
    """One Python file.

    Attributes:
        path: relative to the tree, with ``/``.
        text: its source.
        tree: its syntax tree.
        module: dotted name by the ``__init__.py`` files above it; empty if no package holds it.
        package: dotted name of the package it stands in.
        outer: directory of the top-level package, relative to the tree.
        role: ``code``, ``test``, ``migration`` or ``support``.
    """

    path: str
    text: str
    tree: ast.Module
    module: str
    package: str
    outer: str
    role: str

    @property
    def folder(self) -> str:
        """Directory of the file, relative to the tree."""
        return self.path.rpartition("/")[0]


def read_tree(root: str) -> list[File]:
    """Every Python file that parses, sorted by path.

    Args:
        root: directory of the tree.

    Returns:
        The files; generated and foreign directories are left out.
    """
    packages = set()
    paths = sorted(_python_files(root))
    for path in paths:
        if path.rpartition("/")[2] == "__init__.py":
            packages.add(path.rpartition("/")[0])
    files = []
    for path in paths:
        try:
            with open(os.path.join(root, path), encoding="utf-8", newline="") as stream:
                text = stream.read()
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        if "\r" not in text and "\f" not in text:
            files.append(_file(path, text, tree, packages))
    return files


def _python_files(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in _LEFT_OUT]
        for name in names:
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def _file(path: str, text: str, tree: ast.Module, packages: set[str]) -> File:
    folder, _, name = path.rpartition("/")
    # A folder without an __init__.py belongs to the package above it all the same.
    above = folder.split("/") if folder else []
    outermost = [n for n in range(1, len(above) + 1) if "/".join(above[:n]) in packages]
    start = outermost[0] - 1 if outermost else len(above)
    outer, parts = "/".join(above[:start]), above[start:]
    package = ".".join(parts) if all(part.isidentifier() for part in parts) else ""
    stem = name[:-3]
    module = package if stem == "__init__" else f"{package}.{stem}"
    if not package or not stem.isidentifier():
        module = ""
    return File(path, text, tree, module, package, outer, _role(path, tree))


def _role(path: str, tree: ast.Module) -> str:
    folders = set(path.split("/")[:-1])
    stem = path.rpartition("/")[2][:-3]
    if folders & _TESTS or stem.startswith("test_") or stem.endswith("_test") or stem == "tests":
        return "test"
    if folders & {"migrations", "versions", "alembic"}:
        return "migration"
    if stem in _RUN_BY_HAND or folders & _SUPPORT or stem.startswith("gunicorn"):
        return "support"
    if any(isinstance(node, ast.If) and "__main__" in ast.unparse(node.test) for node in tree.body):
        return "support"
    return "code"


def imported_modules(file: File) -> Iterator[tuple[ast.stmt, str]]:
    """Dotted names a file imports, anywhere, each with its statement.

    ``from a import b`` gives ``a`` and ``a.b``: which of the two is a module is for the
    caller to know.
    """
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = file.module.split(".")
                if not file.path.endswith("/__init__.py"):
                    up = up[:-1]
                up = up[: len(up) - (node.level - 1)]
                base = ".".join([*up, base] if base else up)
            yield node, base
            for alias in node.names:
                yield node, f"{base}.{alias.name}"


def bound_names(file: File) -> dict[str, set[str]]:
    """Each name the file binds anywhere, with how: an import's spelling, or ``other``."""
    bound: dict[str, set[str]] = {}

    def note(name: str | None, how: str = "other") -> None:
        if name:
            bound.setdefault(name, set()).add(how)

    for node in ast.walk(file.tree):
        if isinstance(node, ast.Name) and type(node.ctx) is not ast.Load:
            note(node.id)
        elif isinstance(node, ast.arg):
            note(node.arg)
        elif isinstance(node, _NAMED):
            note(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, how in spelled_imports(node):
                note(name, how if node in file.tree.body else "other")
    return bound


def spelled_imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Each name an import statement binds, with a spelling to compare it by."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            origin = f"{'.' * node.level}{node.module or ''}:{alias.name}"
            yield alias.asname or alias.name, origin
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            yield alias.name.partition(".")[0], alias.name.partition(".")[0]
