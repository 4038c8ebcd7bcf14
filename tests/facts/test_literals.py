"""Secrets and addresses among the texts of a file."""

from __future__ import annotations

import pytest

from bylaw.facts import schema as F
from bylaw.facts.extract import extract
from bylaw.facts.secrets import is_random, promises_secret, provider_of, trace_of

KEY = "AKIA" + "Q3ZWJ7TKM5RLXH2P"
WORD = "qL8vR2mXw9" + "TzK4nYbG7c"


def _kinds(source: str) -> list[tuple[str, int, str]]:
    return [
        (each[F.Q_KIND], each[F.Q_LINE], each[F.Q_NAME])
        for each in extract(source.encode())[F.LITERALS]
    ]


def test_extract_secret_value_is_not_kept() -> None:
    facts = extract(f'API_KEY = "{WORD}"\n'.encode())
    (literal,) = facts[F.LITERALS]
    assert literal[F.Q_TEXT] == trace_of(WORD)
    assert len(trace_of(WORD)) == 8


def test_extract_secret_is_in_no_other_fact() -> None:
    source = f'KEY = "{KEY}"\n\n\ndef f():\n    g("{KEY}", token="{WORD}", url=f"x {KEY}")\n'
    stored = repr(extract(source.encode()))
    assert KEY not in stored
    assert WORD not in stored


def test_extract_names_of_secrets_from_every_place() -> None:
    source = (
        f'def f(token="{WORD}"):\n'
        f'    g(api_key="{WORD}")\n'
        f'    return {{"client_secret": "{WORD}"}}\n'
        f'settings["password"] = "{WORD}"\n'
    )
    assert _kinds(source) == [
        ("secret", 1, "token"),
        ("secret", 2, "api_key"),
        ("secret", 3, "client_secret"),
        ("secret", 4, "password"),
    ]


def test_extract_login_of_an_address_is_veiled() -> None:
    (literal,) = extract(b'URL = "redis://user:hello@cache:6379"\n')[F.LITERALS]
    assert literal[F.Q_TEXT] == "redis://user:***@cache:6379"


def test_extract_docstrings_and_comments_are_not_looked_at() -> None:
    assert _kinds(f'"""See {KEY} and http://localhost."""\n# "{KEY}"\n') == []


@pytest.mark.parametrize("text", [KEY, "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"])
def test_provider_of_known_forms_named(text: str) -> None:
    assert provider_of(f"x {text} y") is not None


@pytest.mark.parametrize(
    "text", ["AKIAIOSFODNN7EXAMPLE", "AKIAAAAAAAAAAAAAAAAA", "AKIA1234567890ABCDEF"]
)
def test_provider_of_placeholders_nothing(text: str) -> None:
    assert provider_of(text) is None


@pytest.mark.parametrize(
    "text",
    ["your-api-key-goes-here-1", "abc123/def456/ghi789", "shop.auth.tokens.v1.refresh",
     "6f9619ff-8b86-d011-b42d-00c04fc964ff", "/run/secrets/shop_key_01", "X-Shop-Api-Key-V2-2024"],
)  # fmt: skip
def test_is_random_orderly_texts_no(text: str) -> None:
    assert not is_random(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("clientSecret", True), ("AWS_SECRET_ACCESS_KEY", True), ("token_url", False),
     ("password_field", False), ("db-password", True)],
)  # fmt: skip
def test_promises_secret_names_told_apart(name: str, expected: bool) -> None:
    assert promises_secret(name) is expected
