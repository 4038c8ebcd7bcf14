"""Compose files as they are used together: override, variants, ``extends`` and ``include``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from bylaw.manifests.command import Problem, below
from bylaw.manifests.workload import Words
from bylaw.rules.repository import Repository

if TYPE_CHECKING:
    from bylaw.manifests.compose_workloads import ComposeService

_BASE = re.compile(r"^(docker-)?compose\.ya?ml$")
_OVERRIDE = re.compile(r"^(docker-)?compose\.override\.ya?ml$")


class Replaced(NamedTuple):
    """A command of a service that a later file replaces.

    Attributes:
        words: the command that never runs there.
        path: file it stands in.
        by: file that replaces it.
    """

    words: Words
    path: str
    by: str


class StackService(NamedTuple):
    """A service of a stack, all files merged.

    Attributes:
        service: what holds.
        path: the last file that says something about it.
        command_path: file of the command that holds; empty where there is none.
        replaced: commands that lost.
    """

    service: ComposeService
    path: str
    command_path: str
    replaced: tuple[Replaced, ...]


def stack_services(repository: Repository) -> list[StackService]:
    """Services of all compose files of a repository.

    A file without an ``override`` counts for itself; the override holds wherever the base does. A
    variant (``docker-compose.prod.yml``) is used on top of the base, as far as it names services
    of it.
    """
    stacks, files = _files(repository)
    found: list[StackService] = []
    for path in stacks:
        services = files[path]
        folder = posixpath.dirname(path)
        base = _beside(files, folder, _BASE)
        override = _beside(files, folder, _OVERRIDE)
        if path == override and base:
            continue
        for each in services.values():
            each = _extended(files, each, 0)
            chain = [(path, each)]
            if path == base and override and each.service.workload.name in files[override]:
                chain.append((override, files[override][each.service.workload.name]))
            elif base and path != base and not _stands_alone(each.service):
                under = files[base].get(each.service.workload.name)
                if under is not None:
                    chain.insert(0, (base, _extended(files, under, 0)))
            found.append(_merged(chain))
        if path == base and override:
            found += [each for name, each in files[override].items() if name not in services]
    return found


def _files(repository: Repository) -> tuple[list[str], dict[str, dict[str, StackService]]]:
    """Files that are started, and the services of each and of those that they extend."""
    stacks = repository.names("compose")
    files: dict[str, dict[str, StackService]] = {}
    for path in stacks:
        files[path] = dict(_services(repository, path))
        stacks += [each for each in _included(repository, path) if each not in stacks]
    extended = [*stacks]
    for path in extended:
        if path not in files:
            files[path] = dict(_services(repository, path))
        for each in files[path].values():
            parent = each.service.extends
            if parent is not None and parent[0] not in extended:
                extended.append(parent[0])
    return sorted(stacks), files


def _included(repository: Repository, path: str) -> list[str]:
    """Files of the repository that a compose file includes, whatever their names."""
    from bylaw.manifests.compose import read_compose
    from bylaw.manifests.yaml_nodes import parse_yaml

    document = parse_yaml(repository.text(path))
    if isinstance(document, Problem):
        return []
    folder = posixpath.dirname(path)
    named = [below(folder, each) for each in read_compose(path, document).includes]
    return [each for each in dict.fromkeys(named) if repository.text(each)]


def _services(repository: Repository, path: str) -> Iterator[tuple[str, StackService]]:
    from bylaw.manifests.compose_workloads import compose_services
    from bylaw.manifests.yaml_nodes import parse_yaml

    document = parse_yaml(repository.text(path))
    if isinstance(document, Problem):
        return
    for each in compose_services(path, document):
        yield each.workload.name, StackService(each, path, _command_path(each, path), ())


def _command_path(service: ComposeService, path: str) -> str:
    return path if service.workload.arguments or service.workload.entrypoint else ""


def _beside(
    files: dict[str, dict[str, StackService]], folder: str, pattern: re.Pattern[str]
) -> str:
    return next((path for path in sorted(files) if posixpath.dirname(path) == folder
                 and pattern.match(posixpath.basename(path))), "")  # fmt: skip


def _stands_alone(service: ComposeService) -> bool:
    return bool(service.builds or service.workload.image)


def _extended(
    files: dict[str, dict[str, StackService]], each: StackService, depth: int
) -> StackService:
    parent = each.service.extends
    if parent is None or depth > 5:
        return each
    path, name = parent
    under = files.get(path, {}).get(name) or files.get(below("", path), {}).get(name)
    if under is None:
        return each
    joined = _merged([(path, _extended(files, under, depth + 1)), (each.path, each)])
    # What is extended goes on for itself: nothing of it is lost.
    return joined._replace(replaced=())


def _merged(chain: list[tuple[str, StackService]]) -> StackService:
    from bylaw.manifests.compose_workloads import merged

    _, made = chain[0]
    for path, over in chain[1:]:
        service = over.service
        lost = made.service.workload.arguments or made.service.workload.entrypoint
        replaced = made.replaced
        if lost is not None and _command_path(service, path):
            replaced = (*replaced, Replaced(lost, made.command_path, path))
        made = StackService(
            merged(made.service, service), path, _command_path(service, path) or made.command_path,
            replaced,
        )  # fmt: skip
    return made
