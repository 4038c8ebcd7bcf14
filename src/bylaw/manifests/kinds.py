"""Which files are manifests, by name, and the one road from text to what they say."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.command import Command, Problem
from bylaw.source.manifest_names import manifest_kind

_YAML = frozenset({"compose", "github", "gitlab", "pre-commit"})


class Manifest(NamedTuple):
    """One file and what it says.

    Attributes:
        path: relative to the root.
        kind: as ``manifest_kind`` names it.
        commands: its commands.
        detail: the structure of its kind: a Dockerfile, a Compose, a Workflow, a Makefile, a
            PreCommit; None for the others and where the file is broken.
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
    from bylaw.manifests import lines

    if kind == "makefile":
        makefile = lines.read_makefile(path, text)
        return Manifest(path, kind, makefile.commands, makefile)
    readers = {
        "procfile": lines.read_procfile, "script": lines.read_script,
        "markdown": lines.read_markdown,
    }  # fmt: skip
    reader = readers.get(kind)
    return Manifest(path, kind, reader(path, text) if reader else ())


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
