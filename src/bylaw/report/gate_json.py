"""The verdict as the document ``bylaw.gate/1``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.gates.answer import Answer
from bylaw.report.json_report import json_text

SCHEMA = "bylaw.gate/1"


def gate_document(answer: Answer) -> dict[str, Any]:
    """The document as an object."""
    matter, verdict = answer.matter, answer.verdict
    return {
        "schema": SCHEMA,
        "verdict": verdict.verdict,
        "status": verdict.status,
        "tier": {
            "tier": matter.tier, "base": matter.base, "head": matter.head,
            "reasons": [
                {"surface": each.surface, "path": each.path, "symbol": each.symbol,
                 "why": each.why}
                for each in matter.touched
            ],
        },
        "gates": [each.entry() for each in verdict.gates],
        "claims": [each.entry() for each in matter.standings],
        "reasons": [each.entry() for each in verdict.reasons],
        "warnings": [each.entry() for each in verdict.warnings],
        "next_command": verdict.next_command,
        "waivers": [each._asdict() for each in answer.approvals],
        "scorecard": answer.card.entry(),
        "errors": [each.entry() for each in answer.errors],
    }  # fmt: skip


def render_no_gate(problems: Sequence[Diagnostic]) -> str:
    """The document of a call that could not be answered: not verified, and why.

    Args:
        problems: what is wrong.
    """
    tier = {"tier": "", "base": "", "head": "", "reasons": []}
    lists = ("gates", "claims", "reasons", "warnings", "waivers")
    return json_text(
        {
            "schema": SCHEMA, "verdict": "not-verified", "status": "NOT_VERIFIED", "tier": tier,
            **{name: [] for name in lists}, "next_command": "bylaw gate --help",
            "scorecard": None, "errors": [each.entry() for each in problems],
        }
    )  # fmt: skip


def render_gate_json(answer: Answer) -> str:
    """The document, ended by a line break."""
    return json_text(gate_document(answer))
