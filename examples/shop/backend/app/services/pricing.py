"""Prices, coupons and currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from app.integrations.rates import RatesClient

CENT = Decimal("0.01")

_RATES = RatesClient().latest("EUR")


@dataclass(frozen=True)
class Coupon:
    """A discount with an end."""

    code: str
    percent: int
    expires_at: datetime


def coupon_is_valid(coupon: Coupon, now: datetime) -> bool:
    """Whether a coupon still counts."""
    return now < coupon.expires_at


def discounted(amount: Decimal, coupon: Coupon | None, now: datetime) -> Decimal:
    """The amount after a coupon, if it still counts."""
    if coupon is None or not coupon_is_valid(coupon, now):
        return amount
    return (amount * (100 - coupon.percent) / 100).quantize(CENT, ROUND_HALF_UP)


def converted(amount: Decimal, currency: str) -> Decimal:
    """An amount of euros in another currency."""
    return (amount * _RATES[currency]).quantize(CENT, ROUND_HALF_UP)
