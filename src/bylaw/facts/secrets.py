"""Tells secrets from what only looks like one: provider patterns, entropy, and placeholders."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from math import log2

from bylaw.facts.placeholders import VARIABLE, has_run, is_placeholder

_SIGNED = "JSON web token"
HOME_MADE = frozenset({_SIGNED, "private key"})
"""Kinds that anybody can make, and that no provider knows of."""
PROVIDERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        # Bounded wherever something has to follow: outputs are searched too, and may be prepared.
        ("AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})"),
        ("GitLab token", r"\bglpat-[\w-]{20,}"),
        ("Slack token", r"\bxox[abprs]-\d{6,}-[\w-]{16,}"),
        ("Slack webhook", r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}"),
        ("Stripe key", r"\b[sr]k_live_[0-9A-Za-z]{20,}"),
        ("Google API key", r"\bAIza[0-9A-Za-z_-]{35}"),
        ("Anthropic key", r"\bsk-ant-[\w-]{30,}"),
        ("OpenAI key", r"\bsk-(?:proj-)?[\w-]{16,300}T3BlbkFJ[\w-]{16,}"),
        ("SendGrid key", r"\bSG\.[\w-]{20,300}\.[\w-]{40,}"),
        ("npm token", r"\bnpm_[A-Za-z0-9]{36}"),
        ("PyPI token", r"\bpypi-AgEIcHlwaS5vcmc[\w-]{40,}"),
        (
            "private key",
            r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\w+/=:,\-\s]{0,1000}?[\w+/=]{60,}",
        ),
        (_SIGNED, r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,8000}\.[\w-]{20,}"),
    )
)  # fmt: skip
SHORT_HINTS = (b"AKIA", b"ASIA", b"glpat-", b"k_live_", b"hooks.slack", b"PRIVATE KEY-")
"""What a provider's secrets begin with that need not have digits early on."""
DISORDERLY = re.compile(rb"[0-9][A-Za-z0-9_+/=.\-]{8,}[\"']")
"""The end of a long word in quotes, with a digit in it: all others have this."""
HINTS = (
    *SHORT_HINTS, b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"xox", b"AIza",
    b"sk-", b"SG.", b"npm_", b"pypi-Ag", b"eyJ",
)  # fmt: skip
"""What the provider patterns need, for a search over bytes."""
HINT = re.compile(b"|".join(re.escape(hint) for hint in HINTS))
NAMED = re.compile(
    rb"[\"'](?=[A-Za-z_+/=.\-]*[0-9][A-Za-z_+/=.\-]*[0-9])[A-Za-z0-9+/=_.\-]{16,}[\"']"
)
"""A long word in quotes, with digits in it."""

_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:secret|password|passwd|passphrase|token|api_?key|apikey|credential|"
    r"private_?key|access_?key|secret_?key|signing_?key|encryption_?key|auth_?key|client_?secret|"
    r"secret_?access_?key)$"
)
_SHOWN_NAME = re.compile(r"(?i)(?:^|_)(?:public|publishable|site|fake|test|dummy|example|sample)_")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z0-9+/=_\-.]{16,200}")
_HEXADECIMAL = re.compile(r"[0-9a-f]{24,}|[0-9A-F]{24,}")
_STANDS_FOR = re.compile(
    r"(?i)example|sample|placeholder|change|replace|your|insert|dummy|fake|mock|test|todo|redacted|"
    r"secret|passw|token|default|invalid|foo|bar|baz|xxx|\.\.\.|none|null|undefined|unsafe|insecure|"
    r"not[_-]?(?:a|the|real)|deadbeef|cafe|abc123|123abc|abcdef|qwert"
)
_LOCATION = re.compile(r"^[./~]|://|\.(?:com|org|io|net|py|json|html|pem|key)\b|^[\w.]+\.[a-z_]+$")
_PUBLIC = re.compile(r"^(?:phc_|pk_(?:live|test)_|pk\.ey|pub-|ca-pub-|rzp_(?:live|test)_|UA-|G-)")
"""How identifiers begin that their providers mean to be seen in every browser."""
_UUID = re.compile(r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_LEAST_ENTROPY = 3.6
_LEAST_HEX_ENTROPY = 3.0


def provider_of(text: str) -> tuple[str, str] | None:
    """The kind of secret a text holds by its pattern, and the secret; None for placeholders."""
    for name, pattern in PROVIDERS:
        match = pattern.search(text)
        if match is not None and _is_real(name, match[0]):
            return name, match[0]
    return None


def providers_in(text: str) -> Iterator[tuple[str, str, int]]:
    """Every secret with a provider's pattern in a text: its kind, the secret, where it starts."""
    for name, pattern in PROVIDERS:
        for match in pattern.finditer(text):
            if _is_real(name, match[0]):
                yield name, match[0], match.start()


def _is_real(name: str, secret: str) -> bool:
    if stands_for_another(secret.lstrip("-"), provider=True):
        return False
    return name != _SIGNED or not _speaks_of_nobody(secret)


def _speaks_of_nobody(token: str) -> bool:
    """Whether a JSON web token was made to show one: its subject is 1234567890, or John Doe."""
    body = token.split(".")[1]
    body = body[: len(body) // 4 * 4]
    text = b64decode(body, altchars=b"-_").decode("latin-1")
    return has_run(text) or "John Doe" in text or "example" in text


def promises_secret(name: str) -> bool:
    """Whether what is called so is a secret: ``client_secret``, ``apiKey``; not ``token_url``."""
    plain = _CAMEL.sub("_", name).strip("_-").replace("-", "_")
    return bool(_SECRET_NAME.search(plain)) and not _SHOWN_NAME.search(plain)


def is_random(text: str) -> bool:
    """Whether a text is too disorderly for a word: letters and digits, and no pattern in them."""
    if not _WORD.fullmatch(text) or _PUBLIC.match(text):
        return False
    if _LOCATION.search(text) or _UUID.match(text):
        return False
    if stands_for_another(text):
        return False
    if _HEXADECIMAL.fullmatch(text):
        return entropy(text) >= _LEAST_HEX_ENTROPY
    digits = sum(each.isdigit() for each in text)
    letters = sum(each.isalpha() for each in text)
    if digits < 2 or letters < 4 or _is_spelled(text):
        return False
    return entropy(text) >= _LEAST_ENTROPY


def stands_for_another(text: str, *, provider: bool = False) -> bool:
    """Whether a text is a placeholder by its grammar: a hint, a variable, a run, few letters."""
    body = text.rpartition("_")[2] if provider else text
    if VARIABLE.search(text) or has_run(text) or len(set(body)) < 8:
        return True
    if provider:
        return bool(re.search(r"(?i)example|sample|placeholder|your|dummy|fake|xxxx", text))
    # Of a disorderly text even a part of a word is enough.
    return bool(_STANDS_FOR.search(text)) or is_placeholder(text)


def _is_spelled(text: str) -> bool:
    """Whether it is made of words: an identifier, a slug, a dotted name."""
    parts = [part for part in re.split(r"[_\-./=+]|(?<=[a-z])(?=[A-Z])", text) if part]
    words = [part for part in parts if re.fullmatch(r"[A-Za-z]+\d{0,2}|\d+", part)]
    return len(words) == len(parts) and max(map(len, parts)) < 14


def entropy(text: str) -> float:
    """Shannon entropy of a text in bits for each character."""
    size = len(text)
    return -sum(n / size * log2(n / size) for n in Counter(text).values())


def trace_of(secret: str) -> str:
    """A short salted digest: enough to know a secret again, too short to test guesses with."""
    return blake2b(secret.encode(), digest_size=4, salt=b"bylaw-secret").hexdigest()
