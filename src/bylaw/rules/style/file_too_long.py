"""``file-too-long``: a file has more lines than the limit."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="file-too-long",
    summary="A Python file has more lines than the limit, 500 unless set otherwise.",
    clauses=("CON-I",),
    severity="note",
    how="file",
    family="style",
    mend="split it by meaning: what changes together stays together",
    options=(("limit", 500, "lines a file may have"),),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per file, at its first line."""
    project = context.project
    limit = context.option(INFO, "limit")
    for module, role in enumerate(project.roles):
        body = project.module_body(module)
        lines = project.functions[body][F.F_END]
        if lines <= limit or role == MIGRATION:
            continue
        yield make_finding(
            INFO, project, body, (1, 1, 1), f"{lines} lines; the limit is {limit}", sink="lines"
        )
