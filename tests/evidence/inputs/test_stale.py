"""``bylaw stale``: what it says, how it ends, and that saying it again at once is never wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.inputs.trees import git, repository, write

FILES = {
    ".gitignore": "__pycache__/\n.venv\n*.env\n",
    "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'
    '[tool.pytest.ini_options]\npythonpath = ["."]\n[tool.ruff]\n',
    "app.py": "def one():\n    return 1\n",
    "test_app.py": "from app import one\n\n\ndef test_one():\n    assert one() == 1\n",
    "README.md": "x\n",
}


class Shop:
    """A repository with evidence."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root, self.cache = root, cache
        repository(root, FILES)
        # Its own environment, as far as anybody can tell.
        os.symlink(sys.prefix, root / ".venv")

    def bylaw(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a command."""
        given = {**os.environ, "XDG_CACHE_HOME": str(self.cache), **more}
        program = os.path.join(sysconfig.get_path("scripts"), "bylaw")
        return subprocess.run(
            [program, *words], cwd=self.root, env=given, capture_output=True, text=True, check=False
        )

    def stale(self, *words: str, **more: str) -> dict[str, Any]:
        """What it says of some claims, by claim; asked twice, so that the second is a replay."""
        first = self.bylaw("stale", *words, "--format", "json", **more)
        again = self.bylaw("stale", *words, "--format", "json", **more)
        assert (first.stdout, first.returncode) == (again.stdout, again.returncode), first.stderr
        document = json.loads(first.stdout)
        assert document["schema"] == "bylaw.stale/1"
        assert document["errors"] == []
        found = {each["claim"]: each for each in document["claims"]}
        fresh = all(each["state"] == "fresh" for each in found.values())
        assert first.returncode == (0 if fresh else 3)
        return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    found = Shop(tmp_path_factory.mktemp("stale") / "shop", tmp_path_factory.mktemp("cache"))
    assert found.bylaw("run", "tests-green").returncode == 0
    assert found.bylaw("run", "lint-clean").returncode == 0
    return found


def test_stale_says_of_each_claim_what_became_of_it(shop: Shop) -> None:
    found = shop.stale()
    assert found["claim/tests-green"]["state"] == "fresh"
    assert found["claim/tests-green"]["set"] == "observed"
    assert found["claim/tests-green"]["files"] == 3
    assert "opened by" in found["claim/tests-green"]["how"]
    assert found["claim/lint-clean"]["state"] == "fresh"
    assert found["claim/types-clean"] == {
        "claim": "claim/types-clean", "item": "", "state": "absent", "set": "", "how": "",
        "files": 0, "causes": [],
    }  # fmt: skip


def test_stale_of_named_claims_ends_with_0_where_all_are_fresh(shop: Shop) -> None:
    assert shop.stale("tests-green", "claim/lint-clean").keys() == {
        "claim/tests-green", "claim/lint-clean",
    }  # fmt: skip


def test_stale_names_the_file_and_no_other_claim(shop: Shop) -> None:
    write(shop.root, {"README.md": "another\n"})
    assert shop.stale("tests-green")["claim/tests-green"]["state"] == "fresh"
    write(shop.root, {"app.py": "def one():\n    return 3 - 2\n"})
    causes = shop.stale("tests-green")["claim/tests-green"]["causes"]
    assert [(each["kind"], each["path"]) for each in causes] == [("file-changed", "app.py")]
    text = shop.bylaw("stale", "tests-green").stdout
    assert "app.py: its content is another one" in text
    assert "next: bylaw verify" in text
    git(shop.root, "checkout", "-q", "--", ".")
    assert shop.stale("tests-green")["claim/tests-green"]["state"] == "fresh"


def test_stale_said_again_is_not_said_after_a_change(shop: Shop) -> None:
    said = shop.bylaw("stale", "tests-green").stdout
    for _ in range(3):
        assert shop.bylaw("stale", "tests-green").stdout == said
    write(shop.root, {"test_app.py": FILES["test_app.py"].replace("== 1", "== 2")})
    assert "stale" in shop.bylaw("stale", "tests-green").stdout
    write(shop.root, {"test_app.py": FILES["test_app.py"]})
    assert shop.bylaw("stale", "tests-green").stdout == said
    write(shop.root, {"pytest.ini": "[pytest]\n"})
    assert "pytest.ini: it was not there" in shop.bylaw("stale", "tests-green").stdout
    (shop.root / "pytest.ini").unlink()
    shop.bylaw("run", "tests-green")
    assert "EV-003" in shop.bylaw("stale", "tests-green").stdout


def test_stale_unknown_claim_is_a_usage_error(shop: Shop) -> None:
    done = shop.bylaw("stale", "tests-gren")
    assert done.returncode == 2
    assert "did you mean tests-green?" in done.stderr


def test_stale_without_any_evidence_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", tmp_path / "cache")
    done = shop.bylaw("stale")
    assert done.returncode == 3
    assert "never run" in done.stdout
    assert not (shop.root / ".bylaw").exists()
