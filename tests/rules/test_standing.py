"""Roles that names promise."""

from __future__ import annotations

import pytest

from bylaw.rules.layers.standing import named_role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("shop.orders.service", "service"),
        ("shop.user_service", "service"),
        ("shop.services.billing", "service"),
        ("shop.repos.repository_recipes", "repository"),
        ("shop.crud", "repository"),
        ("shop.services.events.event_types", ""),
        ("shop.services.schemas", "schema"),
        ("shop.service.models", "model"),
        ("shop.service.flows", ""),
        ("shop.service_account", ""),
        ("shop.services.client", "adapter"),
        ("shop.domain.orders", "service"),
        ("shop.domain.models", "model"),
        ("shop.views.helper", "transport"),
    ],
)
def test_named_role_module_name_gives_role(name: str, role: str) -> None:
    assert named_role(name)[0] == role
