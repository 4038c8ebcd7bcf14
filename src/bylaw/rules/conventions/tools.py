"""Conventions that tool files prove: dependencies, Python, formatter, linter, types, tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bylaw.manifests.checks import check_of
from bylaw.rules.conventions.evidence import Convention, Evidence, settled
from bylaw.rules.repository import Repository

_LOCKS = (
    ("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm"), ("Pipfile.lock", "pipenv"),
    ("pixi.lock", "pixi"), ("Pipfile", "pipenv"),
)  # fmt: skip
_FILES = {
    "linter": (("ruff.toml", "ruff"), (".ruff.toml", "ruff"), (".flake8", "flake8"),
               (".pylintrc", "pylint"), ("pylintrc", "pylint")),
    "formatter": ((".style.yapf", "yapf"),),
    "type-checker": (("mypy.ini", "mypy"), (".mypy.ini", "mypy"), ("pyrightconfig.json", "pyright"),
                     ("ty.toml", "ty"), ("pyrefly.toml", "pyrefly")),
    "test-runner": (("pytest.ini", "pytest"), ("conftest.py", "pytest")),
}  # fmt: skip
_TABLES = {
    "linter": {"tool.ruff.lint": "ruff", "tool.ruff": "ruff", "tool.pylint": "pylint",
               "flake8": "flake8", "tool.flake8": "flake8"},
    "formatter": {"tool.black": "black", "tool.ruff.format": "ruff", "tool.yapf": "yapf",
                  "yapf": "yapf"},
    "type-checker": {"tool.mypy": "mypy", "mypy": "mypy", "tool.pyright": "pyright",
                     "tool.basedpyright": "basedpyright", "tool.ty": "ty",
                     "tool.pyrefly": "pyrefly"},
    "test-runner": {"tool.pytest": "pytest", "tool:pytest": "pytest", "pytest": "pytest"},
    "dependency-manager": {"tool.poetry": "poetry", "tool.uv": "uv", "tool.pdm": "pdm",
                           "tool.pixi": "pixi"},
}  # fmt: skip
"""Headings of pyproject.toml, setup.cfg and tox.ini; a heading stands for those below it."""
_HOOKS = {
    "linter": {"ruff": "ruff", "ruff-check": "ruff", "flake8": "flake8", "pylint": "pylint"},
    "formatter": {"black": "black", "black-jupyter": "black", "ruff-format": "ruff",
                  "yapf": "yapf", "autopep8": "autopep8"},
    "type-checker": {"mypy": "mypy", "pyright": "pyright", "basedpyright": "basedpyright",
                     "ty": "ty", "pyrefly": "pyrefly"},
}  # fmt: skip
_COMMANDS = {
    "linter": ("lint", frozenset({"ruff", "flake8", "pylint"})),
    "type-checker": ("types", frozenset({"mypy", "pyright", "basedpyright"})),
    "test-runner": ("tests", frozenset({"pytest", "unittest", "nose2", "manage.py", "behave"})),
}
_HEADING = re.compile(r"^\s*\[+\s*([^\]]+?)\s*\]+")
_HOOK = re.compile(r"^\s*-?\s*id:\s*[\"']?([\w-]+)")
_FORMATTING = re.compile(r"(?:^|[\s/])(ruff format|black|yapf|autopep8)(?=\s|$)")
_IMAGE = re.compile(r"^FROM\s+(?:\S*/)?python:(\d+\.\d+)")
_PYTHON = (
    ("pyproject.toml", re.compile(r"^\s*requires-python\s*=\s*[\"']([^\"']+)"), "requires-python"),
    ("pyproject.toml", re.compile(r"^\s*python\s*=\s*[\"']([^\"']+)"), "the python dependency"),
    ("runtime.txt", re.compile(r"^python-(\d+\.\d+)"), "the runtime"),
)
_ASKED = {
    "python": "which Python it runs on",
    "dependency-manager": "what installs and locks dependencies",
    "linter": "what lints",
    "formatter": "what formats",
    "type-checker": "what checks types",
    "test-runner": "what runs the tests",
}


TOOLS = ("dependency-manager", "linter", "formatter", "type-checker")
"""Questions that tool files alone answer."""


def tool_conventions(repository: Repository, home: str) -> list[Convention]:
    """Python, dependency manager, linter, formatter, type checker; ``home`` counts most."""
    found = [settled("python", _ASKED["python"], _python(repository), home)]
    for question in TOOLS:
        evidence = tool_evidence(repository, question)
        found.append(settled(question, _ASKED[question], evidence, home))
    return found


def tool_evidence(repository: Repository, question: str) -> Iterator[Evidence]:
    """Everything in tool files that answers one question, what binds most first."""
    if question == "dependency-manager":
        yield from _locked(repository)
    for name, value in _FILES.get(question, ()):
        if repository.exists(name):
            yield Evidence(value, name, 1, "is there", 3)
    yield from _headings(repository, question)
    yield from _hooks(repository, question)
    yield from _commands(repository, question)


def _python(repository: Repository) -> Iterator[Evidence]:
    for path in repository.names("project"):
        if path.rpartition("/")[2] == ".python-version":
            version = repository.text(path).strip().split("\n")[0].strip()
            if version[:1].isdigit():
                yield Evidence(version, path, 1, "names it", 12 - path.count("/"))
    for path in repository.names("pyproject"):
        for name, pattern, why in _PYTHON:
            if path.rpartition("/")[2] == name:
                for value, line in _matches(repository.text(path), pattern):
                    yield Evidence(value, path, line, why, 10 - path.count("/"))
    for path in repository.names("dockerfile"):
        for value, line in _matches(repository.text(path), _IMAGE):
            yield Evidence(value, path, line, "builds on it", 1)


def _locked(repository: Repository) -> Iterator[Evidence]:
    for path in repository.names("lock", "pipfile"):
        value = dict(_LOCKS).get(path.rpartition("/")[2])
        if value is not None:
            yield Evidence(value, path, 1, "locks versions", 5 - min(path.count("/"), 3))
    for path in repository.names("requirements"):
        compiled = next(
            (
                tool
                for tool in ("pip-compile", "uv pip compile")
                if tool in repository.text(path)[:500]
            ),
            "",
        )
        value = {"pip-compile": "pip-tools", "uv pip compile": "uv"}.get(compiled, "pip")
        yield Evidence(value, path, 1, "lists requirements", 1 + bool(compiled))


def _headings(repository: Repository, question: str) -> Iterator[Evidence]:
    known = _TABLES.get(question, {})
    for path in repository.names("pyproject", "setup-cfg", "tool-ini"):
        seen: set[str] = set()
        for title, line in _matches(repository.text(path), _HEADING):
            value = next(
                (known[each] for each in known if title == each or title.startswith(f"{each}.")), ""
            )
            if value and value not in seen:
                seen.add(value)
                yield Evidence(value, path, line, f"configures {value}", 2)


def _hooks(repository: Repository, question: str) -> Iterator[Evidence]:
    known = _HOOKS.get(question, {})
    for path in repository.names("pre-commit"):
        for name, line in _matches(repository.text(path), _HOOK):
            if name in known:
                yield Evidence(known[name], path, line, f"runs the hook {name}", 2)


def _commands(repository: Repository, question: str) -> Iterator[Evidence]:
    kinds = ("github", "gitlab", "makefile", "script")
    if question == "formatter":
        for command in repository.commands(*kinds):
            match = _FORMATTING.search(command.text)
            if match:
                value = match[1].partition(" ")[0]
                yield Evidence(value, command.path, command.line, "runs it", 2)
        return
    if question not in _COMMANDS:
        return
    kind, tools = _COMMANDS[question]
    for command in repository.commands(*kinds):
        check = check_of(command.argv)
        if check is not None and check.kind == kind and check.tool in tools:
            value = "django" if check.tool == "manage.py" else check.tool
            yield Evidence(value, command.path, command.line, "runs it", 1)


def _matches(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """First group and line of every line that matches."""
    find: Callable[[str], re.Match[str] | None] = pattern.match
    for number, row in enumerate(text.split("\n"), 1):
        match = find(row)
        if match:
            yield match[1], number
