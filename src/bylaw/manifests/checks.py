"""Commands that verify: which tool, and what kind of proof it gives."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.command import program

_TOOLS = {
    "pytest": "tests", "py.test": "tests", "tox": "tests", "nox": "tests", "behave": "tests",
    "nose2": "tests", "flake8": "lint", "pylint": "lint", "pyflakes": "lint",
    "pycodestyle": "lint", "pydocstyle": "lint", "lint-imports": "lint", "bylaw": "lint",
    "pre-commit": "lint", "prek": "lint", "deptry": "lint", "vulture": "lint", "mypy": "types",
    "dmypy": "types", "pyright": "types", "basedpyright": "types", "pyre": "types",
    "pytype": "types", "bandit": "security", "pip-audit": "security", "safety": "security",
    "semgrep": "security", "detect-secrets": "security", "gitleaks": "security",
}  # fmt: skip
_FORMATTERS = frozenset({"black", "isort", "yapf", "autopep8", "blue"})
_DRY = ("--check", "--check-only", "--diff", "-c", "--check-changed")
_DJANGO = {"test": "tests", "check": "lint"}
_MODULES = {"unittest": "tests", "django": ""}


class Check(NamedTuple):
    """A verification command.

    Attributes:
        tool: what runs (``pytest``).
        kind: ``tests``, ``lint``, ``types``, ``format``, ``security``, ``migrations`` or
            ``coverage``.
        argv: the words after the tool.
    """

    tool: str
    kind: str
    argv: tuple[str, ...]


def check_of(argv: tuple[str, ...]) -> Check | None:
    """What a command verifies.

    Args:
        argv: its words.

    Returns:
        The check; None for a command that verifies nothing, or only says its version.
    """
    words = program(argv)
    if not words or {"--version", "--help", "-V"}.intersection(words[1:3]):
        return None
    tool = words[0].rpartition("/")[2]
    rest = words[1:]
    if tool.startswith("python") or tool == "py":
        position = rest.index("-m") if "-m" in rest else -1
        if position >= 0 and position + 1 < len(rest):
            tool, rest = rest[position + 1], rest[position + 2 :]
            if tool in _MODULES:
                return Check(tool, _MODULES[tool], rest) if _MODULES[tool] else None
        else:
            rest = tuple(word for word in rest if word not in ("-u", "-B", "-Werror"))
            if rest and rest[0].endswith("manage.py"):
                return _django(rest[1:])
            return None
    elif tool == "manage.py":
        return _django(rest)
    return _of_tool(tool, rest)


def _of_tool(tool: str, rest: tuple[str, ...]) -> Check | None:
    first = next((word for word in rest if not word.startswith("-")), "")
    if tool == "ruff":
        if first == "format":
            return Check(tool, "format", rest) if {"--check", "--diff"} & set(rest) else None
        return Check(tool, "lint", rest) if first not in ("rule", "config", "clean") else None
    if tool in _FORMATTERS:
        return Check(tool, "format", rest) if set(_DRY) & set(rest) else None
    if tool == "alembic":
        return Check(tool, "migrations", rest) if first == "check" else None
    if tool == "coverage":
        return Check(tool, "coverage", rest) if first == "report" else None
    if tool in ("pre-commit", "prek"):
        return Check(tool, "lint", rest) if first in ("run", "") else None
    if tool in ("bylaw", "detect-secrets") and first not in ("check", "scan", "hook"):
        return None
    return Check(tool, _TOOLS[tool], rest) if tool in _TOOLS else None


def _django(rest: tuple[str, ...]) -> Check | None:
    if rest[:1] == ("makemigrations",):
        dry = {"--check", "--dry-run"} & set(rest)
        return Check("makemigrations", "migrations", rest) if dry else None
    if rest and rest[0] in _DJANGO:
        return Check(f"manage.py {rest[0]}", _DJANGO[rest[0]], rest[1:])
    return None
