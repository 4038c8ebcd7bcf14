"""What is under way, on a terminal and nowhere else."""

from __future__ import annotations

import os
import sys


class Progress:
    """Says what is under way in one line that goes away again; silent in pipes and in CI."""

    def __init__(self) -> None:
        self._active = sys.stderr.isatty() and not os.environ.get("CI")
        self._shown = 0

    def __call__(self, message: str) -> None:
        """Shows a message in the place of the last one; the empty one clears the line."""
        if self._active:
            text = f"bylaw: {message} ..."[:100] if message else ""
            sys.stderr.write("\r" + text.ljust(self._shown) + ("" if message else "\r"))
            sys.stderr.flush()
            self._shown = len(text)
