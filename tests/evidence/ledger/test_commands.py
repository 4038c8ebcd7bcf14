from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.evidence.ledger.made import Clock, a_draft, ledger_of, repository, with_output
from tests.evidence.ledger.tampering import execute

from bylaw.cli.entry import bylaw
from bylaw.evidence.ledger.canonical import read

ERRORS = {
    "type": "array",
    "items": {"type": "object", "required": ["code", "message", "path", "line", "hint"]},
}
LEDGER = {
    "type": "object",
    "required": ["schema", "command", "root", "repository", "is_random", "items", "checked",
                 "head", "level", "proves", "findings", "errors"],
    "properties": {"schema": {"const": "bylaw.ledger/1"}, "errors": ERRORS},
}  # fmt: skip
EVIDENCE = {
    "type": "object",
    "required": ["schema", "root", "total", "items", "errors"],
    "properties": {"schema": {"const": "bylaw.evidence/1"}, "errors": ERRORS},
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repository(tmp_path / "project")
    monkeypatch.delenv("BYLAW_SIGNING_KEY", raising=False)
    monkeypatch.chdir(root)
    clock = Clock()
    with ledger_of(root, clock) as ledger:
        for number in range(3):
            clock.seconds += 1
            ledger.append(with_output(ledger, b"output %d\n" % number, number))
        ledger.append(a_draft(7, claim="lint-clean", result="fail", reason_codes=("findings",)))
    return root


def call(*words: str) -> Result:
    return CliRunner().invoke(bylaw, list(words), catch_exceptions=False)


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """As users call it: errors go through the entry point."""
    command = [sys.executable, "-m", "bylaw", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def document(result: Result, schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(found, schema)
    return found


def test_check_command_whole_ledger_says_what_that_proves(root: Path) -> None:
    result = call("ledger", "check")

    assert result.exit_code == 0
    assert "whole  4 items: 4 checked now" in result.stdout
    assert "L0, local integrity" in result.stdout
    assert "L2, executed again by a server, does not exist yet." in result.stdout
    assert "4 by an earlier check" in call("ledger", "check").stdout


def test_check_command_broken_ledger_is_one(root: Path) -> None:
    execute(root, "UPDATE items SET result = 'fail' WHERE position = 1")

    result = call("ledger", "check", "--format", "json")

    found = document(result, LEDGER)
    assert result.exit_code == 1
    (finding,) = found["findings"]
    assert (finding["reason_code"], finding["item"]) == ("LEDGER-INDEX-DIFFERS", "EV-001")
    assert (found["level"], found["proves"]) == (None, None)
    assert "LEDGER-INDEX-DIFFERS  EV-001" in call("ledger", "check").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "check", "--format", "json"),
        ("evidence", "--format", "json"),
        ("evidence", "EV-001", "--format", "json"),
    ],
)
def test_commands_without_a_ledger_are_not_verified(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = run(tmp_path, *words)

    found = json.loads(result.stdout)
    jsonschema.validate(found, EVIDENCE if words[0] == "evidence" else LEDGER)
    assert (result.returncode, found["errors"][0]["code"]) == (3, "LEDGER-ABSENT")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("word", ["checkpoint", "export"])
def test_commands_that_write_without_a_ledger_are_not_verified(tmp_path: Path, word: str) -> None:
    result = run(tmp_path, "ledger", word)

    assert (result.returncode, result.stdout) == (3, "")
    assert "there is no evidence here" in result.stderr
    assert os.listdir(tmp_path) == []


def test_check_command_checkpoint_missing_is_usage(root: Path) -> None:
    result = run(root, "ledger", "check", "--checkpoint", "nowhere", "--format", "json")

    assert result.returncode == 2
    assert json.loads(result.stdout)["errors"][0]["code"] == "usage"


def test_checkpoint_command_finds_what_is_dropped_later(root: Path, tmp_path: Path) -> None:
    kept = str(tmp_path / "kept.json")
    assert call("ledger", "checkpoint", "--out", kept).exit_code == 0
    assert call("ledger", "check", "--checkpoint", kept).exit_code == 0
    execute(root, "DELETE FROM items WHERE position = 4")

    result = call("ledger", "check", "--checkpoint", kept)

    assert result.exit_code == 1
    assert "LEDGER-TAIL-DROPPED  checkpoint: 1 of 4 items" in result.stdout


def test_export_command_then_import_in_a_clone(root: Path, tmp_path: Path) -> None:
    exported = str(tmp_path / "evidence.jsonl")
    assert call("ledger", "export", "--out", exported).exit_code == 0
    (key,) = (root / ".bylaw/keys/trusted").glob("*.pem")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(root), str(clone)], check=True)

    first = run(clone, "ledger", "import", exported, "--key", str(key))
    again = run(clone, "ledger", "import", exported, "--key", str(key), "--format", "json")
    checked = run(clone, "ledger", "check")

    assert (first.returncode, first.stdout.splitlines()) == (
        0,
        [
            "4 items imported, 0 known already",
            "They are the word of whoever signed them: nothing was run again here.",
        ],
    )
    assert json.loads(again.stdout)["known"] == 4
    assert checked.returncode == 0
    listed = json.loads(run(clone, "evidence", "--format", "json").stdout)
    assert {each["provenance"] for each in listed["items"]} == {"imported"}


def test_import_command_refused_file_is_one(root: Path, tmp_path: Path) -> None:
    exported = tmp_path / "evidence.jsonl"
    call("ledger", "export", "--out", str(exported))
    exported.write_bytes(exported.read_bytes()[:-40])
    (key,) = (root / ".bylaw/keys/trusted").glob("*.pem")

    result = call("ledger", "import", str(exported), "--key", str(key))

    assert result.exit_code == 1
    assert "Nothing was imported; the ledger is as it was." in result.stdout


def test_import_command_without_a_key_is_usage(root: Path) -> None:
    assert run(root, "ledger", "import", "app.py").returncode == 2


@pytest.mark.parametrize(("kind", "count"), [("test-result", 1), ("vsa", 2)])
def test_export_command_in_the_words_of_others(root: Path, kind: str, count: int) -> None:
    lines = call("ledger", "export", "--as", kind).stdout.splitlines()

    assert [read(line.encode())["payloadType"] for line in lines] == (
        ["application/vnd.in-toto+json"] * count
    )


def test_evidence_command_lists_newest_first(root: Path) -> None:
    lines = call("evidence").stdout.splitlines()

    assert [line.split()[:2] for line in lines] == [
        ["EV-004", "fail"], ["EV-003", "pass"], ["EV-002", "pass"], ["EV-001", "pass"],
    ]  # fmt: skip
    assert lines[0].endswith("findings")
    assert call("evidence", "--last", "1").stdout.splitlines()[1] == "4 items; --last 0 lists all"
    assert "EV-004" in call("evidence", "--claim", "claim/lint-clean").stdout


def test_evidence_command_one_item_names_its_outputs(root: Path) -> None:
    found = document(call("evidence", "EV-002", "--format", "json"), EVIDENCE)

    (item,) = found["items"]
    (output,) = item["outputs"]
    assert (root / output["path"]).read_bytes() == b"output 1\n"
    text = call("evidence", "EV-002").stdout
    assert output["path"] in text
    assert "pytest -q" in text


def test_evidence_command_unknown_item_is_usage(root: Path) -> None:
    result = run(root, "evidence", "EV-999", "--format", "json")

    assert result.returncode == 2
    assert json.loads(result.stdout)["errors"][0]["message"] == "no such item: EV-999"
