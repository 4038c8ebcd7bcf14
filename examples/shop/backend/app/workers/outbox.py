"""Sends the mails that orders left in the outbox."""

from __future__ import annotations

import threading
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session_scope
from app.integrations import mailer
from app.models import OutboxMail

INTERVAL = 15.0


def flush(session: Session) -> int:
    """Send what waits; how many mails went out."""
    waiting = session.scalars(
        select(OutboxMail).where(OutboxMail.sent.is_(False)).order_by(OutboxMail.created_at)
    ).all()
    for mail in waiting:
        mailer.send(mail.recipient, mail.subject, mail.body)
        mail.sent = True
    return len(waiting)


def _flush_for_ever() -> None:
    while True:
        with session_scope() as session:
            flush(session)
        time.sleep(INTERVAL)


def start() -> threading.Thread:
    """Send mails in the background as long as the process lives."""
    thread = threading.Thread(target=_flush_for_ever, name="outbox", daemon=True)
    thread.start()
    return thread


start()
