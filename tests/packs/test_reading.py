"""What a pack must look like, and what is said of one that does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bylaw.packs.clause import Enforcer
from bylaw.packs.known import known_names
from bylaw.packs.reading import PackError, load_packs

if TYPE_CHECKING:
    from tests.packs.conftest import WritePack

GOOD = """\
[X-1]
heading = "1. Things"

[X-1.1]
must = "Things hold."
line = 3
by = ["rule:import-cycle"]

[X-1.2]
heading = "1. Things: the second"

[X-1.2.1]
may = "Things bend."
line = 5
parts = ["claim:lint-clean", "manual:reviewer"]
why = "bending is judged by a person"
aliases = ["X-BEND"]

[X-1.3]
should = "Things last."
line = 5
by = ["unenforced:nothing"]
why = "nobody can tell"
"""


def test_load_packs_nested_handles_are_read_in_order(write_pack: WritePack) -> None:
    [pack] = load_packs(write_pack(GOOD))

    assert (pack.name, pack.source) == ("sample", "009 Sample")
    assert [(c.id, c.strength, c.line) for c in pack.clauses] == [
        ("X-1.1", "must", 3), ("X-1.2.1", "may", 5), ("X-1.3", "should", 5),
    ]  # fmt: skip
    assert pack.clauses[1].section == "1. Things: the second, line 5"
    assert pack.clauses[2].section == "1. Things, line 5"
    assert pack.clauses[1].enforcers == (
        Enforcer("claim", "lint-clean"), Enforcer("manual", "reviewer"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("X-1.2.1", ["X-1.2.1"]),
        ("X-1.2", ["X-1.2.1"]),
        ("X-1", ["X-1.1", "X-1.2.1", "X-1.3"]),
        ("X", ["X-1.1", "X-1.2.1", "X-1.3"]),
        ("X-BEND", ["X-1.2.1"]),
        ("X-1.", []),
        ("X-", []),
        ("", []),
    ],
)
def test_clause_is_covered_by_handles_and_aliases(
    write_pack: WritePack, name: str, expected: list[str]
) -> None:
    [pack] = load_packs(write_pack(GOOD))

    assert [clause.id for clause in pack.clauses if clause.is_covered_by(name)] == expected


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"Things hold."', '"Things hold"', "X-1.1: the sentence does not end with a full stop"),
        ('"Things hold."', "7", "X-1.1: the sentence does not end with a full stop"),
        ("line = 3", 'line = "3"', "X-1.1: line is not a number"),
        ("line = 3", "line = 3\nstatus = 'enforced'", "X-1.1: unknown key status"),
        ('by = ["rule:import-cycle"]', "", "X-1.1: nothing is named that enforces it"),
        ('"rule:import-cycle"', '"import-cycle"', "X-1.1: import-cycle is no <kind>:<name>"),
        ('"rule:import-cycle"', '"law:import-cycle"', "X-1.1: law:import-cycle is no"),
        ('"manual:reviewer"', '"manual:nobody"', "X-1.2.1: manual:nobody is no"),
        ('["rule:import-cycle"]', '"rule:import-cycle"', "X-1.1: by is not a list of names"),
        ('why = "nobody can tell"', "", "X-1.3: why is missing"),
        ("[X-1.3]", "[X-1.4]", "X-1.4 should be X-1.3"),
        ("[X-1.3]", "[X-1.last]", "X-1.last: a sentence is <handle>.<number>"),
        ("line = 3", "line = 9", "X-1.2.1 stands before the clause above it"),
        ('["X-BEND"]', '["X-1.3"]', "X-1.3 is there twice"),
        ('heading = "1. Things"\n', "", "X-1.1: no heading"),
        ("[X-1]", "X-2 = 3\n[X-1]", "X-2 is not a table"),
        ("[X-1]", "[X-1", "sample.toml: "),
    ],
)
def test_load_packs_wrong_clause_is_named(
    write_pack: WritePack, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    folder = write_pack(GOOD.replace(old, new, 1))

    with pytest.raises(PackError) as caught:
        load_packs(folder)

    assert told in caught.value.message
    assert caught.value.exit_code == 2


def test_load_packs_all_that_is_wrong_is_told_at_once(write_pack: WritePack) -> None:
    folder = write_pack(GOOD.replace("line = 3", "").replace("X-1.3", "X-1.9"))

    with pytest.raises(PackError, match=r"X-1\.1: line.*X-1\.9 should be"):
        load_packs(folder)


def test_load_packs_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"packs\.toml: No such file"):
        load_packs(str(tmp_path))


def test_load_packs_malformed_list_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "packs.toml").write_text('[sample]\nsource = "009 Sample"\n')

    with pytest.raises(PackError, match="sample needs a source and files"):
        load_packs(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    ['[law]\nx = { issue = "1", design = "A.md" }\n', '[rule]\nx = { issue = "1" }\n',
     '[rule]\nx = { issue = "1", design = "A.md", when = "soon" }\n'],
)  # fmt: skip
def test_known_names_malformed_plan_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "planned.toml").write_text(text)
    (tmp_path / "built.toml").write_text("")

    with pytest.raises(PackError, match=r"planned\.toml"):
        known_names((), folder=str(tmp_path))
