"""Summaries of messages: pure."""

from __future__ import annotations


def summary_of(text: str) -> str:
    """The first sentence of a message."""
    return text.strip().partition(".")[0]
