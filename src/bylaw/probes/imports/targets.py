"""What the import probe looks at: every first-party module, and how each is reached."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.kinds import APPS
from bylaw.model.import_roots import STANDARD
from bylaw.model.project import Project, find_module, known_roots
from bylaw.model.roles import GUNICORN, MIGRATION, SCRIPT, SETTINGS, TEST

_SETTINGS_NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?[,=\]:)\s]+[\"']([\w.]+)[\"']")
_STARTERS = ("manage.py", "wsgi.py", "asgi.py", "celery.py")
_MOST_ENTRIES = 3


class Target(NamedTuple):
    """One module.

    Attributes:
        number: in the project.
        name: dotted name it is imported by; empty where only others load it, by its path.
        path: file relative to the root.
        root: import root it is imported from.
        role: as the model sees it.
    """

    number: int
    name: str
    path: str
    root: str
    role: str


class Skipped(NamedTuple):
    """A module that is not imported, and why."""

    target: Target
    reason: str


class Targets(NamedTuple):
    """Everything a run of the probe is about.

    Attributes:
        modules: to be imported as they are, tests last.
        django: those that need ``django.setup()`` first.
        settings: Django's settings module; empty without Django.
        django_root: import root of those.
        entries: modules that make the application.
        skipped: modules that importing would run.
        roots: import roots, the one with most modules first.
        preload: third-party modules that load-time imports name.
        third_party: top-level names of all third-party imports.
    """

    modules: tuple[Target, ...]
    django: tuple[Target, ...]
    settings: str
    django_root: str
    entries: tuple[Target, ...]
    skipped: tuple[Skipped, ...]
    roots: tuple[str, ...]
    preload: tuple[str, ...]
    third_party: frozenset[str]


def find_targets(project: Project, model: BackendModel, root: str, declared: str = "") -> Targets:
    """Sorts the modules of a project by how the probe must treat them.

    Args:
        project: the linked project.
        model: its semantic model, which knows the applications.
        root: absolute path of the root.
        declared: ``DJANGO_SETTINGS_MODULE`` where the project declares one.
    """
    everything = [_target(project, number) for number in range(len(project.paths))]
    skipped = [Skipped(each, reason) for each in everything if (reason := _skip(project, each))]
    left = [each for each in everything if not _skip(project, each)]
    left.sort(key=lambda each: each.role == TEST)
    counts = Counter(each.root for each in left if each.role != TEST)
    shared = [each for each in counts if each in known_roots(project)]
    roots = sorted(shared, key=lambda each: (-counts[each], each))
    names, tops = _third_party(project)
    settings = declared or _django_settings(project, root) if "django" in tops else ""
    home = next((each.root for each in everything if each.name == settings), "")
    first = _read_first(project, settings)
    django = [each for each in left if settings and _is_django(each, settings, home, first)]
    plain = [each for each in left if each not in set(django)]
    return Targets(
        tuple(plain), tuple(django), settings, home, tuple(_entries(model, plain)),
        tuple(skipped), tuple(roots or [""]), tuple(names), frozenset(tops),
    )  # fmt: skip


def _target(project: Project, number: int) -> Target:
    module = project.modules[number]
    parts = module.name.split(".")
    named = all(part.isidentifier() and not iskeyword(part) for part in parts)
    role = project.roles[number]
    if role == MIGRATION and parts[-2:-1] == ["migrations"] and f"a{parts[-1]}".isidentifier():
        named = True  # Django imports ``0001_first`` by its name, which no statement can spell
    by_path = not named or module.name == "__init__" or role == GUNICORN
    name = "" if by_path else module.name
    return Target(number, name, project.paths[number], module.root, role)


def _skip(project: Project, target: Target) -> str:
    """Why a module is not imported; empty for all that are."""
    stem = target.path.rpartition("/")[2].rpartition(".")[0]
    guarded = project.facts[target.number][F.FILE_FLAGS] & F.HAS_MAIN_GUARD
    if target.role == MIGRATION and stem == "env":
        return "alembic runs it with a context of its own, nothing imports it"
    if stem == "__main__" and not guarded:
        return "importing it runs the program"
    if target.role == SCRIPT and not (guarded and target.name):
        return "a script: importing it runs it"
    if not target.name and target.role not in (MIGRATION, GUNICORN):
        return "no import can name this file"
    return ""


def _is_django(target: Target, settings: str, home: str, first: frozenset[int]) -> bool:
    """Whether a module belongs to the Django project, and is not what ``setup()`` reads first."""
    if target.root != home or not target.name:
        return False
    if target.number in first or settings.startswith(f"{target.name}."):
        return False
    # Settings for another occasion stand beside those that are used, or below them.
    above = target.name.rpartition(".")[0]
    beside = above in (settings, settings.rpartition(".")[0])
    return not (target.role == SETTINGS and beside)


def _read_first(project: Project, settings: str) -> frozenset[int]:
    """The settings module and what it imports when it is loaded, directly or not."""
    start = next((n for n, each in enumerate(project.modules) if each.name == settings), None)
    found = {start} if start is not None and settings else set()
    waiting = list(found)
    while waiting:
        number = waiting.pop()
        facts = project.facts[number]
        for record in facts[F.IMPORTS]:
            if not record[F.I_LEVEL] and _is_loaded(facts, record):
                known = find_module(project, number, record[F.I_MODULE])
                if known is not None and known not in found:
                    found.add(known)
                    waiting.append(known)
    return frozenset(found)


def _django_settings(project: Project, root: str) -> str:
    """The settings module that the files which start the project name."""
    found: Counter[str] = Counter()
    known = {each.name for each in project.modules}
    for path in project.paths:
        if path.rpartition("/")[2] in _STARTERS:
            try:
                with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
                    found.update(_SETTINGS_NAMED.findall(file.read(1 << 18)))
            except OSError:
                continue
    ranked = sorted(found, key=lambda each: (-found[each], each))
    return next((each for each in ranked if each in known), "")


def _entries(model: BackendModel, plain: Iterable[Target]) -> Iterator[Target]:
    makers = {thing[0] for thing, kind in model.made.kinds.items() if kind in APPS}
    fitting = [each for each in plain if each.number in makers and each.role != TEST and each.name]
    yield from fitting[:_MOST_ENTRIES]


def _third_party(project: Project) -> tuple[list[str], set[str]]:
    """Modules to load before the fork, and the top-level names of all third-party imports."""
    names: set[str] = set()
    tops: set[str] = set()
    for number, facts in enumerate(project.facts):
        for record in facts[F.IMPORTS]:
            module = record[F.I_MODULE]
            top = module.partition(".")[0]
            if record[F.I_LEVEL] or not top or top in STANDARD:
                continue
            if find_module(project, number, module) is not None or _is_ours(project, number, top):
                continue
            tops.add(top)
            if _is_loaded(facts, record) and project.roles[number] != SCRIPT:
                names.add(module)
    return sorted(names), tops


def _is_ours(project: Project, number: int, top: str) -> bool:
    return (
        top in project.project_names
        and top not in project.roots.outside
        and (
            find_module(project, number, top) is not None
            or (project.modules[number].root, top) in project.roots.imported
        )
    )


def _is_loaded(facts: tuple[Any, ...], record: tuple[Any, ...]) -> bool:
    """Whether an import is made when its module is loaded."""
    flags = facts[F.SITUATIONS][record[F.I_SITUATION]][F.S_FLAGS]
    return record[F.I_FUNCTION] == 0 and not flags & (F.IN_TYPE_CHECKING | F.IN_MAIN)
