"""Whatever a key holder signs: a check says what it is, and never breaks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of
from tests.evidence.ledger.tampering import put, rows, signer_of

from bylaw.evidence.item import Draft
from bylaw.evidence.ledger.canonical import LARGEST, UnreadableError, spelled
from bylaw.evidence.ledger.checking import check_ledger
from bylaw.evidence.ledger.envelope import opened, sealed
from bylaw.evidence.ledger.statement import entry_of
from bylaw.evidence.reason_codes import OF_LEDGER

Path_ = tuple[str | int, ...]
VALUES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-LARGEST, LARGEST),
    some.text(max_size=80),
    some.sampled_from(["", "sha256:", "EV-001", "2023-11-14T22:13:20.000000Z", "../../x", "\x00"]),
    some.lists(some.text(max_size=3), max_size=3),
    some.dictionaries(some.text(max_size=3), some.integers(0, 9), max_size=3),
)
TEXT = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)


def paths_in(value: Any, before: Path_ = ()) -> list[Path_]:
    found = [before] if before else []
    pairs = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())  # fmt: skip
    for name, each in pairs:
        found += paths_in(each, (*before, name))
    return found


def replaced(value: Any, path: Path_, new: Any) -> Any:
    changed = copy.deepcopy(value)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = new
    return changed


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("any")
    filled(root, 2)
    return root


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_check_any_signed_payload_is_judged(root: Path, data: some.DataObject) -> None:
    whole = rows(root)[1]
    statement = json.loads(opened(whole.envelope).payload)
    path = data.draw(some.sampled_from(paths_in(statement)))
    changed = replaced(statement, path, data.draw(VALUES))
    try:
        payload = spelled(changed)
    except UnreadableError:
        return
    put(root, 2, sealed(payload, signer_of(root)))
    try:
        found = check_ledger(str(root), environment={}, now=Clock(FIRST + 99), full=True)
    finally:
        put(root, 2, whole.envelope)

    codes = {each.reason_code for each in found.findings}
    assert codes <= OF_LEDGER.keys()
    assert codes or changed == statement or path[:2] == ("predicate", "run")


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    message=TEXT,
    command=some.lists(TEXT, max_size=4).map(tuple),
    counts=some.dictionaries(TEXT, some.integers(-LARGEST, LARGEST), max_size=3),
    exit_code=some.none() | some.integers(-300, 300),
    paths=some.lists(TEXT, max_size=3).map(tuple),
    oldest=some.integers(0, LARGEST),
)
def test_entry_of_any_draft_is_that_draft(root: Path, **fields: Any) -> None:
    from bylaw.evidence.ledger.canonical import canonical
    from bylaw.evidence.ledger.statement import Entry, statement_of

    draft: Draft = a_draft()
    scope = draft.scope._replace(paths=fields.pop("paths"))
    counts = tuple(sorted(fields.pop("counts").items()))
    draft = draft._replace(scope=scope, counts=counts, **fields)
    entry = Entry("EV-001", "random:0", "", draft.ended, draft, None, None)

    assert entry_of(canonical(statement_of(entry))).draft == draft


def test_ledger_of_this_module_is_whole_again(root: Path) -> None:
    with ledger_of(root) as ledger:
        assert len(list(ledger.items())) == 2
