"""The one way to start: ``python -m backend.infrastructure.worker_entry``."""

from __future__ import annotations

from bylaw_boot import Boot, Var

boot = Boot(
    package="backend",
    app="backend.api.service:app",
    worker="backend.worker:main",
    require=[
        Var("MAILBOX_URL", help="read in backend/settings.py"),
        Var("PORT", int, default=8000),
    ],
)

if __name__ == "__main__":
    boot.main()
