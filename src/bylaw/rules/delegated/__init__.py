"""Rules that ruff finds: run once, renamed and cited anew."""

from __future__ import annotations

from bylaw.rules.delegated import (
    missing_annotation,
    relative_import,
    untracked_task,
)

MODULES = (
    missing_annotation,
    relative_import,
    untracked_task,
)
