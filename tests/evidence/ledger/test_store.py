from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.ledger.made import Clock, a_draft, at, filled, ledger_of, with_output

from bylaw.evidence.item import Output, Scope
from bylaw.evidence.ledger.envelope import opened
from bylaw.evidence.ledger.problems import LedgerError, RefusedDraftError
from bylaw.evidence.ledger.store import Ledger, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


def test_append_first_item_has_the_first_name_and_follows_nothing(ledger: Ledger) -> None:
    draft = with_output(ledger, b"12 passed\n")

    item = ledger.append(draft)

    assert (item.id, item.previous, item.draft) == ("EV-001", "", draft)


def test_open_written_ledger_reads_back_what_was_recorded(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        item = ledger.append(with_output(ledger, b"12 passed\n"))

    with open_ledger(str(tmp_path), create=False) as ledger:
        assert ledger.latest("tests-green") == item
        assert ledger.find("EV-001") == item
        assert ledger.head() == item.envelope
        assert ledger.blobs.get(item.draft.outputs[0].digest) == b"12 passed\n"


def test_append_second_item_names_the_first(ledger: Ledger) -> None:
    first = ledger.append(a_draft(1))

    assert ledger.append(a_draft(2, claim="lint-clean")).previous == first.envelope


def test_history_of_a_claim_is_newest_first(ledger: Ledger) -> None:
    ledger.append(a_draft(1, result="fail", reason_codes=("tests-failed",)))
    ledger.append(a_draft(2, claim="lint-clean"))
    last = ledger.append(a_draft(3))

    assert [each.id for each in ledger.history("tests-green")] == ["EV-003", "EV-001"]
    assert ledger.latest("tests-green") == last
    assert ledger.latest("types-clean") is None
    assert [each.id for each in ledger.items()] == ["EV-001", "EV-002", "EV-003"]


def test_history_longer_than_a_page_is_whole(ledger: Ledger) -> None:
    for number in range(20):
        ledger.append(a_draft(number))

    assert [each.id for each in ledger.newest_first()] == [
        f"EV-{number:03d}" for number in range(20, 0, -1)
    ]
    assert len(list(ledger.history("tests-green"))) == ledger.count("tests-green") == 20


@pytest.mark.parametrize(
    "name", ["EV-000", "EV-1", "EV-0001", "EV-002", "EV-", "001", "EV-\u0660\u0660\u0661"]
)
def test_find_name_that_is_none_finds_nothing(tmp_path: Path, name: str) -> None:
    with ledger_of(tmp_path) as ledger:
        ledger.append(a_draft())

        assert ledger.find(name) is None


def test_open_absent_ledger_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    with open_ledger(str(tmp_path), create=False) as ledger:
        assert not ledger.exists
        assert (ledger.latest("tests-green"), ledger.head(), list(ledger.items())) == (None, "", [])
    assert os.listdir(tmp_path) == []


def test_open_new_ledger_ignores_itself_and_hides_its_key(tmp_path: Path) -> None:
    filled(tmp_path, 1)

    assert (tmp_path / ".bylaw/.gitignore").read_text() == "*\n"
    assert stat.S_IMODE((tmp_path / ".bylaw/keys/signing.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"started": at(10), "ended": at(5)}, "clock"),
        ({"ended": at(3600)}, "clock"),
        ({"started": "2023-11-14 22:13:20"}, "clock"),
        ({"started": "2023-02-30T00:00:00.000000Z"}, "clock"),
        ({"ended": "9999-99-99T00:00:00.000000Z"}, "clock"),
        ({"counts": (("passed", float("nan")),)}, "LEDGER-FLOAT"),
        ({"oldest": 1.0}, "LEDGER-FLOAT"),
        ({"counts": (("a", 1), ("a", 2))}, "LEDGER-DUPLICATE-KEY"),
        ({"result": "passed"}, ""),
        ({"result": "pass", "reason_codes": ("findings",)}, ""),
        ({"provenance": "imported"}, ""),
        ({"provenance": "observed-by-CI"}, ""),
        ({"claim": "claim/tests-green"}, ""),
    ],
)
def test_append_draft_that_cannot_be_is_refused(
    ledger: Ledger, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedDraftError) as refusal:
        ledger.append(a_draft(**changes))

    assert (refusal.value.reason, ledger.head()) == (reason, "")


@pytest.fixture
def earlier(tmp_path: Path) -> tuple[Ledger, Clock]:
    """A ledger with an item, and its clock."""
    clock = Clock()
    ledger = ledger_of(tmp_path, clock)
    ledger.append(a_draft(1))
    return ledger, clock


def test_append_same_run_twice_is_refused(earlier: tuple[Ledger, Clock]) -> None:
    with pytest.raises(RefusedDraftError) as refusal:
        earlier[0].append(a_draft(1))

    assert refusal.value.reason == "LEDGER-DUPLICATE-ID"


def test_append_output_that_is_not_stored_is_refused(ledger: Ledger) -> None:
    draft = a_draft(outputs=(Output("stdout", "sha256:" + "0" * 64, 4),))

    with pytest.raises(RefusedDraftError) as refusal:
        ledger.append(draft)

    assert refusal.value.reason == "LEDGER-BLOB-MISSING"


def test_append_clock_set_back_since_the_last_item_is_refused(
    earlier: tuple[Ledger, Clock],
) -> None:
    ledger, clock = earlier
    clock.seconds -= 3600

    with pytest.raises(RefusedDraftError) as refusal:
        ledger.append(a_draft(2, started=at(-7200), ended=at(-7100)))

    assert refusal.value.reason == "clock"


def test_append_clock_corrected_by_a_little_is_recorded(earlier: tuple[Ledger, Clock]) -> None:
    ledger, clock = earlier
    clock.seconds -= 2

    assert ledger.append(a_draft(2)).id == "EV-002"


def test_append_signed_payload_is_an_in_toto_statement(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        ledger.append(a_draft())
        envelope = opened(next(ledger.rows()).envelope)

    statement = json.loads(envelope.payload)
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert [sorted(each["digest"]) for each in statement["subject"]] == [["sha256"], ["gitTree"]]
    assert statement["predicateType"] == "https://bylaw.dev/command-run/v1"
    assert statement["predicate"]["run"]["claim"] == "claim/tests-green"


def test_append_dirty_tree_is_not_about_the_clean_one(tmp_path: Path) -> None:
    draft = a_draft()
    with ledger_of(tmp_path) as ledger:
        ledger.append(draft._replace(inputs=draft.inputs._replace(state="dirty")))
        statement = json.loads(opened(next(ledger.rows()).envelope).payload)

    assert [each["name"] for each in statement["subject"]] == ["inputs"]


def test_append_text_of_every_kind_comes_back(tmp_path: Path) -> None:
    draft = a_draft(message="naïve \U0001f600 \x00\x1f\x7f\u2028", command=("a", "", "ü\ud7ff"),
                    scope=Scope(paths=("a b", "ä/ö")), exit_code=None)  # fmt: skip
    with ledger_of(tmp_path) as ledger:
        assert ledger.append(draft).draft == draft
        assert ledger.latest("tests-green") is not None


def test_append_half_a_surrogate_pair_is_an_error_and_not_recorded(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        with pytest.raises(LedgerError, match="cannot be written as JSON"):
            ledger.append(a_draft(message="\udcff"))

        assert ledger.head() == ""
