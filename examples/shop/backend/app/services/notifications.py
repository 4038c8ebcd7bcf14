"""Mails customers get from us without asking."""

from __future__ import annotations

from sqlalchemy.orm import object_session

from app.models import OutboxMail, User
from app.services import promotions


def level_reached(user: User) -> None:
    """Put a mail about a new loyalty level into the outbox."""
    session = object_session(user)
    if session is not None:
        body = promotions.banner(user.points)
        session.add(OutboxMail(recipient=user.email, subject="A new level", body=body))
