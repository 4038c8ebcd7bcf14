"""Containers of a cluster, as the overlays of Kustomize change them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.manifests.kustomize import is_json_patch, read_json_patch
from bylaw.manifests.workload import Deployment, JsonPatch, PatchTarget, Workload
from bylaw.rules.boot.items import Unsupported
from bylaw.rules.repository import Repository


class Replaced(NamedTuple):
    """A container whose own words no overlay leaves as they are.

    Attributes:
        workload: the container as its own file gives it.
        by: ``path:line`` of what replaces its words.
    """

    workload: Workload
    by: tuple[str, ...]


_Overlays = dict[str, list["Workload | JsonPatch"]]


def cluster_workloads(repository: Repository) -> Iterator[Workload | Replaced | Unsupported]:
    """Every container once for each overlay that gives it other words, else as it is written.

    Patches that stand in one folder are taken for one overlay.

    Args:
        repository: the files of the root.
    """
    overlays: _Overlays = {}
    for each in _patches(repository):
        if isinstance(each, Unsupported):
            yield each
        else:
            path = each.path if isinstance(each, Workload) else each.place[0]
            overlays.setdefault(posixpath.dirname(path), []).append(each)
    for manifest in repository.of_kind("kubernetes"):
        if not isinstance(manifest.detail, Deployment):
            continue
        for line, why in manifest.detail.unresolved:
            yield Unsupported(manifest.path, line, why)
        for workload in manifest.detail.workloads:
            yield from _changed(workload, overlays)


def _patches(repository: Repository) -> Iterator[Workload | JsonPatch | Unsupported]:
    files: set[tuple[str, PatchTarget]] = set()
    for manifest in repository.of_kind("kustomize", "kubernetes"):
        if not isinstance(manifest.detail, Deployment):
            continue
        yield from manifest.detail.patches
        yield from manifest.detail.json_patches
        if manifest.kind == "kustomize":
            for line, why in manifest.detail.unresolved:
                yield Unsupported(manifest.path, line, why)
        files.update(manifest.detail.patch_files)
    for path, target in sorted(files):
        text = repository.text(path)
        if is_json_patch(text):
            read = read_json_patch(path, text, target)
            yield from read.json_patches
            for line, why in read.unresolved:
                yield Unsupported(path, line, why)


def _changed(workload: Workload, overlays: _Overlays) -> Iterator[Workload | Replaced]:
    by: list[str] = []
    plain = workload
    for _, patches in sorted(overlays.items()):
        made, moved = workload, ""
        for patch in patches:
            if isinstance(patch, Workload) and patch.name == workload.name:
                made = _merged(made, patch)
                words = patch.entrypoint or patch.arguments
                moved = f"{patch.path}:{words.line}" if words is not None else moved
            elif isinstance(patch, JsonPatch) and _is_for(patch, workload):
                made = _operated(made, patch)
                moved = "{}:{}".format(*patch.place)
        if moved:
            by.append(moved)
            yield made
        elif made is not workload:
            plain = made
    yield Replaced(plain, tuple(by)) if by else plain


def _is_for(patch: JsonPatch, workload: Workload) -> bool:
    kind, _, name = workload.owner.partition("/")
    if patch.position != workload.position or patch.is_init != (workload.kind == "init"):
        return False
    try:
        named = not patch.target.name or re.fullmatch(patch.target.name, name) is not None
    except re.error:
        named = patch.target.name == name
    return named and patch.target.kind in ("", kind)


def _merged(workload: Workload, patch: Workload) -> Workload:
    """A strategic merge: what the patch says replaces, variables are added."""
    environment = {**dict(workload.environment), **dict(patch.environment)}
    moved = patch.entrypoint is not None or patch.arguments is not None
    arguments = patch.arguments or workload.arguments
    if patch.entrypoint is not None and patch.arguments is None and arguments is not None:
        # What is kept of the base is shown at the patch, like the command it belongs to.
        arguments = arguments._replace(line=patch.entrypoint.line)
    return workload._replace(
        entrypoint=patch.entrypoint or workload.entrypoint,
        arguments=arguments, environment=tuple(environment.items()),
        path=patch.path if moved else workload.path,
    )  # fmt: skip


def _operated(workload: Workload, patch: JsonPatch) -> Workload:
    path, line = patch.place
    entrypoint, arguments = workload.entrypoint, workload.arguments
    if patch.key == "command":
        entrypoint = patch.words
        arguments = arguments._replace(line=line) if arguments is not None else None
    else:
        arguments = patch.words
        entrypoint = entrypoint._replace(line=line) if entrypoint is not None else None
    return workload._replace(entrypoint=entrypoint, arguments=arguments, path=path)
