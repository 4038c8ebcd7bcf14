"""Coupons we hand out."""

from __future__ import annotations

from datetime import UTC, datetime

from app.services import loyalty
from app.services.pricing import Coupon

SEASON_END = datetime(2026, 12, 31, tzinfo=UTC)


def coupon(code: str | None) -> Coupon | None:
    """The coupon behind a code a customer typed."""
    if code is None:
        return None
    percent = loyalty.percent_of(code)
    return Coupon(code, percent, SEASON_END) if percent else None


def banner(points: int) -> str:
    """The line under our mails."""
    return f"Your {points} points are worth {loyalty.percent_for(points)}% on your next cup."
