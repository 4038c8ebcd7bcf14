"""The page that others write their verifiers from says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from bylaw.evidence.item import Draft, Environment, Inputs, Output, Scope, Tool
from bylaw.evidence.ledger import exchange, formats
from bylaw.evidence.ledger.rows import APPLICATION
from bylaw.evidence.ledger.store import open_ledger
from bylaw.evidence.reason_codes import OF_LEDGER

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/evidence-ledger.md").read_text(encoding="utf-8")


def test_page_lists_every_reason_code_with_its_meaning() -> None:
    listed = dict(re.findall(r"^\| `(LEDGER-[A-Z-]+)` \| (.+) \|$", PAGE, re.MULTILINE))

    assert listed == dict(OF_LEDGER)


def test_page_names_every_type_and_field() -> None:
    words = [getattr(formats, name) for name in vars(formats) if name.isupper() and name[0] != "_"]
    words = [word for word in words if word != formats.VERIFIED]
    words += [exchange.SCHEMA, hex(APPLICATION)]
    words += [name for kind in (Draft, Environment, Inputs, Output, Scope, Tool)
              for name in kind._fields]  # fmt: skip

    assert [word for word in words if word not in PAGE] == []


def test_every_code_in_the_source_is_registered() -> None:
    folder = ROOT / "src/bylaw/evidence/ledger"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    used = {code for text in texts for code in re.findall(r'"(LEDGER-[A-Z-]+)"', text)}

    assert used == OF_LEDGER.keys()


def test_every_code_is_expected_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8")
                    for path in Path(__file__).parent.glob("test_*.py"))  # fmt: skip

    assert [code for code in OF_LEDGER if f'"{code}"' not in tests] == []


def test_open_path_with_signs_of_uris_is_that_path(tmp_path: Path) -> None:
    root = tmp_path / "a%20b?c#d e&f"
    root.mkdir()
    open_ledger(str(root), create=True).close()

    assert (root / ".bylaw/ledger.db").is_file()
