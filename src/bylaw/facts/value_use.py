"""What becomes of a value from the clock or of chance: it decides, is handed back, or fills a text.

Only functions that call something named like a clock or a draw get this second look, so it costs
next to nothing. A value travels through operators, methods called on it and local names; as an
argument or inside a collection it is part of something else, and what happens there is not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.random_text import DRAWS, drawn_for_data, drawn_for_text
from bylaw.facts.scope import Extraction, Scope, column
from bylaw.facts.time_bounds import Bounds

CLOCK_LIKE = (
    "now", "today", ".time", "_time", "localtime", "gmtime", "time_ns", "_timestamp", "_utc",
    "clock", "monotonic", "monotonic_ns", "_counter", "_counter_ns", "choice", "choices",
    "randbelow", "randint", "randrange", "shuffle", ".sample", "random", "uniform",
)  # fmt: skip
"""How the names of what is looked at end."""

_CONVERTERS = frozenset(
    {"int", "float", "str", "round", "abs", "min", "max", "fromtimestamp", "combine", "localize",
     "make_aware", "make_naive"}
)  # fmt: skip
_LOOKUPS = ("__lt", "__lte", "__gt", "__gte", "__range", "__date", "__year", "__month", "__day")
_SAME = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_SAME_CALLS = ("assertEqual", "assertIn", "assertIs", "assertCountEqual", "assertDictEqual")
_DEEPEST_TEXT = 4
_INNER = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, str, type(None)})
"""What holds nothing further; lists in a tree hold texts (``global x``) and gaps as well."""
_MARKS = frozenset({"ctx", "op", "ops", "type_comment", "kind", "id", "attr", "arg"})
"""Fields without expressions in them."""

Place = tuple[int, int]


def mark_uses(state: Extraction, scope: Scope, node: Any) -> None:
    """Adds ``DECIDES`` and its kin to the calls of a function that was just read."""
    calls = scope.calls
    hot = [
        index
        for index, call in enumerate(calls)
        if call[F.C_PATH].endswith(CLOCK_LIKE) or call[F.C_PATH] == "time"
    ]
    if not hot:
        return
    titles = frozenset(calls[index][F.C_PATH].rpartition(".")[2] for index in hot)
    body, values = node.body, _Values(titles)
    uses = _Uses(values, _loops(body))
    uses.read(body)
    found: dict[Place, int] = {}
    for node_of_call, flag in (*uses.answers(), *uses.texts(body)):
        place = (node_of_call.lineno, column(state, node_of_call))
        before = found.get(place, 0)
        found[place] = before | flag
        if F.DECIDES in (flag, before & (F.DECIDES | F.LOOPED)):
            found[place] &= ~F.LOOPED  # it decides without the loop as well
    if not titles.isdisjoint(DRAWS):
        nodes = [part for statement in body for part in _parts(statement)]
        for node_of_call in drawn_for_data(nodes, values.bound):
            place = (node_of_call.lineno, column(state, node_of_call))
            if not found.get(place, 0) & (F.DECIDES | F.RETURNED):
                found[place] = found.get(place, 0) | F.TEXT
    for index in hot:
        call = calls[index]
        flags = found.get((call[F.C_LINE], call[F.C_COL]), 0)
        if flags:
            calls[index] = (*call[: F.C_FLAGS], call[F.C_FLAGS] | flags, *call[F.C_SITUATION :])


class _Uses:
    """What one function does with the values of its calls of interest."""

    __slots__ = ("_asserted", "_bounds", "_decided", "_returned", "_shifted", "_text", "_values")

    def __init__(self, values: _Values, loops: list[range]) -> None:
        self._values = values
        self._bounds = Bounds(loops)
        self._asserted: set[int] = set()
        self._shifted: list[Any] = []
        self._decided: list[tuple[Any, bool, int]] = []
        self._returned: list[Any] = []
        self._text: list[Any] = []

    def read(self, body: list[Any]) -> None:
        """Sorts the expressions of a body by what they do with their values."""
        for node in _nodes(body):
            kind = type(node)
            if kind in (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr):
                self._values.assign(node)
            elif kind in (ast.Return, ast.Yield):
                self._returned.append(node.value)
            elif kind is ast.Assert:
                self._bounds.claim(parts := _parts(node.test))
                self._asserted.update(id(each) for each in parts if _is_same(each))
                for test in _each_asserted(node.test):
                    self._decide(test, _is_same(test))
            elif kind is ast.Compare:
                self._bounds.compare(node)
                if not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
                    self._decide(node, id(node) in self._asserted)
            elif kind in (ast.If, ast.While, ast.IfExp):
                self._test(node.test)
            elif kind is ast.comprehension:
                for each in node.ifs:
                    self._test(each)
            elif kind is ast.Call:
                self._call(node)
            elif kind is ast.BinOp and type(node.op) in (ast.Add, ast.Sub):
                self._shifted.append(node)

    def _test(self, node: Any) -> None:
        """A condition decides by the value, unless it only asks whether there is one."""
        kind = type(node)
        if kind is ast.BoolOp:
            for value in node.values:
                self._test(value)
        elif kind is ast.UnaryOp:
            self._test(node.operand)
        elif kind not in (ast.Name, ast.Compare):
            self._decide(node)

    def _decide(self, expression: Any, same: bool = False, owner: Any = None) -> None:
        self._decided.append((expression, same, id(owner or expression)))

    def _call(self, node: ast.Call) -> None:
        name = _title(node.func)
        self._bounds.act(node)
        if name == "join":
            self._text += node.args
        elif name.startswith("assert"):
            same = name.startswith((*_SAME_CALLS, "assert_"))
            self._bounds.call(node, name)
            bounded = any(type(each) is ast.Compare for each in node.args)
            for each in (*node.args, *(keyword.value for keyword in node.keywords)):
                self._decide(each, same, None if bounded else node)
        for keyword in node.keywords:
            if keyword.arg and keyword.arg.endswith(_LOOKUPS):
                self._decide(keyword.value)

    def answers(self) -> Iterator[tuple[ast.Call, int]]:
        """Every call of interest with a flag for what becomes of its value."""
        values = self._values
        settled = self._bounds.settled(values)
        for calls in settled.values():
            yield from calls
        for expression, same, owner in self._decided:
            if owner in settled:
                continue
            same = same and not values.differ(expression)
            asked = type(expression) is ast.Call or _is_same(
                expression
            )  # by way of a text: no time
            for part in _parts(expression):
                if type(part) is ast.Call and values.is_hot(part):
                    yield part, self._bounds.weight(expression, part)
                elif type(part) is ast.Name and not same:
                    for call in values.behind(part.id, set(), texts=not asked):
                        yield call, self._bounds.weight(expression, call)
        for flag, expressions in ((F.RETURNED, self._returned), (F.SHIFTED, self._shifted)):
            for expression in expressions:
                for call in values.of(expression, set()):
                    yield call, flag

    def texts(self, body: list[Any]) -> Iterator[tuple[ast.Call, int]]:
        """Calls whose value goes into a joined text, by way of local names as well."""
        return _calls_in([*self._text, *drawn_for_text(body, self._text, self._values.bound)])


def _calls_in(texts: list[Any]) -> Iterator[tuple[ast.Call, int]]:
    for expression in texts:
        for part in _parts(expression):
            if type(part) is ast.Call:
                yield part, F.TEXT


class _Values:
    """Which calls of interest the value of an expression comes from."""

    __slots__ = ("_names", "_titles")

    def __init__(self, titles: frozenset[str]) -> None:
        self._titles = titles
        self._names: dict[str, list[Any]] = {}

    def assign(self, node: Any) -> None:
        """Remembers what local names are assigned."""
        for target in node.targets if type(node) is ast.Assign else [node.target]:
            if type(target) is ast.Name and node.value is not None:
                self._names.setdefault(target.id, []).append(node.value)

    def bound(self, name: str) -> list[Any]:
        """What a local name is assigned."""
        return self._names.get(name, [])

    def is_hot(self, node: ast.Call) -> bool:
        """Whether a call is itself of interest."""
        return _title(node.func) in self._titles

    def differ(self, node: Any) -> bool:
        """Whether a comparison sets one reading of the clock against another."""
        if type(node) is not ast.Compare:
            return False
        sides = [set(self.of(each, set())) for each in (node.left, *node.comparators)]
        return all(sides) and sides[0] != sides[-1]

    def behind(self, name: str, busy: set[str], *, texts: bool = True) -> Iterator[ast.Call]:
        """Calls whose value a local name may hold; not, unless told, in a text with more in it."""
        if name in busy or name not in self._names:
            return
        busy.add(name)
        for expression in self._names[name]:
            if texts or not self._is_text(expression):
                yield from self.of(expression, busy, texts=texts)

    def _is_text(self, node: Any, depth: int = 0) -> bool:
        """Whether an expression joins a text: ``f"{name}_{now()}"``, ``"%s.csv" % stamp``."""
        kind = type(node)
        if kind is ast.JoinedStr:
            return len(node.values) > 1
        if kind is ast.Constant:
            return type(node.value) is str
        if (
            kind is not ast.BinOp
            or type(node.op) not in (ast.Add, ast.Mod)
            or depth > _DEEPEST_TEXT
        ):
            return False
        return self._is_text(node.left, depth + 1) or self._is_text(node.right, depth + 1)

    def of(self, node: Any, busy: set[str], *, texts: bool = True) -> Iterator[ast.Call]:
        """Calls whose value the value of an expression is, or is computed from."""
        kind = type(node)
        if kind is ast.Name:
            yield from self.behind(node.id, busy, texts=texts)
        elif kind is ast.Call:
            if self.is_hot(node):
                yield node
            if _title(node.func) in _CONVERTERS:
                for each in node.args:
                    yield from self.of(each, busy, texts=texts)
            elif type(node.func) is ast.Attribute:
                yield from self.of(node.func.value, busy, texts=texts)
        elif kind in _THROUGH:
            for field in _THROUGH[kind]:
                value = getattr(node, field)
                for each in value if type(value) is list else (value,):
                    yield from self.of(each, busy, texts=texts)


_THROUGH: dict[type, tuple[str, ...]] = {
    ast.Attribute: ("value",),
    ast.Await: ("value",),
    ast.BinOp: ("left", "right"),
    ast.BoolOp: ("values",),
    ast.FormattedValue: ("value",),
    ast.IfExp: ("body", "orelse"),
    ast.JoinedStr: ("values",),
    ast.NamedExpr: ("value",),
    ast.Subscript: ("value",),
    ast.Tuple: ("elts",),
    ast.UnaryOp: ("operand",),
}


def _loops(body: list[Any]) -> list[range]:
    """Lines inside the ``for`` loops of a function that stand in no branch."""
    found = []
    for node in body:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            found.append(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, (ast.With, ast.AsyncWith, ast.Try)):
            found += _loops(node.body)
    return found


def _each_asserted(test: Any) -> list[Any]:
    """What an assertion asserts, one by one."""
    both = type(test) is ast.BoolOp and type(test.op) is ast.And
    return list(test.values) if both else [test]


def _is_same(node: Any) -> bool:
    """Whether an assertion only asks that a value came back: it may hold at any time of day."""
    return type(node) is ast.Compare and isinstance(node.ops[0], _SAME)


def _title(func: Any) -> str:
    name: str = func.attr if type(func) is ast.Attribute else getattr(func, "id", "")
    return name


def _nodes(body: list[Any]) -> Iterator[Any]:
    """The nodes of a function's body that do something, without functions and classes inside."""
    pending = list(body)
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind in _INNER or kind in _LEAVES:
            continue
        yield node
        for field in node._fields:
            if field in _MARKS:
                continue
            value = getattr(node, field)
            if type(value) is list:
                pending += value
            elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                pending.append(value)


def _parts(expression: Any) -> list[Any]:
    """An expression and every expression in it; ``ast.walk`` at a third of its price."""
    found = [expression]
    for node in found:
        for field in getattr(node, "_fields", ()):
            if field in _MARKS:
                continue
            value = getattr(node, field)
            if type(value) is list:
                found += value
            elif isinstance(value, ast.AST):
                found.append(value)
    return found
