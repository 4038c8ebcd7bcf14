"""``test-name-pattern``: a test whose name does not say what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.test_fixtures import is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="test-name-pattern",
    summary="A test is not named after what it calls, in which case, and what is expected.",
    clauses=("CON-T", "NC-test"),
    severity="warning",
    how="file",
    family="testing",
    mend="name it test_<function>_<scenario>_<expected>",
    default=False,
    options=(
        ("pattern", r"test(_[A-Za-z0-9]+){3,}", "regular expression that a whole name matches"),
    ),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per test function or method, at its ``def`` line."""
    project = context.project
    pattern = re.compile(context.option(INFO, "pattern"))
    for number, function in enumerate(project.functions):
        name = function[F.F_NAME].rpartition(".")[2]
        if not name.startswith("test") or pattern.fullmatch(name) or not is_test(project, number):
            continue
        place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
        message = f"{name} does not say what is called, in which case, and what is expected"
        yield make_finding(INFO, project, number, place, message, sink="name")
