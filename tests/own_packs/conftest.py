from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bylaw.packs.own.binding_sentences import Sentence
from bylaw.packs.own.document import Document, read_document

Write = Callable[[dict[str, str]], str]


@pytest.fixture
def repository(tmp_path: Path) -> Write:
    """Writes files below a root and gives the root."""
    (tmp_path / ".git").mkdir()

    def write(files: dict[str, str]) -> str:
        for name, text in files.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


@pytest.fixture
def sentences() -> Callable[..., list[Sentence]]:
    def read(text: str, path: str = "notes.md") -> list[Sentence]:
        return [clause.sentence for clause in read_document(path, text).clauses]

    return read


@pytest.fixture
def document() -> Callable[..., Document]:
    def read(text: str, path: str = "rules.md") -> Document:
        return read_document(path, text)

    return read
