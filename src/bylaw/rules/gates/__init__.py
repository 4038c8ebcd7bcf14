"""Rules about the checks a repository runs, and what they are worth."""

from __future__ import annotations

from bylaw.rules.gates import (
    dangling_reference,
    flaky_retry,
    gate_disabled,
    missing_project_file,
    required_check_missing,
)

MODULES = (
    dangling_reference,
    flaky_retry,
    gate_disabled,
    missing_project_file,
    required_check_missing,
)
