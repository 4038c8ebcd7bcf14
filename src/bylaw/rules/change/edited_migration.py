"""``edited-migration``: a migration that others may have applied is changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.change.lines import first_difference
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.repository import Change
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="edited-migration",
    summary="A migration that the base revision holds has other code now.",
    clauses=("FS-6.2", "CON-DB"),
    severity="error",
    how="change",
    family="change",
    mend="restore it, and write a new migration for what has to change",
    needs=frozenset({"base"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per migration, at the first statement that differs."""
    migrations = [
        path
        for number, path in enumerate(context.project.paths)
        if context.project.roles[number] == MIGRATION and _is_revision(context, number)
    ]
    if not migrations:
        return
    change = context.repository.change()
    if isinstance(change, str):
        context.not_verified(INFO, change)
        return
    for path in migrations:
        if path in change.changed():
            yield from _compare(context, change, path)


def _is_revision(context: RuleContext, module: int) -> bool:
    """A revision of Alembic or a migration of Django; ``env.py`` is neither."""
    facts = context.project.facts[module]
    names = {binding[F.B_NAME] for binding in facts[F.BINDINGS]}
    return "revision" in names or "Migration" in names


def _compare(context: RuleContext, change: Change, path: str) -> Iterator[Finding]:
    before = change.before(path)
    if before is None:
        return
    after = context.repository.text(path)
    old, new = _code(before), _code(after)
    if old is None or new is None or old == new:
        return
    line = first_difference(before, after)
    message = "this migration is on the base branch, and its code is another one now"
    yield file_finding(INFO, path, line, message, sink="code")


def _code(text: str) -> str | None:
    """What a module does: its tree without positions, comments and docstrings; None if broken."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) or not body:
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body = body[1:] or [ast.Pass()]
    return ast.dump(tree)
