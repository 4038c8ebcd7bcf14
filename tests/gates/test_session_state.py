from __future__ import annotations

import json
from typing import Any

from tests.gates.test_standings import item

from bylaw.gates.matter import Matter
from bylaw.gates.scorecard import scorecard_of
from bylaw.gates.session_state import Rulebook, session_state
from bylaw.gates.standing import Standing
from bylaw.gates.tier.surfaces import Touched
from bylaw.gates.verdict import verdict_of

RULEBOOKS = (
    Rulebook("profile", "rules.backend-python.md", "1.0", "sha256:aa", False),
    Rulebook("pythonTemplates", "rules.backend-python-templates.md", "", "sha256:bb", True),
)


def state(*standings: Standing, tier: str = "TIER-LOW") -> dict[str, Any]:
    touched = (Touched("docs", "README.md", "", "changed", "TIER-LOW"),)
    matter = Matter(tier, "b" * 40, "", False, touched, standings)
    verdict = verdict_of(matter)
    items = {"EV-001": item(1, "lint-clean", counts=(("files", 3),), message="ruff finds nothing")}
    text = session_state(matter, verdict, scorecard_of(matter, verdict.gates), items, RULEBOOKS)
    document: dict[str, Any] = json.loads(text)
    return document["SESSION_STATE"]  # type: ignore[no-any-return] # just read


def proven(claim: str) -> Standing:
    return Standing(claim, True, "pass", "EV-001", "fresh", "observed-here")


def test_the_document_has_the_kits_fields() -> None:
    found = state(proven("lint-clean"))
    assert set(found) == {
        "Phase", "Mode", "Next", "Gates", "BuildEvidence", "RiskTiering", "GateScorecards",
        "Diagnostics", "LoadedRulebooks", "RulebookLoadEvidence",
    }  # fmt: skip
    (only,) = found["BuildEvidence"]["items"]
    assert set(only) == {
        "id", "tool", "command", "result", "scope", "scope_paths", "modules", "summary", "snippet",
        "env_fingerprint", "artifacts",
    }  # fmt: skip
    assert (only["id"], only["result"], only["snippet"]) == ("EV-001", "pass", "3 files")
    assert found["BuildEvidence"]["status"] == "verified"


def test_what_is_missing_is_said_and_never_passes() -> None:
    found = state(proven("lint-clean"), Standing("types-clean", True), tier="TIER-MEDIUM")
    assert found["BuildEvidence"]["status"] == "not-verified"
    assert found["RiskTiering"]["ActiveTier"] == "TIER-MEDIUM"
    assert found["RiskTiering"]["MandatoryEvidence"] == ["claim/lint-clean", "claim/types-clean"]
    assert found["RiskTiering"]["MissingEvidence"] == ["claim/types-clean"]
    payloads = found["Diagnostics"]["ReasonPayloads"]
    assert [each["reason_code"] for each in payloads] == [
        "NOT_VERIFIED-MISSING-EVIDENCE:types-clean"]  # fmt: skip
    assert set(payloads[0]) == {
        "status", "reason_code", "surface", "signals_used", "recovery_steps"}  # fmt: skip
    assert found["Next"] == "bylaw verify"


def test_loaded_rulebooks_come_with_path_version_and_digest() -> None:
    found = state(proven("lint-clean"))
    assert found["LoadedRulebooks"]["profile"] == "rules.backend-python.md"
    assert found["LoadedRulebooks"]["addons"] == {
        "pythonTemplates": "rules.backend-python-templates.md"}  # fmt: skip
    assert found["RulebookLoadEvidence"]["profile"] == {
        "path": "rules.backend-python.md", "version": "1.0", "digest": "sha256:aa"}  # fmt: skip


def test_scorecard_refers_to_evidence() -> None:
    card = state(proven("lint-clean"))["GateScorecards"]["principal_excellence"]
    by_id = {each["id"]: each for each in card["Criteria"]}
    assert by_id["PRINCIPAL-QUALITY-CLAIMS-EVIDENCED"]["evidenceRef"] == "EV-001"
    assert by_id["PRINCIPAL-ROLLBACK-OR-RECOVERY-READY"]["result"] == "not-applicable"
    assert card["Score"] <= card["MaxScore"]
