from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of, repository
from tests.evidence.ledger.tampering import rows, signed_change

from bylaw.evidence.ledger import exchange
from bylaw.evidence.ledger.canonical import spelled
from bylaw.evidence.ledger.checking import check_ledger
from bylaw.evidence.ledger.envelope import opened
from bylaw.evidence.ledger.exchange import Taken, exported, imported
from bylaw.evidence.ledger.projections import newest, results_of_tests, summaries
from bylaw.evidence.ledger.statement import read_statement

Lines = list[dict[str, Any]]


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Another clone, with evidence."""
    here = repository(tmp_path / "here")
    subprocess.run(["git", "clone", "-q", str(here), str(tmp_path / "there")], check=True)
    filled(tmp_path / "there", 3)
    return tmp_path / "there"


@pytest.fixture
def here(there: Path) -> Path:
    return there.parent / "here"


def export(root: Path) -> Path:
    path = root.parent / f"{root.name}.jsonl"
    with ledger_of(root, Clock(FIRST + 90)) as ledger, path.open("wb") as file:
        file.writelines(exported(ledger))
    return path


def public_key_of(root: Path) -> str:
    (path,) = (root / ".bylaw/keys/trusted").glob("*.pem")
    return str(path)


def take(root: Path, path: Path, *keys: str) -> Taken:
    with ledger_of(root, Clock(FIRST + 100)) as ledger:
        return imported(ledger, str(path), keys)


def check(root: Path) -> list[str]:
    found = check_ledger(str(root), environment={}, now=Clock(FIRST + 200), full=True)
    return [each.reason_code for each in found.findings]


def test_imported_items_are_kept_as_they_were_signed(here: Path, there: Path) -> None:
    taken = take(here, export(there), public_key_of(there))

    assert [each.id for each in taken.items] == ["EV-001", "EV-002", "EV-003"]
    assert {each.draft.provenance for each in taken.items} == {"imported"}
    with ledger_of(here) as ledger:
        assert ledger.blobs.get(taken.items[0].draft.outputs[0].digest) == b"output 0\n"
        statement = json.loads(opened(next(ledger.rows()).envelope).payload)
    assert spelled(statement["predicate"]["original"]) == rows(there)[0].envelope
    assert check(here) == []


def test_imported_after_own_items_follows_them(here: Path, there: Path) -> None:
    filled(here, 2)

    taken = take(here, export(there), public_key_of(there))

    # The same runs: only a foreign key tells them apart.
    assert [each.id for each in taken.items] == ["EV-003", "EV-004", "EV-005"]
    assert check(here) == []


def test_imported_twice_is_recognised(here: Path, there: Path) -> None:
    path, key = export(there), public_key_of(there)
    take(here, path, key)

    again = take(here, path, key)

    assert (again.items, again.known, again.findings) == ((), 3, ())


def test_imported_own_export_is_recognised(there: Path) -> None:
    taken = take(there, export(there), public_key_of(there))

    assert (taken.items, taken.known) == ((), 3)


def test_imported_by_way_of_another_keeps_who_ran_it(here: Path, there: Path) -> None:
    first_key = public_key_of(there)
    take(here, export(there), first_key)
    third = there.parent / "third"
    subprocess.run(["git", "clone", "-q", str(here), str(third)], check=True)
    (own,) = (each for each in (here / ".bylaw/keys/trusted").glob("*.pem")
              if each.name != Path(first_key).name)  # fmt: skip

    taken = take(third, export(here), str(own), first_key)

    assert len(taken.items) == 3
    statement = json.loads(opened(rows(third)[0].envelope).payload)
    assert spelled(statement["predicate"]["original"]) == rows(there)[0].envelope
    assert check(third) == []


def test_imported_assertion_stays_one(here: Path, there: Path) -> None:
    with ledger_of(there, Clock(FIRST + 50)) as ledger:
        ledger.append(a_draft(9, provenance="asserted"))

    taken = take(here, export(there), public_key_of(there))

    assert taken.items[-1].draft.provenance == "asserted"


def refused(here: Path, there: Path, change: Callable[[Lines], object], key: str = "") -> list[str]:
    """Reason codes that a changed export is refused with; nothing of it is recorded."""
    path = export(there)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(spelled(each) + b"\n" for each in lines))
    taken = take(here, path, key or public_key_of(there))
    assert taken.items == ()
    assert rows(here) == []
    assert not list((here / ".bylaw/keys").glob(f"trusted/{Path(public_key_of(there)).name}"))
    return [each.reason_code for each in taken.findings]


def of_kind(lines: Lines, kind: str) -> Lines:
    return [each for each in lines if each["kind"] == kind]


def drop(lines: Lines, line: dict[str, Any]) -> None:
    lines.remove(line)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda lines: drop(lines, of_kind(lines, "item")[2]), ["LEDGER-TAIL-DROPPED"]),
        (lambda lines: drop(lines, of_kind(lines, "item")[0]),
         ["LEDGER-CHAIN-BROKEN", "LEDGER-CHAIN-BROKEN", "LEDGER-CHAIN-BROKEN",
          "LEDGER-TAIL-DROPPED"]),
        (lambda lines: drop(lines, of_kind(lines, "content")[0]), ["LEDGER-BLOB-MISSING"]),
        (lambda lines: drop(lines, of_kind(lines, "checkpoint")[0]), ["LEDGER-EXPORT"]),
        (lambda lines: drop(lines, lines[0]), ["LEDGER-EXPORT"]),
        (lambda lines: lines.append(lines[1]), ["LEDGER-EXPORT"]),
        (lambda lines: of_kind(lines, "content")[0].update(data="eA=="), ["LEDGER-BLOB-ALTERED"]),
        (lambda lines: of_kind(lines, "content")[0].update(data="?"), ["LEDGER-EXPORT"]),
        (lambda lines: of_kind(lines, "content")[0].update(digest="../../../../etc/passwd"),
         ["LEDGER-BLOB-ALTERED"]),
        (lambda lines: of_kind(lines, "content")[0].update(path="../x"), ["LEDGER-EXPORT"]),
        (lambda lines: lines[0].update(schema="bylaw.ledger-export/2"), ["LEDGER-EXPORT"]),
        (lambda lines: of_kind(lines, "item")[1]["envelope"].update(payloadType="text/plain"),
         ["LEDGER-PAYLOAD-TYPE", "LEDGER-CHAIN-BROKEN"]),
        (lambda lines: of_kind(lines, "item")[2]["envelope"].update(signatures=[]),
         ["LEDGER-UNSIGNED", "LEDGER-REWRITTEN"]),
        (lambda lines: of_kind(lines, "item")[2]["envelope"]["signatures"][0].update(sig="AAAA"),
         ["LEDGER-BAD-SIGNATURE", "LEDGER-REWRITTEN"]),
    ],
)  # fmt: skip
def test_imported_changed_export_is_refused_whole(
    here: Path, there: Path, change: Callable[[Lines], object], codes: list[str]
) -> None:
    assert refused(here, there, change) == codes


def test_imported_key_in_the_file_is_not_believed(here: Path, there: Path) -> None:
    filled(here, 0)
    with ledger_of(here) as ledger:
        ledger.signer()
    codes = refused(here, there, lambda lines: None, key=public_key_of(here))

    assert set(codes) == {"LEDGER-UNKNOWN-KEY"}


def test_imported_of_another_repository_is_refused(tmp_path: Path, there: Path) -> None:
    other = repository(tmp_path / "other", "z = 0\n")

    taken = take(other, export(there), public_key_of(there))

    assert {each.reason_code for each in taken.findings} == {"LEDGER-OTHER-REPOSITORY"}
    assert rows(other) == []


def test_imported_line_beyond_the_limit_is_refused(
    here: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key = export(there), public_key_of(there)
    monkeypatch.setattr(exchange, "LONGEST_LINE", 1000)

    taken = take(here, path, key)

    assert [each.reason_code for each in taken.findings] == ["LEDGER-EXPORT"]


def test_imported_original_changed_later_is_found(here: Path, there: Path) -> None:
    take(here, export(there), public_key_of(there))

    def change(statement: dict[str, Any]) -> None:
        original = statement["predicate"]["original"]
        payload = json.loads(base64.b64decode(original["payload"]))
        payload["predicate"]["run"]["message"] = "13 tests passed"
        original["payload"] = base64.b64encode(spelled(payload)).decode()

    signed_change(here, 3, change)

    assert check(here) == ["LEDGER-BAD-SIGNATURE"]


def test_projections_tell_of_clean_trees_and_answers_only(tmp_path: Path) -> None:
    draft = a_draft(2, claim="lint-clean")
    with ledger_of(tmp_path) as ledger:
        ledger.append(a_draft(0, result="fail", reason_codes=("tests-failed",)))
        ledger.append(a_draft(1))
        ledger.append(draft._replace(inputs=draft.inputs._replace(state="dirty")))
        ledger.append(a_draft(3, claim="types-clean", result="not-verified"))
        items, signer = newest(ledger.items()), ledger.signer()
        results = [read_statement(opened(each).payload) for each in results_of_tests(items, signer)]
        said = [read_statement(opened(each).payload) for each in summaries(items, signer, "0.1")]

    assert [each["predicate"]["result"] for each in results] == ["PASSED"]
    assert results[0]["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert [each["predicate"]["verificationResult"] for each in said] == ["PASSED"]
    assert said[0]["predicate"]["verifiedLevels"] == ["BYLAW_TESTS_GREEN"]
    assert said[0]["predicate"]["timeVerified"].endswith("Z")
