"""``function-too-long``: a function or method has more lines than the limit."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="function-too-long",
    summary="A function or method has more lines than the limit, 50 unless set otherwise.",
    clauses=("CON-VII",),
    severity="note",
    how="file",
    family="style",
    mend="give each of its steps a function with a name of its own",
    options=(("limit", 50, "lines a function may have, from def to its last line"),),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function, at its ``def`` line; functions inside count as well."""
    project = context.project
    limit = context.option(INFO, "limit")
    for number, function in enumerate(project.functions):
        lines = function[F.F_END] - function[F.F_LINE] + 1
        if lines <= limit or function[F.F_PARENT] < 0 or function[F.F_FLAGS] & F.LAMBDA:
            continue
        if project.roles[project.function_home[number]] == MIGRATION:
            continue
        name = function[F.F_NAME].rpartition(".")[2]
        place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
        message = f"{name}() has {lines} lines; the limit is {limit}"
        yield make_finding(INFO, project, number, place, message, sink="lines")
