"""What says of itself that it is no secret."""

from __future__ import annotations

import pytest

from bylaw.facts.placeholders import is_placeholder, opens_loopback


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", True), ("changethis", True), ("changeme123", True), ("${TOKEN}", True),
        ("postgres", True), ("db-secret-pls-ignore", True), ("dummy_key", True),
        ("some-long-string-that-should-probably-be-secure", True), ("notARealKey", True),
        ("test-secret", True), ("xxxxxxxx", True), ("dispatch:dispatch", False),
        ("hunter22", False), ("correct-horse-battery-staple", False), ("attestation", False),
        ("9f8e7d6c5b4a3210", False), ("test-9f8e7d6c5b4a3210", False), ("wq8f_71kXnP0zzvbb", False),
    ],
)  # fmt: skip
def test_is_placeholder_by_its_words(value: str, expected: bool) -> None:
    assert is_placeholder(value) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://a:b@localhost:5432/", True), ("redis://:b@127.0.0.1", True),
        ("postgresql://a:b@localhost.example.org/", False), ("postgresql://a:b@db/x", False),
    ],
)  # fmt: skip
def test_opens_loopback_by_its_host(url: str, expected: bool) -> None:
    assert opens_loopback(url) is expected
