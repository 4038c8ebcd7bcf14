"""``bylaw check --with-observations``: confirmed, not observed, only observed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.probes.backend import BASE, write

from bylaw.errors import UsageError
from bylaw.probes.outcome import Observation, Outcome, read_outcome, render_outcome

FILES = {
    "app/__init__.py": "",
    "app/read.py": "import os\nURL = os.environ.get('APP_URL')\n",
    "app/branch.py": "import os\nON = False\nif ON:\n    URL = os.environ.get('APP_URL')\n",
    "app/hidden.py": "import os\nURL = getattr(os, 'get' + 'env')('APP_URL')\n",
    "app/broken.py": "import os\nimport no_such_package_x\nURL = os.environ.get('APP_URL')\n",
    "app/silent.py": "import os\nURL = os.getenv('A')  # bylaw: ignore[import-time-env-read] so\n",
}


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    command = [sys.executable, "-m", "bylaw", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=stdin)


@pytest.fixture
def observed(tmp_path: Path) -> tuple[Path, str]:
    root = write(tmp_path / "root", FILES)
    return root, run("probe", "imports", str(root), "--python", BASE).stdout


def findings(root: Path, *words: str, stdin: str = "") -> list[dict[str, Any]]:
    """Findings of the environment rule, as JSON."""
    done = run(
        "check", str(root), "--select", "import-time-env-read", "--format", "json", "--no-cache",
        *words, stdin=stdin,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def test_check_marks_and_adds_what_was_observed(observed: tuple[Path, str]) -> None:
    root, text = observed

    found = findings(root, "--with-observations", "-", stdin=text)

    assert {(each["path"], each["line"], each.get("observed")) for each in found} == {
        ("app/read.py", 2, "confirmed"),
        ("app/branch.py", 4, "not-observed"),
        ("app/hidden.py", 2, "only-observed"),
        ("app/broken.py", 3, None),
    }
    (hidden,) = [each for each in found if each["path"] == "app/hidden.py"]
    assert hidden["message"] == (
        "importing this module reads the environment: APP_URL, seen by running"
    )
    assert hidden["severity"] == "error"
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_check_without_the_option_has_no_field(observed: tuple[Path, str]) -> None:
    root, _ = observed

    assert not [each for each in findings(root) if "observed" in each]


def test_check_text_says_what_was_confirmed(observed: tuple[Path, str], tmp_path: Path) -> None:
    root, text = observed
    file = tmp_path / "observations.json"
    file.write_text(text)

    done = run("check", str(root), "--select", "import-time-env-read", "--with-observations",
               str(file))  # fmt: skip

    lines = [each for each in done.stdout.splitlines() if each.startswith("app/")]
    assert [each.rpartition("(")[2] for each in lines if "read.py" in each] == [
        "confirmed by running)"
    ]
    assert [each.rpartition("(")[2] for each in lines if "branch.py" in each] == [
        "not observed by running)"
    ]


def test_check_observations_of_another_kind_are_a_usage_error(tmp_path: Path) -> None:
    root = write(tmp_path / "root", FILES)

    for text in ("no json", "{}", '{"schema": "bylaw.probe/1"}'):
        done = run("check", str(root), "--with-observations", "-", stdin=text)
        assert done.returncode == 2, text
    assert run("check", str(root), "--with-observations", str(tmp_path / "no")).returncode == 2


def test_outcome_survives_writing_and_reading() -> None:
    observation = Observation("raise", "a b:c.py", 3, "x.y", "E: m\nby: z\nat: a b:c.py:3 f", "s")
    outcome = Outcome("imports", "fail", ("a",), (observation,), ())

    again = read_outcome(render_outcome(outcome), "it")

    assert again == outcome
    assert observation.stack == [("a b:c.py", 3, "f")]
    with pytest.raises(UsageError):
        read_outcome("[]", "it")
