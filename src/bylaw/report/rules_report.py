"""The list of rules, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bylaw.rules.rule import RuleInfo

SCHEMA = "bylaw.rules/1"


def render_rules(rules: Sequence[RuleInfo], format: str) -> str:
    """Write the rules for ``bylaw rules``.

    Args:
        rules: every rule.
        format: ``text`` or ``json``.

    Returns:
        The rules by family and name (text) or by name (JSON), ended by a line break.
    """
    return _json(rules) if format == "json" else _text(rules)


def _text(rules: Sequence[RuleInfo]) -> str:
    if not rules:
        return "no rules\n"
    widest = max(len(rule.name) for rule in rules)
    families = dict.fromkeys(rule.family for rule in sorted(rules, key=lambda r: r.family))
    lines = []
    for family in families:
        lines.append(family.replace("_", " "))
        for rule in sorted((r for r in rules if r.family == family), key=lambda r: r.name):
            state = rule.severity if rule.default else "off"
            origin = f" ({rule.plugin})" if rule.plugin else ""
            lines.append(f"  {rule.name:<{widest}}  {state:<7}  {rule.summary}{origin}".rstrip())
        lines.append("")
    off = sum(not rule.default for rule in rules)
    total = f"{len(rules)} rules" + (f", {off} of them off by default" if off else "")
    lines.append(f"{total}. `bylaw explain RULE` shows a rule's page.")
    return "\n".join(lines) + "\n"


def _json(rules: Sequence[RuleInfo]) -> str:
    from bylaw.report.json_report import json_text

    ordered = sorted(rules, key=lambda rule: rule.name)
    return json_text({"schema": SCHEMA, "rules": [_rule_object(rule) for rule in ordered]})


def _rule_object(rule: RuleInfo) -> dict[str, object]:
    return {
        "name": rule.name,
        "summary": rule.summary,
        "clauses": list(rule.clauses),
        "aliases": list(rule.aliases),
        "severity": rule.severity,
        "how": rule.how,
        "family": rule.family,
        "default": rule.default,
        "mend": rule.mend,
        "options": [
            {"name": name, "default": _plain(default), "summary": summary}
            for name, default, summary in rule.options
        ],
        "help_url": rule.help_url,
        "plugin": rule.plugin,
    }


def _plain(value: object) -> object:
    """An option's default in JSON's own types."""
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return list(value) if isinstance(value, tuple) else value
