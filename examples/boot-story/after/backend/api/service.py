"""The application."""

from __future__ import annotations

from fastapi import FastAPI

from backend.summaries import summary_of

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    """Says that the process answers."""
    return {"status": "ok"}


@app.get("/summary")
async def summary(text: str) -> dict[str, str]:
    """The summary of a text."""
    return {"summary": summary_of(text)}
