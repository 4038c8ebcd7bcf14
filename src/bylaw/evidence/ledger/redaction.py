"""Takes secrets out of what is about to be stored, hashed and signed: none of it can be undone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from bylaw.facts.placeholders import is_placeholder
from bylaw.facts.secrets import promises_secret, trace_of
from bylaw.probes.added_secrets import PASSWORD_IN_URL, secrets_in
from bylaw.source.patches import WORK_TREE, Added

MARK = b"[redacted]"
_DONE = re.compile(r"\[redacted(?: [0-9a-f]{8})?\]")
_LONG = 10_000
_ENDS = re.compile(r"&#10;|&#xA;|\\n|[<>]", re.IGNORECASE)
_LEAST = 4
_LEAST_LINE = 20
_SURELY_NO_WORD = 16
"""Shorter words are taken out only where they stand alone: ``postgres`` is in ``postgresql``."""


def redacted(data: bytes, secrets: Iterable[str]) -> tuple[bytes, int]:
    """Bytes without the secrets in them.

    Taken out are the given values (as they are, and as JSON, XML, HTML, URLs and ``repr`` spell
    them) and what has the form of a provider's key, a private key, a token, or a password in a URL.

    Args:
        data: an output, in any encoding that keeps ASCII.
        secrets: values to take out; see ``secret_values``.

    Returns:
        The bytes, and how many places were redacted.
    """
    # Latin-1 gives back every byte as it was.
    text = data.decode("latin-1")
    found = {each.encode("utf-8", "surrogateescape").decode("latin-1")
             for secret in secrets for each in _spellings(secret)}  # fmt: skip
    found |= set(_recognised(text))
    if not found:
        return data, 0
    longest_first = sorted(found, key=lambda each: (-len(each), each))
    pattern = re.compile("|".join(map(_pattern, longest_first)))
    text, count = pattern.subn(MARK.decode("ascii"), text)
    return (text.encode("latin-1"), count) if count else (data, 0)


def redacted_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The same for a word of a command, a message or a variable."""
    data, count = redacted(text.encode("utf-8", "surrogateescape"), secrets)
    return data.decode("utf-8", "surrogateescape") if count else text


def secret_values(variables: Mapping[str, str]) -> list[str]:
    """Values to take out: those of variables whose names promise a secret, and passwords of URLs.

    Args:
        variables: an environment. Placeholders (``changeme``, ``postgres``) are no secrets.
    """
    found = set()
    for name, value in variables.items():
        if _DONE.search(value):
            continue
        if promises_secret(name):
            found.add(value)
        found.update(match["value"] for match in PASSWORD_IN_URL.finditer(value))
    return sorted(each for each in found if len(each) >= _LEAST and not is_placeholder(each))


def redacted_variables(variables: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Variables as an item may show them: of a secret only a short digest, so that a change shows.

    Args:
        variables: names and values, as a run was given them.
    """
    given = tuple(variables)
    found = []
    for name, value in given:
        for secret in sorted(secret_values({name: value}), key=len, reverse=True):
            value = value.replace(secret, f"[redacted {trace_of(secret)}]")
        found.append((name, redacted_text(value)))
    return tuple(found)


def _spellings(secret: str) -> Iterator[str]:
    if len(secret) < _LEAST:
        return
    lines = [line for line in secret.splitlines() if len(line) >= _LEAST_LINE]
    for each in {secret, secret.strip(), *lines}:
        yield each
        yield json.dumps(each)[1:-1]
        yield json.dumps(each, ensure_ascii=False)[1:-1]
        yield repr(each)[1:-1]
        yield html.escape(each)
        yield html.escape(each, quote=False)
        yield html.escape(each, quote=False).replace('"', "&quot;")
        encoded = each.encode("utf-8", "surrogateescape")
        yield quote(encoded, safe="")
        yield quote(encoded)
        yield quote_plus(encoded)


def _pattern(value: str) -> str:
    text = re.escape(value)
    if len(value) < _SURELY_NO_WORD and value.isascii() and value.replace("_", "a").isalnum():
        return rf"(?<![A-Za-z0-9_]){text}(?![A-Za-z0-9_])"
    return text


def _recognised(text: str) -> Iterator[str]:
    """What has the form of a secret, by the one set of patterns that the secrets probe has."""
    # The name of a file whose lines are NAME=value: outputs have such lines too. JUnit and JSON
    # write what were lines into one, which is too long to be searched.
    lines = _ENDS.sub("\n", text) if max(map(len, text.split("\n"))) > _LONG else text
    for secret in secrets_in(Added("output.env", 1, lines, WORK_TREE)):
        yield secret.text
    for match in PASSWORD_IN_URL.finditer(text):
        if not is_placeholder(match["value"]):
            yield match["value"]
