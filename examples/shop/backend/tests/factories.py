"""Things tests need."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.models import OutboxMail, User
from app.services.pricing import Coupon


def make_coupon(percent: int = 10, days: int = 7) -> Coupon:
    """A coupon that counts for some days."""
    return Coupon(f"KILN{percent}", percent, datetime.now(UTC) + timedelta(days=days))


def make_user(email: str = "ada@example.org") -> User:
    """A customer."""
    return User(email=email, password_hash="-", points=0)


def make_mail(subject: str) -> OutboxMail:
    """A mail that waits."""
    return OutboxMail(recipient="ada@example.org", subject=subject, body="Hello")


def make_prices(seed: int) -> list[Decimal]:
    """A basket of prices; the same for the same seed."""
    dice = random.Random(seed)
    return [Decimal(dice.randint(100, 9999)) / 100 for _ in range(5)]
