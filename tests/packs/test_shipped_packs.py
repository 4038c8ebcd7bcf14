"""The five packs that are shipped: complete in form, consistent with the rules, and on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_cases import PageCase, load_page
from page_repository import write_case

import bylaw
from bylaw.packs.checking import dangling_names
from bylaw.packs.choosing import built_rules, clauses_named
from bylaw.packs.clause import Clause, Enforcer, Pack
from bylaw.packs.known import known_names
from bylaw.packs.reading import DATA, load_packs
from bylaw.packs.standing import standing_of
from bylaw.report.clauses_report import render_clauses
from bylaw.rules.pages import has_bad_case
from bylaw.rules.registry import INFOS

PACKS = load_packs()
CLAUSES: tuple[Clause, ...] = tuple(clause for pack in PACKS for clause in pack.clauses)
KNOWN = known_names(INFOS.values())
ENFORCING = tuple(built_rules(CLAUSES, KNOWN))
ROOT = Path(__file__).parents[2]

PREFIXES = {
    "execution-contract": ("EC-",),
    "deployment-contract": ("DC-",),
    "backend-python": ("GOV-", "AP.", "AP-PY", "PQG", "PYPH2-", "NC"),
    "constitution": ("CON-",),
    "fastapi-strict": ("FS-",),
}
# Sentences counted by hand in the documents. Fewer would mean that some were lost.
FEWEST = {
    "execution-contract": 33,
    "deployment-contract": 119,
    "backend-python": 188,
    "constitution": 226,
    "fastapi-strict": 82,
}


def test_packs_are_the_five_documents_in_order() -> None:
    assert [pack.name for pack in PACKS] == list(PREFIXES)
    assert [pack.source[:4] for pack in PACKS] == ["000 ", "001 ", "002 ", "003 ", "004 "]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_pack_holds_every_sentence_under_its_prefix(pack: Pack) -> None:
    assert len(pack.clauses) >= FEWEST[pack.name]
    assert [c.id for c in pack.clauses if not c.id.startswith(PREFIXES[pack.name])] == []


def test_clause_names_are_unique_over_all_packs() -> None:
    names = [name for clause in CLAUSES for name in (clause.id, *clause.aliases)]

    assert len(names) == len(set(names))


def test_clauses_are_one_sentence_each() -> None:
    bare = {clause.id: re.sub(r"`[^`]*`", "code", clause.text) for clause in CLAUSES}

    assert {name for name, text in bare.items() if re.search(r"[.!?] [A-Z]", text)} == set()
    assert {clause.id for clause in CLAUSES if len(clause.text) >= 200} == set()


def test_names_all_lead_somewhere() -> None:
    found = dangling_names(PACKS, KNOWN, INFOS.values(), has_bad_case)

    assert [each.message for each in found] == []


def test_planned_names_are_all_used() -> None:
    used = {each for clause in CLAUSES for each in clause.enforcers}

    assert sorted(map(str, set(KNOWN.planned) - used)) == []


def test_status_is_never_typed_in() -> None:
    for path in Path(DATA).glob("*.toml"):
        assert not re.search(r"^status", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("EC-4.1", "import-time-env-read"), ("EC-4.2", "import-time-database"),
        ("EC-4.3", "import-time-network"), ("EC-4.4", "import-time-raise"),
        ("EC-2.1", "relative-import"), ("EC-2.2", "wrong-package-root"),
        ("DC-2.1", "image-single-stage"), ("DC-2.3", "image-root-user"),
        ("DC-2.4", "image-no-healthcheck"), ("DC-2.5", "boot-port-mismatch"),
        ("DC-4.2", "package-not-installed"), ("DC-4.4", "path-hack"),
        ("DC-5.1", "shadowed-package"), ("DC-root-cause", "boot-command-shadowed"),
        ("DC-1", "boot-command-drift"), ("DC-11", "boot-command-not-module"),
        ("DC-1.4", "boot-command-not-module"), ("DC-13", "boot-health-mismatch"),
        ("GOV-2.3", "flaky-retry"), ("GOV-4.1", "secret-in-source"),
        ("GOV-4.3", "sensitive-data-in-log"), ("GOV-RCL", "convention-drift"),
        ("GOV-EVID-4", "dangling-reference"), ("PQG-2.2", "generated-code-edited"),
        ("AP-PY09", "import-cycle"), ("PYPH2-FAIL-05", "nondeterministic-test"),
        ("CON-II", "test-written-after"), ("CON-API-EH", "swallowed-exception"),
        ("FS-1.P4", "schema-outside-schemas"), ("FS-2.4", "untracked-task"),
        ("FS-3.4", "missing-port"), ("FS-5", "image-secret-in-layer"),
        ("FS-6.3", "unhandled-integrity-error"), ("FS-7.5", "sleep-in-test"),
    ],
)  # fmt: skip
def test_handle_means_what_the_catalogue_of_rules_says(name: str, rule: str) -> None:
    named = [clause for _, clause in clauses_named(name, PACKS)]

    assert any(Enforcer("rule", rule) in clause.enforcers for clause in named)


def _first_bad_case(rule: str) -> PageCase:
    return next(
        case for case in load_page(rule).cases if any(mark.rule == rule for mark in case.expected)
    )


@pytest.mark.parametrize("rule", ENFORCING)
def test_case_of_an_enforcing_rule_fails_when_the_rule_is_off(rule: str, tmp_path: Path) -> None:
    """What tests/rules executes would fail without the rule, so the clause has a test."""
    case = _first_bad_case(rule)
    write_case(case, tmp_path)

    off = bylaw.check(str(tmp_path), select=case.select, ignore=(rule,), use_cache=False, jobs=1)

    assert [mark for mark in case.expected if mark.rule == rule]
    assert [each for each in off.findings if each.rule == rule] == []


def test_every_enforced_clause_rests_on_what_is_tested() -> None:
    for pack in PACKS:
        for each in standing_of(pack, KNOWN).clauses:
            if each.status == "enforced":
                rules = built_rules([each.clause], KNOWN)
                # Their tests are named by built.toml; test_built_names.py looks for them.
                started = any(
                    one.kind in ("runtime", "probe", "claim", "gate") and KNOWN.is_built(one)
                    for one in each.clause.enforcers
                )
                assert rules or started, each.clause.id
                assert all(has_bad_case(rule) for rule in rules)


def test_page_is_what_the_command_prints() -> None:
    standing = [standing_of(pack, KNOWN) for pack in PACKS]
    page = render_clauses(standing, (), "markdown", color=False, width=80)

    assert (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8") == page, (
        "bylaw clauses --format markdown > docs/clauses.md"
    )
