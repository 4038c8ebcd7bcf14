"""What tools leave in a tree and nobody means to keep there."""

from __future__ import annotations

CACHES = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"})
"""What tools make and may lose at any time; those of others carry a tag that says so."""


def is_coverage_data(name: str) -> bool:
    """Whether a file of this name is what measuring coverage leaves."""
    return name == ".coverage" or name.startswith(".coverage.")
