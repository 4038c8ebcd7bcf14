from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.evidence.inputs.freshness import Cause, Freshness
from bylaw.evidence.item import Draft, Environment, Inputs, Item, Scope, Tool
from bylaw.gates.standing import Standing
from bylaw.gates.standings import counting_items, standings_of

NOBODY = Inputs("sha256:1", "sha256:1", "", "", "no-git", "tree", "", "sha256:1")


def item(number: int, claim: str, result: str = "pass", **changes: Any) -> Item:
    moment = f"2026-11-21T12:00:{number:02d}.000000Z"
    draft = Draft(
        claim, ("pytest",), False, "", 0, moment, moment, result, (), "", "", (),
        Tool("pytest", "9"), NOBODY, Environment("CPython 3.12.1", "Linux-x86_64", "", ()), (),
        Scope(), "observed-here",
    )._replace(**changes)  # fmt: skip
    return Item(f"EV-{number:03d}", "git:1", "", f"sha256:{number}", draft)


class Ledger:
    def __init__(self, *items: Item) -> None:
        self._items = items

    def history(self, claim: str) -> Iterator[Item]:
        return iter([each for each in reversed(self._items) if each.claim == claim])


def standing(
    claim: str, *items: Item, state: str = "fresh", loosened: tuple[str, ...] = ()
) -> Standing:
    ledger = Ledger(*items)
    counting = counting_items([claim], ledger)
    causes = (Cause("file-changed", "app/a.py", "another one"),) if state == "stale" else ()
    ages = {claim: Freshness(claim, "", state, "tree", "", 1, causes)}
    found = standings_of([claim], counting, ages, ledger, {claim: loosened})
    return found[0]


def test_the_newest_observed_item_counts() -> None:
    found = standing("lint-clean", item(1, "lint-clean", "fail"), item(2, "lint-clean"),
                     item(3, "lint-clean", provenance="asserted"))  # fmt: skip
    # A later assertion neither proves nor disproves; that both ran on one tree is another matter.
    assert (found.evidence, found.flaky) == ("EV-002", True)


def test_without_evidence_it_is_absent() -> None:
    found = standing("lint-clean")
    assert (found.result, found.freshness, found.holds) == ("not-verified", "absent", False)


def test_what_is_stale_proves_nothing_and_says_why() -> None:
    found = standing("tests-green", item(1, "tests-green"), state="stale")
    assert (found.result, found.message) == ("not-verified", "app/a.py: another one")


def test_runs_that_disagree_on_the_same_inputs_are_flaky() -> None:
    first, second = item(1, "tests-green", "fail"), item(2, "tests-green")
    assert standing("tests-green", first, second).result == "fail"
    other = second._replace(draft=second.draft._replace(inputs=NOBODY._replace(whole="sha256:2")))
    assert standing("tests-green", first, other).result == "pass"
    proven = item(3, "determinism")
    assert standing("tests-green", first, second, proven).result == "pass"
    earlier = item(0, "determinism")
    assert standing("tests-green", earlier, first, second).result == "fail"


def test_a_tool_nobody_configured_is_not_asked_for() -> None:
    missing = item(1, "types-clean", "not-verified", reason_codes=("tool-not-configured",))
    assert not standing("types-clean", missing).obliged
    lint = item(1, "lint-clean", "not-verified", reason_codes=("tool-not-configured",))
    assert standing("lint-clean", lint).obliged


def test_a_tool_the_change_took_away_is() -> None:
    missing = item(1, "types-clean", "not-verified", reason_codes=("tool-not-configured",))
    found = standing("types-clean", missing, loosened=("mypy.ini",))
    assert (found.obliged, found.result) == (True, "fail")
    assert "CHECK-WEAKENED:mypy.ini" in found.reason_codes
