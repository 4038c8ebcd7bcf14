"""Rules about declared and locked packages."""

from __future__ import annotations

from bylaw.rules.dependencies import (
    dev_dependency_in_production,
    missing_lockfile,
    undeclared_dependency,
    unpinned_dependency,
)

MODULES = (
    dev_dependency_in_production,
    missing_lockfile,
    undeclared_dependency,
    unpinned_dependency,
)
