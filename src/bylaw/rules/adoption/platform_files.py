"""``render.yaml`` and a compose file for a service that has none."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from bylaw.rules.adoption.plan import Service


def blueprint_text(service: Service, dockerfile: str, folder: str) -> str:
    """A ``render.yaml``: the image decides, so that no second command can outrank it.

    Args:
        service: what is decided.
        dockerfile: the Dockerfile, relative to the root.
        folder: its build context, relative to the root; empty for the root.
    """
    return "\n".join(_blueprint(service, dockerfile, folder)) + "\n"


def _blueprint(service: Service, dockerfile: str, folder: str) -> Iterator[str]:
    name = service.definition.name
    kinds = [("web", name), *([("worker", f"{name}-worker")] if service.worker else [])]
    yield "services:"
    for kind, called in kinds:
        yield f"  - type: {kind}"
        yield f"    name: {called}"
        yield "    # The image's CMD is the one start command: no startCommand beside it."
        yield "    runtime: docker"
        yield f"    dockerfilePath: ./{dockerfile}"
        yield f"    dockerContext: {'./' + folder if folder else '.'}"
        if kind == "web":
            yield f"    healthCheckPath: {service.serving.health}"
        required = [each.name for each in service.variables if each.is_required]
        if required or kind == "worker":
            yield "    envVars:"
        if kind == "worker":
            yield "      - key: WORKER_MODE"
            yield '        value: "true"'
        for each in required:
            yield f"      - key: {each}"
            yield "        # Asked for once, in the dashboard; never written here."
            yield "        sync: false"


def compose_text(service: Service, dockerfile: str, folder: str) -> str:
    """A compose file beside the project: the image's own command, with what it needs.

    Args:
        service: what is decided.
        dockerfile: the Dockerfile, relative to the root.
        folder: its build context, relative to the root; empty for the root.
    """
    home = service.definition.folder
    context = posixpath.relpath(folder or ".", home or ".")
    named = posixpath.relpath(dockerfile, folder or ".")
    build = [f"    build: {context}"]
    if named != "Dockerfile":
        build = ["    build:", f"      context: {context}", f"      dockerfile: {named}"]
    return "\n".join(_compose(service, build)) + "\n"


def _compose(service: Service, build: list[str]) -> Iterator[str]:
    port = service.serving.port
    yield "services:"
    for name in ("web", *(["worker"] if service.worker else [])):
        yield f"  {name}:"
        yield from build
        if name == "web":
            yield "    ports:"
            yield f'      - "{port}:{port}"'
        required = [each.name for each in service.variables if each.is_required]
        if required or name == "worker":
            yield "    environment:"
        if name == "worker":
            yield '      WORKER_MODE: "true"'
        for each in required:
            yield f"      {each}: ${{{each}:?set {each}}}"
