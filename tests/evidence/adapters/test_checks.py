"""ruff, black, mypy and pyright: found, started and read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evidence.adapters.scratch import proven, repository, status, told

from bylaw.evidence.adapters.pyright import _judged as judged_pyright
from bylaw.evidence.adapters.work import Seen
from bylaw.evidence.running import Ended, Stream

RUFF = '[tool.ruff]\nline-length = 100\n[tool.ruff.format]\nquote-style = "double"\n'
MYPY = '[tool.mypy]\nstrict = true\nfiles = ["app.py"]\n'
BLACK = "[tool.black]\nline-length = 100\n"
CLEAN = "x: int = 1\n"


@pytest.mark.parametrize(
    ("settings", "code", "claim", "expected", "counts"),
    [
        (RUFF, CLEAN, "lint-clean", ("pass", ()), {"findings": 0, "files": 1}),
        (RUFF, "import os\n", "lint-clean", ("fail", ("findings",)), {"findings": 1, "files": 1}),
        (RUFF, "x = (\n", "lint-clean", ("fail", ("findings",)), {"findings": 1}),
        (RUFF, CLEAN, "format-clean", ("pass", ()), {"formatted": 1, "reformat": 0}),
        (RUFF, "x  =  1\n", "format-clean", ("fail", ("findings",)), {"reformat": 1}),
        (BLACK, CLEAN, "format-clean", ("pass", ()), {"formatted": 1}),
        (BLACK, "x  =  1\n", "format-clean", ("fail", ("findings",)), {"reformat": 1}),
        (MYPY, CLEAN, "types-clean", ("pass", ()), {"files": 1}),
        (MYPY, "x: int = ''\n", "types-clean", ("fail", ("findings",)), {"findings": 1}),
        (MYPY, "x = (\n", "types-clean", ("fail", ("findings",)), {"findings": 1}),
        (MYPY, "import nowhere_at_all\n", "types-clean", ("not-verified", ("missing-package",)),
         {"findings": 1}),
    ],
)  # fmt: skip
def test_check_on_a_repository_reads_the_tools_own_words(
    tmp_path: Path, settings: str, code: str, claim: str, expected: tuple[str, tuple[str, ...]],
    counts: dict[str, int],
) -> None:  # fmt: skip
    root = repository(tmp_path / "shop", {"pyproject.toml": settings, "app.py": code})
    item = proven(root, claim)
    assert told(item) == expected
    assert counts.items() <= dict(item.draft.counts).items()
    assert status(root) == ""
    assert bool(item.draft.next_command) == (expected[0] != "pass")


@pytest.mark.parametrize(
    ("settings", "claim"),
    [
        ("[tool.ruff]\nline-length = 'wide'\n", "lint-clean"),
        ("[tool.mypy]\npython_version = '1.0'\n", "types-clean"),
        ("[tool.black]\nline-length = 'wide'\n", "format-clean"),
    ],
)
def test_check_with_broken_settings_is_not_verified(
    tmp_path: Path, settings: str, claim: str
) -> None:
    root = repository(tmp_path / "shop", {"pyproject.toml": settings, "app.py": "x = (\n"[:6]})
    result, codes = told(proven(root, claim))
    # mypy goes on without a setting it does not understand, and says so on its error stream.
    assert (result, codes) == ("not-verified", ("tool-broken",)) or claim == "types-clean"


def test_lint_fix_in_the_settings_leaves_the_tree_alone(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.ruff]\nfix = true\n", "app.py": "import os\n"}
    root = repository(tmp_path / "shop", files)
    assert told(proven(root, "lint-clean")) == ("fail", ("findings",))
    assert status(root) == ""


@pytest.mark.parametrize(
    ("settings", "claim"), [(RUFF, "lint-clean"), (RUFF, "format-clean"), (BLACK, "format-clean")]
)
def test_check_without_a_file_to_look_at_is_not_verified(
    tmp_path: Path, settings: str, claim: str
) -> None:
    root = repository(tmp_path / "shop", {"pyproject.toml": settings})
    assert told(proven(root, claim)) == ("not-verified", ("zero-collected",))


@pytest.mark.parametrize(
    ("settings", "claim", "tool"),
    [(RUFF, "lint-clean", "ruff"), (BLACK, "format-clean", "black"), (MYPY, "types-clean", "mypy")],
)
def test_check_without_an_environment_never_uses_our_own_tools(
    tmp_path: Path, settings: str, claim: str, tool: str
) -> None:
    files = {"pyproject.toml": settings, "app.py": CLEAN}
    item = proven(repository(tmp_path / "shop", files, environment=False), claim)
    assert told(item) == ("not-verified", (f"tool-missing:{tool}",))
    assert item.draft.next_command.endswith(f"pip install {tool}")


def test_check_without_any_settings_says_so(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"app.py": CLEAN})
    assert told(proven(root, "lint-clean")) == ("not-verified", ("tool-not-configured",))


def test_check_with_an_unsupported_tool_alone_is_not_verified(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {".flake8": "[flake8]\n", "app.py": CLEAN})
    assert told(proven(root, "lint-clean")) == ("not-verified", ("tool-not-supported:flake8",))


def test_check_with_an_unsupported_tool_beside_says_what_was_not_looked_at(tmp_path: Path) -> None:
    files = {".flake8": "[flake8]\n", "pyproject.toml": RUFF, "app.py": CLEAN}
    item = proven(repository(tmp_path / "shop", files), "lint-clean")
    assert item.result == "pass"
    assert "flake8 not looked at" in item.draft.message


def test_types_with_the_commands_own_paths_follow_the_repository(tmp_path: Path) -> None:
    workflow = "on: push\njobs:\n  a:\n    steps:\n      - run: mypy --strict good.py || true\n"
    files = {".github/workflows/ci.yml": workflow, "good.py": CLEAN, "bad.py": "x: int = ''\n"}
    item = proven(repository(tmp_path / "shop", files), "types-clean")
    assert item.result == "pass"
    assert item.draft.command[1:3] == ("--strict", "good.py")


RECORDED = Path(__file__).parent / "recorded"


@pytest.mark.parametrize(
    ("name", "exit_code", "expected"),
    [
        ("pyright_clean.json", 0, ("pass", ())),
        ("pyright_errors.json", 1, ("fail", ("findings",))),
        ("pyright_nothing.json", 0, ("not-verified", ("zero-collected",))),
        ("pyright_clean.json", 3, ("not-verified", ("tool-broken",))),
        ("absent.json", 0, ("not-verified", ("output-unreadable",))),
        ("absent.json", 2, ("not-verified", ("tool-broken",))),
    ],
)
def test_pyright_recorded_answers_are_read(
    tmp_path: Path, name: str, exit_code: int, expected: tuple[str, tuple[str, ...]]
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    place = RECORDED / name if (RECORDED / name).exists() else empty
    streams = Stream(str(place), 1, 0), Stream(str(empty), 0, 0)
    time = "2026-11-21T21:40:00.000000Z"
    ended = Ended(exit_code, 0, False, False, "", *streams, time, time, False, 1)
    verdict = judged_pyright(Seen((ended,), str(tmp_path), "pyright"), "pyright", 0)
    assert (verdict.result, verdict.codes) == expected
