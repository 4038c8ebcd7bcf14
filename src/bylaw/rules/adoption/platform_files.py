"""``render.yaml`` and a compose file for a service that has none."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.rules.adoption.plan import Service


def blueprint_text(service: Service) -> str:
    """A ``render.yaml``: the image decides, so that no second command can outrank it."""
    return "\n".join(_blueprint(service)) + "\n"


def _blueprint(service: Service) -> Iterator[str]:
    folder = service.definition.folder
    name = service.definition.name
    kinds = [("web", name), *([("worker", f"{name}-worker")] if service.worker else [])]
    yield "services:"
    for kind, called in kinds:
        yield f"  - type: {kind}"
        yield f"    name: {called}"
        yield "    # The image's CMD is the one start command: no startCommand beside it."
        yield "    runtime: docker"
        yield f"    dockerfilePath: ./{service.definition.path('Dockerfile')}"
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


def compose_text(service: Service) -> str:
    """A compose file: the image's own command, with what it needs."""
    return "\n".join(_compose(service)) + "\n"


def _compose(service: Service) -> Iterator[str]:
    port = service.serving.port
    yield "services:"
    for name in ("web", *(["worker"] if service.worker else [])):
        yield f"  {name}:"
        yield "    build: ."
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
