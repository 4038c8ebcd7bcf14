"""A backend on disk, probed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, NamedTuple

from bylaw.probes.outcome import Observation, Outcome, read_outcome

BASE = getattr(sys, "_base_executable", "") or sys.executable


class Answer(NamedTuple):
    """What a run of the command printed."""

    code: int
    outcome: Outcome
    document: dict[str, Any]

    def of(self, kind: str) -> list[Observation]:
        """Observations of a kind."""
        return [each for each in self.outcome.observations if each.kind == kind]

    def places(self, kind: str) -> set[str]:
        """``path:line what`` of the observations of a kind that count."""
        return {
            f"{each.path}:{each.line} {each.what}"
            for each in self.of(kind)
            if not each.remarks("aside")
        }


def write(root: Path, files: dict[str, str]) -> Path:
    """Writes a repository."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def environment(place: Path, packages: dict[str, str]) -> dict[str, str]:
    """Makes a virtual environment; the files of its packages, as ``write`` takes them."""
    venv.create(place, with_pip=False, symlinks=True)
    (site,) = place.glob("lib/python3*/site-packages")
    return {str(site.relative_to(place.parent) / name): text for name, text in packages.items()}


def probe(root: Path, *words: str, python: str = BASE, env: dict[str, str] | None = None) -> Answer:
    """Runs ``bylaw probe imports`` as users do."""
    command = [sys.executable, "-m", "bylaw", "probe", "imports", str(root), "--no-cache"]
    named = ["--python", python] if python else []
    done = subprocess.run(
        [*command, *named, *words], capture_output=True, text=True, timeout=180, check=False,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert done.stdout, done.stderr
    return Answer(done.returncode, read_outcome(done.stdout, "it"), json.loads(done.stdout))
