"""Units of systemd as they are read together: a service, then its drop-ins by file name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from bylaw.manifests.ini_workloads import read_unit
from bylaw.manifests.workload import Workload
from bylaw.rules.repository import Repository


def unit_workloads(repository: Repository) -> Iterator[Workload]:
    """Processes of all service units; drop-ins of units that stand elsewhere count for themselves.

    Args:
        repository: the files of the root.
    """
    paths = repository.names("systemd")
    units = {path for path in paths if path.endswith(".service")}
    groups: dict[str, list[str]] = {}
    for path in paths:
        unit = posixpath.dirname(path).removesuffix(".d")
        groups.setdefault(unit if unit in units else path, []).append(path)
    for unit, files in sorted(groups.items()):
        files.sort(key=lambda path: (path != unit, posixpath.basename(path)))
        yield from read_unit([(path, repository.text(path)) for path in files]).workloads
