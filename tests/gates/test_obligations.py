"""What a tier and the touched surfaces oblige (EVIDENCE.md, source 002 PYPH2-2)."""

from __future__ import annotations

import pytest

from bylaw.errors import UsageError
from bylaw.evidence.claim import CLAIMS
from bylaw.gates.tier.obligations import ORDER, obligations_of
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, SURFACES, TIERS, Touched, highest, in_order

LEAST = ("lint-clean", "format-clean", "types-clean", "changed-tests-green")


def test_obligations_of_low_are_lint_types_and_changed_tests() -> None:
    assert obligations_of(LOW, {"local"}, adds_text=False) == LEAST


def test_obligations_of_medium_add_a_negative_path() -> None:
    found = obligations_of(MEDIUM, {"behaviour"}, adds_text=False)
    assert {*LEAST, "negative-path"} < set(found)
    assert "resilience" not in found


def test_obligations_of_high_add_resilience_and_the_check_that_fits() -> None:
    contract = obligations_of(HIGH, {"contract"})
    assert {"negative-path", "resilience", "contract-compatible"} < set(contract)
    assert "migrations-reversible" not in contract


def test_obligations_of_high_schemas_are_migrations_that_go_back() -> None:
    schema = obligations_of(HIGH, {"migration"})
    assert "migrations-reversible" in schema
    assert "contract-compatible" not in schema


def test_obligations_of_high_without_a_schema_are_the_contract() -> None:
    assert "contract-compatible" in obligations_of(HIGH, {"async"})


def test_obligations_of_what_is_unresolved_are_both_checks() -> None:
    found = obligations_of(HIGH, {"unresolved"})
    assert {"contract-compatible", "migrations-reversible"} < set(found)


@pytest.mark.parametrize(
    ("surface", "claim"),
    [
        ("dependency", "dependencies-audited"),
        ("generated", "generated-untouched"),
        ("deploy", "manifests-agree"),
        ("settings", "import-hygiene"),
        ("security", "negative-path"),
    ],
)
def test_obligations_of_a_surface_come_with_any_tier(surface: str, claim: str) -> None:
    assert all(claim in obligations_of(tier, {surface}) for tier in TIERS)


def test_obligations_of_added_text_and_import_code() -> None:
    assert "secrets-clean" in obligations_of(LOW, {"docs"})
    assert "secrets-clean" not in obligations_of(LOW, {"docs"}, adds_text=False)
    assert "import-hygiene" in obligations_of(LOW, {"local"}, runs_at_import=True)


def test_obligations_of_an_empty_change_are_none() -> None:
    assert obligations_of(LOW, ()) == ()


def test_obligations_of_are_all_claims() -> None:
    found = [slug for tier in TIERS for slug in obligations_of(tier, SURFACES)]
    assert set(found) <= set(CLAIMS)
    assert set(found) == set(ORDER)


def test_obligations_of_come_in_the_order_of_source_002() -> None:
    high = obligations_of(HIGH, SURFACES)
    tests = [high.index(each) for each in ("lint-clean", "types-clean", "changed-tests-green",
                                           "tests-green", "migrations-reversible")]  # fmt: skip
    assert tests == sorted(tests)


def test_obligations_of_unknown_words_are_refused() -> None:
    with pytest.raises(UsageError):
        obligations_of("tier-low", ())
    with pytest.raises(UsageError):
        obligations_of(LOW, {"frontend"})


def test_in_order_merges_and_puts_the_severe_first() -> None:
    low = Touched("docs", "a.md", "", "text", LOW)
    high = Touched("contract", "z.py", "GET /", "gone", HIGH)
    assert in_order([low, high, low]) == (high, low)
    assert highest([low, high]) == HIGH
    assert highest([]) == LOW
