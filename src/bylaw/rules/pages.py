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
    text = _read([info.page]) if info.plugin else _page(info.name)
    if text:
        return text.partition(CASES)[0].rstrip() + "\n"
    clauses = f"\n\nClauses: {', '.join(info.clauses)}" if info.clauses else ""
    origin = f"\n\nFrom the plug-in {info.plugin}." if info.plugin else ""
    return f"# {info.name}\n\n{info.summary}\n\nMend: {info.mend}{clauses}{origin}\n"


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
    return _read([f"{here}/pages/{name}.md", f"{repository}/docs/rules/{name}.md"])


def _read(paths: list[str]) -> str:
    """Text of the first file that is there."""
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError:
            continue
    return ""
