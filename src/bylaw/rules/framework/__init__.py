"""Rules about how the libraries of the field are used."""

from __future__ import annotations

from bylaw.rules.framework import (
    cors_wildcard,
    irreversible_migration,
    legacy_query_api,
)

MODULES = (
    cors_wildcard,
    irreversible_migration,
    legacy_query_api,
)
