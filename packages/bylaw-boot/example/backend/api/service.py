"""The application, in bare ASGI: FastAPI, Starlette or Socket.IO would stand here."""

from __future__ import annotations

import json
from typing import Any

from backend.core import price_of


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers ``/price?amount=3``."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    status, document = 404, {"error": "not found"}
    if scope["path"] == "/price":
        status, document = _price(scope["query_string"].decode())
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _price(query: str) -> tuple[int, dict[str, Any]]:
    amount = query.partition("amount=")[2]
    if not amount.isdecimal():
        return 422, {"error": "amount must be a number"}
    return 200, {"price": price_of(int(amount))}


async def _live(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
