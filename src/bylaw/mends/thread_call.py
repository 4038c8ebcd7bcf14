"""``blocking-call-in-async``: a call that blocks by itself is made in a thread."""

from __future__ import annotations

import ast

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.mends.context import MendContext
from bylaw.mends.edit import UNSAFE, Edit, Mend
from bylaw.mends.new_import import import_edit
from bylaw.mends.source_text import SourceText

_SLEEP = "time.sleep"
_BOUND_TO_THREAD = frozenset({"database"})
"""Connections and sessions belong to the thread that opened them."""

_LAZY = frozenset({"glob", "iterdir", "paginate", "rglob", "scandir", "search", "walk"})
"""Methods that hand back an iterator, which does the work wherever it is walked through."""

_COMPREHENSIONS = (ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)


def thread_call(context: MendContext, finding: Finding) -> Mend | str:
    """``f(x)`` becomes ``await asyncio.to_thread(f, x)``.

    Only where the blocking call itself stands in the coroutine: for one that is several calls
    away, which of them to move is a decision. ``time.sleep`` becomes ``asyncio.sleep``.

    Args:
        context: what is known.
        finding: of ``blocking-call-in-async``.

    Returns:
        The mend, or why there is none.
    """
    if len(finding.witness) > 1:
        return "the blocking call is further down: which call to move is a decision"
    source = context.source(finding.path)
    if source is None:
        return "the file cannot be edited safely"
    road = _road_to_call(source, finding)
    call = road[-1] if road else None
    if not isinstance(call, ast.Call):
        return "the blocking work is not a plain call"
    problem = _problem(road, call) or _thread_problem(context, finding)
    if problem:
        return problem
    imported = import_edit(source, "asyncio")
    if imported is None:
        return "the name asyncio is taken"
    edits = _call_edits(source, road[-2], call, is_sleep=finding.sink == _SLEEP)
    return Mend(finding, UNSAFE, tuple(sorted((*imported, *edits))))


def _road_to_call(source: SourceText, finding: Finding) -> list[ast.AST]:
    """Nodes from the module to the one call at the finding's place; empty where unclear."""
    found: list[list[ast.AST]] = []
    pending: list[list[ast.AST]] = [[source.tree]]
    while pending:
        road = pending.pop()
        node = road[-1]
        if isinstance(node, ast.Call) and node.lineno == finding.line:
            column = source.start(node) - source.lines[node.lineno - 1] + 1
            if column == finding.column:
                found.append(road)
        pending += [[*road, child] for child in ast.iter_child_nodes(node)]
    # f(x)(y) and f(x).g() start at one place: the finding means one of them, and not which.
    return found[0] if len(found) == 1 else []


def _problem(road: list[ast.AST], call: ast.Call) -> str:
    """Why a call at the end of a road cannot be awaited there; empty where it can."""
    function = None
    for node in reversed(road[:-1]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            function = node
            break
        if isinstance(node, (*_COMPREHENSIONS, ast.JoinedStr)):
            return "the call stands inside a comprehension or a formatted string"
        if isinstance(node, ast.withitem):
            return "what the call opens would go on blocking"
    if not isinstance(function, ast.AsyncFunctionDef) or _is_outside_body(function, road):
        return "the call does not stand in the coroutine itself"
    if isinstance(road[-2], (ast.For, ast.AsyncFor)):
        return "what the call gives back would go on blocking"
    if not _is_plain(call.func):
        return "what is called is computed"
    parts = [*call.args, *(each.value for each in call.keywords)]
    if any(isinstance(each, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
           for part in parts for each in ast.walk(part)):  # fmt: skip
        return "an argument has an await or an assignment in it"
    return ""


def _is_outside_body(function: ast.AsyncFunctionDef, road: list[ast.AST]) -> bool:
    """Whether the road goes through a decorator, a default or an annotation."""
    after = road[road.index(function) + 1]
    return after not in function.body


def _is_plain(function: ast.expr) -> bool:
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name) and function.id != "super"


def _thread_problem(context: MendContext, finding: Finding) -> str:
    """Why the work must stay in its thread, as far as its effects tell; empty where it need not."""
    module = context.modules[finding.path]
    offset = context.project.function_offset[module]
    count = len(context.project.facts[module][F.FUNCTIONS])
    for number in range(offset, offset + count):
        for seed in context.graph.seeds[number]:
            if seed.place[:2] == (finding.line, finding.column) and seed.kind in _BOUND_TO_THREAD:
                return "a database session belongs to its thread: use an async one"
    if finding.sink.rpartition(".")[2] in _LAZY and finding.sink != "glob.glob":
        return "what the call gives back would go on blocking"
    if finding.sink.startswith(("threading.", "multiprocessing.")):
        return "a lock belongs to the thread that takes it"
    return ""


def _call_edits(
    source: SourceText, parent: ast.AST, call: ast.Call, *, is_sleep: bool
) -> tuple[Edit, ...]:
    start, end = source.start(call), source.end(call)
    called = source.end(call.func)
    trailer = (isinstance(parent, (ast.Attribute, ast.Subscript)) and parent.value is call) or (
        isinstance(parent, ast.Call) and parent.func is call
    )
    opening, closing = ("(await ", ")") if trailer else ("await ", "")
    tail = (source.edit(end, end, closing),) if closing else ()
    if is_sleep:
        return (source.edit(start, called, f"{opening}asyncio.sleep"), *tail)
    first = bracket = source.text.index("(", called) + 1
    while source.text[first].isspace():
        first += 1
    if source.text[first] == "#":
        first = bracket
    function = source.text[source.start(call.func) : called]
    separator = ", " if call.args or call.keywords else ""
    return (
        source.edit(start, bracket, f"{opening}asyncio.to_thread("),
        source.edit(first, first, function + separator),
        *tail,
    )
