"""The background worker: takes orders, one at a time."""

from __future__ import annotations

from typing import Any


def run(worker: Any) -> None:
    """Works until it is asked to stop; what it has in hand is finished first."""
    while not worker.stopping:
        worker.progress()
        worker.wait(1.0)
