"""``bylaw probe boot``: from a linked repository to the answer."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.model.environment import is_example_file
from bylaw.probes.boot.answers import ANY_PATH, DEFAULT_PATHS
from bylaw.probes.boot.breaking import FaultJudge
from bylaw.probes.boot.causes import Known
from bylaw.probes.boot.declares import Declares, declares
from bylaw.probes.boot.ending import GOOD_ENDS, StopJudge
from bylaw.probes.boot.faults import NotSeeded, faults_of
from bylaw.probes.boot.holding import STOPPED, held_start
from bylaw.probes.boot.judging import StartJudge
from bylaw.probes.boot.modes import with_worker_mode
from bylaw.probes.boot.placing import ROOT
from bylaw.probes.boot.running import Runner, Start, Times
from bylaw.probes.boot.services import NotStarted, Service, Surroundings, find_services
from bylaw.probes.boot.verdicts import OPEN, Place, Verdicts
from bylaw.probes.environment import DECLARED, SCRUBBED, declared_variables, scrubbed_environment
from bylaw.probes.host import Limits
from bylaw.probes.interpreter import Interpreter, find_interpreter, install_command
from bylaw.probes.outcome import Outcome, made_outcome
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext
from bylaw.source.project_root import covers

Progress = Callable[[str], None]


class Asked(NamedTuple):
    """What a run of the probe is asked for.

    Attributes:
        inside: paths below the root; only services whose command or module lies there are started.
        python: interpreter the user names; empty to find it.
        configured_python: ``[project] python``.
        declared: ``[probe.environment]``.
        times: the limits of time.
        limits: of each child.
        most_variables: required variables that are taken away one by one.
        contain: whether to use namespaces where the kernel allows; for tests.
    """

    inside: Sequence[str] = ("",)
    python: str = ""
    configured_python: str = ""
    declared: Sequence[tuple[str, str]] = ()
    times: Times = Times()
    limits: Limits = Limits()
    most_variables: int = 8
    contain: bool = True


def probe_boot(context: RuleContext, asked: Asked, progress: Progress) -> Outcome:
    """Starts every service, well and broken, and says what happened.

    Args:
        context: what is known of the repository.
        asked: what is asked for.
        progress: told what is under way.

    Returns:
        The answer (PROBES.md, "boot").

    Raises:
        UsageError: the interpreter the user names cannot be run.
    """
    folders = _folders(context)
    variables = declared_variables(context.root, asked.declared, folders)
    interpreter = find_interpreter(context.root, asked.python, asked.configured_python, folders)
    scrubbed = _scrubbed(interpreter)
    surroundings = Surroundings(interpreter, scrubbed, variables, bool(asked.declared))
    services, left = find_services(context, surroundings)
    services = list(with_worker_mode(context, services))
    verdicts = Verdicts(DECLARED if variables else SCRUBBED)
    started = [each for each in services if _is_inside(context, each.command, asked.inside)]
    for each in left:
        if _is_inside(context, each.command, asked.inside):
            _take_left(each, verdicts)
    runner = Runner(context.root, asked.times, asked.limits, asked.contain)
    for number, service in enumerate(started, 1):
        tell = partial(_tell, progress, f"service {number} of {len(started)}, {service.symbol}")
        _prove(context, service, interpreter, asked, runner, verdicts, tell)
    if not started and not verdicts.questions:
        place = Place("", 0, "")
        verdicts.judge("no-start-command", place, "no start command of a Python backend was found")
    for name in sorted({each for room in runner.rooms for each in room.open}):
        verdicts.note("not-denied", Place("", 0, ""), f"{name}: not denied by this kernel")
    errors = _errors(context, verdicts, folders, interpreter)
    return made_outcome("boot", verdicts.broken, verdicts.questions, verdicts.observations, errors)


def _tell(progress: Progress, prefix: str, text: str) -> None:
    progress(f"{prefix}: {text}")


def _prove(
    context: RuleContext, service: Service, interpreter: Interpreter, asked: Asked,
    runner: Runner, verdicts: Verdicts, progress: Progress,
) -> None:  # fmt: skip
    """One service: started well, then with each fault."""
    command = service.command
    place = Place(command.path, command.line, service.symbol)
    if runner.is_late():
        verdicts.judge("time-limit", place, "the time for the whole probe is over")
        return
    needs = declares(context, command.module, service.is_worker)
    oldest = needs.oldest_python
    if interpreter.version[: len(oldest)] < oldest:
        named = ".".join(map(str, oldest))
        what = f"{interpreter.path} is Python {_version(interpreter)}, {named} is asked for"
        verdicts.judge("interpreter-too-old", place, what)
        return
    known = _known(context, service)
    start = _start(service, needs)._replace(hidden=_real_variables(context, service))
    progress("starting")
    words = " ".join(os.path.basename(e) if e.startswith("/") else e for e in service.argv)
    words = words.replace("{root}/", "").replace("{port}", "$PORT")
    where = service.directory.removeprefix("{root}").strip("/") or "."
    verdicts.note("started", place, f"{words} in {where}")
    judge = StartJudge(service, needs, known, asked.times, verdicts)
    if not judge.judge(runner.run(start)):
        return
    ending = StopJudge(*judge.case)
    if not service.is_worker:
        progress("stopping it with a request in flight")
        _hold(context, service, start, needs, runner, ending)
    ending.shutdown_unseen()
    breaking = FaultJudge(place, needs.uses_boot, verdicts)
    for fault in faults_of(context, service, start, needs, interpreter, asked.most_variables):
        if isinstance(fault, NotSeeded):
            breaking.not_seeded(fault)
        elif runner.is_late():
            verdicts.judge("time-limit", place, f"{fault.what}: the time for the probe is over")
        else:
            progress(fault.what)
            breaking.judge(fault, runner.run(fault.start))


def _hold(
    context: RuleContext, service: Service, start: Start, needs: Declares, runner: Runner,
    judge: StopJudge,
) -> None:  # fmt: skip
    """SIGTERM with a request in flight: the application holds it, else it is made to stand still.

    What does not bear to stand still may end in another way than ever: that proves nothing.
    """
    slow = held_start(context, start, needs, service.command.meaning)
    if slow is not None and judge.judge_held(runner.run(slow)):
        return
    seen = runner.run(start._replace(holding=STOPPED))
    if seen.status not in GOOD_ENDS or not judge.judge_held(seen):
        judge.unproven()


def _real_variables(context: RuleContext, service: Service) -> tuple[str, ...]:
    """Files with somebody's real variables, which services like to read by themselves."""
    below = service.directory.removeprefix(ROOT).strip("/")
    found = []
    for folder in dict.fromkeys([*_folders(context), below]):
        for path in sorted(glob.glob(os.path.join(glob.escape(context.root), folder, ".env*"))):
            name = os.path.basename(path)
            if os.path.isfile(path) and not is_example_file(name):
                found.append(f"{ROOT}/{os.path.join(folder, name)}")
    return tuple(found)


def _version(interpreter: Interpreter) -> str:
    return ".".join(map(str, interpreter.version))


def _start(service: Service, needs: Declares) -> Start:
    paths = list(dict.fromkeys(each.path for each in service.asked)) or [*DEFAULT_PATHS, ANY_PATH]
    is_web = not service.is_worker or needs.uses_boot or bool(service.asked)
    return Start(service.argv, service.directory, service.environment, tuple(paths),
                 service.ports, is_web)  # fmt: skip


def _known(context: RuleContext, service: Service) -> Known:
    root = os.path.realpath(context.root)
    paths = frozenset(context.project.paths)

    def relative(file: str) -> str:
        """The path of a first-party file, wherever the room holds it; empty for others."""
        found = file.removeprefix(f"{root}/") if file.startswith(f"{root}/") else file
        found = found.partition("/room/copy/")[2] or found
        return found if found in paths else ""

    variables: dict[str, tuple[str, ...]] = {}
    for settings in context.backend.settings:
        for field in settings.fields:
            for name in (field.name.upper(), *field.variables):
                if name:
                    variables.setdefault(name, field.variables)
    modules = frozenset(context.project.by_name)
    return Known(relative, modules, variables, service.environment)


def _take_left(each: NotStarted, verdicts: Verdicts) -> None:
    place = Place(each.command.path, each.command.line, each.command.meaning.target)
    what = f"{' '.join(each.command.argv)[:160]}: {each.why}"
    if each.code:
        verdicts.judge(each.code, place, what)
    else:
        verdicts.note("not-started", place, what)


def _is_inside(context: RuleContext, command: StartCommand, inside: Sequence[str]) -> bool:
    paths = [command.path]
    if command.module >= 0:
        paths.append(context.project.paths[command.module])
    return any(covers(inside, path) for path in paths)


def _scrubbed(interpreter: Interpreter) -> dict[str, str]:
    """What services get: byte code may be written, the room forgets it; and wide lines."""
    found = scrubbed_environment(interpreter.path)
    del found["PYTHONDONTWRITEBYTECODE"]
    return {**found, "COLUMNS": "240", "PYTHONUNBUFFERED": "1"}


def _folders(context: RuleContext) -> list[str]:
    """Folders that may hold the environment and the example file: the root first."""
    found = [""]
    for module in context.project.modules:
        parts = module.root.split("/") if module.root else []
        found += ["/".join(parts[:depth]) for depth in range(1, min(len(parts), 2) + 1)]
    return list(dict.fromkeys(found))[:40]


def _errors(
    context: RuleContext, verdicts: Verdicts, folders: list[str], interpreter: Interpreter
) -> list[Diagnostic]:
    """One entry for each open question, the first of them with the one way on."""
    found: list[Diagnostic] = []
    for code in sorted(verdicts.questions, key=lambda each: list(OPEN).index(each)):
        first = min(each for each in verdicts.observations if each.kind == code)
        hint = OPEN[code]
        if code in ("missing-package", "not-installed"):
            hint = install_command(context.root, folders, interpreter, sorted(verdicts.packages))
        found.append(Diagnostic(code, first.what, first.path, first.line, "" if found else hint))
    return found
