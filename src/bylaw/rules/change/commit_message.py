"""``commit-message``: subjects of the change's commits, held to one form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo
from bylaw.source.git import Commit

INFO = RuleInfo(
    name="commit-message",
    summary="A commit's subject is off <type>(<scope>): <subject>, is too long, or names an "
    "assistant.",
    clauses=("CON-GIT",),
    severity="warning",
    how="change",
    family="change",
    mend="reword it: git rebase -i, or git commit --amend",
    default=False,
    options=(
        ("longest", 50, "most characters of a subject"),
        ("types", ("feat", "fix", "perf", "refactor", "docs", "test", "build", "chore", "ci",
                   "style", "revert"), "types a subject may start with"),
        ("scope-required", True, "whether the scope may not be left out"),
    ),
    needs=frozenset({"base"}),
)  # fmt: skip

_FORM = re.compile(r"^(?P<type>[a-z]+)(?P<scope>\([\w./, -]+\))?(?P<breaks>!)?: (?P<subject>\S.*)$")
_ASSISTANT = re.compile(
    r"(co-authored-by|assisted-by|generated[- ](?:by|with)|written (?:by|with))\W.*"
    r"\b(claude|copilot|chatgpt|gpt-?\d|openai|anthropic|gemini|cursor|codex|devin|aider|"
    r"windsurf|codeium|llm|ai)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\b(claude|copilot|chatgpt|codex|aider|devin ai|windsurf)\b", re.IGNORECASE)
_BY_GIT = re.compile(r"^(Merge |Revert \"|fixup! |squash! |amend! )")


def find(context: RuleContext) -> Iterator[Finding]:
    """Findings of each commit since the base; merges and what git words itself are left out."""
    change = context.repository.change()
    if isinstance(change, str):
        context.not_verified(INFO, change)
        return
    for commit in change.commits():
        subject = commit.message.partition("\n")[0]
        if commit.parents > 1 or _BY_GIT.match(subject):
            continue
        for line, message in _faults(context, commit):
            yield file_finding(
                INFO, f"commit/{commit.identity[:10]}", line, message, sink=message,
                symbol=subject[:80],
            )  # fmt: skip


def _faults(context: RuleContext, commit: Commit) -> Iterator[tuple[int, str]]:
    rows = commit.message.split("\n")
    subject = rows[0]
    longest = context.option(INFO, "longest")
    match = _FORM.match(subject)
    if match is None:
        yield 1, f"the subject {subject[:60]!r} is not <type>(<scope>): <subject>"
    elif match["type"] not in context.option(INFO, "types"):
        yield 1, f"{match['type']} is no type of commit here"
    elif not match["scope"] and context.option(INFO, "scope-required"):
        yield 1, f"the subject {subject[:60]!r} has no (<scope>)"
    if len(subject) > longest:
        yield 1, f"the subject has {len(subject)} characters, {longest} are allowed"
    for number, row in enumerate(rows, 1):
        if _ASSISTANT.search(row) or (number == 1 and _NAMES.search(row.partition(": ")[2])):
            yield number, "the message names an assistant"
            return
