"""What configuration files ask of checkers, read into one shape."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

DEFAULT_SELECTION = ("E4", "E7", "E9", "F")
"""What ruff selects where nothing is said."""


class Settings(NamedTuple):
    """Settings of the checkers that one file holds.

    Attributes:
        selected: codes ruff selects; None where the file says nothing of ruff.
        ignored: codes it ignores everywhere.
        ignored_in: pattern and code it ignores in some files.
        excluded: tool and path that is left out.
        types: section, flag and value of the type checker.
        floor: the coverage asked for; None where none is.
        options: words of pytest's ``addopts``.
        warnings: pytest's ``filterwarnings``.
    """

    selected: frozenset[str] | None
    ignored: frozenset[str]
    ignored_in: frozenset[tuple[str, str]]
    excluded: frozenset[tuple[str, str]]
    types: Mapping[tuple[str, str], str]
    floor: float | None
    options: tuple[str, ...]
    warnings: frozenset[str]


def read_settings(name: str, text: str) -> Settings | None:
    """Reads one file.

    Args:
        name: its name, which says how it is written.
        text: its text.

    Returns:
        What it asks; None where it cannot be read.
    """
    try:
        data = tomllib.loads(text) if name.endswith(".toml") else _ini(text)
    except (tomllib.TOMLDecodeError, configparser.Error):
        return None
    ruff, mypy, coverage, pytest = _tables(name, data)
    lint = {**ruff, **_table(ruff.get("lint"))}
    report, run = _table(coverage.get("report")), _table(coverage.get("run"))
    options = pytest.get("addopts", "")
    excluded = {("coverage", each) for each in _list(run.get("omit")) + _list(report.get("omit"))}
    excluded |= {("coverage", each) for each in _list(report.get("exclude_lines"))}
    excluded |= {("coverage", each) for each in _list(report.get("exclude_also"))}
    excluded |= {("ruff", each) for each in _list(ruff.get("exclude"))}
    excluded |= {("ruff", each) for each in _list(ruff.get("extend-exclude"))}
    excluded |= {("mypy", each) for each in _list(_table(mypy.get("mypy", mypy)).get("exclude"))}
    return Settings(
        _selected(lint) if ruff else None,
        frozenset(_list(lint.get("ignore")) + _list(lint.get("extend-ignore"))),
        frozenset(
            (pattern, code)
            for key in ("per-file-ignores", "extend-per-file-ignores")
            for pattern, codes in _table(lint.get(key)).items()
            for code in _list(codes)
        ),
        frozenset(excluded), _types(mypy), _number(report.get("fail_under")),
        tuple(options if isinstance(options, list) else _words(str(options))),
        frozenset(_list(pytest.get("filterwarnings"))),
    )  # fmt: skip


def _tables(name: str, data: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Tables of ruff, mypy, coverage and pytest, wherever a file of that name keeps them."""
    if name.endswith(".toml"):
        tool = _table(data.get("tool"))
        if name in ("ruff.toml", ".ruff.toml"):
            return data, {}, {}, {}
        native = _table(tool.get("pytest"))
        if name in ("pytest.toml", ".pytest.toml"):
            native = _table(data.get("pytest"))
        pytest = {**native, **_table(native.get("ini_options"))}
        mypy = _table(tool.get("mypy"))
        sections = {"mypy": {k: v for k, v in mypy.items() if k != "overrides"}} if mypy else {}
        for each in mypy.get("overrides", []):
            for module in _list(_table(each).get("module")):
                sections[f"mypy-{module}"] = each
        return _table(tool.get("ruff")), sections, _table(tool.get("coverage")), pytest
    mypy = {key: value for key, value in data.items() if key.partition("-")[0] == "mypy"}
    coverage = {
        part: data.get(f"coverage:{part}") or (data.get(part) if name == ".coveragerc" else None)
        for part in ("run", "report")
    }
    pytest = data.get("tool:pytest") or data.get("pytest") or {}
    return {}, mypy, coverage, pytest


def _ini(text: str) -> dict[str, Any]:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [each.strip() for each in value.replace(",", "\n").split("\n") if each.strip()]
    return [str(each) for each in value] if isinstance(value, list) else []


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _selected(lint: Mapping[str, Any]) -> frozenset[str]:
    own = _list(lint.get("select")) if "select" in lint else list(DEFAULT_SELECTION)
    return frozenset(own + _list(lint.get("extend-select")))


def _types(sections: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {}
    for section, flags in sections.items():
        for flag, value in _table(flags).items():
            text = ",".join(_list(value)) if isinstance(value, list) else str(value).lower()
            found[section, flag] = text
    return found
