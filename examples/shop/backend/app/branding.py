"""Names and addresses customers see."""

from __future__ import annotations

from app import regions


def sender(mailbox: str) -> str:
    """The From line of our mails."""
    return f"Kiln <{mailbox}@{regions.domain()}>"


def signature() -> str:
    """The closing lines of our mails."""
    return "Your potters at Kiln"
