"""Client of the payment provider."""

from __future__ import annotations

from decimal import Decimal

import httpx

from app.environment import required
from app.errors import PaymentError

CHARGES_URL = "https://payments.example/v2/charges"

_API_KEY = required("SHOP_PAYMENTS_KEY")


async def charge(card_token: str, amount: Decimal) -> str:
    """Take the money; the provider's id of the charge.

    Raises:
        PaymentError: the provider refused or did not answer.
    """
    body = {"card": card_token, "amount": str(amount)}
    headers = {"Authorization": f"Bearer {_API_KEY}"}
    try:
        async with httpx.AsyncClient(timeout=10.0) as http:
            response = await http.post(CHARGES_URL, json=body, headers=headers)
            response.raise_for_status()
    except httpx.HTTPError as error:
        raise PaymentError("the payment provider refused the charge") from error
    return str(response.json()["id"])
