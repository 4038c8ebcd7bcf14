"""The one way to the host: JSON lines on the standard output as it was at the start."""

from __future__ import annotations

import json
import os
from typing import Any


class Channel:
    """Writes to the host; a forked child writes to the same place, one after the other."""

    def __init__(self, out: int) -> None:
        self._out = out

    def send(self, kind: str, **fields: Any) -> None:
        """Writes one line."""
        data = (json.dumps({"kind": kind, **fields}) + "\n").encode("ascii")
        while data:
            data = data[os.write(self._out, data) :]
