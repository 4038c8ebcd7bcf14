"""What the assistant is told by its environment."""

from __future__ import annotations

import os


def mailbox_url() -> str:
    """Where the mailbox is."""
    return os.environ["MAILBOX_URL"]
