"""Plug-ins in folders of their own, installed the way an installer leaves them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

RULE = """
from bylaw.plugin import Option, Rule, RuleInfo

WORD = Option("word", "TODO", "name that may not be called")
INFO = RuleInfo(
    name="{name}", summary="A call that nobody wants.", mend="call something else",
    options=(WORD,), {more}
)


def find(context):
    for function in context.functions:
        for call in function.calls:
            if call.name.endswith(context.option(WORD)):
                {body}
                yield context.make_finding(call, "unwanted: " + call.name, sink=call.name)


RULE = Rule(INFO, find)
"""


class Ran(NamedTuple):
    """What one call left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def rules(self) -> list[str]:
        return [each["rule"] for each in self.document["findings"]]

    @property
    def errors(self) -> list[tuple[str, str]]:
        return [(each["code"], each["message"]) for each in self.document["errors"]]


class Site:
    """A folder that Python imports from, with what is installed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def install(
        self, project: str, version: str, modules: Mapping[str, str], rules: Mapping[str, str]
    ) -> None:
        """Writes modules and metadata as ``pip install`` leaves them."""
        stem = project.replace("-", "_")
        for old in self.folder.glob(f"{stem}-*.dist-info"):
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        for name, text in modules.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        info = self.folder / f"{stem}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n", encoding="utf-8"
        )
        lines = [f"{name} = {target}" for name, target in rules.items()]
        text = "\n".join(["[console_scripts]", "other = other:main", "[bylaw.rules]", *lines, ""])
        (info / "entry_points.txt").write_text(text, encoding="utf-8")

    def install_rule(self, name: str = "acme-todo", more: str = "", body: str = "pass") -> None:
        """A plug-in ``acme-rules`` 1.0 with one rule."""
        text = RULE.format(name=name, more=more, body=body)
        self.install("acme-rules", "1.0", {"acme_rules.py": text}, {name: "acme_rules:RULE"})

    def install_sample(self, source: Path) -> None:
        """The sample plug-in, from its own ``pyproject.toml``."""
        project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        modules = {
            str(path.relative_to(source / "src")): path.read_text(encoding="utf-8")
            for path in (source / "src").rglob("*")
            if path.suffix in (".py", ".md", ".typed")
        }
        rules = project["entry-points"]["bylaw.rules"]
        self.install(project["name"], project["version"], modules, rules)


Call = Callable[..., Ran]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture
def call(tmp_path: Path, site: Site) -> Call:
    """Runs the real command with the plug-ins of ``site`` beside it."""
    (tmp_path / "home").mkdir()
    environment = {
        "HOME": str(tmp_path / "home"),
        "PATH": os.defpath,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(site.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(*words: object) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "bylaw", *map(str, words)], cwd=tmp_path, env=environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    """A backend with a finding of a shipped rule, and calls of ``TODO`` and ``FIXME``."""
    root = tmp_path / "backend"
    (root / "app").mkdir(parents=True)
    (root / "bylaw.toml").write_text("")
    (root / "app" / "__init__.py").write_text("")
    (root / "app" / "marks.py").write_text("def TODO(): ...\n\n\ndef FIXME(): ...\n")
    (root / "app" / "main.py").write_text(
        "import os\n\nfrom app.marks import FIXME, TODO\n\nKEY = os.environ['KEY']\n\n\n"
        "def work():\n    TODO()\n    FIXME()\n"
    )
    return root
