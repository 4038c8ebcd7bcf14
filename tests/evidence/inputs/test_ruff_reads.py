"""What ruff reads: its files, and what decides how it judges them."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evidence.inputs.runs import Evidence, observe, run, variables
from tests.evidence.inputs.trees import repository, write

RUFF = f"{sysconfig.get_path('scripts')}/ruff"
CHECK = (RUFF, "check", "--no-cache", ".")
FILES = {
    ".gitignore": "ignored/\n",
    "README.md": "readme\n",
    "pyproject.toml": '[tool.ruff]\nextend = "conf/base.cfg"\n',
    "conf/base.cfg": '[lint]\nselect = ["F", "I"]\n',
    "src/app/__init__.py": "",
    "src/app/main.py": "import json\n\nimport numpy\nimport other\n\nprint(json, numpy, other)\n",
    "stubs/app.pyi": "x: int\n",
    "sub/ruff.toml": "[lint]\nselect = []\n",
    "sub/bad.py": "import os\n",
    "late/bad.py": "import os\n",
}
_UNUSED = "import os\n"


def _text(path: str, text: str) -> Callable[[Path], None]:
    return lambda root: write(root, {path: text})


MATTERS = {
    "code": _text("src/app/main.py", _UNUSED),
    "a stub": _text("stubs/app.pyi", _UNUSED),
    "new code": _text("src/app/new.py", _UNUSED),
    "settings of a folder": _text("sub/ruff.toml", 'lint.select = ["F"]\n'),
    "settings of a folder gone": lambda root: (root / "sub/ruff.toml").unlink(),
    "what settings extend": _text("conf/base.cfg", 'lint.select = ["D"]\n'),
    "settings in front": _text("src/.ruff.toml", 'lint.select = ["D"]\n'),
    "settings above": _text("../ruff.toml", 'lint.select = ["F401"]\n'),
    "an ignore file": _text("late/.gitignore", "*\n"),
    "a package of the project's own": _text("src/other/__init__.py", ""),
    "a package that git ignores": _text("src/other/ignored/x.py", ""),
}


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    root = repository(tmp_path / "outer" / "project", FILES)
    found = observe(root, CHECK, "ruff")
    assert found.outcome.code == 1, found.outcome.text
    return found


@pytest.mark.parametrize("name", [each for each in MATTERS if each != "settings above"])
def test_ruff_edit_that_matters_makes_stale(evidence: Evidence, name: str) -> None:
    MATTERS[name](evidence.root)
    assert evidence.freshness().state == "stale"
    assert run(evidence.root, variables(), CHECK).text != evidence.outcome.text


def test_ruff_settings_above_the_root_count(tmp_path: Path) -> None:
    root = repository(tmp_path / "outer" / "project", {"a.py": "import os\n\nprint(os)\n"})
    found = observe(root, CHECK, "ruff")
    _text("../ruff.toml", 'lint.select = ["D"]\n')(root)
    assert run(root, variables(), CHECK).code != found.outcome.code
    assert [each.kind for each in found.freshness().causes] == ["elsewhere-changed"]


def test_ruff_other_files_do_not_count(evidence: Evidence) -> None:
    write(evidence.root, {"README.md": "another\n"})
    assert evidence.observed.paths is not None
    assert evidence.freshness().state == "fresh"


def test_ruff_settings_named_on_its_line_keep_the_whole_tree(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n", "my.toml": ""})
    found = observe(root, (RUFF, "check", "--no-cache", "--config", "my.toml", "."), "ruff")
    assert found.observed.paths is None
    assert found.inputs.set == "tree"
