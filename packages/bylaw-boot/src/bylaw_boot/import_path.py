"""Where imports come from: no stale ``src``, one copy of the package, and the right one."""

from __future__ import annotations

import os
import sys

from bylaw_boot.problems import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STALE = "src"
_CODE = (".py", ".pyc", ".so", ".pyd")
# Folders looked at before a `src` without any Python counts as somebody else's.
_MOST_FOLDERS = 2000


class Place:
    """Where the package was found.

    Attributes:
        folder: its folder; empty where it was not found.
        root: the folder its own lies in: what has to be on the import path.
        has_init: whether it has an ``__init__.py``.
    """

    __slots__ = ("folder", "has_init", "root")

    def __init__(self, folder: str, has_init: bool) -> None:
        self.folder = folder
        self.root = os.path.dirname(folder)
        self.has_init = has_init


def import_path() -> list[str]:
    """The entries of ``sys.path``: absolute, without links, each once."""
    found = []
    for entry in sys.path:
        path = os.path.realpath(entry or os.getcwd())
        if path not in found:
            found.append(path)
    return found


def place_of(package: str) -> Place:
    """Where ``import <package>`` finds it. Nothing is imported for that."""
    module = sys.modules.get(package)
    spec = getattr(module, "__spec__", None) or _spec_of(package)
    if spec is None:
        return Place("", False)
    if spec.origin and spec.has_location:
        path = os.path.realpath(spec.origin)
        is_package = spec.submodule_search_locations is not None
        return Place(os.path.dirname(path) if is_package else path, True)
    locations = list(spec.submodule_search_locations or ())
    return Place(os.path.realpath(locations[0]) if locations else "", False)


def path_problems(package: str, place: Place) -> list[Problem]:
    """Everything that is wrong with the import path."""
    entries = import_path()
    problems = list(_stale_entries(entries, place))
    problems += _stale_package(place, [each.path for each in problems])
    if not place.folder:
        problems.append(_not_found(package))
        return problems
    if not place.has_init:
        problems.append(_without_init(package, place))
    problems += _entries_within(entries, package, place)
    problems += _second_copies(entries, package, place)
    return problems


def _stale_entries(entries: Iterable[str], place: Place) -> Iterator[Problem]:
    """Entries that end in ``src``, and are neither this package's layout nor an installed one's.

    A ``src`` further up says nothing: ``/usr/src/app`` is where images keep their code.
    """
    granted = None
    for entry in entries:
        if os.path.basename(entry) != _STALE or entry == place.root or _is_installed(entry):
            continue
        granted = _granted_by_pth(entries) if granted is None else granted
        if entry not in granted:
            yield Problem(
                "stale-src",
                f"FORBIDDEN PATH: sys.path holds {entry}, and the package does not lie there",
                f"take {entry} out of PYTHONPATH and of whatever edits sys.path; "
                "install the package instead: pip install -e .",
                entry,
            )


def _stale_package(place: Place, known: Iterable[str]) -> Iterator[Problem]:
    """What ``import src`` would load, where that is somebody's code."""
    spec = None if _STALE in sys.builtin_module_names else _spec_of(_STALE)
    if spec is None:
        return
    origin = spec.origin if spec.has_location else None
    folders = [os.path.realpath(each) for each in spec.submodule_search_locations or ()]
    if origin and not folders:
        folders = [os.path.realpath(origin)]
    for folder in folders:
        if folder == place.root or folder in known or _is_installed(folder):
            continue
        if os.path.isfile(folder) or _has_code(folder):
            yield Problem(
                "stale-src",
                f"FORBIDDEN PATH: `import src` would load {folder}",
                f"delete {folder} where it is left over from an earlier layout, or start from "
                "another directory; the package is imported by its own name",
                folder,
            )


def _has_code(folder: str) -> bool:
    """Whether Python could import anything below it; a frontend's ``src`` holds none."""
    for looked_at, (_, folders, files) in enumerate(os.walk(folder)):
        if any(name.endswith(_CODE) for name in files):
            return True
        folders[:] = [name for name in folders if name.isidentifier()]
        if looked_at >= _MOST_FOLDERS:
            break
    return False


def _is_installed(path: str) -> bool:
    return not _INSTALLED.isdisjoint(path.split(os.sep))


def _granted_by_pth(entries: Iterable[str]) -> frozenset[str]:
    """Folders that an editable installation put on the path, of this package or another."""
    found: set[str] = set()
    for entry in entries:
        if os.path.basename(entry) not in _INSTALLED:
            continue
        try:
            names = [name for name in os.listdir(entry) if name.endswith(".pth")]
        except OSError:
            continue
        for name in names:
            try:
                with open(os.path.join(entry, name), encoding="utf-8", errors="replace") as file:
                    lines = file.read().splitlines()
            except OSError:
                continue
            found.update(
                os.path.realpath(os.path.join(entry, line.strip()))
                for line in lines
                if line.strip() and not line.startswith(("#", "import ", "import\t"))
            )
    return frozenset(found)


def _not_found(package: str) -> Problem:
    return Problem(
        "package-missing",
        f"no package {package!r} can be imported from {os.getcwd()}",
        f"install it (pip install -e .), or start from the folder that holds {package}/",
    )


def _without_init(package: str, place: Place) -> Problem:
    return Problem(
        "package-without-init",
        f"{place.folder} has no __init__.py: {package!r} is a bare folder, and several can be one",
        f"add {package}/__init__.py",
        place.folder,
    )


def _entries_within(entries: Iterable[str], package: str, place: Place) -> Iterator[Problem]:
    inside = place.folder + os.sep
    for entry in entries:
        if entry == place.folder or entry.startswith(inside):
            yield Problem(
                "package-on-path",
                f"sys.path holds {entry}, which lies in the package {package!r}: "
                "its modules can be imported under two names",
                f"start with `python -m` from {place.root}, and keep {entry} out of PYTHONPATH",
                entry,
            )


def _second_copies(entries: Iterable[str], package: str, place: Place) -> Iterator[Problem]:
    for entry in entries:
        for name in (
            os.path.join(entry, package, "__init__.py"),
            os.path.join(entry, f"{package}.py"),
        ):
            if not os.path.isfile(name):
                continue
            path = os.path.realpath(name)
            found = os.path.dirname(path) if name.endswith("__init__.py") else path
            if found != place.folder:
                yield Problem(
                    "second-copy",
                    f"{package!r} is loaded from {place.folder}, and a second copy lies in {found}",
                    "keep one: install with `pip install -e .`, uninstall the copy, or start from "
                    "a directory that does not hold the sources",
                    found,
                )


def _spec_of(name: str) -> ModuleSpec | None:
    """What the import system would load for a top-level name, without loading it."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, None, None) if find is not None else None
        if spec is not None:
            return spec
    return None
