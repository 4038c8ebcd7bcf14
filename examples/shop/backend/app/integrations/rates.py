"""Client of the exchange-rate service."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

BASE_URL = "https://rates.kiln.example"


class RatesClient:
    """Asks for today's rates."""

    def __init__(self, base_url: str = BASE_URL) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=5.0)

    def latest(self, base: str) -> dict[str, Decimal]:
        """How much of each currency one unit of the base buys."""
        payload = self._get(f"/latest/{base}")
        return {code: Decimal(rate) for code, rate in payload["rates"].items()}

    def _get(self, path: str) -> dict[str, Any]:
        response = self._http.get(path)
        response.raise_for_status()
        payload: dict[str, Any] = response.json()
        return payload
