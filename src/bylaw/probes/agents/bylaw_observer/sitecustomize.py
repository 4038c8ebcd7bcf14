"""Found first on the path of an observed Python: starts the observer, then steps aside."""

from __future__ import annotations

import importlib
import os
import sys


def _start() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    importlib.import_module("bylaw_watch").begin(here)

    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != here]
    # The environment may have one of its own, which this one hid.
    own = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        if own is not None:
            sys.modules["sitecustomize"] = own


_start()
