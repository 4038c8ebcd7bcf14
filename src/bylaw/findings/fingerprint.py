"""The identity of a finding: what it is, never where its line stands today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bylaw.finding import sort_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bylaw.finding import Finding

_DIGEST_BYTES = 16


def assign_fingerprints(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give every finding an identity that survives edits elsewhere in its file.

    Rule, path, symbol and sink make the identity; line and message do not. Findings that agree
    in all four are told apart by their order of position.

    Args:
        findings: the findings of one run, in any order.

    Returns:
        The same findings in the same order, each with its ``fingerprint``.
    """
    ordinals: dict[tuple[str, str, str, str], int] = {}
    prints: dict[int, str] = {}
    for index in sorted(range(len(findings)), key=lambda i: sort_key(findings[i])):
        finding = findings[index]
        identity = (finding.rule, finding.path, finding.symbol, finding.sink)
        ordinal = ordinals.get(identity, 0)
        ordinals[identity] = ordinal + 1
        prints[index] = _digest((*identity, str(ordinal)))
    return tuple(
        finding._replace(fingerprint=prints[index]) for index, finding in enumerate(findings)
    )


def _digest(parts: tuple[str, ...]) -> str:
    from hashlib import blake2b

    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        # Paths may hold undecodable bytes as lone surrogates. The length keeps "ab"+"c" and
        # "a"+"bc" apart.
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
