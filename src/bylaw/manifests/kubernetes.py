"""Kubernetes and Cloud Run: containers with their commands, ports and probes.

``command`` replaces the image's ENTRYPOINT and CMD, ``args`` alone its CMD, and only ``$(NAME)`` is
expanded. A template of Helm that nobody rendered is no YAML: it is reported, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from bylaw.manifests.command import Problem
from bylaw.manifests.workload import Deployment, Health, Port, Workload
from bylaw.manifests.yaml_nodes import get, items, line_of, parse_documents, scalar, strings
from bylaw.manifests.yaml_workloads import words_of

_PODS = {
    "Pod": ("spec",), "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"), "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"), "Rollout": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Service": ("spec", "template", "spec"),
}  # fmt: skip
_KINDS = {"Job": "job", "CronJob": "cron"}
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_TEMPLATE = "a template of Helm: `helm template` renders what runs"


def read_kubernetes(path: str, text: str) -> Deployment:
    """Containers of all documents of a file.

    Args:
        path: the file, relative to the root.
        text: its text.

    Returns:
        Its workloads; for a template, that it is one.
    """
    if "{{" in text or "{%" in text:
        line = text[: text.index("{{" if "{{" in text else "{%")].count("\n") + 1
        needed = any(each in text for each in ("containers:", "command:", "args:"))
        return Deployment((), ((line, _TEMPLATE),) if needed else ())
    if "kind:" not in text:
        return Deployment(())
    roots = parse_documents(text)
    if isinstance(roots, Problem):
        return Deployment((), ((roots.line, f"not YAML: {roots.message}"),))
    found: list[Workload] = []
    patches: list[Workload] = []
    for root in _listed(roots):
        for each, complete in _containers(path, root):
            (found if complete else patches).append(each)
    return Deployment(tuple(found), patches=tuple(patches))


def _listed(roots: Sequence[yaml.Node]) -> Iterator[yaml.Node]:
    for root in roots:
        if scalar(get(root, "kind")) == "List":
            yield from items(get(root, "items"))
        else:
            yield root


def _containers(path: str, root: yaml.Node) -> Iterator[tuple[Workload, bool]]:
    kind = scalar(get(root, "kind")) or ""
    version = scalar(get(root, "apiVersion")) or ""
    spec = get(root, *_PODS.get(kind, ("-",)))
    if spec is None or (kind == "Service" and "serving.knative.dev" not in version):
        return
    platform = "cloud-run" if kind == "Service" else "kubernetes"
    owner = scalar(get(root, "metadata", "name")) or ""
    for key in ("initContainers", "containers"):
        for index, node in enumerate(items(get(spec, key))):
            name = scalar(get(node, "name")) or ""
            role = "init" if key == "initContainers" else _KINDS.get(kind, "")
            made = _container(path, node, platform, f"{owner}/{name}".strip("/"), role)
            yield made._replace(owner=f"{kind}/{owner}", position=index), bool(made.image)


def _container(path: str, node: yaml.Node, platform: str, name: str, kind: str) -> Workload:
    environment = tuple(
        (scalar(get(each, "name")) or "", scalar(get(each, "value")) or "")
        for each in items(get(node, "env"))
    )
    named: dict[str, str] = {}
    ports = []
    for each in items(get(node, "ports")):
        number = get(each, "containerPort")
        if number is not None:
            named[scalar(get(each, "name")) or ""] = scalar(number) or ""
            ports.append(Port(scalar(number) or "", line_of(number), "containerPort"))
    health = []
    for key in _PROBES:
        asked = get(node, key, "httpGet")
        if asked is not None:
            port = scalar(get(asked, "port")) or ""
            place = get(asked, "path")
            health.append(Health(scalar(place) or "/", named.get(port, port),
                                 line_of(place if place is not None else asked), key))  # fmt: skip
        command = get(node, key, "exec", "command")
        if command is not None:
            health.append(Health("", "", line_of(command), key, tuple(strings(command))))
    return Workload(
        platform, path, line_of(node), name, kind, words_of(get(node, "command"), shell=False),
        words_of(get(node, "args"), shell=False), scalar(get(node, "image")) or "",
        runtime="image", directory=scalar(get(node, "workingDir")) or "", environment=environment,
        ports=tuple(ports), health=tuple(health),
    )  # fmt: skip
