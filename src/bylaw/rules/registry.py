"""All rules by name: what each declares and the function that finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.rules import database, delegated, flow, import_time, structure, tool, web
from bylaw.rules.context import RuleContext
from bylaw.rules.rule import RuleInfo

Find = Callable[[RuleContext], Iterator[Finding]]


class Rule(NamedTuple):
    """One rule: what it declares, and how it finds.

    Attributes:
        info: identity and defaults.
        find: findings of a linked project; None where another room reports them.
    """

    info: RuleInfo
    find: Find | None


_FAMILIES = (database, delegated, flow, import_time, structure, tool, web)

RULES: Mapping[str, Rule] = {
    module.INFO.name: Rule(module.INFO, getattr(module, "find", None))
    for module in sorted(
        (module for family in _FAMILIES for module in family.MODULES),
        key=lambda module: module.INFO.name,
    )
}
INFOS: Mapping[str, RuleInfo] = {name: rule.info for name, rule in RULES.items()}


def aliases() -> dict[str, tuple[str, ...]]:
    """Clause ids, their section handles and other identifiers, each with the rules it names."""
    table: dict[str, set[str]] = {}
    for info in INFOS.values():
        for name in (*info.clauses, *info.aliases):
            table.setdefault(name, set()).add(info.name)
            handle, dot, _ = name.rpartition(".")
            if dot:
                table.setdefault(handle, set()).add(info.name)
    return {name: tuple(sorted(rules)) for name, rules in sorted(table.items())}
