"""What stands in which layer, and what does not belong there."""

from __future__ import annotations

from bylaw.rules.layers import (
    business_logic_in_repository,
    implicit_dependency,
    missing_domain_exceptions,
    missing_port,
    schema_outside_schemas,
    session_not_injected,
    transport_in_service,
    transport_model_in_domain,
)

MODULES = (
    business_logic_in_repository,
    implicit_dependency,
    missing_domain_exceptions,
    missing_port,
    schema_outside_schemas,
    session_not_injected,
    transport_in_service,
    transport_model_in_domain,
)
