"""Changed statements that can run, and which of them a test reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import NamedTuple

from bylaw.probes.outcome import Observation
from bylaw.probes.proof.change import Change, FileChange
from bylaw.probes.proof.changed_tests import parsed
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.session import Session

FLOOR = 80
_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NOTHING = (ast.Global, ast.Nonlocal)


class Unit(NamedTuple):
    """One statement, or the head of one that holds others.

    Attributes:
        start: its first line.
        end: its last.
        defines: whether it only names something, which importing runs.
    """

    start: int
    end: int
    defines: bool


def changed_units(file: FileChange) -> list[Unit]:
    """Statements of a file that hold a changed line and can run."""
    tree = parsed(file.after)
    if tree is None or file.after is None:
        return []
    new = file.new_lines()
    can_run = _runnable(file.after)
    return [
        each
        for each in _units(tree)
        if any(line in new for line in range(each.start, each.end + 1))
        and any(line in can_run for line in range(each.start, each.end + 1))
    ]


def _units(node: ast.AST) -> Iterator[Unit]:
    """All statements below a node; blocks for type checkers only are left out."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for each in getattr(node, field, ()):
            if isinstance(each, ast.expr):
                continue
            if _is_for_checkers(each) or isinstance(each, _NOTHING) or _is_text(each):
                continue
            inner = [*getattr(each, "body", ()), *getattr(each, "cases", ())]
            inner = [child for child in inner if not isinstance(child, ast.expr)]
            start = (
                min([each.lineno, *(d.lineno for d in getattr(each, "decorator_list", ()))])
                if hasattr(each, "lineno")
                else 0
            )
            if start:
                first = min((_first(child) for child in inner), default=0)
                end = max(start, first - 1) if first else each.end_lineno
                yield Unit(start, end, isinstance(each, (*_DEFINES, ast.Import, ast.ImportFrom)))
            yield from _units(each)


def _first(node: ast.AST) -> int:
    lines = [each.lineno for each in getattr(node, "decorator_list", ())]
    pattern = getattr(node, "pattern", None)
    own = getattr(node, "lineno", None) or getattr(pattern, "lineno", 0)
    return int(min([own, *lines]))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_checkers(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _runnable(text: str) -> set[int]:
    """Lines the compiler has code for."""
    found: set[int] = set()
    try:
        pending: list[CodeType] = [compile(text, "<changed>", "exec", dont_inherit=True)]
    except (SyntaxError, ValueError, RecursionError):
        return found
    while pending:
        code = pending.pop()
        found.update(line for _, _, line in code.co_lines() if line)
        pending += [each for each in code.co_consts if isinstance(each, CodeType)]
    return found


def reached_lines(head: Session) -> dict[str, set[int]]:
    """Lines that collecting or any test of the first run reached, by path."""
    found: dict[str, set[int]] = {path: set(lines) for path, lines in head.imported.items()}
    for told in head.runs["first"].tests.values():
        for path, lines in told.reached.items():
            found.setdefault(path, set()).update(lines)
    return found


def behaviour_lines(change: Change) -> dict[str, frozenset[int]]:
    """First lines of changed statements that do more than name something, by path."""
    found = {}
    for each in change.sources:
        lines = frozenset(unit.start for unit in changed_units(each) if not unit.defines)
        if lines:
            found[each.path] = lines
    return found


def judged_coverage(change: Change, head: Session) -> Part:
    """How many changed statements that can run a test reached."""
    reached = reached_lines(head)
    total = covered = 0
    missed: list[Observation] = []
    for file in change.sources:
        lines = reached.get(file.path, set())
        units = changed_units(file)
        hits = [any(line in lines for line in range(u.start, u.end + 1)) for u in units]
        total += len(units)
        covered += sum(hits)
        gone = [unit for unit, hit in zip(units, hits, strict=True) if not hit]
        missed += _missed(file.path, gone)
    if not total:
        text = "the change has no statement that can run"
        return part_of([Observation("changed-line-coverage", "", 0, "", text, "")])
    percent = 100 * covered // total
    text = f"{percent}%: {covered} of {total} changed statements"
    summary = Observation("changed-line-coverage", "", 0, "", text, "")
    return part_of([summary, *missed], ["coverage-below-floor"] if percent < FLOOR else [])


def _missed(path: str, units: Sequence[Unit]) -> Iterator[Observation]:
    """One observation for each stretch of statements that follow each other."""
    at = 0
    while at < len(units):
        end = at
        while end + 1 < len(units) and units[end + 1].start <= units[end].end + 1:
            end += 1
        first, last = units[at].start, units[end].end
        text = f"no test reaches {'line' if first == last else 'lines'} {first}"
        yield Observation("uncovered", path, first, "", text + f"-{last}" * (first != last), "")
        at = end + 1
