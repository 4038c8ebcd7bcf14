"""Which test files reach a change: by what they import, in doubt all of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from bylaw.evidence.adapters.project import Asking
from bylaw.model.import_graph import import_edges
from bylaw.model.project import Project
from bylaw.model.roles import is_test_path


def is_test_module(path: str) -> bool:
    """Whether a runner collects a file by its name."""
    name = posixpath.basename(path)
    return name.endswith(".py") and (
        name.startswith("test") or name.endswith(("_test.py", "_tests.py"))
    )


def asking_for(project: Project, changed: Sequence[str] | None, base: str, gone: bool) -> Asking:
    """What adapters need to know of a change.

    Args:
        project: the linked project, as it is after the change.
        changed: changed paths that are still there; None where nothing could be compared.
        base: commit the change starts from.
        gone: whether a file is gone: whoever imported it is not known any more.

    Returns:
        The test files that reach the change. A file that is no Python may be read by any test; so
        may a file whose importers are not known: all tests then.
    """
    if changed is None:
        return Asking(base)
    every = tuple(sorted(path for path in project.paths if is_test_module(path)))
    known = set(project.paths)
    if gone or not changed or any(path not in known for path in changed):
        return Asking(base, tuple(changed), every, True)
    reached = _importers(project, changed)
    tests = {path for path in reached if is_test_module(path)}
    for path in reached:
        # What supports tests reaches every test below it.
        if is_test_path(path) and not is_test_module(path):
            tests.update(_below(posixpath.dirname(path), every))
    return Asking(base, tuple(changed), tuple(sorted(tests)), tests == set(every))


def _below(folder: str, paths: Iterable[str]) -> Iterable[str]:
    lead = f"{folder}/" if folder else ""
    return (path for path in paths if path.startswith(lead))


def _importers(project: Project, changed: Iterable[str]) -> set[str]:
    """Files that import any of some files, directly or through others, and these themselves."""
    number = {path: at for at, path in enumerate(project.paths)}
    importers: dict[int, list[int]] = {}
    for edge in import_edges(project):
        importers.setdefault(edge.imported, []).append(edge.importer)
    # Whoever imports a module of a package imports the package first.
    for at, path in enumerate(project.paths):
        folder = posixpath.dirname(path)
        while folder:
            package = number.get(f"{folder}/__init__.py")
            if package is not None and package != at:
                importers.setdefault(package, []).append(at)
            folder = posixpath.dirname(folder)
    waiting = [number[path] for path in changed]
    seen = set(waiting)
    while waiting:
        for each in importers.get(waiting.pop(), ()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return {project.paths[each] for each in seen}
