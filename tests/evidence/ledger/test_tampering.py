"""The tamper matrix: one kind of damage, one reason code."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of, repository
from tests.evidence.ledger.tampering import (
    execute,
    inside,
    outside,
    put,
    rows,
    signed_change,
    signed_payload,
    signer_of,
)

from bylaw.evidence.ledger.canonical import canonical
from bylaw.evidence.ledger.checking import Checked, check_ledger
from bylaw.evidence.ledger.checkpoint import Checkpoint, signed
from bylaw.evidence.ledger.digests import digest_of
from bylaw.evidence.ledger.envelope import opened, preauthenticated, sealed
from bylaw.evidence.ledger.rows import INSERT
from bylaw.evidence.reason_codes import OF_LEDGER


@pytest.fixture
def root(tmp_path: Path) -> Path:
    filled(tmp_path, 3)
    return tmp_path


def check(root: Path, **options: Any) -> Checked:
    options.setdefault("now", Clock(FIRST + 100))
    return check_ledger(str(root), environment={}, **options)


def codes(root: Path, **options: Any) -> list[str]:
    found = check(root, **options)
    assert {each.reason_code for each in found.findings} <= OF_LEDGER.keys()
    assert found.exit_code == (1 if found.findings else 0)
    return [each.reason_code for each in found.findings]


def checkpoint_of(root: Path) -> bytes:
    found = check(root, full=True)
    assert not found.findings
    written = Clock(FIRST + 100)()
    return signed(Checkpoint(found.repository, found.items, found.head, written), signer_of(root))


def run_of(statement: dict[str, Any]) -> dict[str, Any]:
    run: dict[str, Any] = statement["predicate"]["run"]
    return run


def test_check_untouched_ledger_is_whole(root: Path) -> None:
    checked = check(root)

    assert (checked.exit_code, checked.items, checked.checked, checked.level) == (0, 3, 3, "L0")


def test_check_absent_ledger_is_not_verified(tmp_path: Path) -> None:
    checked = check(tmp_path)

    assert (checked.exit_code, [each.code for each in checked.errors]) == (3, ["LEDGER-ABSENT"])
    assert os.listdir(tmp_path) == []


def test_check_empty_ledger_is_not_verified(tmp_path: Path) -> None:
    ledger_of(tmp_path).close()

    assert check(tmp_path).exit_code == 3


@pytest.mark.parametrize("position", [1, 2, 3])
def test_check_flipped_byte_is_found(root: Path, position: int) -> None:
    envelope = bytearray(rows(root)[position - 1].envelope)
    envelope[200] ^= 1
    execute(root, "UPDATE items SET envelope = ? WHERE position = ?", bytes(envelope), position)

    assert codes(root) == ["LEDGER-ALTERED"]


def test_check_every_flipped_byte_is_found(root: Path) -> None:
    whole = rows(root)[2].envelope
    for at in range(0, len(whole), 97):
        envelope = bytearray(whole)
        envelope[at] ^= 1 << (at % 8)
        # The digest beside it is made to fit: the signature, the form or the spelling do not.
        put(root, 3, bytes(envelope))

        assert codes(root), at


def test_check_changed_payload_has_a_bad_signature(root: Path) -> None:
    inside(root, 3, lambda each: run_of(each).update(result="fail"))

    assert codes(root) == ["LEDGER-BAD-SIGNATURE"]


def test_check_signature_that_is_no_signature_is_bad_and_not_absent(root: Path) -> None:
    outside(root, 3, lambda each: each["signatures"][0].update(sig=base64.b64encode(b"x").decode()))

    assert codes(root) == ["LEDGER-BAD-SIGNATURE"]


def test_check_signature_emptied_is_bad_and_not_absent(root: Path) -> None:
    outside(root, 3, lambda each: each["signatures"][0].update(sig=""))

    assert codes(root) == ["LEDGER-BAD-SIGNATURE"]


def test_check_signature_taken_away_is_absent(root: Path) -> None:
    outside(root, 3, lambda each: each.update(signatures=[]))

    assert codes(root) == ["LEDGER-UNSIGNED"]


def test_check_signature_of_another_key_is_unknown(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    filled(other, 1)
    statement = opened(rows(root)[2].envelope).payload
    put(root, 3, sealed(statement, signer_of(other)))

    assert codes(root) == ["LEDGER-UNKNOWN-KEY"]


def test_check_payload_type_swapped_is_found(root: Path) -> None:
    outside(root, 3, lambda each: each.update(payloadType="application/json"))

    assert codes(root) == ["LEDGER-PAYLOAD-TYPE"]


def test_check_payload_type_swapped_and_signed_is_found(root: Path) -> None:
    def swap(document: dict[str, Any]) -> None:
        payload = base64.b64decode(document["payload"])
        signature = signer_of(root).sign(preauthenticated("text/plain", payload))
        document["payloadType"] = "text/plain"
        document["signatures"][0]["sig"] = base64.b64encode(signature).decode()

    outside(root, 3, swap)

    assert codes(root) == ["LEDGER-PAYLOAD-TYPE"]


def test_check_key_twice_in_the_envelope_is_found(root: Path) -> None:
    envelope = rows(root)[2].envelope
    put(root, 3, envelope[:-1] + b',"payloadType":"application/vnd.in-toto+json"}')

    assert codes(root) == ["LEDGER-DUPLICATE-KEY"]


def test_check_key_twice_in_a_signed_payload_is_found(root: Path) -> None:
    payload = opened(rows(root)[2].envelope).payload
    signed_payload(root, 3, payload.replace(b'"result":"pass"', b'"result":"fail","result":"pass"'))

    assert codes(root) == ["LEDGER-DUPLICATE-KEY"]


@pytest.mark.parametrize("number", [b"12.0", b"1e1", b"NaN", b"-Infinity"])
def test_check_float_in_a_signed_payload_is_found(root: Path, number: bytes) -> None:
    payload = opened(rows(root)[2].envelope).payload
    signed_payload(root, 3, payload.replace(b'"passed":12', b'"passed":' + number))

    assert codes(root) == ["LEDGER-FLOAT"]


def test_check_signed_payload_in_another_spelling_is_found(root: Path) -> None:
    payload = json.loads(opened(rows(root)[2].envelope).payload)
    signed_payload(root, 3, json.dumps(payload).encode())

    assert codes(root) == ["LEDGER-NOT-CANONICAL"]


def test_check_envelope_in_another_spelling_is_found(root: Path) -> None:
    put(root, 3, json.dumps(json.loads(rows(root)[2].envelope)).encode())

    assert codes(root) == ["LEDGER-NOT-CANONICAL"]


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.update(predicateType="https://bylaw.dev/other/v1"),
        lambda each: each.update(_type="https://in-toto.io/Statement/v0.1"),
        lambda each: each["predicate"].pop("run"),
        lambda each: run_of(each).update(approved=True),
        lambda each: run_of(each).pop("result"),
        lambda each: run_of(each).update(exit_code="0"),
        lambda each: run_of(each).update(shell=0),
        lambda each: run_of(each).update(claim="tests-green"),
    ],
)
def test_check_signed_payload_of_another_form_is_found(root: Path, change: Any) -> None:
    statement = json.loads(opened(rows(root)[2].envelope).payload)
    change(statement)
    signed_payload(root, 3, canonical(statement))

    assert codes(root) == ["LEDGER-MALFORMED"]


def test_check_ledger_of_another_repository_is_found(tmp_path: Path) -> None:
    here, there = repository(tmp_path / "here"), repository(tmp_path / "there", "b = 2\n")
    filled(here, 2)
    shutil.copytree(here / ".bylaw", there / ".bylaw")

    assert codes(here) == []
    assert codes(there) == ["LEDGER-OTHER-REPOSITORY"] * 2


def test_check_ledger_in_a_clone_is_whole(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    filled(here, 2)
    subprocess.run(["git", "clone", "-q", str(here), str(tmp_path / "clone")], check=True)
    shutil.copytree(here / ".bylaw", tmp_path / "clone/.bylaw")

    assert codes(tmp_path / "clone") == []


def test_check_item_replayed_for_another_tree_is_found(root: Path) -> None:
    execute(root, "UPDATE items SET tree = ? WHERE position = 3", "f" * 40)

    assert codes(root) == ["LEDGER-OTHER-TREE"]


def test_check_item_replayed_for_other_inputs_is_found(root: Path) -> None:
    execute(root, "UPDATE items SET inputs = ? WHERE position = 3", digest_of(b"other"))

    assert codes(root) == ["LEDGER-OTHER-TREE"]


def test_check_signed_subject_of_another_tree_is_found(root: Path) -> None:
    signed_change(root, 2, lambda each: each["subject"][1]["digest"].update(gitTree="f" * 40))

    assert codes(root) == ["LEDGER-OTHER-TREE"]


def test_check_item_replayed_for_another_tier_is_found(root: Path) -> None:
    execute(root, "UPDATE items SET tier = 'TIER-LOW' WHERE position = 3")

    assert codes(root) == ["LEDGER-OTHER-TIER"]


@pytest.mark.parametrize("column", ["claim", "result", "provenance", "recorded", "origin",
                                    "previous"])  # fmt: skip
def test_check_index_that_differs_is_found(root: Path, column: str) -> None:
    execute(root, f"UPDATE items SET {column} = 'other' WHERE position = 2")

    assert codes(root) == ["LEDGER-INDEX-DIFFERS"]


def test_check_item_taken_out_of_the_middle_is_found(root: Path) -> None:
    execute(root, "DELETE FROM items WHERE position = 2")

    assert codes(root) == ["LEDGER-CHAIN-BROKEN"]


def test_check_items_numbered_anew_are_found(root: Path) -> None:
    execute(root, "DELETE FROM items WHERE position = 2")
    execute(root, "UPDATE items SET position = 2 WHERE position = 3")

    assert set(codes(root)) == {"LEDGER-CHAIN-BROKEN"}


def test_check_two_items_on_one_are_a_fork(root: Path) -> None:
    second, third = rows(root)[1:]
    statement = json.loads(opened(third.envelope).payload)
    statement["predicate"]["previous"] = second.previous
    put(root, 3, sealed(canonical(statement), signer_of(root)))

    assert codes(root) == ["LEDGER-FORK", "LEDGER-INDEX-DIFFERS"]


def test_check_name_given_twice_is_found(root: Path) -> None:
    signed_change(root, 3, lambda each: each["predicate"].update(id="EV-001"))

    assert codes(root) == ["LEDGER-DUPLICATE-ID"]


def test_check_item_older_than_the_one_before_is_found(root: Path) -> None:
    def earlier(statement: dict[str, Any]) -> None:
        statement["predicate"]["recorded"] = "2023-11-14T21:00:00.000000Z"
        run_of(statement).update(started="2023-11-14T20:00:00.000000Z",
                                 ended="2023-11-14T20:00:00.000000Z")  # fmt: skip

    signed_change(root, 2, earlier)

    assert codes(root) == ["LEDGER-TIME-BACKWARDS"]


def test_check_item_that_ended_before_it_began_is_found(root: Path) -> None:
    signed_change(root, 2, lambda each: run_of(each).update(ended="2020-01-01T00:00:00.000000Z"))

    assert codes(root) == ["LEDGER-TIME-BACKWARDS"]


def test_check_clock_set_back_since_finds_items_to_come(root: Path) -> None:
    assert codes(root, now=Clock(FIRST - 3600)) == ["LEDGER-TIME-AHEAD"] * 3


def test_check_clock_set_back_after_a_check_finds_items_to_come(root: Path) -> None:
    check(root)

    assert codes(root, now=Clock(FIRST - 3600)) == ["LEDGER-TIME-AHEAD"] * 3


def test_check_item_that_ended_after_it_was_recorded_is_found(root: Path) -> None:
    signed_change(root, 3, lambda each: run_of(each).update(ended="2023-11-14T23:00:00.000000Z"))

    assert codes(root) == ["LEDGER-TIME-AHEAD"]


def test_check_content_taken_away_is_found(root: Path) -> None:
    with ledger_of(root) as ledger:
        item = ledger.find("EV-002")
        assert item is not None
        os.unlink(ledger.blobs.path_of(item.draft.outputs[0].digest))

    assert codes(root) == ["LEDGER-BLOB-MISSING"]


def test_check_content_altered_is_found(root: Path) -> None:
    with ledger_of(root) as ledger:
        item = ledger.find("EV-002")
        assert item is not None
        Path(ledger.blobs.path_of(item.draft.outputs[0].digest)).write_bytes(b"output 9\n")

    assert codes(root) == ["LEDGER-BLOB-ALTERED"]


def test_check_content_that_is_a_link_is_altered(root: Path, tmp_path: Path) -> None:
    with ledger_of(root) as ledger:
        item = ledger.find("EV-002")
        assert item is not None
        path = Path(ledger.blobs.path_of(item.draft.outputs[0].digest))
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")

    assert codes(root) == ["LEDGER-BLOB-ALTERED"]


def test_check_tail_dropped_is_found_by_a_checkpoint(root: Path) -> None:
    kept = checkpoint_of(root)
    execute(root, "DELETE FROM items WHERE position = 3")

    assert codes(root) == []
    assert codes(root, checkpoint=kept) == ["LEDGER-TAIL-DROPPED"]


def test_check_whole_ledger_dropped_is_found_by_a_checkpoint(root: Path) -> None:
    kept = checkpoint_of(root)
    execute(root, "DELETE FROM items")

    assert codes(root, checkpoint=kept) == ["LEDGER-TAIL-DROPPED"]


def test_check_chain_written_anew_is_found_by_a_checkpoint(root: Path) -> None:
    kept = checkpoint_of(root)
    signed_change(root, 2, lambda each: run_of(each).update(result="not-verified"))

    assert codes(root) == []
    assert codes(root, checkpoint=kept) == ["LEDGER-REWRITTEN"]


def test_check_ledger_that_grew_fits_its_checkpoint(root: Path) -> None:
    kept = checkpoint_of(root)
    execute(root, "DELETE FROM verified")
    clock = Clock(FIRST + 50)
    with ledger_of(root, clock) as ledger:
        ledger.append(a_draft(77))

    assert codes(root, checkpoint=kept) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda each: each.update(payloadType="text/plain"), "LEDGER-PAYLOAD-TYPE"),
        (lambda each: each.update(signatures=[]), "LEDGER-UNSIGNED"),
        (lambda each: each["signatures"][0].update(keyid="0" * 64), "LEDGER-UNKNOWN-KEY"),
        (lambda each: each["signatures"][0].update(sig="AAAA"), "LEDGER-BAD-SIGNATURE"),
        (lambda each: each.pop("payload"), "LEDGER-MALFORMED"),
    ],
)
def test_check_checkpoint_that_is_none_is_found(root: Path, change: Any, code: str) -> None:
    document = json.loads(checkpoint_of(root))
    change(document)

    assert codes(root, checkpoint=canonical(document)) == [code]


def test_check_checkpoint_that_is_an_item_is_none(root: Path) -> None:
    assert codes(root, checkpoint=rows(root)[0].envelope) == ["LEDGER-CHECKPOINT"]


def test_check_checkpoint_of_another_repository_is_found(root: Path) -> None:
    head = digest_of(rows(root)[2].envelope)
    kept = signed(Checkpoint("git:" + "a" * 40, 3, head, Clock()()), signer_of(root))

    assert codes(root, checkpoint=kept) == ["LEDGER-OTHER-REPOSITORY"]


def test_check_ci_item_under_the_local_key_is_found(root: Path) -> None:
    signed_change(root, 3, lambda each: run_of(each).update(provenance="observed-by-CI"))

    assert codes(root) == ["LEDGER-PROVENANCE"]


def test_check_run_that_calls_itself_imported_is_found(root: Path) -> None:
    signed_change(root, 3, lambda each: run_of(each).update(provenance="imported"))

    assert codes(root) == ["LEDGER-PROVENANCE"]


def test_check_more_tables_are_found(root: Path) -> None:
    execute(root, "CREATE TRIGGER hide AFTER INSERT ON items BEGIN DELETE FROM items; END")

    assert codes(root) == ["LEDGER-SCHEMA"]


def test_check_text_in_place_of_an_envelope_is_found(root: Path) -> None:
    execute(root, "UPDATE items SET envelope = 'text' WHERE position = 2")

    assert codes(root) == ["LEDGER-UNREADABLE"]


def test_check_number_in_place_of_a_remembered_check_counts_for_nothing(root: Path) -> None:
    execute(root, "INSERT OR REPLACE INTO verified VALUES (1, 7)")

    assert check(root).checked == 3


def test_check_key_that_others_can_read_is_found(root: Path) -> None:
    (root / ".bylaw/keys/signing.pem").chmod(0o644)

    assert codes(root) == ["LEDGER-KEY-EXPOSED"]


def test_check_ledger_that_git_tracks_is_found(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    filled(here, 1)
    subprocess.run(["git", "-C", str(here), "add", "-f", ".bylaw/ledger.db"], check=True)

    assert codes(here) == ["LEDGER-TRACKED"]


def test_check_item_before_the_first_is_found(root: Path) -> None:
    first = rows(root)[0]
    execute(root, INSERT, *first._replace(position=0, previous="x", origin="y"))

    assert "LEDGER-INDEX-DIFFERS" in codes(root)


def test_check_after_one_that_found_all_whole_looks_at_what_is_new(root: Path) -> None:
    assert check(root).checked == 3
    assert check(root).checked == 0
    with ledger_of(root, Clock(FIRST + 50)) as ledger:
        ledger.append(a_draft(77))

    assert (check(root).checked, check(root, full=True).checked) == (1, 4)


def test_check_index_changed_after_one_that_found_all_whole_is_found(root: Path) -> None:
    check(root)
    execute(root, "UPDATE items SET claim = 'lint-clean' WHERE position = 1")

    assert codes(root) == ["LEDGER-INDEX-DIFFERS"]


def test_check_item_changed_with_its_digest_after_a_check_is_found(root: Path) -> None:
    check(root)
    inside(root, 1, lambda each: run_of(each).update(result="fail"))

    assert "LEDGER-BAD-SIGNATURE" in codes(root)


def test_check_remembered_check_that_nobody_signed_counts_for_nothing(root: Path) -> None:
    execute(root, "INSERT OR REPLACE INTO verified VALUES (1, ?)", b"{}")

    assert check(root).checked == 3
