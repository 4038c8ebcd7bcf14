"""The mails that orders leave behind."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.orm import Session

from app.integrations import mailer
from app.workers import outbox
from tests.factories import make_mail


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Subjects of the mails that would have been sent."""
    subjects: list[str] = []
    monkeypatch.setattr(mailer, "send", lambda _to, subject, _body: subjects.append(subject))
    return subjects


def test_flush_two_mails_sends_oldest_first(session: Session, sent: list[str]) -> None:
    session.add(make_mail("first"))
    session.flush()
    time.sleep(1.1)  # created_at counts in seconds
    session.add(make_mail("second"))
    session.flush()

    outbox.flush(session)

    assert sent == ["first", "second"]


def test_flush_empty_outbox_sends_nothing(session: Session, sent: list[str]) -> None:
    assert outbox.flush(session) == 0
    assert sent == []
