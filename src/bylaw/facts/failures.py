"""What a function does about a failure after the handler: tests, raises, tries again.

Only functions with a handler that keeps silent get this second look.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.facts.scope import Scope
from bylaw.facts.traversal import nodes_within

_ANSWERED = F.H_RAISES | F.H_USES | F.H_GUARDS_IMPORT
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASKING = frozenset({"isinstance", "len", "bool", "any", "all", "callable", "hasattr"})
_PAUSES = frozenset({"sleep", "wait", "sleep_until"})
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.NotEq)

IsConstant = Callable[[Any], bool]
Way = tuple[tuple[Any, ...], ...]


def mark_failures(scope: Scope, body: list[Any], is_constant: IsConstant) -> None:
    """Completes the flags of handlers that keep silent, by what the function does besides.

    Args:
        scope: the function that was just read; its handlers are replaced in place.
        body: its statements.
        is_constant: whether an expression is a literal that carries nothing of a failure.
    """
    silent = {
        (handler[F.H_TRY_LINE], handler[F.H_LINE]): index
        for index, handler in enumerate(scope.handlers)
        if not handler[F.H_FLAGS] & _ANSWERED
    }
    if not silent:
        return
    reader = _Reader(is_constant)
    reader.read(body, _Road((), (), ()))
    for attempt in reader.attempts:
        index = silent.get((attempt.node.lineno, attempt.line))
        if index is not None:
            handler = scope.handlers[index]
            flags = handler[F.H_FLAGS] | reader.answer(attempt, handler[F.H_FLAGS])
            scope.handlers[index] = (*handler[: F.H_FLAGS], flags, *handler[F.H_TRY_LINE :])


class _Road(NamedTuple):
    """How a function goes on from a statement.

    Attributes:
        next: the rest of each block around it, the innermost first.
        loops: the loops around it, the innermost first.
        after: per loop, what ``next`` is where the loop is left by ``break``.
    """

    next: Way
    loops: tuple[Any, ...]
    after: tuple[Way, ...]


class _Attempt(NamedTuple):
    """A handler and its place: the ``try`` or ``with``, its own line and body, the road from it."""

    node: Any
    line: int
    body: list[Any]
    road: _Road


class _Reader:
    """Finds the attempts of one function and everything that may speak of their failure."""

    def __init__(self, is_constant: IsConstant) -> None:
        self.is_constant = is_constant
        self.attempts: list[_Attempt] = []
        self.defaults: dict[str, list[int]] = {}
        self.tests: dict[str, list[int]] = {}
        self.answers: dict[str, list[tuple[int, int]]] = {}

    def read(self, block: list[Any], road: _Road) -> None:
        """Reads the statements of a block, after which the function goes on along the road."""
        for index, node in enumerate(block):
            if isinstance(node, _INNER):
                continue
            here = road._replace(next=(tuple(block[index + 1 :]), *road.next))
            self._look(node)
            if hasattr(node, "handlers"):
                self._try(node, here)
            elif isinstance(node, _LOOPS):
                self._loop(node, here)
            elif isinstance(node, ast.Match):
                for case in node.cases:
                    self.read(case.body, here)
            else:
                if isinstance(node, (ast.With, ast.AsyncWith)):
                    lines = {item.context_expr.lineno for item in node.items}
                    self.attempts += [_Attempt(node, line, [], here) for line in lines]
                self.read(getattr(node, "body", []), here)
                self.read(getattr(node, "orelse", []), here)

    def _try(self, node: Any, road: _Road) -> None:
        self.read(node.body, road._replace(next=(tuple(node.orelse), *road.next)))
        for handler in node.handlers:
            self.attempts.append(_Attempt(node, handler.lineno, handler.body, road))
            self.read(handler.body, road)
        self.read(node.orelse, road)
        self.read(node.finalbody, road)

    def _loop(self, node: Any, road: _Road) -> None:
        ended: Way = () if _is_endless(node) else (tuple(node.orelse), *road.next)
        after = (road.next, *road.after)
        self.read(node.body, _Road((_MARK, *ended), (node, *road.loops), after))
        self.read(node.orelse, road)

    def _look(self, node: Any) -> None:
        """Notes the constants a statement assigns and the names its own expressions test."""
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and self.is_constant(node.value):
            for target in targets:
                if name := _dotted(target):
                    self.defaults.setdefault(name, []).append(node.lineno)
        for test in _tests(node):
            for name in _asked(test):
                self.tests.setdefault(name, []).append(test.lineno)
        for name, flag in _handed_on(node):
            self.answers.setdefault(name, []).append((node.lineno, flag))

    def answer(self, attempt: _Attempt, flags: int) -> int:
        """Flags to add for what becomes of a failure after its handler."""
        found = 0
        if self._tells_apart(attempt):
            found |= F.H_TESTED
        for name in _statuses(attempt):
            found |= max((flag for line, flag in self.answers.get(name, ())
                          if line > attempt.node.end_lineno), default=0)  # fmt: skip
        last = attempt.body[-1] if attempt.body else None
        if not isinstance(last, ast.Return) and _raises(_way_on(attempt.road, last), attempt.road):
            found |= F.H_RAISES
        stays = not isinstance(last, (ast.Return, ast.Break))
        if flags & F.H_LOGS and stays and any(map(_is_supervisor, attempt.road.loops)):
            found |= F.H_SUPERVISES
        return found

    def _tells_apart(self, attempt: _Attempt) -> bool:
        """Whether a name that keeps a constant where the attempt failed is tested afterwards."""
        node = attempt.node
        done = attempt.body[-1].end_lineno if attempt.body else node.end_lineno
        loops = [each.lineno for each in attempt.road.loops]
        last = getattr(node, "finalbody", None)
        cleaning = range(last[0].lineno, node.end_lineno + 1) if last else range(0)
        handled = {*_names_set(attempt.body, self.is_constant)}
        for name in handled | {*_names_set(node.body)}:
            before = [line for line in self.defaults.get(name, ()) if line < node.lineno]
            if name not in handled and not before:
                continue
            made = node.lineno if name in handled else max(before)
            for line in self.tests.get(name, ()):
                if (line > done and line not in cleaning) or (
                    line < node.lineno
                    and any(first <= line and (name in handled or made < first) for first in loops)
                ):
                    return True
        return False


_MARK = (ast.Pass(),)
"""Stands on a road where the body of a loop ends."""


def _statuses(attempt: _Attempt) -> set[str]:
    """Names that say in plain words how an attempt ended: ``ok = False``, ``state = "down"``."""
    tried = {*_names_set(attempt.node.body)}
    return tried.intersection(_names_set(attempt.body, _is_status))


def _is_status(node: Any) -> bool:
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return isinstance(value, bool) or (isinstance(value, str) and bool(value))


def _handed_on(node: Any) -> Iterator[tuple[str, int]]:
    """Names a statement puts into an answer, by keyword, entry or text, or returns alone."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
        yield node.value.id, F.H_RETURNS_CONSTANT
    for expression in ast.iter_child_nodes(node):
        if not isinstance(expression, ast.expr):
            continue
        for each in nodes_within(expression, _INNER):
            if isinstance(each, ast.keyword):
                values = [each.value]
            elif isinstance(each, ast.Dict):
                values = each.values
            elif isinstance(each, ast.FormattedValue):
                values = [each.value]
            else:
                continue
            yield from ((value.id, F.H_USES) for value in values if isinstance(value, ast.Name))


def _is_endless(node: Any) -> bool:
    test = getattr(node, "test", None)
    return isinstance(test, ast.Constant) and bool(test.value)


def _way_on(road: _Road, last: Any) -> Way:
    """The blocks a failure passes once its handler is done."""
    if isinstance(last, ast.Break) and road.after:
        return road.after[0]
    if isinstance(last, ast.Continue):
        marks = [index for index, block in enumerate(road.next) if block is _MARK]
        return road.next[marks[0] + 1 :] if marks else ()
    return road.next


def _raises(way: Way, road: _Road) -> bool:
    """Whether a road ends in a ``raise``; in an endless loop, whether one stands behind a test."""
    endless = bool(road.loops) and _is_endless(road.loops[0])
    for block in way:
        for node in block:
            if isinstance(node, ast.Raise):
                return True
            if isinstance(node, ast.If) and endless and isinstance(node.body[-1], ast.Raise):
                return True
            if isinstance(node, ast.If) and _both_raise(node):
                return True
            if _may_leave(node):
                return False
        if block is _MARK and endless:
            return False
    return False


def _both_raise(node: ast.If) -> bool:
    blocks = (node.body, node.orelse)
    return all(block and isinstance(block[-1], ast.Raise) for block in blocks)


def _may_leave(node: Any) -> bool:
    return any(
        isinstance(each, (ast.Return, ast.Break, ast.Continue))
        for each in nodes_within(node, _INNER)
    )


def _is_supervisor(loop: Any) -> bool:
    """Whether a loop runs until somebody stops it, and pauses on every round."""
    if not isinstance(loop, ast.While):
        return False
    if any(isinstance(op, _ORDERED) for each in ast.walk(loop.test) for op in _ops(each)):
        return False
    return any(
        isinstance(each, ast.Call)
        and getattr(each.func, "attr", getattr(each.func, "id", "")) in _PAUSES
        for each in nodes_within(loop, _INNER)
    )


def _ops(node: Any) -> list[Any]:
    return node.ops if isinstance(node, ast.Compare) else []


def _names_set(body: list[Any], accepts: IsConstant | None = None) -> Iterator[str]:
    """Names that a block assigns, be it under ``if`` or inside ``with``."""
    for statement in body:
        for node in nodes_within(statement, _INNER):
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                targets = [node.target]
            else:
                continue
            if accepts is not None and not accepts(node.value):
                continue
            for target in targets:
                elements = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
                yield from (name for each in elements if (name := _dotted(each)))


def _dotted(node: Any) -> str:
    """A local name or an attribute of one, as in ``self.ready``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _tests(node: Any) -> Iterator[Any]:
    """The conditions in a statement itself, not those of the statements inside it."""
    if isinstance(node, (ast.If, ast.While, ast.Assert)):
        yield node.test
    elif isinstance(node, ast.Match):
        yield node.subject
    pending = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    pending += [item.context_expr for item in getattr(node, "items", ())]
    for expression in pending:
        for each in nodes_within(expression, _INNER):
            if isinstance(each, ast.IfExp):
                yield each.test
            elif isinstance(each, ast.BoolOp):
                yield from each.values[:-1]
            elif isinstance(each, ast.Compare):
                yield each
            elif isinstance(each, ast.comprehension):
                yield from each.ifs


def _asked(test: Any) -> Iterator[str]:
    """Names whose own value a condition asks about."""
    if isinstance(test, (ast.Name, ast.Attribute)):
        yield _dotted(test)
    elif isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _asked(value)
    elif isinstance(test, ast.UnaryOp):
        yield from _asked(test.operand)
    elif isinstance(test, ast.Compare):
        for side in (test.left, *test.comparators):
            yield from _asked(side)
    elif isinstance(test, ast.Subscript):
        yield from _asked(test.value)
    elif isinstance(test, ast.NamedExpr):
        yield test.target.id
    elif isinstance(test, ast.Call) and getattr(test.func, "id", "") in _ASKING:
        for argument in test.args:
            yield from _asked(argument)
