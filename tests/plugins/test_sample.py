"""The sample plug-in: installed from its own ``pyproject.toml``, its own tests run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugins.conftest import Call, Site

REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "examples" / "bylaw-plugin-sample"


def test_sample_passes_its_own_tests(site: Site) -> None:
    site.install_sample(SAMPLE)
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(SAMPLE),
         "-c", os.devnull, str(SAMPLE / "tests")],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_sample_page_is_what_explain_shows(site: Site, call: Call) -> None:
    site.install_sample(SAMPLE)
    shown = call("explain", "acme-no-print")
    assert shown.out == (SAMPLE / "src" / "acme_bylaw" / "acme-no-print.md").read_text()
    listed = call("rules")
    assert listed.code == 0
    assert "(acme-bylaw 1.0.0)" in listed.out


def test_sample_imports_nothing_private() -> None:
    for path in (SAMPLE / "src").rglob("*.py"):
        lines = [line for line in path.read_text().splitlines() if "import" in line]
        used = {line.split()[1] for line in lines if line.split()[1].startswith("bylaw")}
        assert used <= {"bylaw.plugin"}, path
