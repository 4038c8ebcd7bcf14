"""The one way to start: ``python -m backend.infrastructure.worker_entry``."""

from __future__ import annotations

from bylaw_boot import Boot, Var

boot = Boot(
    package="backend",
    app="backend.api.service:app",
    worker="backend.worker:run",
    require=[
        Var("DATABASE_URL", help="the same as in .env.example"),
        Var("PORT", int, default=8000),
    ],
    critical=["backend.core"],
)

if __name__ == "__main__":
    boot.main()
