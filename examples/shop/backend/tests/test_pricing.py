"""Prices and coupons."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from freezegun import freeze_time

from app.services.pricing import coupon_is_valid, discounted
from tests.factories import make_coupon, make_prices

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_discounted_expired_coupon_leaves_amount() -> None:
    coupon = make_coupon(percent=10, days=7)

    assert discounted(Decimal("20.00"), coupon, datetime(2028, 6, 1, tzinfo=UTC)) == Decimal(
        "20.00"
    )


@freeze_time("2026-01-01")
def test_discounted_fresh_coupon_takes_ten_percent() -> None:
    coupon = make_coupon(percent=10)

    assert discounted(Decimal("20.00"), coupon, NEW_YEAR) == Decimal("18.00")


@freeze_time("2026-01-01")
def test_coupon_is_valid_within_its_week_true() -> None:
    assert coupon_is_valid(make_coupon(days=7), NEW_YEAR)


def test_discounted_no_coupon_leaves_amount() -> None:
    for price in make_prices(seed=7):
        assert discounted(price, None, NEW_YEAR) == price
