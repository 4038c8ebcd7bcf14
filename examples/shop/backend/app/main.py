"""The shop's ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.api.routes import health, orders, products, reports, shipping, users
from app.workers import outbox
from app.workers.schedule import scheduler


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Run the timed jobs while the application runs."""
    scheduler.start()
    app.state.outbox = outbox.INTERVAL
    yield
    scheduler.shutdown(wait=False)


def create_app() -> FastAPI:
    """The application with all its routes."""
    application = FastAPI(title="Kiln shop", lifespan=lifespan)
    for module in (health, orders, products, reports, shipping, users):
        application.include_router(module.router)
    return application


app = create_app()
