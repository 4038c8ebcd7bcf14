"""What ruff reads, as ruff itself tells it: its files, and every file that configures it."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from bylaw.evidence.inputs.elsewhere import FILE, NAMES, SETTINGS, layout_of, look
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.tree import Tree
from bylaw.source.git import find_git

_CONFIGURATION = ("ruff.toml", ".ruff.toml", "pyproject.toml")
_IGNORES = (".gitignore", ".ignore", ".rgignore", ".ruffignore")
# What it formats is not always what it checks, and only the latter is told.
_CODE = (".py", ".pyi", ".pyw", ".ipynb")
_FORMATTED = (*_CODE, ".md")
_SECONDS = 60.0


class RuffObserver:
    """Asks ruff for its files while it runs.

    Attributes:
        variables: what to run it with.
    """

    def __init__(
        self, tree: Tree, command: Sequence[str], folder: str, variables: Mapping[str, str]
    ) -> None:
        self.variables = dict(variables)
        self._tree, self._command = tree, tuple(command)
        self._place = os.path.join(tree.root, folder)
        self._layout = layout_of(each.path for each in tree.files)
        words = [each.rpartition("=")[2] for each in self._command[1:]]
        self._named = {os.path.realpath(os.path.join(self._place, each)) for each in words}
        self._asked: subprocess.Popen[bytes] | None = None
        self._why, self._ignores_nothing = "", False

    def __enter__(self) -> RuffObserver:
        given = [each for each in self._command if each.startswith(("--config", "--isolated"))]
        if given or not os.path.basename(self._command[0]).startswith("ruff"):
            self._why = "its command line says where its settings are" if given else (
                "ruff is not started by itself"
            )  # fmt: skip
            return self
        words = [each for each in self._command[2:] if os.path.exists(f"{self._place}/{each}")]
        asked = [self._command[0], "check", "--show-files", *words]
        self._asked = _ask(asked, self._place, self.variables)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if kind is not None and self._asked is not None:
            self._asked.kill()
            self._asked.wait()

    def result(self) -> Observed:
        """What it reads."""
        told = None if self._asked is None else _answer(self._asked, self._place)
        if told is None:
            return Observed(None, self._why or "ruff does not say what it reads")
        root = self._tree.root
        inside = {path[len(root) + 1 :] for path in told if path.startswith(f"{root}/")}
        endings = _FORMATTED if "format" in self._command[1:2] else _CODE
        paths = {each for each in self._layout.files
                 if _is_read(each, endings) or f"{root}/{each}" in self._named}  # fmt: skip
        elsewhere = set(self._configuration(paths))
        elsewhere |= {self._beside(FILE, path) for path in inside - self._layout.files}
        elsewhere |= set(self._names())
        if self._why:
            return Observed(None, self._why, tuple(sorted(elsewhere)))
        paths |= inside & self._layout.files
        return Observed(frozenset(paths), "told by ruff itself", tuple(sorted(elsewhere)))

    def _configuration(self, paths: set[str]) -> Iterator[Elsewhere]:
        """Settings above the root and of the user; follows what each of them extends."""
        root = self._tree.root
        outside = _outside(root, self.variables)
        yield from (self._beside(FILE, path) for path in outside)
        yield self._beside(SETTINGS, ",".join((*_CONFIGURATION, *_IGNORES)))
        named = [f"{root}/{each}" for each in paths if each.rpartition("/")[2] in _CONFIGURATION]
        pending, seen = named + outside, set[str]()
        while pending:
            path = pending.pop()
            if path in seen:
                continue
            seen.add(path)
            for extended in self._extends(path):
                pending.append(extended)
                relative = extended[len(root) + 1 :] if extended.startswith(f"{root}/") else ""
                if relative in self._layout.files:
                    paths.add(relative)
                else:
                    yield self._beside(FILE, extended)

    def _extends(self, path: str) -> list[str]:
        """What a file of settings extends; notes what cannot be followed."""
        settings = _settings(path)
        if settings.get("respect-gitignore") is False or settings.get("src") is not None:
            self._ignores_nothing = True
        extended = settings.get("extend")
        if not isinstance(extended, str):
            return []
        if extended.startswith("~") or "$" in extended:
            self._why = "its settings extend a file named by a variable"
            return []
        return [os.path.realpath(os.path.join(os.path.dirname(path), extended))]

    def _names(self) -> Iterator[Elsewhere]:
        """Folders where a package that git ignores would be taken for one of the project's own."""
        folders = self._layout.directories if self._ignores_nothing else {"", "src"}
        for each in sorted(folders & self._layout.directories):
            yield self._beside(NAMES, each)

    def _beside(self, kind: str, path: str) -> Elsewhere:
        relative = path.removeprefix(f"{self._tree.root}/")
        return Elsewhere(kind, relative, look(kind, relative, self._tree.root, self._layout))


def _settings(path: str) -> Mapping[str, Any]:
    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except (OSError, ValueError):
        return {}
    if os.path.basename(path) != "pyproject.toml":
        return document
    tools = document.get("tool", {})
    found = tools.get("ruff", {}) if isinstance(tools, dict) else {}
    return found if isinstance(found, dict) else {}


def _above(root: str) -> Iterator[str]:
    while root != os.path.dirname(root):
        root = os.path.dirname(root)
        yield root.rstrip("/")


def _is_read(path: str, endings: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return name in _IGNORES or name.endswith((*endings, ".toml"))


def _outside(root: str, variables: Mapping[str, str]) -> list[str]:
    """Where settings and ignore rules may lie above the root, and of the user."""
    names = (*_CONFIGURATION, *_IGNORES)
    found = [f"{folder}/{name}" for folder in _above(root) for name in names]
    home = variables.get("HOME", "")
    for own in (variables.get("XDG_CONFIG_HOME", ""), f"{home}/.config" if home else ""):
        if own and "/bylaw-run-" not in own:
            found += [f"{own}/ruff/{name}" for name in _CONFIGURATION] + [f"{own}/git/ignore"]
    git = find_git(root)
    return [*found, f"{git.common}/info/exclude"] if git is not None else found


def _answer(asked: subprocess.Popen[bytes], place: str) -> list[str] | None:
    """Real paths of the files it names; None where it names none."""
    try:
        said, _ = asked.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        asked.kill()
        asked.communicate()
        return None
    if asked.returncode != 0:
        return None
    lines = os.fsdecode(said).splitlines()
    return [os.path.realpath(os.path.join(place, each)) for each in lines]


def _ask(
    words: list[str], place: str, variables: Mapping[str, str]
) -> subprocess.Popen[bytes] | None:
    """Starts ruff beside ruff; None where it cannot be started."""
    try:
        return subprocess.Popen(
            words, cwd=place, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return None
