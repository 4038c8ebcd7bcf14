"""The pages of the rules: shipped with the package, in the repository under ``docs/rules``."""

from __future__ import annotations

import os

from bylaw.rules.rule import RuleInfo

CASES = "\n## Cases"


def page_text(info: RuleInfo) -> str:
    """The page of a rule without its cases; what the rule declares where no page is installed.

    Args:
        info: the rule.

    Returns:
        Markdown.
    """
    text = _page(info.name)
    if text:
        return text.partition(CASES)[0].rstrip() + "\n"
    clauses = ", ".join(info.clauses)
    return f"# {info.name}\n\n{info.summary}\n\nMend: {info.mend}\n\nClauses: {clauses}\n"


def has_bad_case(name: str) -> bool:
    """Whether a rule's page has a case the rule must find, which fails where it does not run.

    Args:
        name: name of the rule.
    """
    cases = _page(name).partition(CASES)[2]
    return "\n### Bad:" in cases and f"finding: {name}" in cases


def _page(name: str) -> str:
    """A page as it is written; empty where none is installed."""
    here = os.path.dirname(os.path.abspath(__file__))
    repository = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    for folder in (f"{here}/pages", f"{repository}/docs/rules"):
        try:
            with open(f"{folder}/{name}.md", encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    return ""
