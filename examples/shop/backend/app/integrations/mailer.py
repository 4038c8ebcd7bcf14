"""Sends mail."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from app import branding
from app.config import get_settings

_SENDER = branding.sender("orders")


def send(recipient: str, subject: str, body: str) -> None:
    """Hand one mail to the mail server."""
    message = EmailMessage()
    message["From"] = _SENDER
    message["To"] = recipient
    message["Subject"] = subject
    message.set_content(f"{body}\n\n{branding.signature()}\n")
    with smtplib.SMTP(get_settings().smtp_host, timeout=10) as server:
        server.send_message(message)
