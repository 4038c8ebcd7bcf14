"""Where modules are imported from: import roots found by evidence, and each file's module name.

A directory is an import root when imports of the project resolve through it. ``__init__.py`` files
propose the roots; what the project really imports decides (a ``backend/`` folder the service is
started in, PEP 420 packages, two services with an ``app`` package each). An import counts where
the very file or name it asks for is there: a folder called like a library proves nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bylaw.facts import schema as F

STANDARD = frozenset(sys.stdlib_module_names)


class ModuleName(NamedTuple):
    """The name one file is imported under.

    Attributes:
        root: import root, a directory relative to the project root (empty for the root itself).
        name: dotted module name below the root.
        is_package: whether the file is an ``__init__.py``.
    """

    root: str
    name: str
    is_package: bool


class ImportRoots(NamedTuple):
    """How the files of a project are named and found.

    Attributes:
        names: module name of each path.
        shared: roots that hold packages or that imports resolve through.
        imported: (root, top-level name) pairs that other folders import as well.
        outside: top-level names that mean a library, although files of ours are called so.
    """

    names: dict[str, ModuleName]
    shared: frozenset[str]
    imported: frozenset[tuple[str, str]]
    outside: frozenset[str]


class _Tree(NamedTuple):
    """The files as import statements see them.

    ``packages`` are directories with an ``__init__.py`` and those whose files import each other
    relatively; ``bound`` is what each module binds, ``None`` for anything at all.
    """

    modules: dict[str, int]
    directories: frozenset[str]
    packages: frozenset[str]
    facts: Sequence[tuple[Any, ...]]
    bound: dict[int, frozenset[str] | None]


def _tree(paths: Sequence[str], facts: Sequence[tuple[Any, ...]]) -> _Tree:
    modules = {path[:-3]: index for index, path in enumerate(paths) if path.endswith(".py")}
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    if "__init__" in modules:
        packages.add("")
    directories: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in directories:
            directories.add(folder)
            folder = folder.rpartition("/")[0]
    relative = {
        (path.rpartition("/")[0], record[F.I_LEVEL], record[F.I_MODULE])
        for path, each in zip(paths, facts, strict=True)
        for record in each[F.IMPORTS]
        if record[F.I_LEVEL]
    }
    for folder, level, module in relative:
        _note_packages(packages, directories, folder, level, module)
    return _Tree(modules, frozenset(directories), frozenset(packages), facts, {})


def _note_packages(
    packages: set[str], directories: set[str], folder: str, level: int, module: str
) -> None:
    """A relative import proves that the folders it goes through are packages."""
    for _ in range(level - 1):
        packages.add(folder)
        folder = folder.rpartition("/")[0]
    if folder:
        packages.add(folder)
        for part in module.split("."):
            folder = f"{folder}/{part}"
            if folder in directories:
                packages.add(folder)


def _binds(tree: _Tree, index: int, name: str) -> bool:
    if index not in tree.bound:
        facts = tree.facts[index]
        names = frozenset(binding[F.B_NAME] for binding in facts[F.BINDINGS])
        tree.bound[index] = None if facts[F.STARS] or "__getattr__" in names else names
    bound = tree.bound[index]
    return bound is None or name in bound


def _is_there(tree: _Tree, root: str, module: str, name: str) -> bool:
    """Whether exactly what a statement imports is there below ``root``."""
    whole = (f"{root}/" if root else "") + module.replace(".", "/")
    if not name:
        return whole in tree.modules or whole in tree.directories
    inside = f"{whole}/{name}"
    if inside in tree.modules or inside in tree.directories:
        return True
    index = tree.modules.get(whole, tree.modules.get(f"{whole}/__init__"))
    return index is not None and (name == "*" or _binds(tree, index, name))


class _Votes(NamedTuple):
    """Import statements for each (root, top-level name), and names that are libraries."""

    proven: Counter[tuple[str, str]]
    bare: Counter[tuple[str, str]]
    outside: frozenset[str]


def _votes(tree: _Tree, imports: Mapping[tuple[str, str], int]) -> _Votes:
    homes: dict[str, set[str]] = {}
    for entry in (*tree.modules, *tree.directories):
        folder, _, name = entry.rpartition("/")
        homes.setdefault(name, set()).add(folder)
    proven: Counter[tuple[str, str]] = Counter()
    bare: Counter[tuple[str, str]] = Counter()
    missing: Counter[str] = Counter()
    best: dict[str, int] = {}
    for (module, name), count in imports.items():
        top = module.partition(".")[0]
        roots = homes.get(top)
        if roots is None:
            continue
        votes = bare if module == top and not name else proven
        found = [root for root in roots if _is_there(tree, root, module, name)]
        for root in found:
            votes[root, top] += count
        if not found:
            missing[top] += count
    for (_, top), count in proven.items():
        best[top] = max(best.get(top, 0), count)
    outside = frozenset(top for top, count in missing.items() if count > best.get(top, 0))
    return _Votes(proven, bare, outside)


def package_parent(packages: frozenset[str], folder: str) -> str:
    """The directory above the top-most package that holds ``folder``."""
    while folder and folder in packages:
        folder = folder.rpartition("/")[0]
    return folder


def _choose_root(tree: _Tree, votes: _Votes, folder: str, stem: str) -> str:
    proposed = package_parent(tree.packages, folder)
    best, most = proposed, -1
    parts = folder.split("/") if folder else []
    chain = [*parts, stem] if stem != "__init__" else parts
    for depth in range(len(chain)):
        root, top = "/".join(parts[:depth]), chain[depth]
        count = votes.proven[root, top] * 2 + votes.bare[root, top]
        if root != proposed and (count == 0 or top in STANDARD or top in votes.outside):
            continue
        if not all(part.isidentifier() for part in chain[depth:]):
            continue
        weight = count + (1 if root == proposed else 0)
        if weight > most:
            best, most = root, weight
    return best


def _declared_root(declared: Sequence[str], folder: str) -> str | None:
    inside = [
        root for root in declared if not root or folder == root or folder.startswith(f"{root}/")
    ]
    return max(inside, key=len, default=None)


def _absolute_imports(facts: Sequence[tuple[Any, ...]]) -> Counter[tuple[str, str]]:
    """How often each (module, name) is imported absolutely; no name for ``import module``."""
    return Counter(
        (record[F.I_MODULE], record[F.I_NAME])
        for each in facts
        for record in each[F.IMPORTS]
        if record[F.I_LEVEL] == 0
    )


def name_modules(
    paths: Sequence[str], facts: Sequence[tuple[Any, ...]], declared: Sequence[str] = ()
) -> ImportRoots:
    """Names every file by the import root that the project's own imports prove.

    Args:
        paths: Python files relative to the project root, sorted.
        facts: facts of each, same order.
        declared: import roots the configuration declares; below them nothing is guessed.

    Returns:
        The names, and what the imports prove about the roots.
    """
    tree = _tree(paths, facts)
    votes = _votes(tree, _absolute_imports(facts))
    by_folder: dict[tuple[str, str], str] = {}
    names: dict[str, ModuleName] = {}
    shared: set[str] = set()
    imported: set[tuple[str, str]] = set()
    for path in paths:
        folder, _, file_name = path.rpartition("/")
        stem = file_name.rpartition(".")[0]
        key = (folder, "" if folder in tree.packages else stem)
        root = by_folder.get(key)
        if root is None:
            root = _declared_root(declared, folder)
        if root is None:
            root = _choose_root(tree, votes, folder, stem)
        by_folder[key] = root
        names[path] = module = _module_name(path, root, stem)
        top = module.name.partition(".")[0]
        is_declared = root in declared
        if is_declared or (top not in votes.outside and _is_imported(tree, votes, root, top)):
            imported.add((root, top))
        if (root, top) in imported or folder in tree.packages:
            shared.add(root)
    return ImportRoots(names, frozenset(shared), frozenset(imported), votes.outside)


def _module_name(path: str, root: str, stem: str) -> ModuleName:
    dotted = path[len(root) + 1 if root else 0 :].rpartition(".")[0].replace("/", ".")
    if stem != "__init__":
        return ModuleName(root, dotted, False)
    return ModuleName(root, dotted.removesuffix("__init__").rstrip(".") or "__init__", True)


def _is_imported(tree: _Tree, votes: _Votes, root: str, top: str) -> bool:
    if votes.proven[root, top]:
        return True
    package = f"{root}/{top}" if root else top
    return package in tree.packages and votes.bare[root, top] > 0
