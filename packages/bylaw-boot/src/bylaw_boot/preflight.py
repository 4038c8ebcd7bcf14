"""The preflight: every check, in one order, and all their problems together."""

from __future__ import annotations

import sys
import time

from bylaw_boot.import_path import import_path, path_problems, place_of
from bylaw_boot.problems import SKIPPED, Check, Problem, Report
from bylaw_boot.starting import command_line, start_problems
from bylaw_boot.surroundings import installation, port_problems, python_problems, unwritable
from bylaw_boot.variables import PORT, parse_bool, read_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bylaw_boot.boot import Boot

API, WORKER = "api", "worker"
MODE_VARIABLE = "WORKER_MODE"


class Preflight:
    """One run of the checks.

    Attributes:
        application: what was named for the mode: the loaded application or worker.
        port: the port to listen on.
        server: name of the server that will serve the application.
        interface: ``asgi`` or ``wsgi``.
    """

    def __init__(
        self, boot: Boot, environ: Mapping[str, str], *, is_started: bool, is_serving: bool
    ) -> None:
        """Prepares the checks; nothing is looked at yet.

        Args:
            boot: what the service declares.
            environ: the environment to judge.
            is_started: judge how this process was started.
            is_serving: judge whether the port is free.
        """
        self.boot = boot
        self.environ = environ
        self.is_started = is_started
        self.is_serving = is_serving
        self.place = place_of(boot.package)
        self.values: dict[str, Any] = {}
        self.mode = ""
        self.is_old = False
        self.application: Any = None
        self.port = 0
        self.server = ""
        self.interface = ""

    def run(self) -> Report:
        """Makes every check; none that fails keeps the others from being made."""
        checks = []
        for name, step in _STEPS.items():
            begun = time.perf_counter()
            try:
                check = step(self)
            except Exception as error:  # noqa: BLE001  a fault of ours must not hide the others
                said = f"the check {name} broke: {type(error).__name__}: {error}"
                problem = Problem("check-broken", said, "report it to the makers of bylaw-boot")
                check = Check(name, (), [problem])
            if check is not None:
                check.milliseconds = (time.perf_counter() - begun) * 1000
                checks.append(check)
        return Report(checks, self.boot.command, self.mode, self.values)


def _import_path(flight: Preflight) -> Check:
    problems = path_problems(flight.boot.package, flight.place)
    fine = f"no stale 'src' in {len(import_path())} entries of sys.path"
    return Check("import-path", () if problems else (fine,), problems)


def _run_as_module(flight: Preflight) -> Check:
    if not flight.is_started:
        return Check("run-as-module", ("nothing was started",), result=SKIPPED)
    how, problems = start_problems(
        flight.boot.package, flight.boot.entry, flight.place.folder, command_line(),
        sys.modules.get("__main__"),
    )  # fmt: skip
    return Check("run-as-module", (how,) if how else (), problems)


def _python_version(flight: Preflight) -> Check:
    problems = python_problems(flight.boot.python)
    flight.is_old = bool(problems)
    return Check("python-version", (f"Python {sys.version.split()[0]} supported",), problems)


def _environment(flight: Preflight) -> Check:
    flight.values, problems = read_variables(flight.boot.variables, flight.environ)
    flight.port = flight.values.get(PORT, 0)
    fine = f"{len(flight.values)} of {len(flight.boot.variables)} variables present and well-formed"
    return Check("environment", (fine,), problems)


def _mode_of(flight: Preflight) -> str:
    """The mode that is asked for.

    Raises:
        ValueError: ``WORKER_MODE`` is no truth value.
    """
    text = flight.environ.get(MODE_VARIABLE, "").strip()
    if text:
        return WORKER if parse_bool(text) else API
    return API if flight.boot.app or not flight.boot.worker else WORKER


def _target(flight: Preflight, mode: str) -> str:
    return flight.boot.worker if mode == WORKER else flight.boot.app


def _choose_mode(flight: Preflight) -> Check:
    name = MODE_VARIABLE
    try:
        mode = _mode_of(flight)
    except ValueError as error:
        problem = Problem("variable-invalid", f"{name} {error}", f"set {name} to true or false")
        return Check("mode", (), [problem])
    if not _target(flight, mode):
        message = f"{name} asks for the {mode} mode, and Boot was given no {_ARGUMENT[mode]}"
        way = f"give Boot({_ARGUMENT[mode]}=...), or set {name} otherwise"
        return Check("mode", (), [Problem("mode-impossible", message, way)])
    flight.mode = mode
    return Check("mode", (f"{mode}: {_target(flight, mode)}",))


def _critical_imports(flight: Preflight) -> Check:
    if not flight.place.folder or flight.is_old:
        why = "Python is too old" if flight.is_old else "the package was not found"
        return Check("critical-imports", (f"not tried: {why}",), result=SKIPPED)
    from bylaw_boot.importing import import_critical

    target = _target(flight, flight.mode) if flight.mode else ""
    later = (*flight.boot.shutdown, *_readiness(flight))
    targets = (target, *later) if target else ()
    found = import_critical(flight.boot.critical, targets, flight.place.folder)
    flight.application = found.application
    return Check("critical-imports", found.details, found.problems)


def _readiness(flight: Preflight) -> tuple[str, ...]:
    ready = flight.boot.working.ready
    return (ready,) if ready and flight.mode == WORKER else ()


def _package_installed(flight: Preflight) -> Check:
    if not flight.place.folder:
        return Check("package-installed", ("the package was not found",), result=SKIPPED)
    boot = flight.boot
    return Check("package-installed", *installation(boot.package, boot.distribution, flight.place))


def _writable(flight: Preflight) -> Check | None:
    return Check("writable", *unwritable(flight.boot.writable)) if flight.boot.writable else None


def _port_free(flight: Preflight) -> Check:
    if not flight.is_serving or not flight.port:
        why = "nothing is served" if flight.port else f"{PORT} is missing or malformed"
        return Check("port", (why,), result=SKIPPED)
    host = flight.boot.serving.host
    problems = port_problems(host, flight.port, PORT)
    return Check("port", () if problems else (f"{host}:{flight.port} is free",), problems)


def _reachable(flight: Preflight) -> Check | None:
    if not flight.boot.reach:
        return None
    from bylaw_boot.reachability import unreachable

    return Check("reachable", *unreachable(flight.boot.reach, flight.environ))


def _find_server(flight: Preflight) -> Check | None:
    if flight.mode != API:
        return None
    if flight.application is None:
        return Check("server", ("the application was not loaded",), result=SKIPPED)
    from bylaw_boot.servers import choose_server
    from bylaw_boot.targets import interface_of

    flight.interface = flight.boot.serving.interface or interface_of(flight.application)
    flight.server, problems = choose_server(flight.boot.serving.server, flight.interface)
    details = (f"{flight.server} for {flight.interface.upper()}",) if flight.server else ()
    return Check("server", details, problems)


_ARGUMENT = {API: "app", WORKER: "worker"}
_STEPS: dict[str, Callable[[Preflight], Check | None]] = {
    "import-path": _import_path, "run-as-module": _run_as_module,
    "python-version": _python_version, "environment": _environment, "mode": _choose_mode,
    "critical-imports": _critical_imports, "package-installed": _package_installed,
    "writable": _writable, "port": _port_free, "reachable": _reachable, "server": _find_server,
}  # fmt: skip
CHECKS = tuple(_STEPS)
"""The checks, in the order they are made."""
