"""A clause's status follows from what exists, and from nothing that is typed in."""

from __future__ import annotations

import pytest
from tests.packs.conftest import clause, pack

from bylaw.packs.clause import STATUSES, Enforcer
from bylaw.packs.known import Known, Plan
from bylaw.packs.standing import judged, standing_of

BUILT = {
    "rule": frozenset({"one", "two"}),
    "option": frozenset({"one.strict"}),
    "scaffold": frozenset({"layout"}),
}
PLANNED = {
    Enforcer("rule", "three"): Plan("5", "RULES.md"),
    Enforcer("claim", "four"): Plan("7", "EVIDENCE.md"),
    Enforcer("scaffold", "shop"): Plan("later", "ARCHITECTURE.md"),
}
KNOWN = Known(BUILT, PLANNED)


@pytest.mark.parametrize(
    ("by", "parts", "status"),
    [
        (("rule:one",), (), "enforced"),
        (("rule:one", "claim:four"), (), "enforced"),
        (("option:one.strict",), ("rule:one",), "enforced"),
        ((), ("rule:one", "rule:two"), "enforced"),
        ((), ("rule:one", "rule:three"), "partial"),
        ((), ("rule:one", "unenforced:nothing"), "partial"),
        ((), ("rule:one", "manual:reviewer"), "partial"),
        ((), ("rule:one", "scaffold:layout"), "partial"),
        (("claim:four",), ("rule:one",), "partial"),
        (("claim:four",), (), "planned"),
        ((), ("claim:four", "manual:author"), "planned"),
        (("scaffold:shop",), (), "planned"),
        (("scaffold:layout",), (), "scaffold"),
        (("manual:reviewer",), (), "manual"),
        (("manual:reviewer", "scaffold:layout"), (), "manual"),
        (("unenforced:nothing",), (), "unenforced"),
    ],
)
def test_judged_status_follows_from_what_exists(
    by: tuple[str, ...], parts: tuple[str, ...], status: str
) -> None:
    assert judged(clause(by, parts), KNOWN).status == status


def test_judged_rule_that_gets_built_turns_planned_into_enforced() -> None:
    waiting = clause(("rule:three",))
    built = Known({**BUILT, "rule": BUILT["rule"] | {"three"}}, PLANNED)

    before, after = judged(waiting, KNOWN), judged(waiting, built)

    assert (before.status, before.why) == ("planned", "planned with issue 5: rule:three")
    assert (after.status, after.why) == ("enforced", "")


def test_judged_why_joins_reason_and_plans() -> None:
    found = judged(clause(("rule:three", "claim:four"), ("rule:one",), why="one sees half"), KNOWN)

    assert found.why == (
        "one sees half; planned with issue 5: rule:three; planned with issue 7: claim:four"
    )
    assert [str(each) for each in found.missing] == ["rule:three", "claim:four"]


def test_judged_needed_option_is_told() -> None:
    assert judged(clause(("option:one.strict",), ("rule:one",)), KNOWN).why == (
        "with the option one.strict"
    )


def test_coverage_counts_every_strength_and_status_once() -> None:
    clauses = (
        clause(("rule:one",)),
        clause(("manual:author",), id="X-1.2")._replace(strength="should"),
        clause(("scaffold:layout",), id="X-1.3"),
    )

    counts = standing_of(pack(*clauses), KNOWN).coverage

    assert list(counts) == ["must", "should", "may", "total"]
    for row in counts.values():
        assert list(row) == ["total", *STATUSES]
        assert row["total"] == sum(row[status] for status in STATUSES)
    assert counts["must"] | {"total": 0} == {
        "total": 0, "enforced": 1, "partial": 0, "planned": 0, "manual": 0, "scaffold": 1,
        "unenforced": 0,
    }  # fmt: skip
    assert counts["should"]["manual"] == 1
    assert counts["total"]["enforced"] == 1
