"""Variables the shop cannot work without."""

from __future__ import annotations

import os


def required(name: str) -> str:
    """The value of a variable that has to be there.

    Raises:
        RuntimeError: it is missing or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value
