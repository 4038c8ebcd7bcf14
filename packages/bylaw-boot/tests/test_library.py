"""The library itself: small, quiet at import, and usable in a test without a process."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

import bylaw_boot
import pytest
from boot_service import PACKAGE, Service
from bylaw_boot import Boot, Reach, Serving, Var, Working

SOURCE = PACKAGE / "src" / "bylaw_boot"
FILES = sorted(SOURCE.glob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_CLASS = 500, 50, 100
# What importing it may bring beyond what the interpreter loads by itself.
HEAVY = {
    "argparse", "asyncio", "dataclasses", "email", "enum", "http", "importlib.metadata", "inspect",
    "json", "logging", "re", "signal", "socket", "ssl", "subprocess", "threading", "typing",
    "urllib",
}  # fmt: skip


def _sound(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.chdir(service.root)
    monkeypatch.setattr(sys, "path", [str(service.root), *_without_sources()])
    for name in [each for each in sys.modules if each.partition(".")[0] == "backend"]:
        monkeypatch.delitem(sys.modules, name)


def _without_sources() -> list[str]:
    root = str(PACKAGE.parents[1])
    return [each for each in sys.path if each and (not each.startswith(root) or ".venv" in each)]


def test_import_loads_nothing_heavy_and_changes_nothing(site: Path) -> None:
    code = (
        "import os, sys\nbefore = set(sys.modules), dict(os.environ), list(sys.path)\n"
        "import bylaw_boot\nnew = set(sys.modules) - before[0]\n"
        "assert (dict(os.environ), list(sys.path)) == before[1:]\n"
        "print(*sorted(each for each in new if not each.startswith('bylaw_boot')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(site)}, text=True,
        capture_output=True, check=True,
    )  # fmt: skip

    assert HEAVY.isdisjoint(done.stdout.split())


def test_import_needs_the_standard_library_only() -> None:
    mine = {"bylaw_boot", "granian", "gunicorn", "hypercorn", "uvicorn"}
    known = getattr(sys, "stdlib_module_names", None)
    if known is None:
        pytest.skip("this Python cannot list its own modules")
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {each.partition(".")[0] for each in names} <= known | mine, path.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_sizes_stay_within_our_own_limits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    limits = {
        ast.FunctionDef: LONGEST_FUNCTION, ast.AsyncFunctionDef: LONGEST_FUNCTION,
        ast.ClassDef: LONGEST_CLASS,
    }  # fmt: skip
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        limit = limits.get(type(node))
        if limit is not None:
            assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            assert (node.end_lineno or 0) - node.lineno < limit, node.name


def test_check_in_a_test_needs_no_process(
    monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    _sound(monkeypatch, service)
    boot = Boot(package="backend", app="backend.api.service:app", require=[Var("LIMIT", int)])

    assert boot.check({"LIMIT": "7"}).ok
    assert boot.check({"LIMIT": "7"}).values == {"LIMIT": 7, "PORT": 8000}
    report = boot.check({"LIMIT": "seven"})
    assert [each.code for each in report.problems] == ["variable-invalid"]
    assert repr(report.problems[0]).startswith("Problem('variable-invalid'")
    assert next(each.result for each in report.checks if each.name == "run-as-module") == "skipped"


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        (Var("X"), "a b", "a b"),
        (Var("X", int), "-7", -7),
        (Var("X", float), "2.5e3", 2500.0),
        (Var("X", bool), "Yes", True),
        (Var("X", bool), "OFF", False),
        (Var("X", default=None), " ", None),
        (Var("X", str.upper), "a", "A"),
        (Var("X", int, choices=[1, 2]), "2", 2),
        (Var("X", int, check=lambda value: value > 0), "2", 2),
    ],
)
def test_variable_is_read(
    monkeypatch: pytest.MonkeyPatch, service: Service, variable: Var, text: str, value: object
) -> None:
    _sound(monkeypatch, service)
    boot = Boot(package="backend", app="backend.api.service:app", require=[variable])

    assert boot.check({"X": text}).values["X"] == value


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        (Var("X", int), "1.0", "must be an integer"),
        (Var("X", float), "nan", "must be a number"),
        (Var("X", float), "1e999", "must be a number"),
        (Var("X", float), "e", "must be a number"),
        (Var("X", bool), "2", "must be true or false"),
        (Var("X", int, choices=[1, 2]), "3", "must be one of 1, 2"),
        (Var("X", int, check=lambda value: value > 0), "0", "is not accepted by its check"),
        (Var("X", int, check=lambda value: "must be even" if value % 2 else None), "1", "even"),
    ],
)
def test_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, service: Service, variable: Var, text: str, said: str
) -> None:
    _sound(monkeypatch, service)
    boot = Boot(package="backend", app="backend.api.service:app", require=[variable])
    (problem,) = boot.check({"X": text}).problems

    assert said in problem.message


@pytest.mark.parametrize(
    "arguments",
    [
        {"package": "a.b", "app": "a.b:c"},
        {"package": "a"},
        {"package": "a", "app": "a:b", "critical": "a.core"},
        {"package": "a", "app": "a:b", "grace": 0},
    ],
)
def test_boot_refuses_a_senseless_declaration(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Boot(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Serving, {"interface": "cgi"}),
        (Serving, {"health": "health"}),
        (Working, {"stall_after": 0}),
    ],
)
def test_options_refuse_what_makes_no_sense(kind: type, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        kind(**arguments)


def test_reach_and_variable_refuse_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="time limit"):
        Reach("REDIS", timeout=0)
    with pytest.raises(ValueError, match="no name"):
        Var("A=B")


def test_version_is_exported() -> None:
    assert bylaw_boot.__version__ == "0.1.0"


def test_report_counts_time(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    _sound(monkeypatch, service)
    ticks = iter(range(1000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    boot = Boot(package="backend", app="backend.api.service:app")

    assert {each.milliseconds for each in boot.check({}).checks} == {1000}
