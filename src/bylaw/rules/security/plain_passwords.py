"""Passwords that are stored as they are: told by comparing them with what was typed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import PROBABLE
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.handing import Leaf, last_name, role_of, spoken
from bylaw.rules.rule import RuleInfo

_STORED = re.compile(r"(?i)^(?:password|passwd|pwd|passphrase|passcode)$")
_KEPT = re.compile(r"(?i)^(?:stored|saved)_(?:password|passwd|pwd|passphrase|passcode)$")
_TYPED_IN = re.compile(
    r"(?i)(?:^|_)(?:form|request|req|body|payload|data|params|args|json|credentials?|login|schema"
    r"|dto|input|cleaned_data|posted|values|fields)(?:$|_)"
)
_OF_NO_USER = re.compile(
    r"(?i)(?:^|_)(?:settings|config|conf|cfg|environ|env|options|opts|self|cls|expected)(?:$|_)|^(?-i:[A-Z])"
)
"""Owners whose password belongs to the deployment, not to somebody who registered."""
_OTHER = re.compile(
    r"(?i)confirm|repeat|again|verif|retype|second|new|old|current|previous|hash|digest|crypt|"
    r"cipher|default|initial|dummy|random|temp|hardcoded|inline|expected"
)
"""Words for a password that is typed a second time, replaced, or no longer readable."""
_AS_IT_IS = frozenset({"str", "strip", "encode", "decode"})


def compared_passwords(context: RuleContext, info: RuleInfo) -> Iterator[Finding]:
    """Comparisons of what is stored for a user with what was typed in.

    Args:
        context: what the rule may ask.
        info: of the rule that reports them.

    Yields:
        One finding per comparison.
    """
    for function, line, sides in spoken(context, F.T_COMPARED):
        if len(sides) != 2 or role_of(context, function) in (TEST, MIGRATION, SCRIPT):
            continue
        first, second = (side[F.G_LEAVES] for side in sides)
        for stored, typed in ((first, second), (second, first)):
            if _is_stored(stored) and _is_typed(typed):
                text = stored[0][0]
                yield make_finding(
                    info,
                    context.project,
                    function,
                    (line, 1, line),
                    f"{text} is compared as it is, so it is stored as it is: whoever reads the "
                    "table has every password",
                    confidence=PROBABLE,
                    sink=f"{text} ==",
                )
                break


def _is_stored(leaves: tuple[Leaf, ...]) -> bool:
    """Whether a value is the password of a record: of a user, not of the deployment or a form."""
    if not leaves or any(through for _, through, _ in leaves):
        return False
    text = leaves[0][0]
    if _KEPT.search(text):
        return True
    owners = _names(text)[:-1]
    if not owners or len(leaves) > 1:
        return False
    return bool(_STORED.search(last_name(text))) and not any(
        _OF_NO_USER.search(each) or _TYPED_IN.search(each) for each in owners
    )


def _is_typed(leaves: tuple[Leaf, ...]) -> bool:
    """Whether a value is a password as somebody typed it, once."""
    if not leaves:
        return False
    for text, through, _ in leaves:
        names = _names(text)
        if not _AS_IT_IS.issuperset(through) or any(map(_OTHER.search, names)):
            return False
        if len(names) > 1 and not any(map(_TYPED_IN.search, names[:-1])):
            return False
    return True


def _names(text: str) -> list[str]:
    return [each for each in re.split(r"[^\w]+", text) if each]
