"""Which package holds the entry of a service, and which modules the application loads."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.import_graph import import_edges
from bylaw.model.import_roots import STANDARD
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.adoption.plan import Application, Open
from bylaw.rules.context import RuleContext


class Package(NamedTuple):
    """A top-level package.

    Attributes:
        name: its name; empty where there is none.
        folder: its folder, relative to the root.
        has_init: whether it has an ``__init__.py``.
        why: what makes it the one.
    """

    name: str
    folder: str
    has_init: bool
    why: str


def package_of(context: RuleContext, application: Application) -> Package:
    """The package that an application lies in, or the largest that it imports.

    The latter where it is a module by itself: the door of that package.

    Args:
        context: what is known.
        application: the application.
    """
    module, root = application.module, application.root
    top, _, rest = application.name.partition(".")
    path = context.project.paths[module]
    if rest or context.project.modules[module].is_package:
        return _package(context, root, top, f"{path} lies in it")
    sizes: Counter[str] = Counter()
    for each in reached(context, module):
        other = context.project.modules[each]
        if other.root == root and (other.is_package or "." in other.name):
            sizes[other.name.partition(".")[0]] += 1
    if not sizes:
        return Package("", "", False, f"{path} lies in no package")
    largest = max(sizes.values())
    best = sorted(name for name, size in sizes.items() if size == largest)
    if len(best) > 1:
        return Package("", "", False, f"{path} imports {' and '.join(best)} alike")
    return _package(context, root, best[0], f"{path} imports it")


def _package(context: RuleContext, root: str, top: str, why: str) -> Package:
    folder = f"{root}/{top}".lstrip("/")
    return Package(top, folder, context.repository.exists(f"{folder}/__init__.py"), why)


def loaded_first(context: RuleContext, entry_path: str) -> list[Open]:
    """Packages above an entry that import more than the standard library.

    Python loads them before the entry can check anything: what fails in them fails without a
    diagnostic.

    Args:
        context: what is known.
        entry_path: file of the entry, relative to the root.
    """
    numbers = {path: number for number, path in enumerate(context.project.paths)}
    folder = posixpath.dirname(entry_path)
    found = []
    while folder:
        path = f"{folder}/__init__.py"
        if path not in numbers:
            break
        line = _first_import(context, numbers[path])
        if line:
            what = f"{path} is loaded before the entry can check anything, and imports other code"
            way = "move what it holds into a module, and leave the package's own file empty"
            found.append(Open(path, line, what, way))
        folder = posixpath.dirname(folder)
    return found


def _first_import(context: RuleContext, number: int) -> int:
    """Line of the first import of a module's body beyond the standard library; 0 for none."""
    facts = context.project.facts[number]
    for record in facts[F.IMPORTS]:
        flags = facts[F.SITUATIONS][record[F.I_SITUATION]][F.S_FLAGS]
        top = record[F.I_MODULE].partition(".")[0]
        if record[F.I_FUNCTION] or flags & F.IN_TYPE_CHECKING:
            continue
        if record[F.I_LEVEL] or top not in STANDARD:
            return int(record[F.I_LINE])
    return 0


def reached(context: RuleContext, module: int) -> list[int]:
    """Files that importing a module loads, at once or later, packages above them included.

    Args:
        context: what is known.
        module: number of the file.
    """
    key = f"adoption-reached:{module}"
    if key not in context.memo:
        context.memo[key] = _reached(context, module)
    known: list[int] = context.memo[key]
    return known


def _reached(context: RuleContext, module: int) -> list[int]:
    project = context.project
    onward: dict[int, list[int]] = {}
    for edge in import_edges(project):
        if edge.kind != "typing":
            onward.setdefault(edge.importer, []).append(edge.imported)
    pending, found = [module], set()
    while pending:
        number = pending.pop()
        if number in found or project.roles[number] == TEST:
            continue
        found.add(number)
        pending += onward.get(number, ())
        pending += _named_by_django(context, number)
        name = project.modules[number].name
        while "." in name:
            name = name.rpartition(".")[0]
            pending += project.by_name.get(name, [])[:1]
    return sorted(found)


def _named_by_django(context: RuleContext, number: int) -> list[int]:
    """Modules that Django loads by their names: the settings, and what those list."""
    text = context.repository.text(context.project.paths[number])
    if "DJANGO_SETTINGS_MODULE" in text:
        named = re.findall(r"DJANGO_SETTINGS_MODULE[\"'\]]+\s*[,=]\s*[\"']([\w.]+)[\"']", text)
    elif "INSTALLED_APPS" in text or "ROOT_URLCONF" in text:
        named = re.findall(r"^[^#\n]*?[\"']([A-Za-z_][\w.]*)[\"']", text, re.M)
    else:
        return []
    known = context.project.by_name
    return [known[name][0] for name in named if name in known]


def shipped(context: RuleContext, application: Application) -> tuple[list[str], list[str]]:
    """Top-level packages and modules that a distribution of the service must hold.

    Args:
        context: what is known.
        application: the application.

    Returns:
        Names of packages and of single modules: what the application loads, and the packages
        beside them that are neither tests nor scripts nor migrations.
    """
    project = context.project
    root = application.root
    packages, modules = set(), set()
    for number in reached(context, application.module):
        named = project.modules[number]
        if named.root != root:
            continue
        if "." in named.name or named.is_package:
            packages.add(named.name.partition(".")[0])
        else:
            modules.add(named.name)
    for number, named in enumerate(project.modules):
        aside = project.roles[number] in (TEST, SCRIPT, MIGRATION)
        if named.root == root and named.is_package and "." not in named.name and not aside:
            packages.add(named.name)
    return sorted(packages), sorted(modules - packages)
