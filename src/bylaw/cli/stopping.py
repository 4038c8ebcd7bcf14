"""How a command leaves when it is told to: SIGTERM ends it the way Ctrl-C does."""

from __future__ import annotations

import signal
from typing import NoReturn


def end_on_sigterm() -> None:
    """From now on SIGTERM unwinds the stack, so that children are ended and files removed."""
    signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
