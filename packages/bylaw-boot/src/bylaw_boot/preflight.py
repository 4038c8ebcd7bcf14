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
CHECKS = (
    "import-path", "run-as-module", "python-version", "environment", "mode", "critical-imports",
    "package-installed", "writable", "port", "reachable", "server",
)  # fmt: skip
"""The checks, in the order they are made."""


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
        self._boot = boot
        self._environ = environ
        self._is_started = is_started
        self._is_serving = is_serving
        self._place = place_of(boot.package)
        self._values: dict[str, Any] = {}
        self._mode = ""
        self._is_old = False
        self.application: Any = None
        self.port = 0
        self.server = ""
        self.interface = ""

    def run(self) -> Report:
        """Makes every check; none that fails keeps the others from being made."""
        checks = []
        steps = self._steps()
        for name in CHECKS:
            step = steps[name]
            begun = time.perf_counter()
            try:
                check = step()
            except Exception as error:  # noqa: BLE001  a fault of ours must not hide the others
                said = f"the check {name} broke: {type(error).__name__}: {error}"
                problem = Problem("check-broken", said, "report it to the makers of bylaw-boot")
                check = Check(name, (), [problem])
            if check is not None:
                check.milliseconds = (time.perf_counter() - begun) * 1000
                checks.append(check)
        return Report(checks, self._boot.command, self._mode, self._values)

    def _steps(self) -> dict[str, Callable[[], Check | None]]:
        return {
            "import-path": self._import_path, "run-as-module": self._run_as_module,
            "python-version": self._python_version, "environment": self._environment,
            "mode": self._choose_mode, "critical-imports": self._critical_imports,
            "package-installed": self._package_installed, "writable": self._writable,
            "port": self._port_free, "reachable": self._reachable, "server": self._find_server,
        }  # fmt: skip

    def _import_path(self) -> Check:
        problems = path_problems(self._boot.package, self._place)
        fine = f"no stale 'src' in {len(import_path())} entries of sys.path"
        return Check("import-path", () if problems else (fine,), problems)

    def _run_as_module(self) -> Check:
        if not self._is_started:
            return Check("run-as-module", ("nothing was started",), result=SKIPPED)
        how, problems = start_problems(
            self._boot.package, self._boot.entry, self._place.folder, command_line(),
            sys.modules.get("__main__"),
        )  # fmt: skip
        return Check("run-as-module", (how,) if how else (), problems)

    def _python_version(self) -> Check:
        problems = python_problems(self._boot.python)
        self._is_old = bool(problems)
        return Check("python-version", (f"Python {sys.version.split()[0]} supported",), problems)

    def _environment(self) -> Check:
        self._values, problems = read_variables(self._boot.variables, self._environ)
        self.port = self._values.get(PORT, 0)
        fine = (
            f"{len(self._values)} of {len(self._boot.variables)} variables present and well-formed"
        )
        return Check("environment", (fine,), problems)

    def _mode_of(self) -> str:
        """The mode that is asked for.

        Raises:
            ValueError: ``WORKER_MODE`` is no truth value.
        """
        text = self._environ.get(MODE_VARIABLE, "").strip()
        if text:
            return WORKER if parse_bool(text) else API
        return API if self._boot.app or not self._boot.worker else WORKER

    def _target(self, mode: str) -> str:
        return self._boot.worker if mode == WORKER else self._boot.app

    def _choose_mode(self) -> Check:
        name = MODE_VARIABLE
        try:
            mode = self._mode_of()
        except ValueError as error:
            problem = Problem("variable-invalid", f"{name} {error}", f"set {name} to true or false")
            return Check("mode", (), [problem])
        if not self._target(mode):
            message = f"{name} asks for the {mode} mode, and Boot was given no {_ARGUMENT[mode]}"
            way = f"give Boot({_ARGUMENT[mode]}=...), or set {name} otherwise"
            return Check("mode", (), [Problem("mode-impossible", message, way)])
        self._mode = mode
        return Check("mode", (f"{mode}: {self._target(mode)}",))

    def _critical_imports(self) -> Check:
        if not self._place.folder or self._is_old:
            why = "Python is too old" if self._is_old else "the package was not found"
            return Check("critical-imports", (f"not tried: {why}",), result=SKIPPED)
        from bylaw_boot.importing import import_critical

        target = self._target(self._mode) if self._mode else ""
        found = import_critical(self._boot.critical, target, self._place.folder)
        self.application = found.application
        return Check("critical-imports", found.details, found.problems)

    def _package_installed(self) -> Check:
        if not self._place.folder:
            return Check("package-installed", ("the package was not found",), result=SKIPPED)
        boot = self._boot
        return Check(
            "package-installed", *installation(boot.package, boot.distribution, self._place)
        )

    def _writable(self) -> Check | None:
        return Check("writable", *unwritable(self._boot.writable)) if self._boot.writable else None

    def _port_free(self) -> Check:
        if not self._is_serving or not self.port:
            why = "nothing is served" if self.port else f"{PORT} is missing or malformed"
            return Check("port", (why,), result=SKIPPED)
        host = self._boot.serving.host
        problems = port_problems(host, self.port, PORT)
        return Check("port", () if problems else (f"{host}:{self.port} is free",), problems)

    def _reachable(self) -> Check | None:
        if not self._boot.reach:
            return None
        from bylaw_boot.reachability import unreachable

        return Check("reachable", *unreachable(self._boot.reach, self._environ))

    def _find_server(self) -> Check | None:
        if self._mode != API:
            return None
        if self.application is None:
            return Check("server", ("the application was not loaded",), result=SKIPPED)
        from bylaw_boot.servers import choose_server
        from bylaw_boot.targets import interface_of

        self.interface = self._boot.serving.interface or interface_of(self.application)
        self.server, problems = choose_server(self._boot.serving.server, self.interface)
        details = (f"{self.server} for {self.interface.upper()}",) if self.server else ()
        return Check("server", details, problems)


_ARGUMENT = {API: "app", WORKER: "worker"}
