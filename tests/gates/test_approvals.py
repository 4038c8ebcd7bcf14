from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bylaw.config import Config
from bylaw.errors import ConfigError, UsageError
from bylaw.evidence.ledger.keys import pem_of, signer_of
from bylaw.gates.approvals.approval import (
    CHANGE,
    FOLDER,
    WAIVER,
    Approval,
    approval_of,
    content_of,
    payload_of,
    scope_of,
)  # fmt: skip
from bylaw.gates.approvals.keeping import Circumstances, Kept, read_approvals, write_approval
from bylaw.gates.approvals.terms import Terms, terms_of

NOW = "2026-11-21T12:00:00.000000Z"
DIGESTS = {"app/a.py": "sha256:" + "1" * 64}


def public_pem(folder: Path) -> str:
    from bylaw.evidence.ledger.keys import trusted_keys

    return pem_of(next(iter(trusted_keys(str(folder)).values()))).decode()


def written(root: Path, **changes: Any) -> tuple[Approval, str]:
    signer = signer_of(str(root / ".bylaw"), {})
    approval = Approval(
        "git:abc", WAIVER, "claim/lint-clean", CHANGE, ("app/a.py",), (),
        content_of(DIGESTS, ["app/a.py"]), "a false alarm, see #12", "ada@example.org",
        public_pem(root / ".bylaw"), "2026-11-20T12:00:00.000000Z", "2026-12-01T00:00:00.000000Z",
    )._replace(**changes)  # fmt: skip
    write_approval(str(root), approval, signer)
    return approval, signer.keyid


def read(root: Path, keyid: str, **changes: Any) -> Kept:
    held = Circumstances(
        frozenset({"git:abc"}), Terms(), frozenset({keyid}), DIGESTS, NOW
    )._replace(**changes)
    (found,) = read_approvals(str(root), held)
    return found


def test_an_approval_reads_back_as_it_was_written(tmp_path: Path) -> None:
    approval, keyid = written(tmp_path)
    kept = read(tmp_path, keyid)
    assert (kept.approval, kept.state, kept.problem) == (approval, "active", "")
    assert approval_of(payload_of(approval)) == approval


def test_it_runs_out(tmp_path: Path) -> None:
    _, keyid = written(tmp_path)
    assert read(tmp_path, keyid, now="2026-12-01T00:00:00.000000Z").state == "expired"
    assert read(tmp_path, keyid, now="2026-11-30T23:59:59.999999Z").state == "active"


def test_the_terms_cap_it(tmp_path: Path) -> None:
    _, keyid = written(tmp_path, expires="2036-01-01T00:00:00.000000Z")
    kept = read(tmp_path, keyid, now="2026-11-30T12:00:00.000000Z", terms=Terms(7))
    assert (kept.state, kept.expires) == ("expired", "2026-11-27T12:00:00.000000Z")


def test_it_holds_for_this_content_only(tmp_path: Path) -> None:
    _, keyid = written(tmp_path)
    assert read(tmp_path, keyid, digests={}).state == "orphaned"
    other = {"app/a.py": "sha256:" + "2" * 64}
    assert read(tmp_path, keyid, digests=other).state == "orphaned"
    more = {**DIGESTS, "README.md": "sha256:" + "3" * 64}
    assert read(tmp_path, keyid, digests=more).state == "active"


def test_it_holds_for_this_repository_only(tmp_path: Path) -> None:
    _, keyid = written(tmp_path)
    assert read(tmp_path, keyid, repositories=frozenset({"git:def"})).state == "orphaned"


def test_a_key_nobody_knows_does_not_count(tmp_path: Path) -> None:
    _, keyid = written(tmp_path)
    assert read(tmp_path, keyid, trusted=frozenset()).state == "untrusted"
    named = Terms(90, (("ada@example.org", keyid),))
    assert read(tmp_path, keyid, trusted=frozenset(), terms=named).state == "active"
    other = Terms(90, (("bob@example.org", keyid),))
    assert read(tmp_path, keyid, terms=other).state == "untrusted"


def test_one_from_a_time_to_come_does_not_count(tmp_path: Path) -> None:
    _, keyid = written(tmp_path)
    assert read(tmp_path, keyid, now="2026-11-20T11:00:00.000000Z").state == "untrusted"


@pytest.mark.parametrize("how", ["flip", "resign", "cut", "rename-type", "no-json"])
def test_an_altered_one_is_never_taken_for_absent(tmp_path: Path, how: str) -> None:
    approval, keyid = written(tmp_path)
    (name,) = os.listdir(tmp_path / FOLDER)
    path = tmp_path / FOLDER / name
    envelope = json.loads(path.read_bytes())
    if how == "flip":
        import base64

        longer = payload_of(approval._replace(expires="2026-12-31T00:00:00.000000Z"))
        envelope["payload"] = base64.b64encode(longer).decode()
    elif how == "resign":
        envelope["signatures"][0]["keyid"] = "0" * 64
    elif how == "cut":
        envelope["signatures"] = []
    elif how == "rename-type":
        envelope["payloadType"] = "application/json"
    text = json.dumps(envelope, separators=(",", ":"), sort_keys=True)
    path.write_text("{" if how == "no-json" else text, encoding="utf-8")
    assert read(tmp_path, keyid).state == "altered"


def test_what_can_be_approved() -> None:
    known = (["layer-violation"], ["lint-clean"])
    assert scope_of("layer-violation", *known) == ("waiver", "findings")
    assert scope_of("claim/lint-clean", *known) == ("waiver", "change")
    assert scope_of("check-weakened/lint-clean", *known) == ("answer", "change")
    assert scope_of("note/compatibility", *known) == ("answer", "change")
    assert scope_of("clause/EC-4.2", *known) == ("answer", "repository")
    for wrong in ("claim/x", "lint-clean", "note/x", "clause/", "", "layer-violation/x"):
        with pytest.raises(UsageError):
            scope_of(wrong, *known)


def test_terms_are_read_strictly() -> None:
    key = "a" * 64
    config = Config(waivers=(("longest_days", 14), ("approvers", (("ada", key),))))
    assert terms_of(config) == Terms(14, (("ada", key),))
    for wrong in (("longest", 1), ("longest_days", 0), ("longest_days", True),
                  ("approvers", "ada"), ("approvers", (("ada", "short"),))):  # fmt: skip
        with pytest.raises(ConfigError):
            terms_of(Config(waivers=(wrong,)))
