"""Formats the office can download; each registers itself when this module loads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

Format = Callable[[date, Decimal], str]

FORMATS: dict[str, Format] = {}


def export_format(name: str) -> Callable[[Format], Format]:
    """Register a format under a name."""

    def register(function: Format) -> Format:
        FORMATS[name] = function
        return function

    return register


@export_format("csv")
def as_csv(since: date, revenue: Decimal) -> str:
    """Comma-separated values."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("since", "revenue"), (since.isoformat(), revenue)])
    return buffer.getvalue()


@export_format("json")
def as_json(since: date, revenue: Decimal) -> str:
    """JSON."""
    return json.dumps({"since": since.isoformat(), "revenue": str(revenue)})
