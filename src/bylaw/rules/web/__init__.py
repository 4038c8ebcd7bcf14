"""Rules about routes, their handlers and what guards them."""

from __future__ import annotations

from bylaw.rules.web import (
    client_supplied_identity,
    endpoint_not_in_schema,
    endpoint_unlimited,
    endpoint_unprotected,
    endpoint_untyped_response,
    endpoint_unversioned,
    fat_handler,
    missing_operational_endpoint,
    missing_role_test,
    sync_handler,
    unhandled_domain_exception,
    unvalidated_payload,
)

MODULES = (
    client_supplied_identity,
    endpoint_not_in_schema,
    endpoint_unlimited,
    endpoint_unprotected,
    endpoint_untyped_response,
    endpoint_unversioned,
    fat_handler,
    missing_operational_endpoint,
    missing_role_test,
    sync_handler,
    unhandled_domain_exception,
    unvalidated_payload,
)
