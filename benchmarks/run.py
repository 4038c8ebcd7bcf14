"""Entry point of ``make bench``; the work is in ``benchmarks.suite``."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Run as a file, the interpreter looks beside this file and not in the project.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from benchmarks.suite import main

    raise SystemExit(main(sys.argv[1:]))
