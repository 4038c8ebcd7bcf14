"""Where this deployment sells, and what follows from it."""

from __future__ import annotations

import os

DOMAINS = {"eu": "kiln.example", "uk": "uk.kiln.example", "us": "us.kiln.example"}


def current_region() -> str:
    """The region this process serves."""
    return _setting("SHOP_REGION", "eu")


def domain() -> str:
    """The shop's own domain in this region."""
    return DOMAINS[current_region()]


def _setting(name: str, default: str) -> str:
    return os.environ.get(name, default).strip().lower()
