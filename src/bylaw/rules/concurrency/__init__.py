"""What coroutines do to each other."""

from __future__ import annotations

from bylaw.rules.concurrency import (
    shared_state_in_coroutine,
)

MODULES = (shared_state_in_coroutine,)
