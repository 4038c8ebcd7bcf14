"""Names that lead nowhere are found, told with the nearest one, and told apart from plans."""

from __future__ import annotations

from tests.packs.conftest import clause, pack, rule

from bylaw.packs.checking import dangling_names
from bylaw.packs.clause import Enforcer
from bylaw.packs.known import Known, Plan

KNOWN = Known(
    {"rule": frozenset({"import-cycle"}), "option": frozenset({"import-cycle.strict"})},
    {Enforcer("claim", "tests-green"): Plan("7", "EVIDENCE.md")},
)


def _is_tested(_: str) -> bool:
    return True


def test_dangling_names_built_planned_and_people_are_fine() -> None:
    names = (
        "rule:import-cycle", "option:import-cycle.strict", "claim:tests-green", "manual:author",
        "unenforced:nothing",
    )  # fmt: skip

    assert dangling_names([pack(clause(names))], KNOWN, (), _is_tested) == ()


def test_dangling_names_unknown_name_shows_the_nearest() -> None:
    wrong = pack(clause(("rule:import-cyle",)), clause((), ("claim:test-green",), id="X-1.2"))

    first, second = dangling_names([wrong], KNOWN, (), _is_tested)

    assert (first.code, first.exit_code) == ("dangling-name", 1)
    assert "X-1.1 names rule:import-cyle" in first.message
    assert first.hint == "did you mean rule:import-cycle?"
    assert second.hint == "did you mean claim:tests-green?"


def test_dangling_names_same_name_of_another_kind_dangles() -> None:
    [found] = dangling_names([pack(clause(("probe:tests-green",)))], KNOWN, (), _is_tested)

    assert "planned.toml" in found.hint


def test_dangling_names_rule_without_a_case_is_told_once() -> None:
    two = pack(clause(("rule:import-cycle",)), clause(("option:import-cycle.strict",), id="X-1.2"))

    [found] = dangling_names([two], KNOWN, (), lambda name: name != "import-cycle")

    assert (found.code, found.hint) == (
        "untested-rule", "add a case to docs/rules/import-cycle.md",
    )  # fmt: skip


def test_dangling_names_cited_clause_that_no_pack_has_is_told() -> None:
    one = pack(clause(("rule:import-cycle",)))
    citing = [rule("import-cycle", "X-1", "X-2")]

    [found] = dangling_names([one], KNOWN, citing, _is_tested)

    assert (found.code, found.message) == (
        "dangling-clause", "rule:import-cycle cites X-2, which no pack has",
    )  # fmt: skip


def test_dangling_names_sentence_that_does_not_name_the_rule_back_is_told() -> None:
    one = pack(clause(("claim:tests-green",)))

    [found] = dangling_names([one], KNOWN, [rule("import-cycle", "X-1.1")], _is_tested)

    assert found.message == "rule:import-cycle cites X-1.1, and no sentence of X-1.1 names the rule"
