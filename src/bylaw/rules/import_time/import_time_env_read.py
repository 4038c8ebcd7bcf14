"""``import-time-env-read``: the environment is read while a module is imported."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bylaw.finding import Finding, sort_key
from bylaw.model.effects import Reached
from bylaw.model.roles import SETTINGS
from bylaw.rules.context import RuleContext
from bylaw.rules.import_time.scope import (
    LENIENT_OPTION,
    Arrival,
    arrival_finding,
    arrivals,
    is_aside,
    is_lenient,
    role,
)
from bylaw.rules.import_time.settings_modules import django_settings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="import-time-env-read",
    summary="The environment is read while a module is imported, directly or through any calls.",
    clauses=("EC-3", "EC-4.1"),
    severity="error",
    how="flow",
    family="import_time",
    mend="read it on first use: move the read into the function that needs the value",
    options=(LENIENT_OPTION,),
    needs=frozenset({"manifests"}),
)


def _rank(_: int, reached: Reached) -> int:
    return 1 if reached.seed.qualifier == "setdefault" else 0


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement, and per variable where the statement reads itself."""
    found = arrivals(context, frozenset({"env-read"}), rank=_rank, by_variable=True)
    for body, group in groupby(found, key=lambda arrival: arrival.body):
        where = role(context, body)
        findings = [
            arrival_finding(
                context, INFO, each, "reads the environment", _severity(context, where, each)
            )
            for each in group
        ]
        if where == SETTINGS and not context.option(INFO, "strict-settings"):
            django = context.project.function_home[body] in django_settings(context)
            findings = _told_once(findings, 0 if django else 1)
        yield from findings


def _severity(context: RuleContext, where: str, arrival: Arrival) -> str:
    if arrival.reached.seed.qualifier == "setdefault" or is_aside(where):
        return "note"
    if is_lenient(where) and not context.option(INFO, "strict-settings"):
        return "warning"
    return INFO.severity


def _told_once(findings: list[Finding], most: int) -> list[Finding]:
    """The findings of a settings module: at most so many warnings, the first; the rest notes."""
    grave = [each for each in findings if each.severity != "note" and each.confidence != "possible"]
    grave.sort(key=sort_key)
    first = grave[:most]
    told = [each for each in findings if each in first]
    more = f"; so do {len(grave) - 1} more places of this settings module"
    told = [each._replace(message=each.message + more * (len(grave) > 1)) for each in told]
    return told + [each._replace(severity="note") for each in findings if each not in first]
