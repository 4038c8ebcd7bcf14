"""Services of a compose file as workloads, before files are merged; and how two of them merge."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

import yaml

from bylaw.manifests.command import UNKNOWN, below
from bylaw.manifests.workload import Health, Port, Words, Workload
from bylaw.manifests.yaml_nodes import (
    Document,
    get,
    is_true,
    items,
    line_of,
    pairs,
    scalar,
    strings,
    variables,
)  # fmt: skip
from bylaw.manifests.yaml_workloads import words_of

_INTERPOLATED = re.compile(r"(?<!\$)\$\{(\w+)(?::?-([^}]*))?(?::?[?+][^}]*)?\}")


class ComposeService(NamedTuple):
    """A service as one file gives it.

    Attributes:
        workload: what it says; what it does not say is empty.
        builds: whether it has a ``build``.
        extends: (file, service) it extends; empty where it does not.
        profiles: profiles it belongs to.
        loopback: whether its network is the host's, so that nothing is published.
    """

    workload: Workload
    builds: bool
    extends: tuple[str, str] | None
    profiles: tuple[str, ...]
    loopback: bool


def interpolated(text: str) -> str:
    """A value with the defaults of its variables; ``$$`` is the container's own dollar."""
    return _INTERPOLATED.sub(lambda match: match[2] if match[2] is not None else match[0],
                             text).replace("$$", "$")  # fmt: skip


def compose_services(path: str, document: Document) -> tuple[ComposeService, ...]:
    """The services of a compose file.

    Args:
        path: the file, relative to the root.
        document: its YAML.
    """
    folder = posixpath.dirname(path)
    return tuple(
        _service(path, folder, name, key, node)
        for name, key, node in pairs(get(document.root, "services"))
        if isinstance(node, yaml.MappingNode)
    )


def _service(path: str, folder: str, name: str, key: yaml.Node, node: yaml.Node) -> ComposeService:
    build = get(node, "build")
    context = dockerfile = ""
    if build is not None:
        given = (
            scalar(build) if isinstance(build, yaml.ScalarNode) else scalar(get(build, "context"))
        )
        context = below(folder, interpolated(given or "."))
        named = interpolated(scalar(get(build, "dockerfile")) or "Dockerfile")
        dockerfile = below(context, named) if context != UNKNOWN else ""
    extends = get(node, "extends")
    parent: tuple[str, str] | None = None
    if isinstance(extends, yaml.ScalarNode):
        parent = (path, extends.value)
    elif extends is not None:
        file = scalar(get(extends, "file"))
        parent = (below(folder, file) if file else path, scalar(get(extends, "service")) or "")
    made = Workload(
        "compose", path, line_of(key), name, "",
        _plain(get(node, "entrypoint")), _plain(get(node, "command")),
        interpolated(scalar(get(node, "image")) or ""), dockerfile,
        "" if context == UNKNOWN else context, scalar(get(build, "target")) or "",
        directory=scalar(get(node, "working_dir")) or "",
        environment=tuple((each, interpolated(value))
                          for each, value in variables(get(node, "environment"))),
        ports=_ports(get(node, "ports")), health=_health(get(node, "healthcheck")),
        mounts=_mounts(folder, get(node, "volumes")),
    )  # fmt: skip
    network = scalar(get(node, "network_mode")) or ""
    return ComposeService(
        made, build is not None, parent, tuple(strings(get(node, "profiles"))),
        network.startswith(("host", "service:", "container:")),
    )  # fmt: skip


def _plain(node: yaml.Node | None) -> Words | None:
    words = words_of(node, shell=False)
    if words is None:
        return None
    return words._replace(argv=tuple(interpolated(each) for each in words.argv),
                          text=interpolated(words.text))  # fmt: skip


def _ports(node: yaml.Node | None) -> tuple[Port, ...]:
    """The container's side of each published port."""
    found = []
    for each in items(node):
        text = scalar(each) if isinstance(each, yaml.ScalarNode) else scalar(get(each, "target"))
        value = interpolated(text or "").partition("/")[0]
        value = value.rpartition(":")[2]
        if value and "-" not in value:
            found.append(Port(value, line_of(each), "ports"))
    return tuple(found)


def _health(node: yaml.Node | None) -> tuple[Health, ...]:
    test = get(node, "test")
    if node is None or test is None or is_true(get(node, "disable")):
        return ()
    words = tuple(strings(test))
    if isinstance(test, yaml.ScalarNode):
        words = ("CMD-SHELL", test.value)
    if words[:1] == ("NONE",):
        return ()
    return (Health("", "", line_of(test), "healthcheck", words),)


def _mounts(folder: str, node: yaml.Node | None) -> tuple[tuple[str, str], ...]:
    """Mounts: (path in the repository, path in the container); ``UNKNOWN`` for a volume."""
    found = []
    for each in items(node):
        if isinstance(each, yaml.ScalarNode):
            source, _, rest = interpolated(each.value).partition(":")
            target = rest.partition(":")[0]
        else:
            source = scalar(get(each, "source")) or ""
            target = scalar(get(each, "target")) or ""
        if source.startswith((".", "/")) and target.startswith("/"):
            place = below(folder, source)
            if place != UNKNOWN and not place.startswith(("/", "..")):
                found.append((place, posixpath.normpath(target)))
        elif target.startswith("/"):
            found.append((UNKNOWN, posixpath.normpath(target)))
    return tuple(found)


def merged(base: ComposeService, over: ComposeService) -> ComposeService:
    """A service as two files make it: what the later one says replaces or adds.

    An ``entrypoint`` of the later file discards a ``command`` it does not repeat.
    """
    one, two = base.workload, over.workload
    arguments = two.arguments or (None if two.entrypoint else one.arguments)
    environment = {**dict(one.environment), **dict(two.environment)}
    made = two._replace(
        entrypoint=two.entrypoint or one.entrypoint, arguments=arguments,
        image=two.image or one.image, dockerfile=two.dockerfile or one.dockerfile,
        context=two.context if over.builds else one.context, target=two.target or one.target,
        directory=two.directory or one.directory, environment=tuple(environment.items()),
        ports=(*one.ports, *two.ports), health=two.health or one.health,
        mounts=(*two.mounts, *one.mounts),
    )  # fmt: skip
    return ComposeService(
        made, base.builds or over.builds, None, over.profiles or base.profiles,
        base.loopback or over.loopback,
    )  # fmt: skip
