"""Files of developers: what defines the tasks of a task runner, and the modules only they use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.roles import CODE, ENTRY, SCRIPT, SETTINGS, TEST

TASK_LIBRARIES = frozenset({"nox", "invoke", "fabric", "duty"})
"""Libraries whose decorators make a task of a function, for ``nox``, ``inv``, ``fab``, ``duty``."""
_DECORATORS = frozenset(
    {"nox.session", "nox.sessions.session", "nox.registry.session_decorator", "invoke.task",
     "invoke.tasks.task", "fabric.task", "fabric.tasks.task", "duty.duty"}
)  # fmt: skip
_COLLECTORS = frozenset({"invoke.Collection", "fabric.Collection"})
_ONLY_USED = frozenset({CODE, ENTRY, SETTINGS})
_ASIDE = (SCRIPT, TEST)


def defines_tasks(facts: tuple[Any, ...]) -> bool:
    """Whether a file defines or collects tasks that developers run, such as sessions of nox.

    Args:
        facts: what the file says.
    """
    names = {}
    for record in facts[F.IMPORTS]:
        top = record[F.I_MODULE].partition(".")[0]
        if top in TASK_LIBRARIES and not record[F.I_LEVEL]:
            name = record[F.I_NAME]
            dotted = f"{record[F.I_MODULE]}.{name}" if name else record[F.I_MODULE]
            names[record[F.I_ALIAS] or name or top] = dotted
    if not names:
        return False
    return not _COLLECTORS.isdisjoint(names.values()) or any(
        ".".join((names.get(head, ""), *rest)) in _DECORATORS
        for function in facts[F.FUNCTIONS]
        for path, _, _ in function[F.F_DECORATORS]
        for head, *rest in (path.removesuffix("()").split("."),)
    )


def used_by_tasks(
    paths: Sequence[str],
    roles: Sequence[str],
    tasks: Sequence[int],
    imported: Callable[[int], Iterable[int]],
) -> set[int]:
    """Modules that nothing but developers' files imports, directly or through each other.

    A module in a package that holds code of the service is none of them.

    Args:
        paths: the files.
        roles: the role of each.
        tasks: those that define tasks, or collect them.
        imported: what a file imports, by number.

    Returns:
        Numbers of the modules.
    """
    pending = list(tasks)
    used: set[int] = set()
    for module in pending:
        for each in imported(module):
            if each not in used and roles[each] in _ONLY_USED:
                used.add(each)
                pending.append(each)
    if not used:
        return used
    importers: dict[int, set[int]] = {}
    for module in range(len(paths)):
        for each in imported(module):
            if each in used:
                importers.setdefault(each, set()).add(module)
    _drop_shared(paths, roles, used, importers)
    return used


def _drop_shared(
    paths: Sequence[str], roles: Sequence[str], used: set[int], importers: dict[int, set[int]]
) -> None:
    """Drops what service code imports or stands beside, until nothing more is to be dropped."""
    packages = {_folder(path) for path in paths if path.endswith("__init__.py")}
    before = -1
    while before != len(used):
        before = len(used)
        theirs = {
            _folder(path)
            for module, path in enumerate(paths)
            if module not in used and roles[module] in _ONLY_USED
        }
        for module in sorted(used):
            folder = _folder(paths[module])
            only = all(each in used or roles[each] in _ASIDE for each in importers[module])
            if not only or (folder in packages and folder in theirs):
                used.discard(module)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
