"""Kustomize: what a kustomization takes in, and its patches of containers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import yaml

from bylaw.manifests.command import Problem, below
from bylaw.manifests.kubernetes import read_kubernetes
from bylaw.manifests.workload import Deployment, JsonPatch, PatchTarget, Workload
from bylaw.manifests.yaml_nodes import get, items, line_of, parse_documents, scalar, strings
from bylaw.manifests.yaml_workloads import words_of

_CONTAINER = re.compile(
    r"^/spec/(?:jobTemplate/spec/)?(?:template/spec/)?(?P<list>containers|initContainers)"
    r"/(?P<index>\d+)/(?P<key>command|args)$"
)
_NEAR = re.compile(r"/(containers|initContainers)(/|$).*|/(command|args)(/|$)")
_SELECTORS = ("labelSelector", "annotationSelector")
_NOT_FOLLOWED = "a JSON patch of a command is not followed"


def read_kustomize(path: str, text: str) -> Deployment:
    """What a kustomization takes in and changes.

    Args:
        path: the file, relative to the root.
        text: its text.

    Returns:
        Its resources and patches; files of patches are named, not read.
    """
    roots = parse_documents(text)
    if isinstance(roots, Problem) or not roots:
        return Deployment(())
    root = roots[0]
    folder = posixpath.dirname(path)
    patches: list[Workload] = []
    operations: list[JsonPatch] = []
    unresolved: list[tuple[int, str]] = []
    files: list[tuple[str, PatchTarget]] = []
    for node in (*items(get(root, "patches")), *items(get(root, "patchesJson6902"))):
        target = _target(get(node, "target"))
        inline, named = get(node, "patch"), scalar(get(node, "path"))
        if named:
            files.append((below(folder, named), target))
        shift = line_of(inline) if inline is not None else 0
        held = scalar(inline) or ""
        if is_json_patch(held):
            read = read_json_patch(path, held, target, shift)
            operations += read.json_patches
            unresolved += read.unresolved
        else:
            given = read_kubernetes(path, held)
            patches += [each._replace(line=each.line + shift)
                        for each in (*given.workloads, *given.patches)]  # fmt: skip
    merged = [below(folder, each) for each in strings(get(root, "patchesStrategicMerge"))]
    resources = [below(folder, each) for each in strings(get(root, "resources"))]
    taken = (*resources, *merged, *(each for each, _ in files))
    return Deployment((), tuple(unresolved), taken, tuple(patches), tuple(operations),
                      tuple(files))  # fmt: skip


def is_json_patch(text: str) -> bool:
    """Whether a patch is a list of operations; the other kind is an object."""
    rows = (each.strip() for each in text.split("\n"))
    first = next((each for each in rows if each and not each.startswith(("#", "---"))), "")
    return first.startswith(("-", "["))


def read_json_patch(path: str, text: str, target: PatchTarget, shift: int = 0) -> Deployment:
    """Operations of a JSON patch on the words of containers.

    Args:
        path: file it stands in, relative to the root.
        text: the patch.
        target: what it is for.
        shift: lines above it in the file.

    Returns:
        The operations; those that cannot be followed are unresolved.
    """
    roots = parse_documents(text)
    if isinstance(roots, Problem):
        return Deployment((), ((roots.line + shift, f"not YAML: {roots.message}"),))
    found: list[JsonPatch] = []
    unresolved: list[tuple[int, str]] = []
    for node in (each for root in roots for each in items(root)):
        line = line_of(node) + shift
        made = _operation(path, line, node, target)
        if made is not None and not target.is_selected:
            found.append(made)
        elif made is not None or _touches(node):
            unresolved.append((line, _NOT_FOLLOWED))
    return Deployment((), tuple(unresolved), json_patches=tuple(found))


def _target(node: yaml.Node | None) -> PatchTarget:
    selected = any(get(node, each) is not None for each in _SELECTORS)
    return PatchTarget(scalar(get(node, "kind")) or "", scalar(get(node, "name")) or "", selected)


def _operation(path: str, line: int, node: yaml.Node, target: PatchTarget) -> JsonPatch | None:
    place = _CONTAINER.match(scalar(get(node, "path")) or "")
    does = scalar(get(node, "op"))
    if place is None or does not in ("add", "replace", "remove"):
        return None
    words = None
    if does != "remove":
        words = words_of(get(node, "value"), shell=False)
        if words is None:
            return None
        line += words.line - line_of(node)
        words = words._replace(line=line)
    first = place["list"] == "initContainers"
    return JsonPatch(target, (path, line), first, int(place["index"]), place["key"], words)


def _touches(node: yaml.Node) -> bool:
    """Whether an operation changes what a container starts, as far as its words tell."""
    where = scalar(get(node, "path")) or ""
    if scalar(get(node, "op")) == "test" or _NEAR.search(where) is None:
        return False
    if re.search(r"/(command|args)(/|$)", where):
        return True
    value = get(node, "value")
    return any(key in ("command", "args") for key in _keys(value))


def _keys(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield scalar(key) or ""
            yield from _keys(value)
    for each in items(node):
        yield from _keys(each)
