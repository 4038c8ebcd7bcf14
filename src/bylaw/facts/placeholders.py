"""The grammar of placeholders: values that say of themselves that they are no secret."""

from __future__ import annotations

import itertools
import re

VARIABLE = re.compile(r"\$\{|\{\{|%\(|<[^>]+>|\{\w*\}|\$[A-Z_]+|\*{3,}")
_WHOLE = re.compile(
    r"(?i)(x+|\*+|0+|1+|\.\.\.|<.*>|\$.*|\{\{.*|none|null|true|false|unset|postgres|mysql|redis|"
    r"password|passwd|pass|pw|secret|token|key|admin|administrator|root|user|username|guest|anonymous|"
    r"default|build|local|localhost|dev|development|test(ing)?\d*|\d{1,6})?"
)
_DISCLAIMS = re.compile(
    r"change(me|this|it)?|dummy|fake|mock|examples?|sample|placeholders?|ignored?|insecure|unsafe|"
    r"unused|invalid|replace(me)?|insert|todo|fixme|tbd|redacted|your\w*|override|temp(orary)?|"
    r"tests?|testing|not(real|asecret|secret)|donotuse|buildtime|collectstatic|foo|bar|baz|foobar"
)
"""Words of a value that say it is none."""
_PHRASES = re.compile(
    r"(?i)change.?(me|it|this|in)|not.?(a.?)?(real|secret|used|needed|secure)|do.?not.?use|"
    r"build.?time|for.?(build|tests?|testing|dev|development)\b|to.?be.?(set|changed|replaced|filled)|"
    r"only.?for|^set[-_ ]|example|placeholder|dummy|fake|insecure|replace|override"
)
_JOINS = re.compile(
    r"an?|the|this|that|some|any|is|be|are|was|should|must|not|no|do|does|to|of|for|in|on|with|its?|"
    r"my|me|please|pls|here|only|just|very|really|probably"
)
"""Words that join others to a sentence, which nobody uses as a key."""
_LEAST_JOINED = 2
_LOOPBACK = re.compile(
    r"://(?:[^@/\s]*@)?(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1\])(?=[:/?]|$)"
)
_LONGEST_RUN = 5


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret and is none, by what it says.

    Args:
        value: the value, without quotes.

    Returns:
        True for nothing, variables, runs and single words that programs begin with
        (``postgres``), for words that say so (``dummy-key``, ``session-secret-pls-ignore``), and
        for sentences (``a-string-that-should-be-secure``); False where a part of it is disorderly.
    """
    text = value.strip()
    if _WHOLE.fullmatch(text) or VARIABLE.search(text) or has_run(text):
        return True
    parts = [part for part in re.split(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])", text) if part]
    if any(_is_disorderly(part) for part in parts):
        return False
    words = [part.lower().rstrip("0123456789") for part in parts]
    if _PHRASES.search(text) or any(_DISCLAIMS.fullmatch(word) for word in words):
        return True
    joins = sum(_JOINS.fullmatch(word) is not None for word in words)
    return len(words) > _LEAST_JOINED <= joins


def opens_loopback(url: str) -> bool:
    """Whether a URL leads to the machine it is used on, where its password opens nothing else.

    Args:
        url: the URL, or a text with one in it.
    """
    return _LOOPBACK.search(url) is not None


def _is_disorderly(part: str) -> bool:
    """Whether letters and digits take turns as they do in no word."""
    turns = len(re.findall(r"[A-Za-z]\d|\d[A-Za-z]", part))
    return len(part) >= 10 and turns > 2


def has_run(text: str) -> bool:
    """Whether letters follow each other as on a keyboard or in the alphabet, or repeat.

    Args:
        text: the text.
    """
    up = same = 0
    for one, two in itertools.pairwise(text):
        up = up + 1 if ord(two) == ord(one) + 1 else 0
        same = same + 1 if one == two != "-" else 0
        if up >= _LONGEST_RUN or same >= _LONGEST_RUN - 1:
            return True
    return False
