"""The real command in a child process, with a cache of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

KEYS = ["schema", "tool", "root", "summary", "findings", "errors", "not_verified"]


class Ran(NamedTuple):
    """What one call left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON report, of which there is one shape."""
        document: dict[str, Any] = json.loads(self.out)
        assert list(document) == KEYS
        assert document["summary"]["findings"] == len(document["findings"])
        for error in document["errors"]:
            assert list(error) == ["code", "message", "path", "line", "hint"]
            assert error["message"]
            assert error["hint"]
        return document

    def error(self, path: str) -> dict[str, Any]:
        """The one error of a file."""
        found: dict[str, Any]
        [found] = [each for each in self.document["errors"] if each["path"] == path]
        return found


Call = Callable[..., Ran]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if key in ("LANG", "LC_ALL", "TMPDIR")}
    return kept | {
        "HOME": str(home),
        "PATH": os.defpath,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


@pytest.fixture
def call(environment: dict[str, str], tmp_path: Path) -> Call:
    """Runs ``bylaw`` and checks what holds for every call: an exit code, never a traceback."""

    def run(
        *words: object, cwd: object = tmp_path, env: Mapping[str, str] | None = None, **more: Any
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "bylaw", *map(os.fspath, map(str, words))],
            cwd=str(cwd), env=environment | dict(env or {}), capture_output=True, timeout=300,
            check=False, **more,
        )  # fmt: skip
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in out + err
        assert "internal error" not in out + err
        assert done.returncode in (0, 1, 2, 3)
        return Ran(done.returncode, out, err)

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small backend with one finding in ``app/config.py``."""
    root = tmp_path / "repository"
    (root / "app").mkdir(parents=True)
    (root / "bylaw.toml").write_text("")
    (root / "app" / "__init__.py").write_text("")
    (root / "app" / "config.py").write_text('import os\n\nURL = os.environ["DATABASE_URL"]\n')
    (root / "app" / "quiet.py").write_text("ONE = 1\n")
    return root
