"""The boot agent: run by Bylaw's own interpreter, with the path of its plan and the project."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from bylaw_boot_agent.order import run

    run(sys.argv[1:])
