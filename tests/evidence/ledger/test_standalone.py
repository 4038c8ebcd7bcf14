"""The small script that checks an export by the published formats alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of, repository

from bylaw.evidence.ledger.canonical import spelled
from bylaw.evidence.ledger.exchange import exported, imported

SCRIPT = Path(__file__).parents[3] / "examples/verify-ledger/verify_ledger.py"
Lines = list[dict[str, Any]]


def verify(*words: str) -> tuple[int, str]:
    command = [sys.executable, "-I", str(SCRIPT), *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout


def export(root: Path) -> Path:
    path = root / "export.jsonl"
    with ledger_of(root, Clock(FIRST + 90)) as ledger, path.open("wb") as file:
        file.writelines(exported(ledger))
    return path


def key_of(root: Path) -> str:
    (path,) = (root / ".bylaw/keys/trusted").glob("*.pem")
    return str(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    filled(tmp_path, 3)
    with ledger_of(tmp_path, Clock(FIRST + 50)) as ledger:
        ledger.append(a_draft(9, message="naïve \U0001f600 \u2028", command=("\x7f", "\x01")))
    return tmp_path


def test_script_does_not_import_bylaw() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import)
              for each in node.names}  # fmt: skip
    assert not [name for name in names if str(name).startswith("bylaw")]


def test_script_whole_export_is_fine(root: Path) -> None:
    path = str(export(root))

    assert verify(path)[0] == 0
    code, said = verify(path, "--key", key_of(root))
    assert (code, said.split(",")[0]) == (0, "whole  4 items")


def test_script_imported_items_are_fine(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    subprocess.run(["git", "clone", "-q", str(here), str(tmp_path / "there")], check=True)
    filled(tmp_path / "there", 2)
    with ledger_of(here, Clock(FIRST + 99)) as ledger:
        path, key = export(tmp_path / "there"), key_of(tmp_path / "there")
        assert len(imported(ledger, str(path), [key]).items) == 2

    assert verify(str(export(here)))[0] == 0


def test_script_key_of_somebody_else_is_unknown(root: Path, tmp_path: Path) -> None:
    filled(tmp_path / "other", 1)

    code, said = verify(str(export(root)), "--key", key_of(tmp_path / "other"))

    assert (code, said.split()[0]) == (1, "LEDGER-UNKNOWN-KEY")


def test_script_missing_file_is_usage() -> None:
    assert verify("nowhere.jsonl")[0] == 2


def of_kind(lines: Lines, kind: str) -> Lines:
    return [each for each in lines if each["kind"] == kind]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: lines.remove(of_kind(lines, "item")[3]), "LEDGER-TAIL-DROPPED"),
        (lambda lines: lines.remove(of_kind(lines, "item")[1]), "LEDGER-CHAIN-BROKEN"),
        (lambda lines: lines.remove(of_kind(lines, "content")[0]), "LEDGER-BLOB-MISSING"),
        (lambda lines: lines.remove(of_kind(lines, "checkpoint")[0]), "LEDGER-EXPORT"),
        (lambda lines: of_kind(lines, "content")[0].update(data="eA=="), "LEDGER-BLOB-ALTERED"),
        (lambda lines: of_kind(lines, "item")[1]["envelope"].update(payloadType="a"),
         "LEDGER-PAYLOAD-TYPE"),
        (lambda lines: of_kind(lines, "item")[1]["envelope"].update(signatures=[]),
         "LEDGER-UNSIGNED"),
        (lambda lines: of_kind(lines, "item")[1]["envelope"]["signatures"][0].update(sig="AAAA"),
         "LEDGER-BAD-SIGNATURE"),
        (lambda lines: of_kind(lines, "item")[1]["envelope"].pop("payload"), "LEDGER-MALFORMED"),
        (lambda lines: lines[0].update(repository="git:0"), "LEDGER-OTHER-REPOSITORY"),
        (lambda lines: lines[0].update(schema="other"), "LEDGER-EXPORT"),
    ],
)  # fmt: skip
def test_script_changed_export_is_broken(
    root: Path, change: Callable[[Lines], object], code: str
) -> None:
    path = export(root)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(spelled(each) + b"\n" for each in lines))

    exit_code, said = verify(str(path))

    assert (exit_code, said.split()[0]) == (1, code)
