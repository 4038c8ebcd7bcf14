"""Rules about tables and what is asked of them."""

from __future__ import annotations

from bylaw.rules.database import unindexed_foreign_key

MODULES = (unindexed_foreign_key,)
