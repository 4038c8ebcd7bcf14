"""Rules about the tool's own work: suppressions, baselines, what could not be read."""

from __future__ import annotations

from bylaw.rules.tool import (
    duplicate_module,
    pack_conflict,
    stale_baseline,
    suppression_without_reason,
    syntax_not_supported,
    unused_suppression,
)

MODULES = (
    duplicate_module,
    pack_conflict,
    stale_baseline,
    suppression_without_reason,
    syntax_not_supported,
    unused_suppression,
)
