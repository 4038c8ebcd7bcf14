"""Jobs that run at a time of day. Nothing runs before the application starts them."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from app.workers import digest

scheduler = BackgroundScheduler(timezone="UTC")
scheduler.add_job(digest.send_digest, "cron", hour=6)
