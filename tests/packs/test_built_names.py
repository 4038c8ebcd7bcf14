"""What other distributions have built is there, and is tested by what the list names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bylaw.cli.probe import probe_command
from bylaw.packs.known import known_names
from bylaw.packs.reading import DATA, PackError, read_table
from bylaw.rules.registry import INFOS

ROOT = Path(__file__).parents[2]
BOOT = ROOT / "packages" / "bylaw-boot"
PROBES, GATES = ROOT / "tests" / "probes", ROOT / "tests" / "gates"
TESTS = {"runtime": [BOOT / "tests"], "probe": [PROBES], "gate": [GATES],
         "claim": [ROOT / "tests" / "evidence" / "adapters", GATES, PROBES]}  # fmt: skip
BUILT = read_table(DATA, "built.toml")
# Not checks of their own: what is said, served and stopped around them.
AROUND = {"diagnostic", "health", "preflight", "shutdown"}


def _functions(kind: str, file: str) -> set[str]:
    (path,) = [found for each in TESTS[kind] if (found := each / f"{file}.py").exists()]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_built_names_are_known_as_built() -> None:
    known = known_names(INFOS.values())

    assert {kind: known.built[kind] for kind in BUILT} == {
        kind: frozenset(names) for kind, names in BUILT.items()
    }
    assert [each.name for each in known.planned if each.kind == "runtime"] == []


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in BUILT for name in BUILT[kind]])
def test_built_name_has_the_tests_that_it_names(kind: str, name: str) -> None:
    places = [each.partition("::") for each in BUILT[kind][name]]

    assert places
    assert [test for file, _, test in places if test not in _functions(kind, file)] == []


def test_built_probes_are_the_commands() -> None:
    assert set(BUILT["probe"]) == set(probe_command.commands)


def test_built_checks_are_those_that_a_start_makes() -> None:
    source = (BOOT / "src" / "bylaw_boot" / "preflight.py").read_text(encoding="utf-8")
    steps = source[source.index("_STEPS:") :]
    made = set(re.findall(r'"([a-z-]+)": _', steps))

    assert set(BUILT["runtime"]) - AROUND <= made


def test_known_names_malformed_list_of_built_names_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "planned.toml").write_text("")
    (tmp_path / "built.toml").write_text('[law]\nx = ["a::b"]\n')

    with pytest.raises(PackError, match=r"built\.toml: unknown kind law"):
        known_names((), folder=str(tmp_path))


def test_known_names_built_name_without_a_test_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "planned.toml").write_text("")
    (tmp_path / "built.toml").write_text("[runtime]\nx = []\n")

    with pytest.raises(PackError, match=r"built\.toml: runtime x names no test"):
        known_names((), folder=str(tmp_path))
