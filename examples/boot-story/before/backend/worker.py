"""The background worker: looks at the mailbox once a second."""

from __future__ import annotations

import sys
import time

from backend.settings import mailbox_url


def main() -> None:
    """Works until it is stopped."""
    while True:
        print(f"looking at {mailbox_url()}", file=sys.stderr, flush=True)
        time.sleep(1.0)


if __name__ == "__main__":
    main()
