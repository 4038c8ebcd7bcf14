"""Which shipped rule could enforce a sentence, by its words: a suggestion, never a binding."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache

from bylaw.packs.reading import read_table

_Words = Mapping[str, tuple[re.Pattern[str], ...]]


def could_enforce(sentence: str) -> tuple[str, ...]:
    """Shipped rules whose subject a sentence speaks of, by name.

    Args:
        sentence: the sentence; what it means exactly is left to whoever binds it.
    """
    return tuple(
        rule
        for rule, expressions in vocabulary().items()
        if all(each.search(sentence) for each in expressions)
    )


@cache
def vocabulary() -> _Words:
    """The expressions of each rule, all of which a sentence has that it could enforce."""
    table = read_table(os.path.dirname(os.path.abspath(__file__)), "vocabulary.toml")
    shared = table["words"]

    def compiled(expression: str) -> re.Pattern[str]:
        for name, meaning in shared.items():
            expression = expression.replace(f"{{{name}}}", meaning)
        return re.compile(expression, re.IGNORECASE)

    return {rule: tuple(map(compiled, table["rules"][rule])) for rule in table["rules"]}
