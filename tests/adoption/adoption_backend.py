"""Small services that are given one start command in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import bylaw
from bylaw.adopting import Wanted, adopt
from bylaw.rules.adoption.outcome import Adoption
from bylaw.rules.selection import Options

APP = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/orders")
def orders() -> list[str]:
    return []
"""
FASTAPI = {
    "shop/__init__.py": "", "shop/main.py": APP, ".python-version": "3.12\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
    'dependencies = ["fastapi", "uvicorn", "bylaw-boot>=0.1"]\n\n[build-system]\n'
    'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
}  # fmt: skip
FLASK_APP = """\
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"
"""
FLASK = {
    "shop/__init__.py": "", "shop/web.py": FLASK_APP, "requirements.txt": "flask\ngunicorn\n",
    ".python-version": "3.12\n",
}  # fmt: skip
DEPLOYS = ("boot-", "image-", "package-not-installed", "path-hack", "reload-", "script-path")


class Backend(NamedTuple):
    """A repository on disk."""

    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def state(self) -> dict[str, bytes]:
        return {
            str(each.relative_to(self.root)): each.read_bytes()
            for each in sorted(self.root.rglob("*"))
            if each.is_file()
        }

    def adopt(
        self, *, write: bool = True, app: str = "", skip: tuple[str, ...] = (), inside: str = ""
    ) -> Adoption:
        wanted = Wanted(inside, app, frozenset(skip), write)
        return adopt(str(self.root), Options(use_cache=False, jobs=1), wanted)

    def findings(self) -> list[tuple[str, str]]:
        """What the rules about starting find, notes apart."""
        result = bylaw.check(str(self.root), use_cache=False)
        return [
            (each.rule, each.path)
            for each in result.findings
            if each.rule.startswith(DEPLOYS) and each.severity != "note"
        ]


MakeBackend = Callable[[Mapping[str, str]], Backend]


def told(adoption: Adoption) -> list[str]:
    """What was left open."""
    return [each.what for each in adoption.opens]


def value(adoption: Adoption, question: str) -> str:
    """What was decided about a question."""
    return next(each.value for each in adoption.decisions if each.question == question)
