from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bylaw.packs.clause import Clause, Enforcer, Pack
from bylaw.rules.rule import RuleInfo

WritePack = Callable[[str], str]


def clause(
    by: tuple[str, ...] = (), parts: tuple[str, ...] = (), *, id: str = "X-1.1", why: str = ""
) -> Clause:
    """A sentence that rests on enforcers spelled as packs spell them."""

    def read(names: tuple[str, ...]) -> tuple[Enforcer, ...]:
        return tuple(Enforcer(*name.split(":")) for name in names)

    return Clause(id, "must", "Something holds.", "1. Things", 7, read(by), read(parts), why, ())


def pack(*clauses: Clause) -> Pack:
    """A document of some sentences."""
    return Pack("sample", "009 Sample", clauses)


def rule(name: str, *clauses: str, options: tuple[str, ...] = ()) -> RuleInfo:
    """A rule that cites clauses."""
    return RuleInfo(
        name, "Finds.", clauses, "error", "file", "style", "mend it",
        options=tuple((option, False, "more") for option in options),
    )  # fmt: skip


@pytest.fixture
def write_pack(tmp_path: Path) -> WritePack:
    """Writes one pack of one file and says where it lies."""

    def write(text: str) -> str:
        (tmp_path / "packs.toml").write_text(
            '[sample]\nsource = "009 Sample"\nfiles = ["sample.toml"]\n', encoding="utf-8"
        )
        (tmp_path / "sample.toml").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write
