"""The background worker: how it is told to stop, how it shows progress, and how it is run."""

from __future__ import annotations

import _thread
import asyncio
import inspect
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from bylaw_boot.stopping import Stopping

# How often an event loop shows that it turns.
_BEAT = 1.0


class Worker:
    """What a worker that takes one argument is given.

    Attributes:
        started: when it was started, in seconds of the monotonic clock.
    """

    def __init__(self, stall_after: float) -> None:
        self.started = time.monotonic()
        self._stall_after = stall_after
        self._asked = threading.Event()
        self._progress: float | None = None
        self._beat: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_async: asyncio.Event | None = None

    @property
    def stopping(self) -> bool:
        """Whether the worker has been asked to stop: to finish what it has in hand and return."""
        return self._asked.is_set()

    def progress(self) -> None:
        """Says that the worker got on; from the first call on, it is missed when it stays out."""
        self._progress = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleeps, but no longer than until the worker is asked to stop.

        Returns:
            Whether it has been.
        """
        return self._asked.wait(seconds)

    async def wait_async(self, seconds: float) -> bool:
        """What ``wait`` does, for a worker that is a coroutine."""
        if self._asked_async is not None and not self.stopping:
            try:
                await asyncio.wait_for(self._asked_async.wait(), seconds)
            except asyncio.TimeoutError:
                return self.stopping
        return self.stopping

    @property
    def last_progress(self) -> float | None:
        """Seconds since the last progress; None where none was ever shown."""
        return None if self._progress is None else time.monotonic() - self._progress

    @property
    def is_stalled(self) -> bool:
        """Whether progress, or a turn of its event loop, has stayed out for too long."""
        now = time.monotonic()
        seen = [each for each in (self._progress, self._beat) if each is not None]
        return not self.stopping and any(now - each > self._stall_after for each in seen)

    def ask(self) -> None:
        """Asks the worker to stop. Called by the handler of signals: it takes no lock itself."""
        _thread.start_new_thread(self._asked.set, ())
        loop, asked = self._loop, self._asked_async
        if loop is not None and asked is not None:
            loop.call_soon_threadsafe(asked.set)

    def beat(self) -> None:
        """Notes a turn of the event loop, and arranges for the next."""
        self._beat = time.monotonic()
        if self._loop is not None:
            self._loop.call_later(min(_BEAT, self._stall_after / 4), self.beat)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Makes the worker's event loop known: requests to stop have to wake it."""
        self._loop = loop
        self._asked_async = asyncio.Event()
        self.beat()


class AskedToStopError(SystemExit):
    """Ends a worker that takes no argument, and so cannot ask whether it should stop."""


def run_worker(function: Callable[..., Any], worker: Worker, stopping: Stopping) -> None:
    """Runs a worker in the main thread until it returns.

    One that takes an argument is told through it and finishes what it has in hand. One that takes
    none is interrupted: a coroutine is cancelled, a function gets an exception.

    Args:
        function: the worker, a coroutine function or an ordinary one.
        worker: what it is given.
        stopping: what listens to signals.
    """
    given = (worker,) if _takes_argument(function) else ()
    call = getattr(function, "__call__", function)  # noqa: B004
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call):
        asyncio.run(_run_async(function, given, worker, stopping))
        return

    def stop() -> None:
        worker.ask()
        if not given:
            raise AskedToStopError(0)

    stopping.listen(stop)
    stopping.look(worker.ask)
    try:
        result = function(*given)
        if inspect.iscoroutine(result):
            asyncio.run(_finish(result, worker, stopping))
    except AskedToStopError:
        return


async def _run_async(
    function: Callable[..., Any], given: tuple[Worker, ...], worker: Worker, stopping: Stopping
) -> None:
    await _finish(function(*given), worker, stopping, is_told=bool(given))


async def _finish(
    coroutine: Any, worker: Worker, stopping: Stopping, *, is_told: bool = False
) -> None:
    loop = asyncio.get_running_loop()
    worker.attach(loop)
    task: asyncio.Task[Any] = asyncio.ensure_future(coroutine)

    def cancel_later() -> None:
        loop.call_later(stopping.drain, task.cancel)

    def stop() -> None:
        worker.ask()
        if is_told:
            loop.call_soon_threadsafe(cancel_later)
        else:
            loop.call_soon_threadsafe(task.cancel)

    stopping.listen(stop)
    if stopping.signal:
        stop()
    try:
        await task
    except asyncio.CancelledError:
        if not stopping.signal:
            raise


def _takes_argument(function: Callable[..., Any]) -> bool:
    """Whether a worker has a parameter that must be given by position."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    return any(
        each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.default is each.empty
        for each in parameters
    )
