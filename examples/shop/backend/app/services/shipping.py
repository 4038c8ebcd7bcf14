"""Parcels: prices and tracking."""

from __future__ import annotations

from decimal import Decimal

from app.integrations import carriers


def cheapest(postcode: str, grams: int) -> tuple[str, Decimal]:
    """The carrier that asks least, and what it asks."""
    quotes = {name: carriers.quote(name, postcode, grams) for name in carriers.CARRIERS}
    best = min(quotes, key=quotes.__getitem__)
    return best, quotes[best]
