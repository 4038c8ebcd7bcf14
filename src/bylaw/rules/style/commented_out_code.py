"""``commented-out-code``: delegated to ruff's ERA001."""

from __future__ import annotations

import re

from bylaw.model.roles import MIGRATION, SETTINGS
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.source_lines import source_lines
from bylaw.rules.style.comment_text import block_around, is_switched_off, start_of_section

INFO = RuleInfo(
    name="commented-out-code",
    summary="A comment holds code that nobody runs.",
    clauses=("CON-QG",),
    severity="note",
    how="ruff",
    family="style",
    mend="delete it: the history keeps it",
)
_SETTING = re.compile(r"^(?:[A-Z][A-Z0-9_]*(?:\[.*\])?\s*\+?=|['\"][\w.]+['\"]\s*[:,]|[\])}])")
_SPHINX_SETTING = re.compile(r"[a-z]\w*\s*\+?=|['\"(\[\])}]|sys\.path\.")
_SPHINX = re.compile(
    r"(?:extensions|master_doc|root_doc|source_suffix|templates_path|exclude_patterns|html_\w+"
    r"|pygments_style|project|release|copyright)\s*="
)
_CODE = re.compile(r"[=(\[{]")
RUFF_CODES = ("ERA001",)


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """The first line of a block that was code; a migration is not edited once it has run."""
    if context.project.roles[module] == MIGRATION:
        return ""
    lines = source_lines(context, found.path)
    if found.line > len(lines) or not lines[found.line - 1].lstrip().startswith("#"):
        return ""
    first, block = block_around(lines, found.line)
    seen: set[tuple[str, int]] = context.memo.setdefault("commented-out", set())
    if not is_switched_off(block, found.line - first):
        return ""
    if context.project.roles[module] == SETTINGS and _offers_settings(block):
        return ""
    shown = _SPHINX_SETTING.match(lines[found.line - 1].strip().lstrip("# "))
    if shown and _is_for_sphinx(context, found.path):
        return ""
    section = (found.path, start_of_section(lines, first))
    if section in seen:
        return ""
    seen.add(section)
    return INFO.severity


def _is_for_sphinx(context: RuleContext, path: str) -> bool:
    """Whether a ``conf.py`` sets what Sphinx builds documentation with."""
    if path.rpartition("/")[2] != "conf.py":
        return False
    return len({each for each in source_lines(context, path) if _SPHINX.match(each)}) > 1


def _offers_settings(block: list[str]) -> bool:
    """Whether comments in settings only show what could be set instead."""
    return all(_SETTING.match(each.strip()) for each in block if _CODE.search(each))
