"""What other rooms and packages have built, by the names packs use.

Rules are known from their registry; the rest stands here, and ``tests/packs/test_built.py`` holds
each name against what answers to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BUILT: Mapping[str, tuple[str, ...]] = MappingProxyType({"probe": ("imports",)})
"""Kind of enforcer -> names. A probe is built when ``bylaw probe NAME`` runs it."""
