"""``bylaw init``: conventions with their proof, a lock that loads, and nothing overwritten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bylaw.initial import detect
from bylaw.rules.selection import Options

SHOP = Path(__file__).parents[2] / "examples" / "shop"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def run(root: Path, *words: str) -> Ran:
    environment = {**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", *words], cwd=root, env=environment, capture_output=True,
        text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The bundled backend, without the configuration it has in this repository."""
    root = tmp_path / "shop"
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("bylaw.toml", "__pycache__"))
    (root / ".git").mkdir()
    return root


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / ".git").mkdir(exist_ok=True)
    return root


def answers(root: Path) -> dict[str, str]:
    _, found = detect(str(root), Options(use_cache=False, jobs=1))
    return {each.question: each.value for each in found.conventions}


def test_init_writes_a_lock_that_changes_no_finding(shop: Path) -> None:
    before = json.loads(run(shop, "check", "--format", "json").out)
    made = run(shop, "init")
    assert (made.code, made.err) == (0, "")
    lock = tomllib.loads((shop / "bylaw.toml").read_text())
    assert lock["project"] == {"package_root": "app", "python": ">=3.11"}
    assert lock["decisions"]["web-framework"] == "fastapi"
    assert lock["decisions"]["formatter"] == "unknown"
    after = json.loads(run(shop, "check", "--format", "json").out)
    assert after["findings"] == before["findings"]
    assert not after["errors"]


def test_init_every_proof_is_a_place_that_exists(shop: Path) -> None:
    document = json.loads(run(shop, "init", "--format", "json").out)
    assert document["schema"] == "bylaw.init/1"
    proofs = [each["proof"] for each in document["conventions"] if each["proof"]]
    assert len(proofs) > 5
    for proof in proofs:
        lines = (shop / proof["path"]).read_text().splitlines()
        assert 1 <= proof["line"] <= max(len(lines), 1)
    unknown = [each for each in document["conventions"] if each["value"] == "unknown"]
    assert all(each["proof"] is None for each in unknown)


def test_init_leaves_what_is_there_unless_told(shop: Path) -> None:
    (shop / "bylaw.toml").write_text("# mine\n")
    refused = run(shop, "init")
    assert refused.code == 2
    assert "already there" in refused.err
    assert (shop / "bylaw.toml").read_text() == "# mine\n"
    printed = run(shop, "init", "--stdout")
    assert printed.code == 0
    assert tomllib.loads(printed.out)["decisions"]
    assert (shop / "bylaw.toml").read_text() == "# mine\n"
    assert run(shop, "init", "--force").code == 0
    assert "[decisions]" in (shop / "bylaw.toml").read_text()


def test_init_with_baseline_accepts_what_there_is(shop: Path) -> None:
    made = run(shop, "init", "--baseline")
    assert made.code == 0
    assert "bylaw-baseline.json" in made.out
    checked = run(shop, "check", "--format", "json")
    summary = json.loads(checked.out)["summary"]
    assert checked.code == 0
    assert summary["baselined"] > 20
    assert run(shop, "init", "--baseline").code == 2


def test_init_nothing_to_read_is_not_fine(tmp_path: Path) -> None:
    root = write(tmp_path / "empty", {"README.md": "nothing\n"})
    made = run(root, "init")
    assert made.code == 3
    assert not (root / "bylaw.toml").exists()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"shop/models.py": "from django.db import models\n", "manage.py": "import django\n",
             "shop/apps.py": "from django.apps import AppConfig\n", "shop/views.py": "x = 1\n",
             "requirements.txt": "django\n"},
            {"web-framework": "django", "orm": "django", "layout": "django-apps",
             "dependency-manager": "pip"},
        ),
        (
            {"app/orders/router.py": "from fastapi import APIRouter\n",
             "app/orders/service.py": "import sqlmodel\n", "app/__init__.py": "",
             "app/main.py": "import sqlalchemy\nimport starlette\n",
             "uv.lock": "", "pyproject.toml": "[tool.mypy]\nstrict = true\n"},
            {"web-framework": "fastapi", "orm": "sqlmodel", "layout": "features",
             "dependency-manager": "uv", "type-checker": "mypy", "root-package": "app"},
        ),
        (
            {"web/app.py": "import flask\n", "web/__init__.py": "",
             "tests/test_app.py": "import pytest\n\n\ndef test_app():\n    assert pytest\n",
             ".python-version": "3.12\n", ".flake8": "[flake8]\n",
             ".pre-commit-config.yaml": "repos:\n  - hooks:\n      - id: black\n"},
            {"web-framework": "flask", "test-runner": "pytest", "python": "3.12",
             "linter": "flake8", "formatter": "black", "orm": "unknown"},
        ),
    ],
)  # fmt: skip
def test_detect_answers_by_evidence(
    tmp_path: Path, files: dict[str, str], expected: dict[str, Any]
) -> None:
    found = answers(write(tmp_path / "root", files))
    assert {question: found[question] for question in expected} == expected


def test_detect_the_backend_counts_more_than_what_stands_beside_it(tmp_path: Path) -> None:
    files = {f"server/app/m{number}.py": "import flask\n" for number in range(8)}
    files |= {"server/app/__init__.py": "", "server/uv.lock": "", "cli/poetry.lock": ""}
    files |= {f"cli/tool/m{number}.py": "import tornado\n" for number in range(5)}
    found = answers(write(tmp_path / "root", {**files, "cli/tool/__init__.py": ""}))
    assert (found["web-framework"], found["dependency-manager"]) == ("flask", "uv")
