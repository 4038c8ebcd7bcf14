"""What this room has built, by the names packs use; ``tests/probes/test_built.py`` checks it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BUILT: Mapping[str, tuple[str, ...]] = MappingProxyType({"probe": ("imports",)})
"""Kind of enforcer -> names. A probe is built when ``bylaw probe NAME`` runs it."""
