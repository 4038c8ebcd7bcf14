"""Claims that rules answer, and the image that something else has to build."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evidence.adapters.scratch import SHOP, proven, repository, told, write

READS_AT_IMPORT = "import os\n\nKEY = os.environ['SHOP_KEY']\n"
TWO_STARTS = {
    "app/main.py": "def app(scope, receive, send): ...\n",
    "Procfile": "web: uvicorn app.main:app --port 8000\n",
    "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
    'CMD ["uvicorn", "app.gone:app", "--port", "9000"]\n',
}
BUILDER = '#!/bin/sh\ncase "$1" in build) exit {code};; *) exit 0;; esac\n'


def test_import_hygiene_is_read_from_the_code(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", SHOP)
    assert told(proven(root, "import-hygiene")) == ("pass", ())
    write(root, {"app/settings.py": READS_AT_IMPORT})
    item = proven(root, "import-hygiene")
    assert (item.result, item.draft.reason_codes) == ("fail", ("findings",))
    assert item.draft.next_command.startswith("bylaw check")


def test_manifests_have_to_start_the_same_service(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {**SHOP, **TWO_STARTS})
    assert proven(root, "manifests-agree").result == "fail"


def test_conventions_are_held_to_what_was_decided(tmp_path: Path) -> None:
    decided = {"bylaw.toml": '[decisions]\nlinter = "ruff"\n', "requirements.txt": "ruff==0.14.1\n",
               "ruff.toml": ""}  # fmt: skip
    root = repository(tmp_path / "r", {**SHOP, **decided})
    assert proven(root, "conventions-kept").result == "pass"
    (root / "ruff.toml").unlink()
    write(root, {".flake8": "[flake8]\n", "requirements.txt": "flake8==7.0.0\n"})
    assert proven(root, "conventions-kept").result == "fail"


def test_an_image_nobody_can_build_here_is_not_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "r", {**SHOP, **TWO_STARTS})
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if any(Path(each, name).exists() for each in ("/usr/bin", "/bin")
           for name in ("docker", "podman", "buildah")):  # fmt: skip
        pytest.skip("a builder is installed where every tool is")
    item = proven(root, "image-builds")
    assert item.result == "not-verified"
    assert item.draft.next_command
