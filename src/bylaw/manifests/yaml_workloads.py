"""Platforms that are told in YAML: Render, Heroku's heroku.yml, App Engine, DigitalOcean."""

from __future__ import annotations

import posixpath

import yaml

from bylaw.manifests.command import UNKNOWN, below
from bylaw.manifests.workload import (
    Deployment,
    Health,
    Port,
    Words,
    Workload,
    exec_form,
    shell_form,
)
from bylaw.manifests.yaml_nodes import (
    Document,
    column_of,
    get,
    items,
    line_of,
    pairs,
    scalar,
    strings,
    variables,
)  # fmt: skip

_RENDER_KINDS = {"web": "web", "pserv": "web", "worker": "worker", "cron": "cron"}
_IMAGES = frozenset({"docker", "image"})


def words_of(node: yaml.Node | None, *, shell: bool) -> Words | None:
    """The command in a scalar or a list.

    Args:
        node: the node; None where the key is missing.
        shell: whether a shell reads a scalar.

    Returns:
        Its words; None where nothing is said.
    """
    if isinstance(node, yaml.SequenceNode):
        found = tuple(strings(node))
        return exec_form(found, line_of(node), column_of(node)) if found else None
    text = scalar(node)
    if node is None or not text or not text.strip():
        return None
    made = shell_form(text, line_of(node), column_of(node))
    if shell:
        return made
    return exec_form(made.argv, made.line, made.column)._replace(text=made.text)


def read_render(path: str, document: Document) -> Deployment:
    """Services of ``render.yaml``: by the declared runtime, docker runs the image's command."""
    root = document.root
    listed = [*items(get(root, "services"))]
    for project in items(get(root, "projects")):
        for environment in items(get(project, "environments")):
            listed += items(get(environment, "services"))
    found: list[Workload] = []
    for node in listed:
        kind = _RENDER_KINDS.get(scalar(get(node, "type")) or "web")
        runtime = scalar(get(node, "runtime")) or scalar(get(node, "env")) or ""
        if kind is None or runtime == "static":
            continue
        found += _render_service(path, node, kind, runtime)
    return Deployment(tuple(found))


def _render_service(path: str, node: yaml.Node, kind: str, runtime: str) -> list[Workload]:
    home = _inside(scalar(get(node, "rootDir")) or scalar(get(node, "rootDirectory")) or "")
    native = words_of(get(node, "startCommand"), shell=True)
    docker = words_of(get(node, "dockerCommand"), shell=False)
    health = get(node, "healthCheckPath")
    environment = tuple(
        (scalar(get(each, "key")) or "", scalar(get(each, "value")) or "")
        for each in items(get(node, "envVars"))
        if get(each, "key") is not None
    )
    context = _inside(scalar(get(node, "dockerContext")) or "", home)
    dockerfile = scalar(get(node, "dockerfilePath")) or ""
    in_image = runtime in _IMAGES
    ignored = []
    if in_image and native is not None:
        ignored.append((native, f"runtime: {runtime} runs the image, and startCommand is not read"))
    if runtime and not in_image and docker is not None:
        ignored.append(
            (docker, f"runtime: {runtime} builds no image, and dockerCommand is not read")
        )
    made = Workload(
        "render", path, line_of(node), scalar(get(node, "name")) or "", kind,
        None if in_image else native, docker if in_image or not runtime else None,
        scalar(get(node, "image", "url")) or "",
        _inside(dockerfile, home) if dockerfile else "", context, "", runtime, home, environment,
        (), (Health(scalar(health) or "", "", line_of(health), "healthCheckPath"),)
        if health is not None else (), ignored=tuple(ignored),
    )  # fmt: skip
    before = words_of(get(node, "preDeployCommand"), shell=not in_image)
    if before is None:
        return [made]
    release = made._replace(
        kind="release", ports=(), health=(), ignored=(), line=before.line,
        entrypoint=None if in_image else before, arguments=before if in_image else None,
    )  # fmt: skip
    return [made, release]


def _inside(given: str, home: str = "") -> str:
    place = (
        below(home, given.removeprefix("./").strip("/")) if given not in ("", ".", "./") else home
    )
    return "" if place == UNKNOWN else place


def read_heroku(path: str, document: Document) -> Deployment:
    """``heroku.yml``: ``run`` starts the images that ``build.docker`` names, ``release`` once."""
    root = document.root
    folder = posixpath.dirname(path)
    images = {
        name: below(folder, scalar(node) or scalar(get(node, "dockerfile")) or "Dockerfile")
        for name, _, node in pairs(get(root, "build", "docker"))
    }
    found = []
    runs = {name: node for name, _, node in pairs(get(root, "run"))}
    for name, key, node in pairs(get(root, "run")):
        image = scalar(get(node, "image")) or name
        command = node if not isinstance(node, yaml.MappingNode) else get(node, "command")
        built = images.get(image) or images.get(name) or next(iter(images.values()), "")
        found.append(Workload(
            "heroku", path, line_of(key), name, "web" if name == "web" else "worker",
            arguments=words_of(command, shell=True), dockerfile=built, context=_folder(built),
            runtime="docker",
        ))  # fmt: skip
    found += [
        Workload("heroku", path, 1, name, "web" if name == "web" else "worker",
                 dockerfile=built, context=_folder(built), runtime="docker")
        for name, built in images.items() if name not in runs and not runs
    ]  # fmt: skip
    release = get(root, "release")
    if release is not None:
        built = images.get(scalar(get(release, "image")) or "", next(iter(images.values()), ""))
        found.append(Workload(
            "heroku", path, line_of(release), "release", "release",
            arguments=words_of(get(release, "command"), shell=True), dockerfile=built,
            context=_folder(built), runtime="docker",
        ))  # fmt: skip
    return Deployment(tuple(found))


def _folder(path: str) -> str:
    return posixpath.dirname(path)


def read_app_engine(path: str, document: Document) -> Deployment:
    """``app.yaml``: ``entrypoint`` starts it; a custom runtime takes the image's command."""
    root = document.root
    runtime = scalar(get(root, "runtime")) or ""
    if not runtime:
        return Deployment(())
    command = words_of(get(root, "entrypoint"), shell=True)
    if command is None and isinstance(get(root, "entrypoint"), yaml.MappingNode):
        command = words_of(get(root, "entrypoint", "shell"), shell=True)
    folder = posixpath.dirname(path)
    custom = runtime == "custom"
    told = "runtime: custom runs the image, and entrypoint is not read"
    ignored = ((command, told),) if custom and command is not None else ()
    alone = "" if custom or command else "App Engine starts gunicorn with main:app by itself"
    health = [
        Health(scalar(get(root, name, "path")) or "", "", line_of(node), name)
        for name in ("liveness_check", "readiness_check")
        if (node := get(root, name, "path")) is not None
    ]
    if not custom and not runtime.startswith("python"):
        return Deployment(())
    made = Workload(
        "app-engine", path, 1, scalar(get(root, "service")) or "default", "web",
        None if custom else command,
        dockerfile=f"{folder}/Dockerfile".lstrip("/") if custom else "",
        context=folder, runtime="docker" if custom else "python", directory=folder,
        environment=variables(get(root, "env_variables")), health=tuple(health),
        unresolved=alone, ignored=ignored,
    )  # fmt: skip
    return Deployment((made,))


def read_digitalocean(path: str, document: Document) -> Deployment:
    """``.do/app.yaml``: ``run_command`` outranks the image."""
    found = []
    root = document.root if get(document.root, "spec") is None else get(document.root, "spec")
    for key, kind in (("services", "web"), ("workers", "worker"), ("jobs", "release")):
        for node in items(get(root, key)):
            home = _inside(scalar(get(node, "source_dir")) or "")
            dockerfile = _inside(scalar(get(node, "dockerfile_path")) or "")
            port = get(node, "http_port")
            health = get(node, "health_check", "http_path")
            environment = tuple(
                (scalar(get(each, "key")) or "", scalar(get(each, "value")) or "")
                for each in items(get(node, "envs"))
            )
            found.append(Workload(
                "digitalocean", path, line_of(node), scalar(get(node, "name")) or "", kind,
                words_of(get(node, "run_command"), shell=True),
                image=scalar(get(node, "image", "repository")) or "", dockerfile=dockerfile,
                context=home, runtime="docker" if dockerfile else "", directory=home,
                environment=environment,
                ports=(Port(scalar(port) or "", line_of(port), "http_port"),) if port else (),
                health=(Health(scalar(health) or "", "", line_of(health), "http_path"),)
                if health is not None else (),
            ))  # fmt: skip
    return Deployment(tuple(found))
