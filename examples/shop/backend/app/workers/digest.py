"""The office's morning mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.app.repositories.reports import ReportRepository

from app.integrations import mailer

OFFICE = "office@kiln.example"


def send_digest() -> None:
    """Mail yesterday's revenue to the office."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    revenue = ReportRepository().revenue(yesterday)
    mailer.send(OFFICE, f"Revenue since {yesterday}", f"{revenue} EUR")
