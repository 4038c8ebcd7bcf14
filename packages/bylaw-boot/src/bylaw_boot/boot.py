"""``Boot``: what a service declares about its start."""

from __future__ import annotations

import os
import sys

from bylaw_boot.options import Serving, Working
from bylaw_boot.starting import Entry
from bylaw_boot.variables import with_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from bylaw_boot.problems import Report
    from bylaw_boot.reachability import Reach
    from bylaw_boot.variables import Var


class Boot:
    """One service's start, declared in strings so that nothing of it is imported early.

    Attributes:
        package: the service's package, a top-level name.
        app: ``module:attribute`` of the ASGI or WSGI application, or ``module:factory()``.
        worker: ``module:callable`` of the background worker, async or not.
        variables: variables the service needs; PORT is among them in any case.
        critical: modules that must be importable; the application's or worker's must in any case.
        distribution: name of the distribution that must have installed the package; by default
            it is only reported which one did.
        python: the oldest Python.
        writable: folders that must be writable.
        reach: servers that must be reachable.
        shutdown: ``module:callable`` of each hook to run after serving, async or not.
        grace: seconds from the first signal until the process ends, whatever it is doing.
        serving: how the application is served.
        working: how the worker is run.
        entry: the module that made this.
        command: the canonical start command.
    """

    def __init__(
        self,
        *,
        package: str,
        app: str = "",
        worker: str = "",
        require: Sequence[Var] = (),
        critical: Sequence[str] = (),
        distribution: str = "",
        python: tuple[int, ...] = (3, 9),
        writable: Sequence[str] = (),
        reach: Sequence[Reach] = (),
        shutdown: Sequence[str] = (),
        grace: float = 9.0,
        serving: Serving | None = None,
        working: Working | None = None,
    ) -> None:
        if not package.isidentifier():
            raise ValueError(f"package is a top-level name, not {package!r}")
        if not app and not worker:
            raise ValueError("name an app, a worker, or both")
        if any(isinstance(each, str) for each in (critical, writable, shutdown)):
            raise ValueError("critical, writable and shutdown are lists of strings")
        if grace <= 0:
            raise ValueError("grace is a number of seconds, more than nothing")
        self.package, self.app, self.worker = package, app, worker
        self.variables = with_port(tuple(require))
        self.critical, self.shutdown = tuple(critical), tuple(shutdown)
        self.distribution, self.python = distribution, tuple(python)
        self.writable, self.reach = tuple(writable), tuple(reach)
        self.grace = grace
        self.serving, self.working = serving or Serving(), working or Working()
        self.entry = Entry.of(sys._getframe(1).f_globals)
        self.command = f"python -m {self.entry.module(package)}"

    def check(self, environ: Mapping[str, str] | None = None) -> Report:
        """Makes the checks in this process, without judging how it was started; for tests.

        Args:
            environ: the environment to judge; the process's own by default. Imports see the
                process's own in any case.
        """
        from bylaw_boot.preflight import Preflight

        given = os.environ if environ is None else environ
        return Preflight(self, given, is_started=False, is_serving=False).run()

    def main(self, argv: Sequence[str] | None = None) -> NoReturn:
        """Makes the checks and serves; never returns.

        Args:
            argv: arguments; those of the process by default.

        Raises:
            SystemExit: 0 after an orderly stop, 1 where the service did not start or broke, 2 for
                an unknown argument.
        """
        from bylaw_boot.running import run

        run(self, sys.argv[1:] if argv is None else list(argv))
