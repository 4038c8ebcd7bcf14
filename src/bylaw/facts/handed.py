"""What some calls are handed, in words: logs, queries, responses, digests.

A path says where a value comes from; these rules also ask what it was called on the way, and what
texts it was put into. Only functions that call something of interest get this second look. Every
argument is taken apart into its *leaves*: the names, attributes and results it is made of, each
with the functions it went through and the local names that held it.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.interest import (
    MARKS,
    begins_statement,
    builds_statement,
    compares_passwords,
    is_marked,
    is_private,
)
from bylaw.facts.scope import Extraction, Scope, column
from bylaw.facts.watched import WATCHED

_VEILS = ("mask", "redact", "hash", "digest", "obfusc", "anonym", "trunc", "sanit", "fingerprint",
          "len", "bool", "censor", "encrypt", "hide", "veil", "shorten")  # fmt: skip
_ASKING = frozenset(
    {"str", "repr", "type", "isinstance", "getattr", "hasattr", "format", "len", "bool"}
)
_DEEPEST = 6
_MOST_LEAVES = 16
_LONGEST = 400
_PLAIN = frozenset(
    {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Name, ast.Constant, str,
     type(None), int, bool, ast.Pass, ast.Import, ast.ImportFrom, ast.Global}
)  # fmt: skip
"""Nodes that hold nothing to look at, and functions, which are looked at by themselves."""
_LOOPS = frozenset({ast.For, ast.AsyncFor, ast.comprehension})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
_ASSIGNMENTS = frozenset({ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr})

Caught = dict[str, str]
Binding = tuple[int, int, bool, Any]
"""Line and column of a name that is bound, whether to more of the same, and to what."""
Leaf = tuple[str, tuple[str, ...], tuple[str, ...]]


def _is_veiled(value: Any) -> bool:
    """Whether a value was made unreadable before it got its name, or is no secret at all."""
    if type(value) is ast.Call:
        title = _title(value.func).lower()
        return any(word in title for word in _VEILS)
    if type(value) is ast.Subscript:
        return type(value.slice) is ast.Slice
    return type(value) is ast.Constant


def note_handed(state: Extraction, scope: Scope, body: list[Any]) -> None:
    """Adds to a function that was just read what its calls of interest are handed."""
    if not scope.looked_at:
        return
    reader = _Reader(state.renamed)
    places = {(call[F.C_LINE], call[F.C_COL], call[F.C_END], reader.last(call[F.C_PATH])): n
              for n, call in enumerate(scope.calls)}  # fmt: skip
    reader.read(body)
    for node, caught in reader.found:
        if type(node) is ast.Return:
            if not caught and not _may_build(reader, node.value):
                continue
            handed = _handed(reader, [("0", node.value)], caught, node.lineno)
            if handed and (caught or _is_statement(handed)):
                kind = F.T_ANSWER if caught else F.T_STATEMENT
                scope.handed.append((kind, node.lineno, handed))
            continue
        if type(node) is ast.Compare:
            sides = [("0", node.left), ("1", node.comparators[0])]
            handed = _handed(reader, sides, caught, node.lineno)
            scope.handed.append((F.T_COMPARED, node.lineno, handed))
            continue
        name = reader.title(node.func)
        place = (node.lineno, column(state, node), node.end_lineno or node.lineno, name)
        index = places.get(place, -1)
        if index >= 0:
            handed = _handed(reader, _arguments(node), caught, node.lineno)
            if handed:
                scope.handed.append((index, node.lineno, handed))
    scope.handed.sort(key=lambda each: (each[1], each[0]))


def _may_build(reader: _Reader, value: Any) -> bool:
    """Whether what is returned may be a statement, before anything is taken apart."""
    if type(value) is not ast.Name:
        return True
    given = (each[3] for each in reader.values.get(value.id, ()))
    return any(
        builds_statement(each) or begins_statement(str(getattr(each, "value", "")))
        for each in given
    )


def _is_statement(handed: Any) -> bool:
    """Whether what is returned is a statement that something was written into."""
    return bool(handed[0][1] and handed[0][3] and begins_statement(handed[0][2]))


def _arguments(node: ast.Call) -> list[tuple[str, Any]]:
    arguments = [(str(n), each) for n, each in enumerate(node.args)]
    return arguments + [(each.arg or "**", each.value) for each in node.keywords]


def _handed(
    reader: _Reader, arguments: Iterable[tuple[str, Any]], caught: Caught, line: int
) -> Any:
    """Arguments that are more than a constant, taken apart."""
    indent = reader.indent_at(line)
    found = []
    for position, value in arguments:
        taken = _Taken(reader, caught, indent)
        taken.take(value, (), (), 0)
        if taken.leaves or taken.text:
            leaves = tuple(dict.fromkeys(taken.leaves))[:_MOST_LEAVES]
            found.append((position, taken.formatted, taken.text[:_LONGEST], leaves))
    return tuple(found) if any(each[3] or each[2] for each in found) else ()


class _Reader:
    """Finds the calls of interest of a body, and what its local names were given."""

    __slots__ = ("_is_sorted", "_renamed", "caught", "found", "starts", "values")

    def __init__(self, renamed: dict[str, str]) -> None:
        self._renamed = renamed
        self.starts: list[tuple[int, int]] = []
        self._is_sorted = False
        self.values: dict[str, list[Binding]] = {}
        self.caught: Caught = {}
        self.found: list[tuple[Any, Caught]] = []

    def read(self, body: list[Any], caught: Caught | None = None) -> None:
        """Visits every node of a body but those of inner functions."""
        caught = caught or {}
        pending = list(body)
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind in _PLAIN:
                continue
            note = _NOTES.get(kind)
            if note is not None:
                note(self, node, caught)
            if kind is ast.ExceptHandler and node.name:
                inner = {**caught, node.name: _types(node)}
                self.caught.update(inner)
                self.read(node.body, inner)
                continue
            for field in node._fields:
                if field in MARKS:
                    continue
                value = getattr(node, field)
                if type(value) is list:
                    pending += value
                elif type(value) not in _PLAIN:
                    pending.append(value)

    def title(self, func: Any) -> str:
        """Last name of what is called, as its own module calls it."""
        name = _title(func)
        return self._renamed.get(name, name) if type(func) is ast.Name else name

    def last(self, path: str) -> str:
        """The same of the path of a call."""
        name = path.rpartition(".")[2].rpartition("|")[2]
        return self._renamed.get(name, name) if "." not in path else name

    def indent_at(self, line: int) -> int:
        """Column of the statement that a line belongs to; asked when all has been read."""
        if not self._is_sorted:
            self.starts.sort()
            self._is_sorted = True
        place = bisect_left(self.starts, (line + 1, 0))
        return self.starts[place - 1][1] if place else 0

    def assign(self, node: Any) -> None:
        targets = node.targets if type(node) is ast.Assign else [node.target]
        for target in targets:
            if node.value is not None:
                self.bind(target, node.value, type(node) is ast.AugAssign)

    def bind(self, target: Any, value: Any, again: bool = False) -> None:
        if type(target) is ast.Name:
            place = (target.lineno, target.col_offset)
            self.values.setdefault(target.id, []).append((*place, again, value))
        elif type(target) in (ast.Tuple, ast.List):
            parts = value.elts if type(value) is type(target) else ()
            same = len(parts) == len(target.elts)
            for number, each in enumerate(target.elts):
                self.bind(each, parts[number] if same else value)


def _note_start(reader: _Reader, node: Any, caught: Caught) -> None:
    reader.starts.append((node.lineno, node.col_offset))


def _note_call(reader: _Reader, node: Any, caught: Caught) -> None:
    if (
        reader.title(node.func) in WATCHED
        or any(map(is_marked, node.args))
        or (caught and _passes_on(node, caught))
    ):
        reader.found.append((node, caught))


def _passes_on(node: ast.Call, caught: Caught) -> bool:
    """Whether a call hands a caught exception to somebody, and does not only ask it."""
    return any(type(each) is ast.Name and each.id in caught for each in node.args) and not (
        type(node.func) is ast.Name and node.func.id in _ASKING
    )


def _note_return(reader: _Reader, node: Any, caught: Caught) -> None:
    reader.starts.append((node.lineno, node.col_offset))
    value = node.value
    if (caught and value is not None and type(value) is not ast.Call) or (
        type(value) is ast.Name or builds_statement(value)
    ):
        reader.found.append((node, caught))


def _note_comparison(reader: _Reader, node: Any, caught: Caught) -> None:
    if compares_passwords(node):
        reader.found.append((node, caught))


def _note_assignment(reader: _Reader, node: Any, caught: Caught) -> None:
    if type(node) is not ast.NamedExpr:
        reader.starts.append((node.lineno, node.col_offset))
    reader.assign(node)


def _note_loop(reader: _Reader, node: Any, caught: Caught) -> None:
    if type(node) is not ast.comprehension:
        reader.starts.append((node.lineno, node.col_offset))
    reader.bind(node.target, node.iter)


_NOTES: dict[type, Callable[[_Reader, Any, Caught], None]] = {
    ast.Call: _note_call,
    ast.Return: _note_return,
    ast.Compare: _note_comparison,
    **dict.fromkeys(_ASSIGNMENTS, _note_assignment),
    **dict.fromkeys(_LOOPS, _note_loop),
    **dict.fromkeys(
        (ast.Expr, ast.If, ast.While, ast.With, ast.AsyncWith, ast.Raise, ast.Assert), _note_start
    ),
}
"""What is kept of each kind of node; of most kinds nothing is."""


class _Taken:
    """One argument, taken apart."""

    __slots__ = ("_caught", "_indent", "_reader", "formatted", "leaves", "text")

    def __init__(self, reader: _Reader, caught: Caught, indent: int) -> None:
        self._reader = reader
        self._indent = indent
        self._caught = caught
        self.leaves: list[Leaf] = []
        self.text = ""
        self.formatted = False

    def take(self, node: Any, through: tuple[str, ...], via: tuple[str, ...], depth: int) -> None:
        """Adds the leaves of an expression, and what is constant of its text."""
        kind = type(node)
        if depth > _DEEPEST or len(self.leaves) > _MOST_LEAVES:
            return
        if kind is ast.Constant:
            if type(node.value) is str and len(self.text) < _LONGEST:
                self.text += node.value
        elif kind is ast.Name:
            self._name(node, through, via, depth)
        elif kind is ast.Attribute or kind is ast.Subscript:
            self._chain(node, through, via, depth)
        elif kind is ast.Call:
            self._call(node, through, via, depth)
        elif kind is ast.JoinedStr:
            _take_joined(self, node, through, via, depth)
        elif kind is ast.Dict:
            for key, value in zip(node.keys, node.values, strict=True):
                named = (*via, f"'{key.value!s}'") if type(key) is ast.Constant else via
                self.take(value, through, named, depth + 1)
        elif kind in _COMPREHENSIONS:
            self.take(node.elt, through, via, depth + 1)
        else:
            if kind is ast.BinOp and type(node.op) in (ast.Mod, ast.Add):
                self.formatted = True
            parts = [node.left] if kind is ast.BinOp and type(node.op) is ast.Mult else _parts(node)
            for part in parts:
                text = self.text
                self.take(part, through, via, depth + 1)
                if kind is ast.BinOp and type(node.op) is ast.Add and self.text == text:
                    self.text += "{}"

    def _name(self, node: Any, through: tuple[str, ...], via: tuple[str, ...], depth: int) -> None:
        name: str = node.id
        types = self._caught.get(name)
        bindings = self._reader.values.get(name)
        values = None if bindings is None else _reaching(bindings, node.lineno, self._indent)
        if types is None and values is None:
            types = self._reader.caught.get(name)
        if types is not None:
            self.leaves.append((f"^{types}", through, via))
        elif values is None or name in via:
            self.leaves.append((name, through, via))
        else:
            if is_private(name) and not any(map(_is_veiled, values)):
                self.leaves.append((name, through, via))
            for value in reversed(values[:4]):
                self.take(value, through, (*via, name), depth + 1)

    def _chain(self, node: Any, through: tuple[str, ...], via: tuple[str, ...], depth: int) -> None:
        text = written(node)
        root = node
        while type(root) in (ast.Attribute, ast.Subscript):
            root = root.value
        if text:
            name = root.id
            types = self._caught.get(name)
            head = f"^{types}~" if types is not None else name
            self.leaves.append((head + text[len(name) :], through, via))
        else:
            last = f".{node.attr}" if type(node) is ast.Attribute else "[]"
            self.take(node.value, (*through, last), via, depth + 1)

    def _call(
        self, node: ast.Call, through: tuple[str, ...], via: tuple[str, ...], depth: int
    ) -> None:
        title = self._reader.title(node.func)
        asked = _looked_up(node)
        if asked:
            self.leaves.append((asked, through, via))
            return
        inner = (*through, title)
        before = len(self.leaves)
        if title == "format" and type(node.func) is ast.Attribute:
            self.formatted = True
        if type(node.func) is ast.Attribute and _is_value(node.func.value):
            self.take(node.func.value, inner, via, depth + 1)
        rest, outside = self.text, title in ("format", "join", "text", "str", "dedent", "strip")
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        steered = title in ("decode", "encode") and type(node.func) is ast.Attribute
        for each in given:  # jwt.decode(token, key) gives neither of them back
            self.take(each, (*through, f"{title}()") if steered else inner, via, depth + 1)
        if not outside:
            self.text = rest
        if len(self.leaves) == before and all(type(each) is ast.Constant for each in given):
            self.leaves.append((f"{written(node.func) or title}()", through, via))


def _reaching(bindings: list[Binding], line: int, column: int) -> list[Any]:
    """What a name may hold on a line: what it was bound to last, and before that in branches.

    A binding that stands no further in than the use replaces the ones before it.
    """
    found = []
    for first, col, again, value in sorted(bindings, key=lambda each: each[:2], reverse=True):
        if first > line:
            continue
        found.append(value)
        if col <= column and not again:
            break
    return found or [each[3] for each in bindings]


def _take_joined(
    taken: _Taken, node: ast.JoinedStr, through: tuple[str, ...], via: tuple[str, ...], depth: int
) -> None:
    """Adds the leaves of an f-string; each stands as ``{}`` in the text."""
    for part in node.values:
        if type(part) is ast.FormattedValue:
            taken.formatted = True
            taken.text += "{}"
            rest, taken.text = taken.text, ""
            taken.take(part.value, through, via, depth + 1)
            taken.text = rest
        else:
            taken.take(part, through, via, depth + 1)


def _looked_up(node: ast.Call) -> str:
    """``headers.get("authorization")`` as ``headers['authorization']``; empty for other calls."""
    if type(node.func) is not ast.Attribute or node.func.attr not in ("get", "pop", "getlist"):
        return ""
    key = getattr(node.args[0], "value", None) if node.args else None
    owner = written(node.func.value)
    return f"{owner}['{key}']" if type(key) is str and owner else ""


def _is_value(node: Any) -> bool:
    """Whether what a method is called on is a value, not a module: modules say nothing."""
    return not (type(node) is ast.Name and node.id[:1].isupper())


def written(node: Any) -> str:
    """A chain of names, attributes and constant subscripts as it is written; empty for others."""
    parts: list[str] = []
    while True:
        kind = type(node)
        if kind is ast.Attribute:
            parts.append(f".{node.attr}")
            node = node.value
        elif kind is ast.Subscript and type(node.slice) is ast.Constant:
            parts.append(f"['{node.slice.value!s}']")
            node = node.value
        elif kind is ast.Name:
            parts.append(node.id)
            return "".join(reversed(parts))[:120]
        else:
            return ""


def gone_through(node: Any) -> str:
    """What a loop goes through, as ``S_EACH`` spells it."""
    kind = type(node)
    if kind is ast.Await:
        return gone_through(node.value)
    if kind in (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Constant):
        return "[]"
    if kind is ast.Call:
        if node.args and _title(node.func) in ("enumerate", "sorted", "reversed", "list", "tqdm"):
            return gone_through(node.args[0])
        return f"{_title(node.func)}()"
    return written(node) or "?"


def _types(handler: ast.ExceptHandler) -> str:
    if handler.type is None:
        return "BaseException"
    nodes = handler.type.elts if type(handler.type) is ast.Tuple else [handler.type]
    return "|".join(written(node) or "?" for node in nodes)


def _title(func: Any) -> str:
    name: str = func.attr if type(func) is ast.Attribute else getattr(func, "id", "")
    return name


_PARTS: dict[type, tuple[str, ...]] = {
    ast.Await: ("value",),
    ast.BinOp: ("left", "right"),
    ast.BoolOp: ("values",),
    ast.IfExp: ("body", "orelse"),
    ast.List: ("elts",),
    ast.NamedExpr: ("value",),
    ast.Set: ("elts",),
    ast.Starred: ("value",),
    ast.Tuple: ("elts",),
    ast.DictComp: ("value",),
}


def _parts(node: Any) -> Iterator[Any]:
    for field in _PARTS.get(type(node), ()):
        value = getattr(node, field)
        if type(value) is list:
            yield from value
        else:
            yield value
