"""The state of one extraction: what has been seen, and what the names mean at this point."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F

Tuple = tuple[Any, ...]


class Scope:
    """One function (or the module body) being read."""

    __slots__ = (
        "asked",
        "asserts",
        "assigned",
        "calls",
        "class_index",
        "empty_names",
        "flags",
        "given",
        "global_names",
        "guards",
        "handed",
        "handlers",
        "index",
        "loads",
        "loads_seen",
        "looked_at",
        "name",
        "raises",
        "self_name",
        "tested",
        "unknown_calls",
        "values",
        "writes",
    )

    def __init__(self, index: int, name: str, class_index: int = -1) -> None:
        self.index = index
        self.name = name
        self.class_index = class_index
        self.flags = 0
        self.self_name = ""
        self.calls: list[Tuple] = []
        self.loads: list[Tuple] = []
        self.loads_seen: set[tuple[str, str | None]] = set()
        self.raises: list[Tuple] = []
        self.writes: list[Tuple] = []
        self.handlers: list[Tuple] = []
        self.handed: list[Tuple] = []
        self.looked_at = False
        self.values: list[str] = []
        self.tested: set[str] = set()
        self.asked: list[Tuple] = []
        self.unknown_calls = 0
        self.asserts: list[Tuple] = []
        self.assigned: list[tuple[str, int]] = []
        self.global_names: set[str] = set()
        self.empty_names: frozenset[str] = frozenset()
        self.given: set[str] = set()
        self.guards: list[Tuple] = []


class Extraction:
    """Everything gathered from one file, and the reader's position in it.

    ``env`` holds what local names stand for here, those of the functions around included; None at
    module level. ``enclosing`` is the same around the class being read, as its methods see it.
    ``renamed`` holds, for each ``from x import name as other``, the name by the other.
    """

    __slots__ = (
        "anchor",
        "bindings",
        "branched",
        "caught",
        "class_index",
        "classes",
        "declared",
        "enclosing",
        "env",
        "file_flags",
        "functions",
        "hot_names",
        "imports",
        "last_call",
        "lines",
        "prefix",
        "renamed",
        "scope",
        "situation",
        "situation_table",
        "situations",
        "stars",
    )

    def __init__(self, lines: list[bytes] | None) -> None:
        self.lines = lines
        self.imports: list[Tuple] = []
        self.bindings: list[Tuple] = []
        self.functions: list[Tuple | None] = [None]
        self.classes: list[Tuple | None] = []
        self.declared: list[Tuple] = []
        self.stars: list[tuple[int, str]] = []
        self.situations: list[Tuple] = [(0, (), (), ())]
        self.situation_table: dict[Tuple, int] = {(0, (), (), ()): 0}
        self.situation = 0
        self.caught = ("", "")
        self.branched: dict[int, int] = {}
        self.scope = Scope(0, "")
        self.env: dict[str, str | None] | None = None
        self.enclosing: dict[str, str | None] | None = None
        self.class_index = -1
        self.prefix = ""
        self.renamed: dict[str, str] = {}
        self.anchor: tuple[int, int, int] | None = None
        self.hot_names: set[str] = set()
        self.file_flags = 0
        self.last_call = -1


def column(state: Extraction, node: Any) -> int:
    """1-based column of ``node`` in characters; the parser counts UTF-8 bytes."""
    offset: int = node.col_offset
    if state.lines is None or offset == 0:
        return offset + 1
    try:
        raw = state.lines[node.lineno - 1][:offset]
    except IndexError:
        return offset + 1
    return len(raw.decode("utf-8", "replace")) + 1


_BRANCHING = F.IN_CONDITION | F.IN_HANDLER | F.ONE_BRANCH
_SKIPPING = F.IN_CONDITION | F.IN_HANDLER | F.ONE_SKIP
_COUNTS = F.BRANCHES | F.SKIPS


def enter_branch(state: Extraction) -> int:
    """One branch more, which only the counts show; returns the situation to go back to."""
    before = state.situation
    known = state.branched.get(before)
    if known is not None:
        state.situation = known
        return before
    enter_situation(state, F.ONE_BRANCH | F.ONE_SKIP)
    state.branched[before] = state.situation
    return before


def enter_situation(
    state: Extraction,
    flags: int = 0,
    handled: tuple[str, ...] = (),
    entered: tuple[str, ...] = (),
    each: tuple[str, ...] = (),
) -> int:
    """Adds to what surrounds what is read next; returns the situation to go back to."""
    before = state.situation
    old = state.situations[before]
    counts = old[0] & _COUNTS
    if flags & _BRANCHING and counts & F.BRANCHES < F.BRANCHES:
        counts += F.ONE_BRANCH
    if flags & _SKIPPING and not flags & F.IN_LOOP and counts & F.SKIPS < F.SKIPS:
        counts += F.ONE_SKIP
    new = (
        (old[0] | flags) & ~_COUNTS | counts,
        old[1] + handled,
        old[2] + entered,
        old[3] + each,
    )
    index = state.situation_table.get(new)
    if index is None:
        index = state.situation_table[new] = len(state.situations)
        state.situations.append(new)
    state.situation = index
    return before


def lookup(state: Extraction, name: str) -> str | None:
    """Path that ``name`` stands for here; None for a local of unknown value."""
    return name if state.env is None else state.env.get(name, name)


def bind(state: Extraction, name: str, path: str | None, node: Any = None) -> None:
    """Binds a name in the scope being read; at module level it becomes a binding."""
    if state.env is not None:
        if name not in state.scope.global_names:
            state.env[name] = path
            state.scope.given.discard(name)
        return
    line = node.lineno if node is not None else 0
    state.bindings.append((name, "v", path, None, "other", line, state.situation))


def reserve_function(state: Extraction) -> int:
    """Takes the next function index before its body is read."""
    state.functions.append(None)
    return len(state.functions) - 1


def finish_function(state: Extraction, scope: Scope, head: Tuple) -> None:
    """Stores a function: its head (name to return annotation, decorators) and what was read."""
    calls = scope.calls
    for name, index in scope.assigned:
        if name in scope.tested:
            call = calls[index]
            calls[index] = (*call[: F.C_FLAGS], call[F.C_FLAGS] | F.TESTED, *call[F.C_SITUATION :])
    name, line, col, end, flags, class_index, parent, params, returns, decorators = head
    state.functions[scope.index] = (
        name,
        line,
        col,
        end,
        flags | scope.flags,
        class_index,
        parent,
        params,
        returns,
        tuple(scope.values),
        decorators,
        tuple(calls),
        tuple(scope.loads),
        tuple(scope.raises),
        tuple(scope.writes),
        tuple(scope.handlers),
        scope.unknown_calls,
        tuple(scope.asserts),
        tuple(scope.handed),
        tuple(scope.asked),
        tuple(scope.guards),
    )
