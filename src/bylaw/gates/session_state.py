"""The state document of the kit that source 002 belongs to, in that kit's field names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.evidence.item import Item, Output
from bylaw.gates.matter import Matter
from bylaw.gates.quality_gates import claims_of
from bylaw.gates.reason import Reason
from bylaw.gates.scorecard import Score, Scorecard
from bylaw.gates.standing import Standing
from bylaw.gates.verdict import BLOCKED, FIX, READY, Verdict

PHASE = "6-Implementation-QA"
_MODES = {READY: "NORMAL", BLOCKED: "BLOCKED"}
_KINDS = {"stdout": "log", "stderr": "log", "log": "log", "junit": "junit", "sarif": "sarif",
          "coverage": "coverage", "openapi": "openapi"}  # fmt: skip
_LONGEST = 400


class Rulebook(NamedTuple):
    """A document that the verdict was made under.

    Attributes:
        key: its place in the document: ``profile``, ``templates``, or the key of an add-on.
        path: where it stands; a shipped pack is ``bylaw:<name>``.
        version: as it says itself; empty where it does not.
        digest: ``sha256:...`` of its bytes.
        is_addon: whether it stands among the add-ons.
    """

    key: str
    path: str
    version: str
    digest: str
    is_addon: bool


def session_state(
    matter: Matter, verdict: Verdict, card: Scorecard, items: Mapping[str, Item],
    rulebooks: Sequence[Rulebook],
) -> str:  # fmt: skip
    """The document, as JSON with a trailing line break.

    Args:
        matter: what was judged.
        verdict: on it.
        card: its scorecard.
        items: items that the claims rest on, by id.
        rulebooks: what was loaded.
    """
    loaded, evidence = _loaded(rulebooks)
    state = {
        "Phase": PHASE,
        "Mode": _MODES.get(verdict.verdict, "DEGRADED"),
        "Next": verdict.next_command,
        "Gates": {each.id: each.result for each in verdict.gates},
        "BuildEvidence": {
            "status": _evidence_status(matter.standings),
            "items": [
                _item(items[each.evidence], each)
                for each in matter.standings
                if each.evidence in items
            ],
        },
        "RiskTiering": _tiering(matter),
        "GateScorecards": {"principal_excellence": _card(card, matter)},
        "Diagnostics": {
            "ReasonPayloads": [_payload(each, verdict) for each in verdict.reasons]
            + [_payload(each, verdict, "WARN") for each in verdict.warnings]
        },
        "LoadedRulebooks": loaded,
        "RulebookLoadEvidence": evidence,
    }
    return json.dumps({"SESSION_STATE": state}, indent=2, ensure_ascii=False) + "\n"


def _evidence_status(standings: Iterable[Standing]) -> str:
    obliged = [each for each in standings if each.obliged]
    if all(each.holds for each in obliged):
        return "verified"
    return "failed" if any(each.result == "fail" for each in obliged) else "not-verified"


def _item(item: Item, standing: Standing) -> dict[str, object]:
    draft = item.draft
    command = draft.command[0] if draft.shell else " ".join(draft.command)
    return {
        "id": item.id,
        "tool": f"{draft.tool.name} {draft.tool.version}".strip(),
        "command": command,
        "result": standing.result,
        "scope": draft.scope.tier or "repository",
        "scope_paths": list(draft.scope.paths),
        "modules": list(draft.scope.modules),
        "summary": f"claim/{draft.claim}: {draft.message}".strip(),
        "snippet": _snippet(draft.counts, draft.message),
        "env_fingerprint": f"{draft.environment.interpreter} {draft.environment.platform} "
        f"{draft.environment.lock}".strip(),
        "artifacts": [_artifact(each) for each in draft.outputs],
    }


def _snippet(counts: Iterable[tuple[str, int]], message: str) -> str:
    counted = ", ".join(f"{value} {name}" for name, value in counts)
    return (counted or message)[:_LONGEST]


def _artifact(output: Output) -> dict[str, str]:
    digest = output.digest.removeprefix("sha256:")
    path = f".bylaw/blobs/sha256/{digest[:2]}/{digest[2:]}"
    return {"path": path, "type": _KINDS.get(output.kind, "other")}


def _tiering(matter: Matter) -> dict[str, object]:
    obliged = [each for each in matter.standings if each.obliged]
    rationale = [f"{each.surface}: {each.path}{' ' + each.symbol if each.symbol else ''}"
                 for each in matter.touched]  # fmt: skip
    return {
        "ActiveTier": matter.tier,
        "Rationale": rationale or ["the change is empty" if matter.is_empty else "no surface"],
        "MandatoryEvidence": [f"claim/{each.claim}" for each in obliged],
        "MissingEvidence": [f"claim/{each.claim}" for each in obliged if not each.holds],
    }


def _card(card: Scorecard, matter: Matter) -> dict[str, object]:
    return {
        "Score": sum(each.criterion.weight for each in card.scores if each.result == "pass"),
        "MaxScore": card.weight,
        "Criteria": [
            {"id": each.criterion.key, "weight": each.criterion.weight,
             "critical": each.criterion.critical,
             "result": "partial" if each.result == "not-verified" else each.result,
             "evidenceRef": _reference(each, matter)}
            for each in card.scores
        ],
    }  # fmt: skip


def _reference(score: Score, matter: Matter) -> str:
    """The item a passed criterion rests on; ``not-verified`` where it rests on none."""
    claims = {claim for gate in score.criterion.gates for claim in claims_of(gate, matter)}
    found = [each.evidence for each in matter.about(claims) if each.result == "pass"]
    return found[0] if found and score.result == "pass" else "not-verified"


def _payload(reason: Reason, verdict: Verdict, status: str = "") -> dict[str, object]:
    words = {FIX: "BLOCKED", BLOCKED: "BLOCKED"}
    return {"status": status or words.get(verdict.verdict, "NOT_VERIFIED"), **reason.entry()}


def _loaded(rulebooks: Sequence[Rulebook]) -> tuple[dict[str, object], dict[str, object]]:
    loaded: dict[str, object] = {"core": "", "profile": "", "templates": ""}
    evidence: dict[str, object] = {}
    addons: dict[str, str] = {}
    for each in rulebooks:
        if each.is_addon:
            addons[each.key] = each.path
        else:
            loaded[each.key] = each.path
        evidence[each.key] = {"path": each.path, "version": each.version, "digest": each.digest}
    return {**loaded, "addons": addons}, evidence
