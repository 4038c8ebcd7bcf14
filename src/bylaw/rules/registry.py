"""All rules by name: what each declares and the function that finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.rules import (
    change,
    concurrency,
    database,
    delegated,
    dependencies,
    deploy,
    flow,
    framework,
    gates,
    import_time,
    layers,
    own,
    security,
    structure,
    style,
    testing,
    tool,
    web,
)
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

Find = Callable[[RuleContext], Iterator[Finding]]
Judge = Callable[[RuleContext, int, RuffFinding], str]
"""What we make of a finding of ruff in a file: its severity here, empty where it is none."""


class Rule(NamedTuple):
    """One rule: what it declares, and how it finds.

    Attributes:
        info: identity and defaults.
        find: findings of a linked project; None where another room reports them.
        codes: codes of ruff that it is delegated to, in whole or in part.
        silenced_by: codes of ruff whose ``# noqa`` silences it.
        judge: what we make of ruff's findings; None where all of them count.
    """

    info: RuleInfo
    find: Find | None
    codes: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()
    judge: Judge | None = None


_FAMILIES = (
    change,
    concurrency,
    database,
    delegated,
    dependencies,
    deploy,
    flow,
    framework,
    gates,
    import_time,
    layers,
    own,
    security,
    structure,
    style,
    testing,
    tool,
    web,
)


def _rule(module: ModuleType) -> Rule:
    codes: tuple[str, ...] = getattr(module, "RUFF_CODES", ())
    silenced_by: tuple[str, ...] = getattr(module, "NOQA_CODES", codes)
    judge: Judge | None = getattr(module, "judge", None)
    return Rule(module.INFO, getattr(module, "find", None), codes, silenced_by, judge)


RULES: Mapping[str, Rule] = {
    module.INFO.name: _rule(module)
    for module in sorted(
        (module for family in _FAMILIES for module in family.MODULES),
        key=lambda module: module.INFO.name,
    )
}
INFOS: Mapping[str, RuleInfo] = {name: rule.info for name, rule in RULES.items()}


def aliases(infos: Mapping[str, RuleInfo] = INFOS) -> dict[str, tuple[str, ...]]:
    """Clause ids, their section handles and other identifiers, each with the rules it names."""
    table: dict[str, set[str]] = {}
    for info in infos.values():
        for name in (*info.clauses, *info.aliases):
            table.setdefault(name, set()).add(info.name)
            handle, dot, _ = name.rpartition(".")
            if dot:
                table.setdefault(handle, set()).add(info.name)
    return {name: tuple(sorted(rules)) for name, rules in sorted(table.items())}
