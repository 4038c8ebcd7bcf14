"""JSON with one spelling (RFC 8785), and reading that takes nothing ambiguous.

No key twice, no floating-point number, no integer that a double cannot hold.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from bylaw.evidence.ledger.problems import LedgerError

LARGEST = 2**53 - 1


class UnreadableError(LedgerError):
    """Bytes that are no JSON of ours; ``reason`` says what they are instead."""


def canonical(value: object) -> bytes:
    """The one spelling of a value (RFC 8785).

    Args:
        value: dictionaries with text as keys, lists, tuples, text, whole numbers, truth values,
            None.

    Raises:
        UnreadableError: it holds a floating-point number, a number beyond 2**53 - 1, half of a
            surrogate pair, or something JSON has not.
    """
    import rfc8785

    refuse_floats(value)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type] # it raises for anything else
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise UnreadableError(f"cannot be written as JSON: {error}",
                              reason="LEDGER-MALFORMED") from None  # fmt: skip


def refuse_floats(value: object) -> None:
    """Raise where a value holds a floating-point number, NaN among them.

    Raises:
        UnreadableError: it does.
    """
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, float):
            raise _float(repr(each))
        if isinstance(each, dict):
            left += each.values()
        elif isinstance(each, (list, tuple)):
            left += each


def is_canonical(data: bytes, value: object) -> bool:
    """Whether bytes are the one spelling of the value that was read from them.

    Args:
        data: the bytes.
        value: what ``read`` made of them.
    """
    return spelled(value) == data


def spelled(value: object) -> bytes:
    """What ``canonical`` gives, many times faster, for a value without floating-point numbers.

    Raises:
        UnreadableError: as ``canonical``.
    """
    # Among ASCII keys the order by UTF-16 units is that by code points, and the standard library
    # escapes what RFC 8785 does.
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("ascii") if text.isascii() else canonical(value)


def read(data: bytes) -> Any:
    """The value that bytes spell.

    Raises:
        UnreadableError: they are no JSON of ours.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_float_seen,
            parse_constant=_float_seen,
            parse_int=_whole,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"is no JSON: {error}", reason="LEDGER-MALFORMED") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(f"has the key {twice[:40]!r} twice", reason="LEDGER-DUPLICATE-KEY")
    return found


def _float_seen(text: str) -> NoReturn:
    raise _float(text)


def _float(text: str) -> UnreadableError:
    return UnreadableError(f"holds the floating-point number {text[:40]}", reason="LEDGER-FLOAT")


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST:
        raise UnreadableError(f"holds a number that is too large: {text[:40]}",
                              reason="LEDGER-MALFORMED")  # fmt: skip
    return int(text)
