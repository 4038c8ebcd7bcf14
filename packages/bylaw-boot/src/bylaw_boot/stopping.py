"""Signals: the first asks to stop, the second stops, and so does the end of the time left."""

from __future__ import annotations

import _thread
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_while_starting() -> None:
    """Makes a signal end the process at once: nothing is in flight yet.

    The kernel lets the first process of a container ignore signals that it has no handler for.
    """

    def end(number: int, frame: FrameType | None) -> NoReturn:
        # Raised as an exception, it could be swallowed by a module that is being imported.
        _tell(f"[boot] {signal.Signals(number).name} while starting: ended\n")
        os._exit(128 + number)

    for number in SIGNALS:
        signal.signal(number, end)


class Stopping:
    """What the process has been asked by signals, and how long it may still take.

    Attributes:
        signal: the first signal; 0 until there was one.
        drain: seconds that requests in flight may take: the rest is for closing.
    """

    def __init__(self, grace: float) -> None:
        """Prepares; changes nothing yet.

        Args:
            grace: seconds from the first signal until the process is ended.
        """
        self.signal = 0
        self.drain = grace * 0.8
        self._grace = grace
        self._begun = _thread.allocate_lock()
        self._on_first: Callable[[], object] = _nothing
        self._on_end: Callable[[], object] = _nothing

    def listen(
        self, on_first: Callable[[], object], on_end: Callable[[], object] = lambda: None
    ) -> None:
        """Takes over SIGTERM and SIGINT.

        Args:
            on_first: called in the main thread at the first signal; may raise.
            on_end: called right before the process is ended by force.
        """
        self._on_first, self._on_end = on_first, on_end
        for number in SIGNALS:
            signal.signal(number, self.receive)

    def receive(self, number: int, frame: Any = None) -> None:
        """Takes a signal: the first starts the clock, the second ends the process."""
        if self.signal:
            self._end_at_once(number)
        self.signal = number
        self._begin(number)
        self._on_first()

    def look(self, on_first: Callable[[], object]) -> None:
        """Looks at signals from a thread, too.

        A handler waits until the main thread runs Python again, which it may never do inside a
        blocking call that began just after the signal came.

        Args:
            on_first: called in that thread at the first signal, beside what ``listen`` was given.
        """
        readable, writable = os.pipe()
        os.set_blocking(writable, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        # What a child is sent is none of this process's business.
        os.register_at_fork(after_in_child=_look_no_more)
        _thread.start_new_thread(self._look, (readable, on_first))

    def _look(self, readable: int, on_first: Callable[[], object]) -> None:
        seen = 0
        while True:
            number = os.read(readable, 1)[0]
            # A worker may have taken signals over.
            if number not in SIGNALS or signal.getsignal(number) != self.receive:
                continue
            seen += 1
            if seen > 1:
                self._end_at_once(number)
            self._begin(number)
            on_first()

    def _begin(self, number: int) -> None:
        """Says so and starts the clock, once, whoever saw the signal first."""
        # No lock may be waited for here: the handler can interrupt whoever holds it.
        if self._begun.acquire(False):
            name = signal.Signals(number).name
            _tell(f"[boot] {name}: finishing what is in flight, {self._grace:g} s at most\n")
            _thread.start_new_thread(self._watch, (self._grace,))

    def _end_at_once(self, number: int) -> NoReturn:
        name = signal.Signals(number).name
        self._end(128 + number, f"second signal ({name}): ended at once")

    def _watch(self, seconds: float) -> None:
        time.sleep(seconds)
        self._end(1, f"not stopped within {self._grace:g} s: ended by force")

    def _end(self, status: int, why: str) -> NoReturn:
        _tell(f"[boot] {why}\n")
        try:
            self._on_end()
        finally:
            os._exit(status)


def _look_no_more() -> None:
    signal.set_wakeup_fd(-1)


def _nothing() -> None:
    return None


def _tell(text: str) -> None:
    """Writes without the stream's lock, which the interrupted code may hold."""
    try:
        os.write(2, text.encode("ascii", "backslashreplace"))
    except OSError:
        return
