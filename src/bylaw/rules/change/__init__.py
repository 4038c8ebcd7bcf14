"""Rules about what a change did since its base."""

from __future__ import annotations

from bylaw.rules.change import (
    commit_message,
    convention_drift,
    edited_migration,
    generated_code_edited,
    test_written_after,
)

MODULES = (
    commit_message,
    convention_drift,
    edited_migration,
    generated_code_edited,
    test_written_after,
)
