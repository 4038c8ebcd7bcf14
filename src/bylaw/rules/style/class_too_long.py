"""``class-too-long``: a class has more lines than the limit."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="class-too-long",
    summary="A class has more lines than the limit, 100 unless set otherwise.",
    clauses=("CON-VII",),
    severity="note",
    how="file",
    family="style",
    mend="split it by purpose; methods that use no attribute can become functions",
    options=(("limit", 100, "lines a class may have, from class to its last line"),),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per class, at its ``class`` line."""
    project = context.project
    limit = context.option(INFO, "limit")
    for number, record in enumerate(project.classes):
        module = project.class_home[number]
        lines = record[F.K_END] - record[F.K_LINE] + 1
        if lines <= limit or project.roles[module] == MIGRATION:
            continue
        name = record[F.K_NAME]
        yield make_finding(
            INFO,
            project,
            project.module_body(module),
            (record[F.K_LINE], record[F.K_COL], record[F.K_LINE]),
            f"class {name} has {lines} lines; the limit is {limit}",
            sink=name,
        )
