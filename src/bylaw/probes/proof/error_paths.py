"""Tests that reach changed code and expect an error, or inject a fault.

What counts is what ran: an assertion counts where its line was reached in a test that passed, and
the test reached a changed function. Names never count.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bylaw.probes.outcome import Observation
from bylaw.probes.proof.change import Change, is_support
from bylaw.probes.proof.changed_tests import functions, parsed, plain_dump
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.red_green import changed_functions
from bylaw.probes.proof.session import PASSED, Session, Told

_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "RaisesGroup"})
_STATUS = frozenset({"status_code", "status", "status_int"})
_TOGETHER = frozenset({"gather", "TaskGroup", "create_task_group", "ThreadPoolExecutor", "Thread",
                       "ProcessPoolExecutor", "Barrier"})  # fmt: skip
_SENT = frozenset({"post", "put", "patch", "delete"})


class Marked(NamedTuple):
    """One line of a test file that expects or injects something.

    Attributes:
        line: the line.
        what: what it is.
    """

    line: int
    what: str


class Function(NamedTuple):
    """One changed function.

    Attributes:
        path: its file.
        name: its class and name.
        start: first line of its body.
        end: its last line.
    """

    path: str
    name: str
    start: int
    end: int


Reader = Callable[[ast.AST], Iterable[Marked]]


def judged_negative_path(change: Change, head: Session, owed: bool) -> Part:
    """Which changed functions have a test that expects an error.

    Args:
        change: the change.
        head: its session.
        owed: whether a function without one fails the probe.
    """
    return _judged(change, head, "negative-path", error_lines, owed)


def judged_resilience(change: Change, head: Session, owed: bool) -> Part:
    """Which changed functions have a test that injects a fault, a duplicate or concurrency."""
    return _judged(change, head, "resilience", fault_lines, owed)


def _judged(change: Change, head: Session, kind: str, read: Reader, owed: bool) -> Part:
    wanted = [
        Function(file.path, name, *lines)
        for file in change.sources
        for name, lines in changed_functions(file).items()
    ]
    if not wanted:
        return part_of()
    marked = _Marks(change, read)
    proven: dict[Function, tuple[str, str, Marked]] = {}
    known = {each.identity: each for each in head.tests}
    for identity, told in head.runs["first"].tests.items():
        if told.outcome not in PASSED or identity not in known:
            continue
        reached = [each for each in wanted if each not in proven and _reaches(told, each)]
        if not reached:
            continue
        for path in told.reached:
            for mark in marked.of(path):
                if mark.line in told.reached[path]:
                    proven.update(dict.fromkeys(reached, (identity, path, mark)))
    return part_of(_seen(kind, wanted, proven), [f"no-{kind}"] * (owed and not proven))


def _reaches(told: Told, function: Function) -> bool:
    lines = told.reached.get(function.path, frozenset())
    return any(function.start <= line <= function.end for line in lines)


def _seen(
    kind: str, wanted: Iterable[Function], proven: Mapping[Function, tuple[str, str, Marked]]
) -> Iterator[Observation]:
    for each in wanted:
        found = proven.get(each)
        if found is None:
            text = f"no passing test that reaches it {_LACKS[kind]}"
            yield Observation(f"no-{kind}", each.path, each.start, each.name, text, "")
        else:
            identity, path, mark = found
            detail = f"{mark.what}\nby: {identity}\nat: {path}:{mark.line} {identity}"
            yield Observation(kind, each.path, each.start, each.name, detail, "")


_LACKS = {
    "negative-path": "expects an error",
    "resilience": "injects a fault, a duplicate, concurrency or a rollback",
}


class _Marks:
    """Marked lines of test files, read once each."""

    def __init__(self, change: Change, read: Reader) -> None:
        self._change, self._read = change, read
        self._known: dict[str, list[Marked]] = {}

    def of(self, path: str) -> list[Marked]:
        """Those of one file; none where it is not a test's."""
        if path not in self._known:
            tree = parsed(self._change.text(path)) if is_support(path) else None
            self._known[path] = list(self._read(tree)) if tree is not None else []
        return self._known[path]


def error_lines(tree: ast.AST) -> Iterator[Marked]:
    """Lines that only pass where an error happened."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                name = _called(item.context_expr)
                if name in _RAISES:
                    # The line inside ran: the body was entered.
                    yield Marked(node.body[0].lineno, f"expects {_first_word(item.context_expr)}")
        elif isinstance(node, ast.Call) and _called(node) in _RAISES and len(node.args) > 1:
            yield Marked(node.lineno, f"expects {_first_word(node)}")
        elif isinstance(node, ast.Assert) and _expects_status(node.test):
            yield Marked(node.lineno, f"expects a status of 400 or more: {ast.unparse(node.test)}")
        elif isinstance(node, ast.Call) and _expects_status_by_method(node):
            yield Marked(node.lineno, f"expects a status of 400 or more: {ast.unparse(node)}")


def _expects_status_by_method(node: ast.Call) -> bool:
    if _called(node) not in ("assertEqual", "assertEquals", "assertGreaterEqual"):
        return False
    return len(node.args) > 1 and (
        _is_status_pair(node.args[0], [node.args[1]]) or _is_status_pair(node.args[1],
                                                                         [node.args[0]])
    )  # fmt: skip


def _called(node: ast.AST) -> str:
    """Last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _first_word(node: ast.AST) -> str:
    arguments = node.args if isinstance(node, ast.Call) else []
    return ast.unparse(arguments[0]) if arguments else "an exception"


def _expects_status(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_expects_status(each) for each in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], (ast.Eq, ast.GtE, ast.Is)):
        return _is_status_pair(left, [right]) or _is_status_pair(right, [left])
    if isinstance(test.ops[0], ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        return bool(right.elts) and _is_status_pair(left, right.elts)
    return False


def _is_status_pair(left: ast.expr, values: Iterable[ast.expr]) -> bool:
    name = left.attr if isinstance(left, ast.Attribute) else getattr(left, "id", "")
    return name in _STATUS and all(_is_error_status(each) for each in values)


def _is_error_status(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int) and 400 <= node.value < 600
    if not isinstance(node, ast.Attribute):
        return False
    from http import HTTPStatus

    name = node.attr.removesuffix("_value")
    if name == "value" and isinstance(node.value, ast.Attribute):
        name = node.value.attr
    if name.startswith("HTTP_"):
        digits = name.split("_")[1]
        return digits.isdigit() and int(digits) >= 400
    return name in HTTPStatus.__members__ and HTTPStatus[name] >= 400


def fault_lines(tree: ast.AST) -> Iterator[Marked]:
    """Lines that inject a fault, send something twice, run things together or roll back."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "side_effect" and _is_error(node.value):
            yield Marked(node.value.lineno, "injects a fault: side_effect")
        elif isinstance(node, ast.Assign) and _is_error(node.value):
            if any(isinstance(t, ast.Attribute) and t.attr == "side_effect" for t in node.targets):
                yield Marked(node.lineno, "injects a fault: side_effect")
        elif isinstance(node, ast.Call) and _called(node) in _TOGETHER:
            yield Marked(node.lineno, f"runs things together: {_called(node)}")
        elif isinstance(node, ast.Call) and _called(node) == "rollback":
            yield Marked(node.lineno, "rolls back")
    for name, function in functions(tree):
        last = name.rpartition(".")[2]
        if not last.startswith("test"):
            yield from _fakes(function)
        else:
            for node in ast.walk(function):
                if node is not function and isinstance(node, (ast.FunctionDef,
                                                              ast.AsyncFunctionDef)):  # fmt: skip
                    yield from _fakes(node)
            yield from _duplicates(function)


def _is_error(node: ast.AST) -> bool:
    """An exception class, an instance of one, or a list that holds one."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return any(_is_error(each) for each in node.elts)
    if isinstance(node, ast.Call):
        node = node.func
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.endswith(("Error", "Exception", "Timeout", "Refused", "Failure", "Interrupt"))


def _fakes(function: ast.AST) -> Iterator[Marked]:
    """Raising statements of what stands in for something real."""
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            yield Marked(node.lineno, f"injects a fault: raises {ast.unparse(node.exc)[:60]}")


def _duplicates(function: ast.AST) -> Iterator[Marked]:
    """The second of two calls that send the same."""
    seen: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _called(node) in _SENT:
            same = plain_dump(node)
            if same in seen and node.lineno != seen[same]:
                yield Marked(max(node.lineno, seen[same]), "sends the same twice")
            seen.setdefault(same, node.lineno)
