from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bylaw.model.stub_lines import plain_tables
from bylaw.model.stub_table import shipped_files


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: Path(path).name)
def test_plain_tables_shipped_file_equals_toml(path: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert plain_tables(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '"a" = "b"',
        "[call]\nname = 'x'",
        '[call]\n"a" = "b" "c"',
        '[call]\n"a" = "b\\n"',
        '[call]\n"a" = "b"\n"a" = "c"',
        '[call]\n[call]\n"a" = "b"',
        '[call]\n"a"="b"',
    ],
)
def test_plain_tables_other_form_is_left_to_the_parser(text: str) -> None:
    assert plain_tables(text) is None
