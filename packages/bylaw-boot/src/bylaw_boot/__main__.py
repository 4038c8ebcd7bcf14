"""``python -m bylaw_boot``."""

from __future__ import annotations

import sys

from bylaw_boot.health_command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
