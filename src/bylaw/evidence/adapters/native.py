"""Checks that a repository starts itself: in CI, tox, nox, make, scripts and task runners."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bylaw.manifests.checks import check_of
from bylaw.manifests.command import UNKNOWN, Command, program
from bylaw.rules.repository import Repository

_UNSURE = re.compile(r"[$`*?<>|;&{}]")
_PREFIX = re.compile(r"^\$(?:\w+/|\{\w+\}/?|\(\w+\)/?)(?=\w)")
_KINDS = ("github", "gitlab", "makefile", "script", "pre-commit", "markdown")
_TASKS = (("poe", "tasks"), ("taskipy", "tasks"), ("pdm", "scripts"), ("rye", "scripts"))
_STARTS = ("python", "pypy", "py")


class Native(NamedTuple):
    """One check.

    Attributes:
        tool: what runs (``mypy``).
        kind: ``tests``, ``lint``, ``types``, ``format``, ``coverage``, ...
        argv: the words after the tool.
        directory: where it runs, relative to the root.
        as_module: whether it is started as ``python -m``.
        measured: whether it runs under ``coverage run``.
        path: file it stands in.
        line: its line.
        ignored: what keeps its failure from counting; empty where nothing does.
    """

    tool: str
    kind: str
    argv: tuple[str, ...]
    directory: str
    as_module: bool
    measured: bool
    path: str
    line: int
    ignored: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether every word of it is what it will be when it runs."""
        return are_plain(self.argv)


def are_plain(words: Iterable[str]) -> bool:
    """Whether words are what they will be when they run: no variable, pattern or placeholder."""
    return not any(_UNSURE.search(each) for each in words)


def native_commands(repository: Repository) -> tuple[Native, ...]:
    """Every check of a repository, those of its CI first; documents that people read last."""
    found: list[Native] = []
    for kind in _KINDS:
        if kind == "markdown":
            found += _of_tox(repository)
            found += _of_tasks(repository)
            found += _of_nox(repository)
        for command in repository.commands(kind):
            found += _native(command)
    return tuple(dict.fromkeys(found))


def _native(command: Command) -> Iterator[Native]:
    if command.directory == UNKNOWN or command.directory.startswith("/"):
        return
    yield from _checks(command.argv, command.directory, command.path, command.line,
                       command.ignored)  # fmt: skip


def _checks(
    argv: tuple[str, ...], directory: str, path: str, line: int, ignored: str = ""
) -> Iterator[Native]:
    # "${PREFIX}ruff" is ruff, wherever it is installed.
    argv = (_PREFIX.sub("", argv[0]) or argv[0], *argv[1:])
    words = argv
    if words[:1] == ("ruff",) and words[1:2] == ("format",) and "--diff" not in words:
        words = (*words, "--check")  # a recipe that formats says which formatter there is
    check = check_of(words) or _formatter(words)
    if check is None:
        return
    tool, kind, rest = check
    measured = "coverage" in argv[:4] and "run" in argv and tool != "coverage"
    real = program(argv)
    as_module = bool(real) and real[0].rpartition("/")[2].startswith(_STARTS)
    yield Native("pytest" if tool == "py.test" else tool, kind, rest, directory, as_module,
                 measured, path, line, ignored)  # fmt: skip


def _formatter(argv: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]] | None:
    """``black .`` checks nothing, and tells what formats the repository."""
    words = program(argv)
    words = words[2:] if words[1:2] == ("-m",) else words
    if words and words[0].rpartition("/")[2] in ("black", "isort"):
        return words[0].rpartition("/")[2], "format", words[1:]
    return None


def _of_tox(repository: Repository) -> Iterator[Native]:
    """``commands`` of the environments of tox."""
    texts = [("tox.ini", repository.text("tox.ini"))] if repository.exists("tox.ini") else []
    for path, text in texts:
        inside = False
        for number, row in enumerate(text.splitlines(), 1):
            key = re.match(r"^(\w[\w-]*)\s*=\s*(.*)$", row)
            if key is not None or row.startswith("["):
                inside = key is not None and key[1].startswith("commands")
                row = key[2] if key is not None and inside else ""
            if inside and row.strip():
                yield from _line(row.strip().removeprefix("- "), path, number)
    for folder, data in _pyprojects(repository):
        tox = _table(_table(data).get("tox"))
        for each in (_table(tox.get("env_run_base")), *_table(tox.get("env")).values()):
            for words in _table(each).get("commands", ()):
                if isinstance(words, list):
                    argv = tuple(word for word in words if isinstance(word, str))
                    yield from _checks(argv, folder, _beside(folder), 1)


def _line(text: str, path: str, number: int, directory: str = "") -> Iterator[Native]:
    """A command line of a file that is no shell; ``{posargs:default}`` is its default."""
    text = re.sub(r"\{posargs(?::([^{}]*))?\}", lambda match: match[1] or "", text)
    try:
        words = tuple(shlex.split(text.rstrip("\\").replace("{", "$"), comments=True))
    except ValueError:
        return
    if words:
        yield from _checks(words, directory, path, number)


def _pyprojects(repository: Repository) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import tomllib

    for path in repository.names("pyproject"):
        try:
            tool = tomllib.loads(repository.whole(path)).get("tool")
        except tomllib.TOMLDecodeError:
            continue
        yield path.rpartition("/")[0], _table(tool)


def _beside(folder: str) -> str:
    return f"{folder}/pyproject.toml" if folder else "pyproject.toml"


def _of_tasks(repository: Repository) -> Iterator[Native]:
    for folder, tool in _pyprojects(repository):
        tables = [_table(_table(tool.get(name)).get(key)) for name, key in _TASKS]
        environments = _table(_table(tool.get("hatch")).get("envs")).values()
        tables += [_table(_table(each).get("scripts")) for each in environments]
        for table in tables:
            for value in table.values():
                for text in _texts(value):
                    for part in re.split(r"&&|;|\n", text):
                        yield from _line(part.strip(), _beside(folder), 1, folder)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    if isinstance(value, dict):
        return [text for key in ("cmd", "shell") for text in _texts(value.get(key))]
    return []


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_nox(repository: Repository) -> Iterator[Native]:
    """``session.run("mypy", "src")`` with words that are written out."""
    if not repository.exists("noxfile.py"):
        return
    try:
        tree = ast.parse(repository.text("noxfile.py"))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if called and node.func.attr == "run":  # type: ignore[attr-defined]
            words = []
            for each in node.args:  # type: ignore[attr-defined]
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    words.append(each.value)
            yield from _checks(tuple(words), "", "noxfile.py", getattr(node, "lineno", 1))
