from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bylaw.errors import Diagnostic
from bylaw.finding import Finding, Step, Suppressed
from bylaw.findings.fingerprint import assign_fingerprints
from bylaw.result import CheckResult, Skipped, Summary
from bylaw.rules.rule import RuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable


def _env_read() -> Finding:
    return Finding(
        rule="import-time-env-read",
        clauses=("EC-3", "EC-4.1"),
        severity="error",
        confidence="definite",
        path="app/main.py",
        line=12,
        column=1,
        end_line=12,
        symbol="app.main",
        message="importing app.main reads DATABASE_URL",
        mend="read it inside create_app() and pass the value on",
        sink='os.environ["DATABASE_URL"]',
        witness=(
            Step("app/main.py", 12, "app.main", "calls app.settings.load"),
            Step("app/settings.py", 8, "app.settings.load", "calls app.settings._required"),
            Step(
                "app/settings.py", 21, "app.settings._required", 'reads os.environ["DATABASE_URL"]'
            ),
        ),
    )


def _blocking(number: int) -> Finding:
    path, symbol = f"app/routes/r{number:02}.py", f"app.routes.r{number:02}.show"
    return Finding(
        rule="blocking-call-in-async",
        clauses=("AP-PY10", "FS-2.3"),
        severity="error",
        confidence="probable",
        path=path,
        line=30 + number,
        column=12,
        end_line=31 + number,
        symbol=symbol,
        message=f"{symbol} blocks the event loop: it reaches requests.get",
        mend="await httpx.AsyncClient, or cross with asyncio.to_thread",
        sink="requests.get",
        witness=(
            Step(path, 30 + number, symbol, "calls app.rates.fetch"),
            Step("app/rates.py", 44, "app.rates.fetch", "calls requests.get"),
        ),
    )


def _swallowed() -> Finding:
    return Finding(
        rule="swallowed-exception",
        clauses=("AP-PY03",),
        severity="warning",
        confidence="definite",
        path="app/größe.py",
        line=7,
        column=5,
        end_line=9,
        symbol="app.größe.messen",
        message="the handler catches Exception and drops it: 100% silent, always",
        mend="catch what you expect, or re-raise",
    )


def _note(number: int) -> Finding:
    return Finding(
        rule="import-time-filesystem",
        clauses=("EC-4",),
        severity="note",
        confidence="definite",
        path="app/assets.py",
        line=number,
        column=1,
        end_line=number,
        symbol="app.assets",
        message=f"importing app.assets reads templates/{number}.html",
        mend="read it on first use",
        sink="open",
        witness=(Step("app/assets.py", number, "app.assets", "reads a file"),),
    )


@pytest.fixture
def result() -> CheckResult:
    """A run with one of everything a report has to show."""
    found = [_env_read(), *map(_blocking, range(1, 9)), _swallowed(), *map(_note, range(1, 13))]
    findings = assign_fingerprints(sorted(found, key=lambda f: (f.path, f.line)))
    silenced = _env_read()._replace(path="manage.py", line=3, end_line=3, symbol="manage")
    held = _swallowed()._replace(path="app/alt.py", symbol="app.alt.alles")
    coded = _swallowed()._replace(path="app/neu.py", symbol="app.neu.alles")
    first, second, third = assign_fingerprints([silenced, held, coded])
    return CheckResult(
        root="/srv/shop backend",
        summary=Summary(
            files=720,
            analysed=717,
            skipped=(
                Skipped("app/broken.py", "does not parse"),
                Skipped("vendor/a.py", "vendored"),
                Skipped("vendor/b.py", "vendored"),
            ),
            findings=len(findings),
            suppressed=2,
            baselined=1,
            calls_resolved=10432,
            calls_unresolved=811,
        ),
        findings=findings,
        suppressed=(
            Suppressed(second, "baseline", ""),
            Suppressed(third, "noqa", ""),
            Suppressed(first, "comment", "manage.py is the entry point"),
        ),
        errors=(
            Diagnostic(
                "syntax-not-supported",
                "the file needs Python 3.14, this run has 3.11",
                "app/broken.py",
                19,
                "install Python 3.14 beside this one",
            ),
            Diagnostic("stale-lock", "uv.lock does not match pyproject.toml"),
        ),
        import_roots=(".", "src"),
        exit_code=3,
    )


@pytest.fixture
def clear(result: CheckResult) -> CheckResult:
    """A run that found nothing."""
    summary = result.summary._replace(
        files=717, skipped=(), findings=0, suppressed=0, baselined=0, calls_unresolved=0
    )
    return result._replace(summary=summary, findings=(), suppressed=(), errors=(), exit_code=0)


@pytest.fixture
def nothing(result: CheckResult) -> CheckResult:
    """A run that looked at nothing."""
    summary = Summary(0, 0, (), 0, 0, 0, 0, 0)
    return result._replace(
        summary=summary, findings=(), suppressed=(), errors=(), import_roots=(), exit_code=3
    )


@pytest.fixture
def stopped(nothing: CheckResult) -> CheckResult:
    """A run that a usage error ended."""
    error = Diagnostic("usage", "there is no path app/mian.py", "", 0, "check the spelling", 2)
    return nothing._replace(errors=(error,), exit_code=2)


@pytest.fixture
def rules() -> tuple[RuleInfo, ...]:
    return (
        RuleInfo(
            name="swallowed-exception",
            summary="A handler that catches everything and drops it.",
            clauses=("AP-PY03", "CON-API-EH"),
            severity="warning",
            how="file",
            family="structure",
            mend="catch what you expect, or re-raise",
            aliases=("E722", "BLE001"),
            options=(("allow", ("contextlib",), "modules whose handlers may swallow"),),
        ),
        RuleInfo(
            name="import-time-env-read",
            summary="The environment is read while a module is imported.",
            clauses=("EC-3", "EC-4.1"),
            severity="error",
            how="flow",
            family="import_time",
            mend="read it inside create_app() and pass the value on",
            options=(("settings", "warning", "severity in settings modules"),),
        ),
        RuleInfo(
            name="relative-import",
            summary="A relative import.",
            clauses=("EC-2.1",),
            severity="error",
            how="ruff",
            family="structure",
            mend="spell the package",
            aliases=("TID252",),
            default=False,
        ),
    )


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """Makes a finding; keyword arguments replace its fields."""

    def make(**changes: object) -> Finding:
        return Finding(**{**_env_read()._asdict(), **changes})

    return make


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a report with tests/report/golden/; BYLAW_UPDATE_GOLDEN=1 rewrites it."""

    def compare(name: str, report: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("BYLAW_UPDATE_GOLDEN"):
            path.write_text(report, encoding="utf-8")
        assert report == path.read_text(encoding="utf-8")

    return compare
