"""What the headings above a text make of it: rules, instructions, or mere information."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bylaw.packs.own.markdown import PROSE_LEVEL, Heading

FORBIDS, RULES, TITLED, INSTRUCTS, PLAIN, INFORMS, SILENT = (
    "forbids", "rules", "titled", "instructs", "plain", "informs", "silent",
)  # fmt: skip
STERN = frozenset({FORBIDS, RULES, TITLED})
"""Tones in which rules are what is expected."""

_SILENT = re.compile(
    r"\b(change ?log|release notes|revision history|amendment history|glossary|references|"
    r"further reading|resources|licen[sc]e|copyright|table of contents|contents|credits|"
    r"acknowledge?ments?|to-?do|roadmap|backlog|future work|next (?:steps|actions)|known issues|"
    r"sync impact report)\b",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"^\W*(?:(?:bad|wrong|good|examples?)\b|(?:before|after)\W*(?:$|\())", re.IGNORECASE
)
_LABELS = re.compile(
    r"^\W*(?:why|rationale|reasons?|benefits?|impact|notes?|background|problems?|contexts?|results?|"
    r"output|symptoms?|detection|pattern|current|existing|expected|what (?:happens|changed))\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(forbidden|prohibited|never|do ?n[o']t'?s?|do not|not to do|must not|not allowed|"
    r"anti-?patterns?|avoid|off-?limits|cannot|banned|pitfalls|what not|hard fails?|no-gos?)\b",
    re.IGNORECASE,
)
_RULES = re.compile(
    r"\b(constitution|rulebook|rules?|must|strict|mandatory|binding|hard|non-negotiable|required|"
    r"requirements?|"
    r"conventions?|standards?|guidelines?|guidance|polic(?:y|ies)|principles?|constraints?|"
    r"best practices|practices|style|checklist|definition of done|done when|gates?|guard ?rails?|"
    r"invariants?|contracts?|discipline|do'?s|dos|expectations|limits?|budgets?|targets?|"
    r"critical|naming|governance|quality|placement|hygiene|prevention|always|"
    r"security|code review|pull requests?|commit messages?|commits?|branching|branch naming|"
    r"ground rules|code of conduct|boundaries|prohibitions?|preferences?|safety|recommended|"
    r"verification|validation|important|enforce(?:d|ment)?)\b",
    re.IGNORECASE,
)
_INFORMS = re.compile(
    r"\b(overview|introduction|about|background|motivation|rationale|quick ?start|getting started|"
    r"install(?:ation|ing)?|set ?up|setting up|usage|how it works|how to|architecture|structure|"
    r"layout|tech(?:nology)? stack|stack|commands?|features?|status|tables?|summary|purpose|"
    r"troubleshooting|faq|environment variables|configuration|project description|examples?|"
    r"what is|where to|key files|directory|directories|components?|modules?|flow|data model|"
    r"api|endpoints?|prerequisites|context|why|description|files modified|pattern)\b",
    re.IGNORECASE,
)
_RULE_FILES = re.compile(
    r"(?:^|/)(?:[^/]*(?:constitution|rules?|contract|conventions?|guidelines?|standards?|"
    r"polic(?:y|ies)|style-?guide)[^/]*\.(?:md|mdc|markdown|txt)|\.cursorrules|\.windsurfrules|"
    r"\.clinerules)$",
    re.IGNORECASE,
)
_AGENT_FILES = re.compile(
    r"(?:^|/)(?:agents?|claude|gemini|codex|copilot-instructions|contributing)(?:\.local)?\.md$|\.mdc$",
    re.IGNORECASE,
)


def tone_of(headings: Sequence[Heading], path: str) -> str:
    """What is to be expected of a text.

    Args:
        headings: headings above it, the outermost first.
        path: the document; its name decides where no heading does.

    Returns:
        ``forbids``, ``rules``, ``titled`` (only the document itself is called rules),
        ``instructs`` (sentences in the imperative bind), ``plain``, ``informs`` or ``silent``
        (nothing binds). The innermost heading that says something wins.
    """
    if any(_SILENT.search(each.title) for each in headings):
        return SILENT
    inner = list(reversed(headings))
    for heading in inner:
        title = heading.title
        if _EXAMPLES.match(title):
            return SILENT
        if _LABELS.match(title) and heading.level > 1:
            return INFORMS
        if _FORBIDS.search(title):
            return FORBIDS
        if _RULES.search(title):
            return TITLED if heading.level == 1 else RULES
        if _INFORMS.search(title) and 1 < heading.level < PROSE_LEVEL:
            return INFORMS
    if _RULE_FILES.search(path):
        return TITLED
    return INSTRUCTS if _AGENT_FILES.search(path) else PLAIN
