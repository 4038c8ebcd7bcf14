"""What stands in which layer, and what does not belong there."""

from __future__ import annotations

from bylaw.rules.layers import (
    transport_in_service,
    transport_model_in_domain,
)

MODULES = (
    transport_in_service,
    transport_model_in_domain,
)
