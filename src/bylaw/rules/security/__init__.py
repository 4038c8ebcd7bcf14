"""What must not leak, and what must not be trusted."""

from __future__ import annotations

from bylaw.rules.security import (
    hardcoded_url,
    internal_detail_leak,
    secret_in_source,
    sensitive_data_in_log,
    unparameterized_sql,
    weak_password_hash,
)

MODULES = (
    hardcoded_url,
    internal_detail_leak,
    secret_in_source,
    sensitive_data_in_log,
    unparameterized_sql,
    weak_password_hash,
)
