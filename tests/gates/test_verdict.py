from __future__ import annotations

import itertools
from typing import Any

import pytest

from bylaw.errors import UsageError
from bylaw.finding import Finding
from bylaw.gates.matter import Matter
from bylaw.gates.quality_gates import COMPATIBILITY, DEPLOYMENT_ORDER, GateResult, judged_gates
from bylaw.gates.reason import OF_GATES, reason, registered
from bylaw.gates.scorecard import scorecard_of
from bylaw.gates.standing import Standing
from bylaw.gates.tier.surfaces import Touched
from bylaw.gates.verdict import EXIT_CODES, verdict_of

LOW = ("lint-clean", "format-clean", "types-clean", "changed-tests-green", "secrets-clean")


def proven(claim: str, result: str = "pass", **other: Any) -> Standing:
    at = {"recorded": result, "evidence": "EV-001", "freshness": "fresh"}
    return Standing(claim, True)._replace(**{**at, "provenance": "observed-here", **other})


def matter(*standings: Standing, **other: Any) -> Matter:
    touched = (Touched("behaviour", "app/a.py", "app.a.f", "changed", "TIER-LOW"),)
    return Matter("TIER-LOW", "b" * 40, "", False, touched, standings)._replace(**other)


def low(**changed: Standing) -> Matter:
    return matter(*(changed.get(claim.replace("-", "_"), proven(claim)) for claim in LOW))


def gate(judged: Matter, name: str) -> GateResult:
    return next(each for each in judged_gates(judged) if each.id == name)


def test_a_change_whose_obligations_passed_is_ready() -> None:
    verdict = verdict_of(low())
    assert (verdict.verdict, verdict.status, verdict.exit_code) == ("ready-for-pr", "OK", 0)
    assert verdict.next_command == ""


def test_an_empty_change_is_ready() -> None:
    verdict = verdict_of(matter(is_empty=True, touched=()))
    assert (verdict.verdict, verdict.status, verdict.exit_code) == ("ready-for-pr", "OK", 0)
    assert {each.result for each in verdict.gates} == {"not-applicable"}


def test_a_failed_obligation_asks_for_a_mend() -> None:
    failed = proven("lint-clean", "fail", next_command="ruff check --fix .")
    verdict = verdict_of(low(lint_clean=failed))
    assert (verdict.verdict, verdict.status, verdict.exit_code) == ("fix-required", "BLOCKED", 1)
    assert verdict.reasons[0].reason_code == "PQG-1:lint-clean"
    assert verdict.next_command == "ruff check --fix ."


def test_nothing_run_is_not_verified() -> None:
    verdict = verdict_of(low(types_clean=Standing("types-clean", True)))
    assert (verdict.verdict, verdict.status, verdict.exit_code) == (
        "not-verified", "NOT_VERIFIED", 3,
    )  # fmt: skip
    assert verdict.reasons[0].reason_code == "NOT_VERIFIED-MISSING-EVIDENCE:types-clean"
    assert verdict.next_command == "bylaw verify"


def test_a_failure_beats_what_is_missing() -> None:
    judged = low(
        lint_clean=Standing("lint-clean", True), secrets_clean=proven("secrets-clean", "fail")
    )
    verdict = verdict_of(judged)
    assert verdict.verdict == "fix-required"
    assert [each.reason_code for each in verdict.reasons] == [
        "PQG-6:secrets-clean",
        "NOT_VERIFIED-MISSING-EVIDENCE:lint-clean",
    ]


def test_what_is_stale_or_asserted_proves_nothing() -> None:
    for other in ({"freshness": "stale"}, {"provenance": "asserted"}):
        verdict = verdict_of(low(lint_clean=proven("lint-clean", **other)))
        assert verdict.verdict == "not-verified"
    stale_failure = proven("lint-clean", "fail", freshness="stale")
    assert verdict_of(low(lint_clean=stale_failure)).verdict == "not-verified"


def test_a_loosened_check_is_no_pass() -> None:
    loosened = proven("lint-clean", reason_codes=("CHECK-WEAKENED:pyproject.toml",))
    verdict = verdict_of(low(lint_clean=loosened))
    assert verdict.verdict == "fix-required"
    assert verdict.reasons[0].reason_code == "CHECK-WEAKENED:lint-clean"


def test_retrying_until_green_does_not_work() -> None:
    verdict = verdict_of(low(changed_tests_green=proven("changed-tests-green", flaky=True)))
    assert verdict.verdict == "fix-required"
    assert gate(low(changed_tests_green=proven("changed-tests-green", flaky=True)),
                "PYPH2-FAIL-05").result == "fail"  # fmt: skip


def test_a_block_decides_before_anything_else() -> None:
    block = reason("BLOCKED-LEDGER-INVALID", "ledger", (), ("bylaw ledger check",))
    verdict = verdict_of(low(lint_clean=proven("lint-clean", "fail"))._replace(blocks=(block,)))
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    assert verdict.next_command == "bylaw ledger check"


def test_an_unknown_change_is_never_ready() -> None:
    unknown = reason("NOT_VERIFIED-CHANGE-UNKNOWN", "change", (), ("git fetch --unshallow",))
    verdict = verdict_of(low()._replace(unknown=(unknown,)))
    assert (verdict.verdict, verdict.exit_code) == ("not-verified", 3)
    assert verdict.next_command == "git fetch --unshallow"


def test_findings_on_the_change_fail_the_gate_they_bear_on() -> None:
    found = Finding("layer-violation", (), "error", "definite", "app/a.py", 3, 1, 3, "f", "crosses")
    verdict = verdict_of(low()._replace(findings=(found,)))
    assert verdict.verdict == "fix-required"
    assert verdict.reasons[0].reason_code == "PQG-3:layer-violation"
    assert verdict.next_command == "bylaw check app/a.py"


def test_rules_that_could_not_look_leave_their_gates_open() -> None:
    judged = low()._replace(not_looked=(("*", "nothing was analysed"),))
    assert gate(judged, "PQG-3").result == "not-verified"
    assert gate(judged, "PQG-1").result == "pass"
    assert verdict_of(judged).verdict == "not-verified"


def test_a_change_of_persistence_needs_its_notes() -> None:
    touched = (Touched("migration", "migrations/1.py", "", "new", "TIER-HIGH"),)
    claims = (*(proven(each) for each in LOW), proven("migrations-reversible"))
    judged = matter(*claims, touched=touched)
    assert gate(judged, "PQG-5").result == "not-verified"
    written = judged._replace(notes=frozenset({COMPATIBILITY, DEPLOYMENT_ORDER}))
    assert gate(written, "PQG-5").result == "pass"


def test_a_waived_claim_warns_and_does_not_stop() -> None:
    failed = proven("lint-clean", "fail", waived="AP-1")
    verdict = verdict_of(low(lint_clean=failed)._replace(waived=True))
    assert (verdict.verdict, verdict.status, verdict.exit_code) == ("ready-for-pr", "WARN", 0)


def test_a_missing_type_checker_is_said() -> None:
    lacking = proven("types-clean", "not-verified", reason_codes=("tool-missing:mypy",),
                     next_command="uv add --dev mypy")  # fmt: skip
    verdict = verdict_of(low(types_clean=lacking))
    assert verdict.verdict == "not-verified"
    assert [each.reason_code for each in verdict.warnings] == ["WARN-PYTHON-TYPE-CHECK-SKIPPED"]
    assert verdict.next_command == "uv add --dev mypy"


def test_exactly_one_next_command_unless_ready() -> None:
    results = ("pass", "fail", "not-verified")
    for combination in itertools.product(results, repeat=3):
        judged = low(
            lint_clean=proven("lint-clean", combination[0]),
            types_clean=proven("types-clean", combination[1]),
            secrets_clean=proven("secrets-clean", combination[2]),
        )
        verdict = verdict_of(judged)
        wanted = "fix-required" if "fail" in combination else (
            "not-verified" if "not-verified" in combination else "ready-for-pr")  # fmt: skip
        assert verdict.verdict == wanted
        assert bool(verdict.next_command) is (wanted != "ready-for-pr")
        assert verdict.exit_code == EXIT_CODES[wanted]
        for each in verdict.reasons:
            assert 1 <= len(each.recovery_steps) <= 3


@pytest.mark.parametrize("code", sorted(OF_GATES))
def test_codes_are_registered_in_one_spelling(code: str) -> None:
    assert (registered(code), registered(f"{code}:key")) == (code, f"{code}:key")
    with pytest.raises(UsageError):
        registered(code.swapcase())


@pytest.mark.parametrize("code", ["PQG-1:", "PQG-9", "", ":PQG-1", "pqg-1:lint-clean"])
def test_codes_nobody_registered_are_refused(code: str) -> None:
    with pytest.raises(UsageError):
        registered(code)


def test_a_critical_criterion_is_not_compensated() -> None:
    judged = low(secrets_clean=proven("secrets-clean", "not-verified"))
    card = scorecard_of(judged, verdict_of(judged).gates)
    assert (card.critical, card.is_reached) == (("PRINCIPAL-QUALITY-CLAIMS-EVIDENCED",), False)


def test_a_scorecard_of_what_is_ready_reaches_its_threshold() -> None:
    card = scorecard_of(low(), verdict_of(low()).gates)
    assert (card.reached, card.threshold, card.is_reached) == (1000, 800, True)


def test_async_and_persistence_need_resilience() -> None:
    for surface in ("async", "messaging", "persistence", "migration"):
        touched = (Touched(surface, "app/a.py", "app.a.f", "changed", "TIER-HIGH"),)
        failed = matter(proven("resilience", "fail"), touched=touched)
        assert gate(failed, "PYPH2-FAIL-03").result == "fail"
        missing = matter(Standing("resilience", True), touched=touched)
        assert gate(missing, "PYPH2-FAIL-03").result == "not-verified"
    elsewhere = matter(proven("resilience"))
    assert gate(elsewhere, "PYPH2-FAIL-03").result == "not-applicable"
