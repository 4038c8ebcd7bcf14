"""From the checks to the service, and from the service to the exit status."""

from __future__ import annotations

import os
import sys
import time

from bylaw_boot.diagnostic import (
    Hiding,
    check_json,
    failure_json,
    failure_text,
    leave,
    say,
    success_text,
    write,
)
from bylaw_boot.import_path import import_path
from bylaw_boot.preflight import API, MODE_VARIABLE, Preflight
from bylaw_boot.problems import Problem
from bylaw_boot.stopping import Stopping, end_while_starting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from bylaw_boot.boot import Boot
    from bylaw_boot.problems import Report

_USAGE = """usage: {command} [--check [--json]]

Checks what the service needs, then serves {app};
with {mode}=true it runs {worker}.

  --check  make the checks and exit without serving: 0 when all passed, 1 otherwise
  --json   with --check: print one line of bylaw.boot-check/1 on standard output
"""


def run(boot: Boot, arguments: Sequence[str]) -> NoReturn:
    """Makes the checks and serves.

    Raises:
        SystemExit: always.
    """
    unknown = [each for each in arguments if each not in ("--check", "--json", "--help", "-h")]
    usage = _USAGE.format(
        command=boot.command, app=boot.app or "nothing", worker=boot.worker or "nothing",
        mode=MODE_VARIABLE,
    )  # fmt: skip
    if unknown or ("--json" in arguments and "--check" not in arguments):
        write(f"{usage}\nunknown: {' '.join(unknown) or '--json without --check'}\n", sys.stderr)
        raise SystemExit(2)
    if "--help" in arguments or "-h" in arguments:
        write(usage, sys.stdout)
        raise SystemExit(0)
    if "--check" in arguments:
        _only_check(boot, is_json="--json" in arguments)
    _start(boot)


def _only_check(boot: Boot, *, is_json: bool) -> NoReturn:
    report = Preflight(boot, os.environ, is_started=True, is_serving=False).run()
    hiding = Hiding(os.environ, boot.variables)
    if not report.ok:
        _write_failure(boot, report.problems, report, hiding)
    if is_json:
        write(check_json(report, hiding) + "\n", sys.stdout)
    elif report.ok:
        write(hiding(success_text(report, _took(report))), sys.stdout)
    leave(0 if report.ok else 1)


def _start(boot: Boot) -> NoReturn:
    end_while_starting()
    hiding = Hiding(os.environ, boot.variables)
    head = (
        f"[boot] VALIDATION: starting fail-fast checks of {boot.command}\n"
        f"[boot] Python {sys.version.split()[0]} ({sys.executable}), process {os.getpid()}\n"
        f"[boot] working directory: {os.getcwd()}\n"
        f"[boot] sys.path: {', '.join(import_path())}\n"
    )
    write(hiding(head), sys.stderr)
    preflight = Preflight(boot, os.environ, is_started=True, is_serving=True)
    report = preflight.run()
    if not report.ok:
        _write_failure(boot, report.problems, report, hiding)
        leave(1)
    write(hiding(success_text(report, _took(report))), sys.stderr)
    stopping = Stopping(boot.grace)
    serve = _serve_api if report.mode == API else _run_worker
    problem = serve(boot, preflight, stopping, hiding)
    problem = _run_hooks(boot) or problem
    if problem is not None:
        _write_failure(boot, (problem,), None, hiding)
        leave(1)
    say(f"stopped in good order after {'a signal' if stopping.signal else 'its end'}")
    leave(0)


def _serve_api(
    boot: Boot, preflight: Preflight, stopping: Stopping, hiding: Hiding
) -> Problem | None:
    from bylaw_boot.servers import Service, serve

    service = Service(
        boot.app, preflight.application, preflight.interface, preflight.port, boot.serving
    )
    say(f"running in API mode: {boot.app}")
    say(f"API server: {preflight.server} on {service.address}{_since_start()}")
    process = os.getpid()
    try:
        if serve(preflight.server, service, stopping) and stopping.signal:
            return None
        said = "ended without having been asked"
    except SystemExit as end:
        if os.getpid() != process:
            # A worker of the server's own: what the application opened, it opened in here.
            failed = _run_hooks(boot) is not None
            leave(1 if failed or end.code else 0)
        if stopping.signal and not end.code:
            return None
        said = f"ended the process with {end.code!r}"
    except BaseException as error:  # noqa: BLE001  whatever ends the process is said
        return _broken("server-failed", preflight.server, error, hiding)
    way = "read what it logged above: an application that cannot start says why there"
    return Problem("server-ended", f"{preflight.server} {said}", way)


def _run_worker(
    boot: Boot, preflight: Preflight, stopping: Stopping, hiding: Hiding
) -> Problem | None:
    from bylaw_boot.health_server import Readiness, serve_health
    from bylaw_boot.targets import load_target
    from bylaw_boot.worker import Worker, run_worker

    try:
        ask = load_target(boot.working.ready) if boot.working.ready else None
        worker = Worker(boot.working.stall_after)
        readiness = Readiness(ask, boot.working.ready_within)
        serve_health(boot.serving.host, preflight.port, worker, readiness, boot.serving.health)
    except BaseException as error:  # noqa: BLE001
        return _broken("worker-failed", "the health server", error, hiding)
    address = f"{boot.serving.host}:{preflight.port}"
    say(f"running in worker mode: {boot.worker}")
    say(f"/healthz and /ready: listening on {address}{_since_start()}")
    try:
        run_worker(preflight.application, worker, stopping)
    except BaseException as error:  # noqa: BLE001
        return _broken("worker-failed", boot.worker, error, hiding)
    if stopping.signal or boot.working.may_end:
        return None
    way = "let it run until it is asked to stop, or say Working(may_end=True)"
    return Problem("worker-ended", f"{boot.worker} returned without having been asked", way)


def _run_hooks(boot: Boot) -> Problem | None:
    """Runs every hook, also after one that failed; the first failure is the one that is told."""
    from bylaw_boot.targets import load_target

    first = None
    for target in boot.shutdown:
        try:
            result = load_target(target)()
            if hasattr(result, "__await__"):
                import asyncio

                asyncio.run(_awaited(result))
        except Exception as error:  # noqa: BLE001  the other hooks must run
            said = f"the shutdown hook {target} raised {type(error).__name__}: {error}"
            first = first or Problem("shutdown-failed", said, "mend the hook")
    return first


async def _awaited(result: object) -> None:
    await result  # type: ignore[misc]


def _broken(code: str, what: str, error: BaseException, hiding: Hiding) -> Problem:
    """Prints the traceback, without secrets, and says what broke."""
    import traceback

    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    write(hiding(trace), sys.stderr)
    said = f"{what} broke: {type(error).__name__}: {error}"
    return Problem(code, said, "read the traceback above")


def _write_failure(
    boot: Boot, problems: Sequence[Problem], report: Report | None, hiding: Hiding
) -> None:
    checks = () if report is None else report.checks
    text = failure_text(problems, checks, boot.command, boot.package, started=report is None)
    # In one piece: the JSON stays the last line, whatever other threads write.
    write(f"{hiding(text)}{failure_json(problems, boot.command, hiding)}\n", sys.stderr)


def _took(report: Report) -> str:
    imports = sum(each.milliseconds for each in report.checks if each.name == "critical-imports")
    return f"in {report.milliseconds:.0f} ms (critical imports: {imports:.0f} ms)"


def _since_start() -> str:
    """How long the process has been there, where the system tells (Linux)."""
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return ""
    return f", {age * 1000:.0f} ms after the process began"
