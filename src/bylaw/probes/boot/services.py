"""The services of a repository: each distinct start command, and how it is started here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bylaw.manifests.meaning import is_python
from bylaw.manifests.workload import Words, Workload
from bylaw.probes.boot.placing import (
    PORT,
    Placing,
    executable,
    expanded,
    manifest_variables,
    rooted,
)
from bylaw.probes.interpreter import Interpreter
from bylaw.rules.boot.effective import serves, start_command
from bylaw.rules.boot.expand import Step
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import Inventory, StartCommand
from bylaw.rules.boot.listening import Asked, asked_of
from bylaw.rules.context import RuleContext

_STARTED = ("api", "worker", "scheduler")
_PYTHON = frozenset({
    "uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "fastapi", "flask",
    "sanic", "quart", "litestar", "robyn", "celery", "rq", "arq", "dramatiq", "dramatiq-gevent",
    "procrastinate", "taskiq", "huey_consumer", "huey_consumer.py", "faststream", "saq", "streaq",
    "rqworker", "django-admin", "streamlit", "python", "manage.py",
})  # fmt: skip
_TRUE = frozenset({"1", "true", "yes", "on"})


class NotStarted(NamedTuple):
    """A start command that is not started, and why.

    Attributes:
        command: the command.
        code: reason code; empty where it is no matter.
        why: in one sentence.
    """

    command: StartCommand
    code: str
    why: str


class Service(NamedTuple):
    """One service, ready to be started.

    Attributes:
        command: the first command that starts it.
        alike: all commands that mean the same, itself first.
        argv: words, with places for the agent to fill in.
        directory: likewise.
        environment: likewise.
        is_worker: whether it is told to be a worker (its role, or ``WORKER_MODE``).
        asked: health requests that manifests make.
        ports: ports that manifests say.
        mode: what tells it from another service of the same command; usually empty.
    """

    command: StartCommand
    alike: tuple[StartCommand, ...]
    argv: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    is_worker: bool
    asked: tuple[Asked, ...]
    ports: tuple[int, ...]
    mode: str = ""

    @property
    def symbol(self) -> str:
        """What it serves, for people."""
        target = self.command.meaning.target
        return f"{target} ({self.mode})" if self.mode else target


class Surroundings(NamedTuple):
    """What services are started with.

    Attributes:
        interpreter: the project's own.
        scrubbed: variables every child gets.
        declared: what ``[probe.environment]`` or the example file declares.
        is_configured: whether the former does, which outranks manifests.
    """

    interpreter: Interpreter
    scrubbed: Mapping[str, str]
    declared: Mapping[str, str]
    is_configured: bool


def find_services(
    context: RuleContext, surroundings: Surroundings
) -> tuple[list[Service], list[NotStarted]]:
    """What can be started, and what cannot and why.

    Args:
        context: what is known.
        surroundings: what it is started with.
    """
    inventory = inventory_of(context)
    groups: dict[tuple[object, ...], list[StartCommand]] = {}
    left: list[NotStarted] = []
    # The canonical command says no directory: a file that starts the same comes before it.
    for command in [*inventory.winning(), *_canonical(context, inventory)]:
        refused = _refused(context, command)
        if refused is None:
            groups.setdefault(_key(command), []).append(command)
        elif refused.why:
            left.append(refused)
    groups = _deployed_first(groups, left)
    services = []
    for commands in groups.values():
        made = _made(context, commands, surroundings)
        if isinstance(made, Service):
            services.append(made)
        else:
            left.append(made)
    return services, _once(left)


def _canonical(context: RuleContext, inventory: Inventory) -> Iterable[StartCommand]:
    """The command that the configuration calls the one."""
    if not inventory.canonical:
        return
    text = context.boot.canonical
    words = Words(inventory.canonical, text, True, 1)
    workload = Workload("project", context.boot.path or "bylaw.toml", 1, "canonical", "web")
    made = start_command(context, workload, None, "[boot] canonical", words=words)
    if made is not None:
        yield made


def _refused(context: RuleContext, command: StartCommand) -> NotStarted | None:
    """Why a command is not started; without a reason where it is nothing of a backend."""
    step = command.main
    if command.role not in _STARTED:
        opaque = command.role in ("other", "supervisor") and command.place.image is not None
        why = f"{command.meaning.program or 'what runs'} keeps running, which is not followed"
        return NotStarted(command, "", why if opaque else "")
    if step is None or not command.resolved:
        why = command.why or "what runs is not known"
        return NotStarted(command, "command-unresolved", why)
    if _only_prepares(context, command):
        return NotStarted(command, "", "it prepares the start of others, and ends")
    program = command.meaning.program
    if program not in _PYTHON and program not in scripts(context):
        return NotStarted(command, "not-python", f"{program} is not started by this probe")
    if command.meaning.port == "unix":
        return NotStarted(command, "unix-socket", "it listens on a socket of the file system")
    return None


def _only_prepares(context: RuleContext, command: StartCommand) -> bool:
    """Whether migrations run beside a script that serves nothing."""
    if command.meaning.program not in ("python", "manage.py") or command.meaning.role:
        return False
    if not any(each.meaning.role == "migrate" for each in command.steps) or command.module < 0:
        return False
    return not serves(context.repository.text(context.project.paths[command.module]))


def _key(command: StartCommand) -> tuple[object, ...]:
    """What makes two commands the same start: meaning, not text."""
    meaning = command.meaning
    target: object = command.module if command.module >= 0 else (meaning.module, meaning.script)
    return (
        command.role == "api", meaning.program, target, meaning.module and meaning.attribute,
        meaning.port, meaning.as_module, _is_worker(command), command.is_development,
        bool(meaning.reload), _verb(command),
    )  # fmt: skip


def _verb(command: StartCommand) -> str:
    """``rq worker`` and ``rq scheduler`` of one script are two."""
    return command.role if command.meaning.program in ("manage.py", "celery", "python") else ""


def _is_worker(command: StartCommand) -> bool:
    known = dict(command.place.environment)
    step = command.main
    if step is not None:
        known.update(step.environment)
    mode = known.get("WORKER_MODE", "").lower() in _TRUE
    return mode or command.role in ("worker", "scheduler")


def _deployed_first(
    groups: dict[tuple[object, ...], list[StartCommand]], left: list[NotStarted]
) -> dict[tuple[object, ...], list[StartCommand]]:
    """Commands for somebody's own machine count only where there are no others."""

    def is_for_developers(commands: list[StartCommand]) -> bool:
        return all(each.is_development or each.meaning.reload for each in commands)

    deployed = {key: each for key, each in groups.items() if not is_for_developers(each)}
    if not deployed:
        return groups
    for key, commands in groups.items():
        if key not in deployed:
            left.append(NotStarted(commands[0], "", "it is for somebody's own machine"))
    return deployed


def _made(
    context: RuleContext, commands: list[StartCommand], surroundings: Surroundings
) -> Service | NotStarted:
    command = commands[0]
    step = command.main
    assert step is not None
    placing = Placing(context, command, step)
    directory = placing.directory()
    if directory is None:
        why = f"which folder of the repository {step.directory or 'it runs in'} is cannot be told"
        return NotStarted(command, "directory-unknown", why)
    environment = _environment(placing, command, step, surroundings)
    words = expanded(step.argv, environment, command.platform, step.is_shell)
    if words is None:
        return NotStarted(command, "command-unresolved", "a program decides what it runs")
    argv = _argv(context, placing, words, surroundings.interpreter)
    if isinstance(argv, str):
        return NotStarted(command, "missing-package", argv)
    asked = _asked(commands) or _asked(_beside(context, command))
    return Service(
        command, tuple(commands), tuple(argv), rooted(directory), environment,
        _is_worker(command), asked, tuple(sorted(_ports(commands))),
    )  # fmt: skip


def _asked(commands: Iterable[StartCommand]) -> tuple[Asked, ...]:
    """Health requests of several commands, each once."""
    return tuple({(each.path, each.file, each.line): each for one in commands
                  for each in asked_of(one) if each.path}.values())  # fmt: skip


def _beside(context: RuleContext, command: StartCommand) -> list[StartCommand]:
    """What else runs the same image in the same role: an override for developers, often."""
    image = command.place.image
    if image is None:
        return []
    return [each for each in inventory_of(context).commands
            if each.role == command.role and each.place.image is not None
            and each.place.image[:3] == image[:3]]  # fmt: skip


def _environment(
    placing: Placing, command: StartCommand, step: Step, surroundings: Surroundings
) -> dict[str, str]:
    """Scrubbed, then what the example file, the manifest and the configuration declare."""
    manifest = manifest_variables(placing, command, step)
    declared = {k: v for k, v in surroundings.declared.items()
                if k not in ("HOME", "TMPDIR") and "\0" not in v}  # fmt: skip
    layers = (manifest, declared) if surroundings.is_configured else (declared, manifest)
    return {**surroundings.scrubbed, **layers[0], **layers[1], "PORT": PORT}


def _argv(
    context: RuleContext, placing: Placing, words: list[str], interpreter: Interpreter
) -> list[str] | str:
    """The words with the project's own programs in them, or which one is not installed."""
    head = words[0].rpartition("/")[2]
    rest = [placing.word(each) for each in words[1:]]
    if is_python(head):
        return [interpreter.path, *rest]
    if head.endswith(".py") and head != "huey_consumer.py":
        return [interpreter.path, placing.word(words[0]), *rest]
    folder = os.path.dirname(interpreter.path)
    found = executable(folder, head)
    if not found:
        entry = scripts(context).get(head)
        what = f"the project, which installs {head}," if entry is not None else head
        return f"{what} is not installed beside {interpreter.path}"
    with open(found, "rb") as file:
        first = file.readline(300)
    return [interpreter.path, found, *rest] if b"python" in first else [found, *rest]


def _ports(commands: list[StartCommand]) -> set[int]:
    return {int(port.value) for each in commands if each.is_published for port in each.ports
            if port.value.isdigit()}  # fmt: skip


def _once(left: list[NotStarted]) -> list[NotStarted]:
    found = {(each.command.path, each.command.line, each.code): each for each in left}
    return list(found.values())
