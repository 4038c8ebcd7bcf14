"""Comparisons of times that come out the same on every run, or on every run but a stalled one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Protocol

from bylaw.facts import schema as F

_SMALLER_FIRST = (ast.Lt, ast.LtE)
_LARGER_FIRST = (ast.Gt, ast.GtE)
_CALLS = {
    "assertLess": True, "assertLessEqual": True,
    "assertGreater": False, "assertGreaterEqual": False,
}  # fmt: skip
_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0}
_GENEROUS = 2.0
"""Seconds that nothing of a test takes unless the machine stands still."""


class Values(Protocol):
    """What a reader of values can say about an expression."""

    def of(self, node: Any, busy: set[str]) -> Iterator[ast.Call]:
        """Readings of the clock that an expression is computed from."""

    def bound(self, name: str) -> list[Any]:
        """What a local name is assigned."""


class Bounds:
    """The ordered comparisons of one function, and which of them no clock can decide."""

    __slots__ = ("_acts", "_almost", "_claims", "_loops", "_pairs")

    def __init__(self, loops: list[range]) -> None:
        self._acts: list[int] = []
        self._almost: list[ast.Call] = []
        self._claims: set[int] = set()
        self._loops = loops
        self._pairs: list[tuple[Any, Any, Any]] = []

    def weight(self, expression: Any, reading: ast.Call) -> int:
        """What a decision makes of a reading; one in a loop that may be empty is a branch away."""
        asked, read = expression.lineno, reading.lineno
        away = any(asked in lines and read < lines.start for lines in self._loops)
        return F.DECIDES | F.LOOPED if away else F.DECIDES

    def act(self, node: ast.Call) -> None:
        """Takes in a call that may do something between two readings."""
        self._acts.append(node.lineno)

    def claim(self, nodes: list[Any]) -> None:
        """Takes in what is asserted: whatever ends a wait, this does not."""
        self._claims.update(map(id, nodes))

    def compare(self, node: ast.Compare) -> None:
        """Takes in ``a <= b``, also as part of a chain."""
        sides = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(op, _SMALLER_FIRST):
                self._pairs.append((left, right, node))
            elif isinstance(op, _LARGER_FIRST):
                self._pairs.append((right, left, node))

    def call(self, node: ast.Call, name: str) -> None:
        """Takes in ``self.assertLessEqual(a, b)`` and its kin."""
        self.claim([node, *node.args])
        if name == "assertAlmostEqual" and any(
            each.arg == "delta" and _seconds(each.value) >= _GENEROUS for each in node.keywords
        ):
            self._almost.append(node)
        if name in _CALLS and len(node.args) > 1:
            first, second = node.args[:2]
            self._pairs.append((first, second, node) if _CALLS[name] else (second, first, node))

    def settled(self, values: Values) -> dict[int, list[tuple[ast.Call, int]]]:
        """Comparisons that decide nothing, by identity, each with the readings it takes in."""
        found: dict[int, list[tuple[ast.Call, int]]] = {}
        undecided: set[int] = set()
        for node in self._almost:
            read = [call for each in node.args for call in values.of(each, set())]
            found[id(node)] = [(call, F.LOOSE) for call in read]
        for pair in self._pairs:
            flag = self._weigh(pair, values)
            if flag:
                calls = [*values.of(pair[0], set()), *values.of(pair[1], set())]
                found.setdefault(id(pair[2]), []).extend((call, flag) for call in calls)
            else:
                undecided.add(id(pair[2]))
        return {key: calls for key, calls in found.items() if key not in undecided}

    def _weigh(self, pair: tuple[Any, Any, Any], values: Values) -> int:
        small, large, owner = pair
        if _is_duration(small, values) and _seconds(large) >= _GENEROUS:
            return F.LOOSE
        if _is_duration(large, values) and 0 >= _seconds(small) > -1:
            return F.LOOSE
        for lower, upper in ((pair, self._other(pair, 1)), (self._other(pair, 0), pair)):
            if (
                lower is not None
                and upper is not None
                and _encloses(lower[0], upper[1], values, owner.lineno)
            ):
                return F.BRACKETED
        if id(owner) in self._claims and self._is_since(small, large, owner, values):
            return F.BRACKETED
        if id(owner) not in self._claims and _is_wait(small, large, values):
            return F.LOOSE
        return 0

    def _is_since(self, small: Any, large: Any, owner: Any, values: Values) -> bool:
        """Whether something is asserted to be no older than a reading from before it was made."""
        if not isinstance(small, ast.Name) or any(True for _ in values.of(large, set())):
            return False
        bound = values.bound(small.id)
        read = [call.lineno for call in values.of(small, set())]
        if len(bound) != 1 or not read or not _is_reading(bound[0]):
            return False
        return any(max(read) < line < owner.lineno for line in self._acts)

    def _other(self, pair: tuple[Any, Any, Any], side: int) -> tuple[Any, Any, Any] | None:
        """The comparison that bounds the same value from the other side."""
        wanted = ast.dump(pair[side])
        for other in self._pairs:
            if other is not pair and ast.dump(other[1 - side]) == wanted:
                return other
        return None


def _is_reading(node: Any) -> bool:
    """Whether a value is the time itself, at most rounded: nothing is added to it or taken off."""
    return not any(isinstance(each, ast.BinOp) for each in ast.walk(node))


def _is_wait(small: Any, large: Any, values: Values) -> bool:
    """Whether two readings are compared to end a wait: ``while now() < deadline``."""
    return len({id(call) for side in (small, large) for call in values.of(side, set())}) > 1


def _encloses(lower: Any, upper: Any, values: Values, line: int) -> bool:
    """Whether two bounds are readings of the clock, the lower one taken first.

    A name that is bound again further down holds the earlier reading still.
    """
    first = [call.lineno for call in values.of(lower, set()) if call.lineno <= line]
    last = [call.lineno for call in values.of(upper, set()) if call.lineno <= line]
    return bool(first and last) and max(first) < max(last)


def _is_duration(node: Any, values: Values, depth: int = 0) -> bool:
    """Whether an expression is the time between a reading of the clock and something else."""
    if depth > 4:
        return False
    if isinstance(node, ast.Name):
        bound = values.bound(node.id)
        return bool(bound) and all(_is_duration(each, values, depth + 1) for each in bound)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "total_seconds" and isinstance(node.func, ast.Attribute):
            return _is_duration(node.func.value, values, depth + 1)
        inside = name in ("abs", "round", "float") and node.args
        return bool(inside) and _is_duration(node.args[0], values, depth + 1)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    return any(True for side in (node.left, node.right) for _ in values.of(side, set()))


def _seconds(node: Any) -> float:
    """What a plain bound is in seconds, -1 where it is no plain bound."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {each.arg: _seconds(each.value) for each in node.keywords}
        if name == "timedelta" and not node.args and given and given.keys() <= _SECONDS.keys():
            return sum(value * _SECONDS[str(unit)] for unit, value in given.items())
    return -1.0
