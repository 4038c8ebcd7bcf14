"""Points, and what they are worth."""

from __future__ import annotations

from app.models import User
from app.services import notifications

STEPS = ((1000, 15), (500, 10), (100, 5))


def percent_for(points: int) -> int:
    """The discount so many points give."""
    return next((percent for needed, percent in STEPS if points >= needed), 0)


def percent_of(code: str) -> int:
    """The discount a loyalty code stands for: ``KILN10`` is ten percent."""
    digits = code.removeprefix("KILN")
    return int(digits) if digits.isdigit() and int(digits) <= 15 else 0


def award(user: User, points: int) -> None:
    """Give a customer points and say so."""
    before = percent_for(user.points)
    user.points += points
    if percent_for(user.points) > before:
        notifications.level_reached(user)
