from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from tests.evidence.ledger.made import a_draft, ledger_of

from bylaw.evidence.ledger.redaction import redacted, redacted_variables, secret_values

# Put together, so that no line of ours has the form of a key.
GITHUB = "ghp_" + "x7Kq2LmN9pR4sT6vW8yZ1aB3cD5eF0gH7jK2"
KEY = "hJ8&kL<2\"pQ'9 rT+5/vW"


@pytest.mark.parametrize(
    ("data", "secrets", "expected", "count"),
    [
        (b"nothing here", (), b"nothing here", 0),
        (b"token swordfish-77 used twice: swordfish-77", ("swordfish-77",),
         b"token [redacted] used twice: [redacted]", 2),
        (f"pushed with {GITHUB}.".encode(), (), b"pushed with [redacted].", 1),
        (b"postgresql://app:Zx81Qp44Rt67@db/app", (), b"postgresql://app:[redacted]@db/app", 1),
        (b"API_TOKEN=Zx81Qp44Rt67Yu90", (), b"API_TOKEN=[redacted]", 1),
        (b"the hunter2s and hunter2", ("hunter2",), b"the hunter2s and [redacted]", 1),
        (b"\xff\xfe hunter2 \x80", ("hunter2",), b"\xff\xfe [redacted] \x80", 1),
        ("grün-Öl-77!".encode(), ("grün-Öl-77!",), b"[redacted]", 1),
        (b"short", ("", "a", "ort"), b"short", 0),
    ],
)  # fmt: skip
def test_redacted_secret_is_taken_out_and_counted(
    data: bytes, secrets: tuple[str, ...], expected: bytes, count: int
) -> None:
    assert redacted(data, secrets) == (expected, count)


@pytest.mark.parametrize(
    "spelled",
    [
        KEY, json.dumps(KEY), repr(KEY), "hJ8&amp;kL&lt;2&quot;pQ'9 rT+5/vW",
        "hJ8%26kL%3C2%22pQ%279%20rT%2B5%2FvW", "hJ8%26kL%3C2%22pQ%279+rT%2B5%2FvW",
    ],
)  # fmt: skip
def test_redacted_secret_in_another_spelling_is_taken_out(spelled: str) -> None:
    data, count = redacted(f"<a>{spelled}</a>".encode(), (KEY,))

    assert count == 1
    assert b"hJ8" not in data
    assert b"vW" not in data


def test_redacted_line_of_a_private_key_is_taken_out() -> None:
    lines = ["-----BEGIN KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQ", "-----END KEY-----"]

    data, count = redacted(b"bad line MIIEvQIBADANBgkqhkiG9w0BAQ", ("\n".join(lines),))

    assert (data, count) == (b"bad line [redacted]", 1)


def test_secret_values_names_and_urls_say_what_is_secret() -> None:
    variables = {
        "API_KEY": "k-9f8e7d6c", "DB_PASSWORD": "postgres", "TOKEN_URL": "https://id.example.org",
        "DATABASE_URL": "postgresql://app:s3cr-9x-77@db/app", "LANG": "C.UTF-8", "APP_TOKEN": "abc",
    }  # fmt: skip

    assert secret_values(variables) == ["k-9f8e7d6c", "s3cr-9x-77"]


def test_redacted_variables_a_change_of_the_secret_still_shows() -> None:
    ((_, first),) = redacted_variables([("API_KEY", "k-9f8e7d6c")])
    ((_, second),) = redacted_variables([("API_KEY", "k-9f8e7d6d")])

    assert "9f8e" not in first
    assert first.startswith("[redacted ")
    assert first != second
    assert redacted_variables([("API_KEY", "k-9f8e7d6c")]) == (("API_KEY", first),)
    assert redacted_variables([("API_KEY", first)]) == (("API_KEY", first),)


def test_append_secret_in_words_is_not_recorded(tmp_path: Path) -> None:
    draft = a_draft(
        command=("curl", f"-HX: {GITHUB}"), message=f"sent {GITHUB}", next_command=f"curl {GITHUB}"
    )
    environment = draft.environment._replace(variables=(("TOKEN", "k-9f8e7d6c"),))
    with ledger_of(tmp_path) as ledger:
        item = ledger.append(draft._replace(environment=environment))
        (row,) = ledger.rows()

    assert item.draft.command == ("curl", "-HX: [redacted]")
    assert GITHUB.encode() not in row.envelope
    assert b"k-9f8e7d6c" not in (tmp_path / ".bylaw/ledger.db").read_bytes()


def test_redacted_variables_password_in_a_url_is_taken_out_once() -> None:
    shown = redacted_variables([("DATABASE_URL", "postgresql://app:s3cr-9x-77@db/app")])

    assert shown[0][1].startswith("postgresql://app:[redacted ")
    assert redacted_variables(shown) == shown


@pytest.mark.parametrize("end", ["&#10;", "\\n", "</a><b>"])
def test_redacted_secret_in_one_very_long_line_is_taken_out(end: str) -> None:
    text = end.join(["<a>x</a>"] * 3000 + ["API_TOKEN=Zx81Qp44Rt67Yu90"] + ["y"] * 10)

    data, count = redacted(text.encode(), ())

    assert (count, b"Zx81" in data) == (1, False)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY----- " + "abc: def, " * 20_000,
        "sk-" * 100_000,
        "-eyJ" * 100_000,
        "SG." * 100_000,
        "a-" * 200_000 + "://",
        ("a://" + "b" * 50) * 10_000,
        "token = " * 50_000,
    ],
    ids=range(7),
)
def test_redacted_text_made_to_be_slow_is_not(text: str) -> None:
    began = time.process_time()

    redacted(text.encode(), ())

    # Without bounds in the patterns these take minutes, or for ever.
    assert time.process_time() - began < 20
