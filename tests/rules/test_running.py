"""Running the rules: one that crashes is an error of the run, and takes no other with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import bylaw
from bylaw import analysis
from bylaw.finding import Finding
from bylaw.rules import running
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.context import RuleContext
from bylaw.rules.registry import RULES


@pytest.mark.parametrize("name", ["import-cycle", "mutable-global-state"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_run_rules_one_crashes_the_others_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, jobs: int
) -> None:
    (tmp_path / "bylaw.toml").write_text("")
    (tmp_path / "app.py").write_text("import os\n\nX = os.environ['X']\n")

    def broken(context: RuleContext) -> Iterator[Finding]:
        raise ZeroDivisionError(context.root)

    monkeypatch.setattr(running, "LARGE", 0)
    rules = {**RULES, name: RULES[name]._replace(find=broken)}
    monkeypatch.setattr(analysis, "known_rules", lambda: Catalogue(rules))

    result = bylaw.check(str(tmp_path), use_cache=False, jobs=jobs)

    assert result.exit_code == 2
    assert [each.code for each in result.errors] == ["internal-error"]
    assert result.errors[0].message.startswith(f"{name} did not end: ZeroDivisionError at broken:")
    assert "import-time-env-read" in {each.rule for each in result.findings}
