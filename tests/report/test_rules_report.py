from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bylaw.report.rules_report import render_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from bylaw.rules.rule import RuleInfo


def test_render_rules_text_matches_golden(
    rules: tuple[RuleInfo, ...], golden: Callable[[str, str], None]
) -> None:
    golden("rules.txt", render_rules(rules, "text"))


def test_render_rules_json_matches_golden(
    rules: tuple[RuleInfo, ...], golden: Callable[[str, str], None]
) -> None:
    golden("rules.json", render_rules(rules, "json"))


def test_render_rules_json_is_sorted_whatever_the_order(rules: tuple[RuleInfo, ...]) -> None:
    assert render_rules(rules, "json") == render_rules(rules[::-1], "json")
    assert render_rules(rules, "text") == render_rules(rules[::-1], "text")


def test_render_rules_json_option_default_is_plain(rules: tuple[RuleInfo, ...]) -> None:
    odd = rules[0]._replace(options=(("names", frozenset({"b", "a"}), "some names"),))
    document = json.loads(render_rules([odd], "json"))
    assert document["rules"][0]["options"] == [
        {"name": "names", "default": ["a", "b"], "summary": "some names"}
    ]


def test_render_rules_no_rules_is_said() -> None:
    assert render_rules([], "text") == "no rules\n"
