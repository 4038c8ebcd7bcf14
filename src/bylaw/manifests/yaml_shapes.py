"""What files in YAML say, once read; apart from their readers, which load a library for it."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.command import Command


class Use(NamedTuple):
    """A step that runs somebody's action.

    Attributes:
        action: ``owner/name`` with what follows, without the version.
        version: after the ``@``.
        line: 1-based line.
        job: name of the job.
        inputs: its ``with``.
        ignored: what keeps its failure from counting.
    """

    action: str
    version: str
    line: int
    job: str
    inputs: tuple[tuple[str, str], ...]
    ignored: str


class Workflow(NamedTuple):
    """One file of continuous integration.

    Attributes:
        commands: all commands of all jobs.
        uses: actions, included files and called workflows.
        jobs: (name, line) of each.
        triggers: what starts it; empty where the file does not say.
    """

    commands: tuple[Command, ...]
    uses: tuple[Use, ...]
    jobs: tuple[tuple[str, int], ...]
    triggers: tuple[str, ...]


class Service(NamedTuple):
    """One service.

    Attributes:
        name: its name.
        line: 1-based line of its name.
        image: image; empty where it is only built.
        build_context: directory it is built from, relative to the root; empty for none.
        dockerfile: Dockerfile, relative to the root; empty where it is not built.
        target: build stage; empty for the last.
        command: words of ``command``; None where it is not set.
        command_line: line of it.
        entrypoint: words of ``entrypoint``; None where it is not set.
        entrypoint_line: line of it.
        environment: names and values as written.
        environment_files: ``env_file`` entries.
        ports: as written.
        healthcheck: words of ``healthcheck.test``; None where it is not set.
        healthcheck_line: line of it.
        profiles: profiles it belongs to.
        extends: (file, service) it extends; None where it does not.
        volumes: as written, short form only.
        directory: ``working_dir``; empty where it is not set.
    """

    name: str
    line: int
    image: str
    build_context: str
    dockerfile: str
    target: str
    command: tuple[str, ...] | None
    command_line: int
    entrypoint: tuple[str, ...] | None
    entrypoint_line: int
    environment: tuple[tuple[str, str], ...]
    environment_files: tuple[str, ...]
    ports: tuple[str, ...]
    healthcheck: tuple[str, ...] | None
    healthcheck_line: int
    profiles: tuple[str, ...]
    extends: tuple[str, str] | None
    volumes: tuple[str, ...]
    directory: str


class Compose(NamedTuple):
    """A whole compose file.

    Attributes:
        services: in the order of the file.
        commands: ``command`` and ``entrypoint`` of its services, as commands.
        includes: files it includes.
    """

    services: tuple[Service, ...]
    commands: tuple[Command, ...]
    includes: tuple[str, ...]


class Hook(NamedTuple):
    """One hook.

    Attributes:
        identity: its ``id``.
        line: 1-based line.
        repository: where it comes from; ``local`` for one of the repository's own.
        revision: ``rev``; empty for local ones.
        arguments: its ``args``.
        entry: its ``entry``; empty where the repository of the hook says.
        stages: when it runs; empty for the default.
    """

    identity: str
    line: int
    repository: str
    revision: str
    arguments: tuple[str, ...]
    entry: str
    stages: tuple[str, ...]


class PreCommit(NamedTuple):
    """The whole configuration.

    Attributes:
        hooks: all hooks in order.
        commands: entries of local hooks as commands.
    """

    hooks: tuple[Hook, ...]
    commands: tuple[Command, ...]
