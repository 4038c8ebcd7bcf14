"""Compose files: services as they are written, interpolation kept raw."""

from __future__ import annotations

import posixpath

import yaml

from bylaw.manifests.command import Command, below
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.yaml_nodes import (
    Document,
    block_of,
    get,
    items,
    line_of,
    pairs,
    scalar,
    strings,
    variables,
)
from bylaw.manifests.yaml_shapes import Compose, Service


def read_compose(path: str, document: Document) -> Compose:
    """Read a compose file.

    Args:
        path: the file, relative to the root.
        document: its YAML.

    Returns:
        Its services.
    """
    services: list[Service] = []
    commands: list[Command] = []
    folder = posixpath.dirname(path)
    for name, key, node in pairs(get(document.root, "services")):
        service = _service(name, line_of(key), node, folder)
        services.append(service)
        for word in ("entrypoint", "command"):
            commands += _commands(path, document, service, get(node, word))
    includes = strings(get(document.root, "include"))
    includes += [text for each in items(get(document.root, "include"))
                 for text in strings(get(each, "path"))]  # fmt: skip
    return Compose(tuple(services), tuple(commands), tuple(includes))


def _service(name: str, line: int, node: yaml.Node, folder: str) -> Service:
    build = get(node, "build")
    context = scalar(build) if isinstance(build, yaml.ScalarNode) else scalar(get(build, "context"))
    if build is not None and context is None:
        context = "."
    base = below(folder, context) if context is not None else ""
    dockerfile = ""
    if build is not None:
        dockerfile = below(base, scalar(get(build, "dockerfile")) or "Dockerfile")
    extends = get(node, "extends")
    parent: tuple[str, str] | None = None
    if isinstance(extends, yaml.ScalarNode):
        parent = ("", extends.value)
    elif extends is not None:
        parent = (scalar(get(extends, "file")) or "", scalar(get(extends, "service")) or "")
    command, entrypoint = get(node, "command"), get(node, "entrypoint")
    test = get(node, "healthcheck", "test")
    return Service(
        name, line, scalar(get(node, "image")) or "", base if build is not None else "",
        dockerfile, scalar(get(build, "target")) or "", _words(command), _line(command),
        _words(entrypoint), _line(entrypoint), variables(get(node, "environment")),
        tuple(_files(get(node, "env_file"))), tuple(strings(get(node, "ports"))), _words(test),
        _line(test), tuple(strings(get(node, "profiles"))), parent,
        tuple(strings(get(node, "volumes"))), scalar(get(node, "working_dir")) or "",
    )  # fmt: skip


def _files(node: yaml.Node | None) -> list[str]:
    named = [scalar(get(each, "path")) for each in items(node)]
    return [*strings(node), *(name for name in named if name)]


def _line(node: yaml.Node | None) -> int:
    return line_of(node) if node is not None else 0


def _words(node: yaml.Node | None) -> tuple[str, ...] | None:
    if isinstance(node, yaml.SequenceNode):
        return tuple(strings(node))
    if isinstance(node, yaml.ScalarNode):
        from bylaw.manifests.shell_words import tokens

        return tuple(each.value for each in tokens(node.value, fold=True) if each.kind == "word")
    return None


def _commands(
    path: str, document: Document, service: Service, node: yaml.Node | None
) -> tuple[Command, ...]:
    """A command without a shell; what ``sh -c`` is given is read as shell text."""
    setting = Setting(path, "compose", service.name, service.directory, service.environment)
    if isinstance(node, yaml.ScalarNode):
        block = block_of(node, document.lines)
        words = _words(node) or ()
        if words[1:2] not in (("-c",), ("-lc",), ("-ec",)):
            found = shell_commands(
                block.text, setting, block.line, block.column, block.indent, True
            )
            return tuple(each._replace(is_shell=False) for each in found)
        return shell_commands(words[2] if len(words) > 2 else "", setting, block.line, block.column)
    parts = [each for each in items(node) if isinstance(each, yaml.ScalarNode)]
    words = tuple(each.value for each in parts)
    if not words:
        return ()
    if words[0].rpartition("/")[2] in ("sh", "bash") and words[1:2] and "c" in words[1][1:]:
        if len(parts) < 3:
            return ()
        block = block_of(parts[2], document.lines)
        return shell_commands(block.text, setting, block.line, block.column, block.indent)
    first, last = parts[0], parts[-1]
    return (
        Command(
            path, line_of(first), first.start_mark.column + 1, line_of(last), " ".join(words),
            words, service.directory, service.environment, "compose", service.name,
            is_shell=False,
        ),
    )  # fmt: skip
