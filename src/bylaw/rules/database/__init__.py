"""How a service treats its database."""

from __future__ import annotations

from bylaw.rules.database import (
    row_by_row_loop,
    schema_change_outside_migrations,
    sync_database_in_async_app,
    unhandled_integrity_error,
    unindexed_foreign_key,
    write_outside_transaction,
)

MODULES = (
    row_by_row_loop,
    schema_change_outside_migrations,
    sync_database_in_async_app,
    unhandled_integrity_error,
    unindexed_foreign_key,
    write_outside_transaction,
)
