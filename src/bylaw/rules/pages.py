"""The pages of the rules: shipped with the package, in the repository under ``docs/rules``."""

from __future__ import annotations

import os

from bylaw.rules.rule import RuleInfo


def page_text(info: RuleInfo) -> str:
    """The page of a rule without its cases; what the rule declares where no page is installed.

    Args:
        info: the rule.

    Returns:
        Markdown.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    repository = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    for folder in (f"{here}/pages", f"{repository}/docs/rules"):
        try:
            with open(f"{folder}/{info.name}.md", encoding="utf-8") as file:
                text = file.read()
        except OSError:
            continue
        return text.partition("\n## Cases")[0].rstrip() + "\n"
    clauses = ", ".join(info.clauses)
    return f"# {info.name}\n\n{info.summary}\n\nMend: {info.mend}\n\nClauses: {clauses}\n"
