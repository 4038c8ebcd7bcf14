"""``weak-password-hash``: a password goes through a digest that was made to be fast."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.facts.watched import DIGEST_CALLS
from bylaw.finding import Finding
from bylaw.model.evaluate import POSSIBLE
from bylaw.model.roles import MIGRATION, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.handing import Arrival, Handing, Leaf, arrivals, last_name, outside_name, role_of
from bylaw.rules.rule import RuleInfo
from bylaw.rules.security.plain_passwords import compared_passwords
from bylaw.rules.source_lines import source_lines

INFO = RuleInfo(
    name="weak-password-hash",
    summary="A password is hashed with a fast digest of hashlib, or kept as it is, instead of with "
    "bcrypt, argon2 or scrypt.",
    clauses=("CON-SEC",),
    severity="error",
    how="flow",
    family="security",
    mend="hash passwords with argon2 or bcrypt, which salt by themselves and cost time on purpose",
)

_KEEPING = frozenset({"encode", "str", "format", "strip", "join", "bytes", "get_secret_value",
                      "normalize", "decode", "update"})  # fmt: skip
_PASSWORD = re.compile(r"(?i)(?:^|_)(?:passw(?:or)?d|passphrase|passcode|pwd)\d?$")
_HASHES_PASSWORDS = re.compile(
    r"(?i)(?:hash|check|verify|make|encrypt|set|compare|validate)_?(?:user_?)?passw(?:or)?d"
)
_DIGEST = re.compile(r"\s*(\w+)\s*=\s*[^\n]*\.digest\(\)")
_CIPHER = re.compile(r"(?i)\b\w*(?:aes|chacha20|fernet|cipher|secretbox)")
_BREACHES = re.compile(r"(?i)pwned|breach|hibp|leaked|compromised")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per digest, per helper that is handed a password, and per comparison."""
    yield from compared_passwords(context, INFO)
    seen: set[tuple[int, int]] = set()
    for arrival in arrivals(context, lambda each: _digest(context, each), _keeps):
        function = arrival.handing.function
        key = (function, arrival.handing.place[0])
        if key in seen or role_of(context, function) in (TEST, MIGRATION):
            continue
        password = _password(context, arrival)
        if not password or _asks_for_breaches(context, arrival):
            continue
        seen.add(key)
        yield make_finding(
            INFO,
            context.project,
            function,
            arrival.handing.place,
            f"{password} is hashed with {arrival.sink}, which a graphics card computes a billion "
            "times a second",
            confidence=POSSIBLE if _makes_a_key(context, arrival) else arrival.confidence,
            sink=arrival.sink,
            witness=arrival.witness,
        )


def _digest(context: RuleContext, handing: Handing) -> tuple[str, int] | None:
    if handing.title not in DIGEST_CALLS or handing.position not in ("0", "1", "string", "data"):
        return None
    name = outside_name(context, handing)
    return (name, 0) if name.startswith(("hashlib.", "_hashlib.", "Crypto.Hash.")) else None


def _keeps(leaf: Leaf) -> bool:
    return _KEEPING.issuperset(leaf[1])


def _password(context: RuleContext, arrival: Arrival) -> str:
    """The password among what arrives, by its name or by the name of the function."""
    for text, _, via in arrival.leaves:
        for name in (last_name(text), *via):
            if _PASSWORD.search(name.strip("'")):
                return text
    own = context.project.functions[arrival.handing.function][F.F_NAME].rpartition(".")[2]
    if _HASHES_PASSWORDS.search(own):
        params = {
            p[F.P_NAME] for p in context.project.functions[arrival.handing.function][F.F_PARAMS]
        }
        return next(
            (text for text, _, _ in arrival.leaves if text in params - {"self", "salt"}), ""
        )
    return ""


def _makes_a_key(context: RuleContext, arrival: Arrival) -> bool:
    """Whether the digest is cut to the key of a cipher, and neither kept nor compared."""
    project, number = context.project, arrival.handing.function
    function = project.functions[number]
    lines = source_lines(context, project.path_of(number))
    text = "\n".join(lines[function[F.F_LINE] - 1 : function[F.F_END]])
    made = _DIGEST.match("\n".join(lines[arrival.handing.place[0] - 1 : function[F.F_END]]))
    if made is None or _HASHES_PASSWORDS.search(function[F.F_NAME]) or not _CIPHER.search(text):
        return False
    name = re.escape(made[1])
    cut = re.search(rf"\b{name}\[\d*:\d*\]|b64encode\({name}\)", text)
    kept = re.search(rf"\b{name}\s*[!=]=|[!=]=\s*{name}\b|\.\w+\s*=\s*{name}\b", text)
    return cut is not None and kept is None and "compare_digest" not in text


def _asks_for_breaches(context: RuleContext, arrival: Arrival) -> bool:
    """Whether the digest is what a service of leaked passwords is asked with."""
    function = context.project.functions[arrival.handing.function]
    words = [function[F.F_NAME], context.project.path_of(arrival.handing.function)]
    words += [each for call in function[F.F_CALLS] for each in (call[F.C_PATH], *call[F.C_ARGS])]
    return any(_BREACHES.search(word) for word in words)
