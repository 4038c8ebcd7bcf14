"""Points."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import OutboxMail
from app.services import loyalty
from tests.factories import make_user


def test_percent_for_five_hundred_points_ten() -> None:
    assert loyalty.percent_for(500) == 10


def test_award_next_level_writes_mail(session: Session) -> None:
    user = make_user()
    session.add(user)
    session.flush()

    loyalty.award(user, 120)

    assert session.scalar(select(OutboxMail.subject)) == "A new level"
