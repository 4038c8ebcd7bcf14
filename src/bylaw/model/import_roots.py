"""Where modules are imported from: import roots found by evidence, and each file's module name.

A directory is an import root when imports of the project resolve through it. ``__init__.py`` files
propose the roots; what the project really imports decides (a ``backend/`` folder the service is
started in, PEP 420 packages, two services with an ``app`` package each).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.facts import schema as F

_STANDARD = frozenset(sys.stdlib_module_names)


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


def absolute_imports(all_facts: Iterable[tuple[object, ...] | None]) -> Counter[str]:
    """How often each absolute specifier is imported anywhere (``a.b`` and, for from, ``a.b.c``)."""
    counts: Counter[str] = Counter()
    for facts in all_facts:
        if facts is None:
            continue
        imports = facts[F.IMPORTS]
        assert isinstance(imports, tuple)
        for record in imports:
            if record[F.I_LEVEL] == 0:
                module, name = record[F.I_MODULE], record[F.I_NAME]
                counts[f"{module}.{name}" if name and name != "*" else module] += 1
    return counts


class _Tree(NamedTuple):
    modules: frozenset[str]
    directories: frozenset[str]
    packages: frozenset[str]


def _tree(paths: Sequence[str]) -> _Tree:
    modules = frozenset(path[:-3] for path in paths if path.endswith(".py"))
    packages = frozenset(
        path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] == "__init__.py"
    )
    directories: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in directories:
            directories.add(folder)
            folder = folder.rpartition("/")[0]
    return _Tree(modules, frozenset(directories), packages)


def _resolves(tree: _Tree, root: str, specifier: str) -> bool:
    """Whether a specifier names a module, package or a member of one below ``root``."""
    prefix = f"{root}/" if root else ""
    whole = prefix + specifier.replace(".", "/")
    if whole in tree.modules or whole in tree.directories:
        return True
    parent = whole.rpartition("/")[0]
    return parent != root and (parent in tree.modules or parent in tree.packages)


def _votes(tree: _Tree, imports: Mapping[str, int]) -> Counter[tuple[str, str]]:
    """For each (root, top-level name) how many import statements resolve through it."""
    homes: dict[str, list[str]] = {}
    for entry in (*tree.modules, *tree.directories):
        folder, _, name = entry.rpartition("/")
        homes.setdefault(name, []).append(folder)
    votes: Counter[tuple[str, str]] = Counter()
    for specifier, count in imports.items():
        top = specifier.partition(".")[0]
        for root in sorted(set(homes.get(top, ()))):
            if _resolves(tree, root, specifier):
                votes[root, top] += count
    return votes


def package_parent(packages: frozenset[str], folder: str) -> str:
    """The directory above the top-most package that holds ``folder``."""
    while folder in packages:
        folder = folder.rpartition("/")[0]
    return folder


def _choose_root(tree: _Tree, votes: Counter[tuple[str, str]], folder: str, stem: str) -> str:
    proposed = package_parent(tree.packages, folder)
    best, best_votes = proposed, -1
    parts = folder.split("/") if folder else []
    chain = [*parts, stem] if stem != "__init__" else parts
    for depth in range(len(chain)):
        root, top = "/".join(parts[:depth]), chain[depth]
        count = votes[root, top]
        if root != proposed and (count == 0 or top in _STANDARD):
            continue
        if not all(part.isidentifier() for part in chain[depth:]):
            continue
        weight = count * 2 + (1 if root == proposed else 0)
        if weight > best_votes:
            best, best_votes = root, weight
    return best


def _declared_root(declared: Sequence[str], folder: str) -> str | None:
    inside = [
        root for root in declared if not root or folder == root or folder.startswith(f"{root}/")
    ]
    return max(inside, key=len, default=None)


def name_modules(
    paths: Sequence[str], imports: Mapping[str, int], declared: Sequence[str] = ()
) -> tuple[dict[str, ModuleName], frozenset[str]]:
    """Names every file by the import root that the project's own imports prove.

    Args:
        paths: Python files relative to the project root, sorted.
        imports: absolute specifiers and how often they are imported.
        declared: import roots the configuration declares; below them nothing is guessed.

    Returns:
        The module name of each path, and the roots that are importable from anywhere (they hold
        packages, or imports resolve through them).
    """
    tree = _tree(paths)
    votes = _votes(tree, imports)
    by_folder: dict[tuple[str, str], str] = {}
    names: dict[str, ModuleName] = {}
    shared: set[str] = set()
    for path in paths:
        folder, _, file_name = path.rpartition("/")
        stem = file_name.rpartition(".")[0]
        in_package = folder in tree.packages or "/" in folder
        key = (folder, "" if in_package and folder in tree.packages else stem)
        root = by_folder.get(key)
        if root is None:
            root = _declared_root(declared, folder)
        if root is None:
            root = _choose_root(tree, votes, folder, stem)
        inner = path[len(root) + 1 if root else 0 :].rpartition(".")[0]
        is_package = stem == "__init__"
        dotted = inner.replace("/", ".")
        if is_package:
            dotted = dotted.removesuffix("__init__").rstrip(".") or "__init__"
        names[path] = ModuleName(root, dotted, is_package)
        top = dotted.partition(".")[0]
        by_folder[key] = root
        if votes[root, top] or root in declared or folder in tree.packages:
            shared.add(root)
    return names, frozenset(shared)
