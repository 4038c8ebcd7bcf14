"""``acme-no-print``: production code writes to standard output by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bylaw.plugin import Context, Finding, Option, Rule, RuleInfo

ALLOW = Option("allow", (), "modules that may print, by dotted name")

INFO = RuleInfo(
    name="acme-no-print",
    summary="Code that is deployed prints.",
    mend="log it: logging.getLogger(__name__).info(...)",
    severity="warning",
    how="file",
    clauses=("ACME-7",),
    options=(ALLOW,),
    page=os.path.join(os.path.dirname(__file__), "acme-no-print.md"),
)


def find(context: Context) -> Iterator[Finding]:
    """One finding per call, wherever ``print`` comes from."""
    allowed = context.option(ALLOW)
    for call in context.calls_of("builtins.print"):
        if call.module.role in ("test", "script") or call.module.name in allowed:
            continue
        if not call.in_main_guard:
            yield context.make_finding(call, "print() in code that is deployed", sink="print")


RULE = Rule(INFO, find)
