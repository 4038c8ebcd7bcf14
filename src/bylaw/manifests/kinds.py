"""Which files are manifests, by name, and the one road from text to what they say."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.command import Command, Problem
from bylaw.source.manifest_names import manifest_kind

_YAML = frozenset({"compose", "github", "gitlab", "pre-commit"})
_DEPLOYMENTS = {
    "render": ("yaml_workloads", "read_render"), "heroku": ("yaml_workloads", "read_heroku"),
    "app-engine": ("yaml_workloads", "read_app_engine"),
    "digitalocean": ("yaml_workloads", "read_digitalocean"),
    "fly": ("toml_workloads", "read_fly"), "railway": ("toml_workloads", "read_railway"),
    "builder": ("toml_workloads", "read_builder"), "app-json": ("toml_workloads", "read_app_json"),
    "kubernetes": ("kubernetes", "read_kubernetes"), "kustomize": ("kustomize", "read_kustomize"),
    "systemd": ("ini_workloads", "read_systemd"),
    "supervisord": ("ini_workloads", "read_supervisord"),
}  # fmt: skip
"""Platforms: the reader of each; those of YAML files of one document get it composed."""
_COMPOSED = frozenset({"render", "heroku", "app-engine", "digitalocean"})


class Manifest(NamedTuple):
    """One file and what it says.

    Attributes:
        path: relative to the root.
        kind: as ``manifest_kind`` names it.
        commands: its commands.
        detail: the structure of its kind: a Dockerfile, a Compose, a Workflow, a Makefile, a
            PreCommit, a Deployment; None for the others and where the file is broken.
        problem: why it could not be read; None where it could.
    """

    path: str
    kind: str
    commands: tuple[Command, ...] = ()
    detail: object = None
    problem: Problem | None = None


def read_manifest(path: str, text: str) -> Manifest:
    """Read one file as what its name says it is.

    Args:
        path: relative to the root.
        text: its text.

    Returns:
        What it says; a file that is broken says why instead.
    """
    kind = manifest_kind(path)
    if kind in _YAML:
        return _read_yaml(path, kind, text)
    if kind == "dockerfile":
        from bylaw.manifests.dockerfile import parse_dockerfile
        from bylaw.manifests.images import image_commands

        parsed = parse_dockerfile(text)
        if isinstance(parsed, Problem):
            return Manifest(path, kind, problem=parsed)
        return Manifest(path, kind, image_commands(path, parsed), parsed)
    if kind in _DEPLOYMENTS:
        return _read_deployment(path, kind, text)
    from bylaw.manifests import lines

    if kind == "makefile":
        makefile = lines.read_makefile(path, text)
        return Manifest(path, kind, makefile.commands, makefile)
    readers = {
        "procfile": lines.read_procfile, "script": lines.read_script,
        "markdown": lines.read_markdown, "batch": lines.read_batch,
    }  # fmt: skip
    reader = readers.get(kind)
    return Manifest(path, kind, reader(path, text) if reader else ())


def _read_deployment(path: str, kind: str, text: str) -> Manifest:
    from importlib import import_module

    module, name = _DEPLOYMENTS[kind]
    reader = getattr(import_module(f"bylaw.manifests.{module}"), name)
    if kind not in _COMPOSED:
        read = reader(path, text)
    else:
        from bylaw.manifests.yaml_nodes import parse_yaml

        document = parse_yaml(text)
        read = document if isinstance(document, Problem) else reader(path, document)
    if isinstance(read, Problem):
        return Manifest(path, kind, problem=read)
    return Manifest(path, kind, detail=read)


def _read_yaml(path: str, kind: str, text: str) -> Manifest:
    from bylaw.manifests.compose import read_compose
    from bylaw.manifests.precommit import read_precommit
    from bylaw.manifests.workflow import read_github, read_gitlab
    from bylaw.manifests.yaml_nodes import parse_yaml

    document = parse_yaml(text)
    if isinstance(document, Problem):
        return Manifest(path, kind, problem=document)
    if kind == "compose":
        compose = read_compose(path, document)
        return Manifest(path, kind, compose.commands, compose)
    if kind == "pre-commit":
        hooks = read_precommit(path, document)
        return Manifest(path, kind, hooks.commands, hooks)
    workflow = (read_github if kind == "github" else read_gitlab)(path, document)
    return Manifest(path, kind, workflow.commands, workflow)
