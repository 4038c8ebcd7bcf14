"""Clients of the parcel services."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import requests

CARRIERS = {
    "slow-post": "https://slow-post.example/api",
    "fast-van": "https://fast-van.example/api",
}


def quote(carrier: str, postcode: str, grams: int) -> Decimal:
    """What one carrier asks for a parcel."""
    answer = _ask(f"{CARRIERS[carrier]}/quote", {"postcode": postcode, "grams": grams})
    return Decimal(answer["price"])


def track(carrier: str, number: str) -> str:
    """Where a parcel is."""
    return str(_ask(f"{CARRIERS[carrier]}/parcels/{number}", {})["status"])


def _ask(url: str, query: dict[str, Any]) -> dict[str, Any]:
    timeout = float(os.environ.get("SHOP_CARRIER_TIMEOUT", "4"))
    response = requests.get(url, params=query, timeout=timeout)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer
