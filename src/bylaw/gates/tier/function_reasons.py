"""What a changed function means for the risk of a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bylaw.facts import schema as F
from bylaw.gates.tier.code_difference import ADDED, CHANGED, REMOVED, FunctionDifference
from bylaw.gates.tier.entries import COMMAND, GRAPHQL, GUARD, HOOK, ROUTE, TASK
from bylaw.gates.tier.function_marks import Marks
from bylaw.gates.tier.reaching import Road
from bylaw.gates.tier.side import Side
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, Touched

_NEAR_A_GUARD = 3
"""Functions on the road from a guard up to which what one does decides who gets in."""
_LONGEST = 60
_HANDLING = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "list", "create", "retrieve",
     "update", "partial_update", "destroy", "__call__", "__init__"}
)  # fmt: skip
"""Methods of views and of dependencies that frameworks call with what requests hold."""
_NOTHING = Marks(False, (), (), (), (), (), ())
_WORDS = {ADDED: "is new", REMOVED: "is gone", CHANGED: "is another"}


class Changing:
    """A changed function on the side where it can be asked about.

    Args:
        path: file after the change.
        difference: what is another.
        side: where it is: after the change, before it for what is gone.
        numbers: of the function and those within it.
    """

    def __init__(
        self, path: str, difference: FunctionDifference, side: Side, numbers: Sequence[int]
    ) -> None:
        self.path = path
        self.difference = difference
        self.side = side
        self.numbers = numbers
        self.symbol = difference.name
        if numbers:
            self.symbol = side.project.symbol(numbers[0])

    def reason(self, surface: str, why: str, tier: str) -> Touched:
        """A reason about this function."""
        return Touched(surface, self.path, self.symbol, why, tier)

    @property
    def entry_kinds(self) -> set[str]:
        """As what it is entered from outside itself."""
        entries = self.side.entries
        return {entries[each].kind for each in self.numbers if each in entries}

    def roads(self) -> list[Road]:
        """Entries that reach it, the nearest first."""
        found: dict[str, Road] = {}
        for number in self.numbers:
            for road in self.side.reaching.roads(number):
                known = found.get(road.entry.label)
                if known is None or len(road.through) < len(known.through):
                    found[road.entry.label] = road
        return sorted(found.values(), key=lambda road: (len(road.through), road.entry.label))


def function_reasons(changing: Changing) -> Iterator[Touched]:
    """Reasons of one changed function.

    Args:
        changing: the function.

    Yields:
        At least one reason.
    """
    difference = changing.difference
    if difference.only_annotations and not changing.entry_kinds:
        yield changing.reason("style", "only its annotations are others", LOW)
        return
    roads = changing.roads()
    yield from _by_marks(changing, roads)
    yield from _by_entry(changing)
    yield from _by_contract(changing)
    yield from _by_guards(changing, roads)
    yield from _by_reach(changing, roads)


def _by_marks(changing: Changing, roads: Sequence[Road]) -> Iterator[Touched]:
    difference = changing.difference
    old, new = difference.before or _NOTHING, difference.after or _NOTHING
    is_change = difference.how == CHANGED
    if is_change and old.is_async != new.is_async:
        how = "a coroutine now" if new.is_async else "no coroutine any more"
        yield changing.reason("async", f"it is {how}", HIGH)
    elif is_change and old.awaited != new.awaited:
        yield changing.reason("async", _told("it awaits", old.awaited, new.awaited), HIGH)
    if old.concurrency != new.concurrency:
        why = _told("what runs beside it or waits for it", old.concurrency, new.concurrency)
        yield changing.reason("async", why, HIGH)
    if old.messages != new.messages:
        why = _told("what it sends to others", old.messages, new.messages)
        yield changing.reason("messaging", why, HIGH)
    if old.checks != new.checks:
        yield changing.reason("security", _told("whom it lets in", old.checks, new.checks), HIGH)
    if new.writes or old.writes:
        what = _short((new.writes or old.writes)[0])
        why = f"it writes to the database ({what}) and {_WORDS[difference.how]}"
        if difference.how != ADDED or roads:
            yield changing.reason("persistence", why, HIGH)
        else:
            yield changing.reason("persistence", f"{why}; nothing reaches it yet", MEDIUM)


def dynamic_of(difference: FunctionDifference) -> str:
    """What a function now looks up by a computed name, or did; empty where that is the same."""
    old, new = (each.dynamic if each else () for each in (difference.before, difference.after))
    gone = list((Counter(new) - Counter(old)) + (Counter(old) - Counter(new)))
    return _short(gone[0]) if gone else ""


def _told(what: str, old: Sequence[str], new: Sequence[str]) -> str:
    """What came and what went, one of each."""
    came, gone = list(Counter(new) - Counter(old)), list(Counter(old) - Counter(new))
    parts = [f"now {_short(came[0])}"] if came else []
    parts += [f"no longer {_short(gone[0])}"] if gone else []
    return f"{what}: {', '.join(parts) or 'in another order'}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."


def _by_entry(changing: Changing) -> Iterator[Touched]:
    kinds, difference = changing.entry_kinds, changing.difference
    entries = changing.side.entries
    label = next((entries[each].label for each in changing.numbers if each in entries), "")
    how = _WORDS[difference.how]
    if GUARD in kinds:
        yield changing.reason("security", f"{label} {how}", HIGH)
    if TASK in kinds:
        yield changing.reason("messaging", f"{label} {how}", HIGH)
    if GRAPHQL in kinds and (difference.signature or difference.how != CHANGED):
        yield changing.reason("contract", f"{label}: a field or its arguments {how}", HIGH)
    if ROUTE in kinds and difference.signature and _is_handler(changing):
        yield changing.reason("contract", f"what {label} asks for, or its head, {how}", HIGH)


def _is_handler(changing: Changing) -> bool:
    """Whether the framework fills its parameters: no helper among the methods of a view."""
    name = changing.difference.name
    method = changing.side.project.functions[changing.numbers[0]][F.F_CLASS] >= 0
    handles = not method or name.rpartition(".")[2] in _HANDLING
    return changing.difference.how == CHANGED and handles


def _by_contract(changing: Changing) -> Iterator[Touched]:
    """Methods that check, compute or write the fields of what clients see."""
    side, name = changing.side, changing.difference.name
    owner, _, _ = name.rpartition(".")
    for number in side.classes(side.project.path_of(changing.numbers[0]), owner) if owner else ():
        if number in side.contracts and GRAPHQL not in changing.entry_kinds:
            why = f"how its fields are checked or given, {side.contracts[number]}"
            yield changing.reason("contract", why, HIGH)


def _by_guards(changing: Changing, roads: Sequence[Road]) -> Iterator[Touched]:
    for road in roads:
        if road.entry.kind == GUARD and 1 < len(road.through) <= _NEAR_A_GUARD:
            yield changing.reason("security", f"reached by {_way(changing, road)}", HIGH)
            return


def _by_reach(changing: Changing, roads: Sequence[Road]) -> Iterator[Touched]:
    """Behaviour that somebody sees; else who uses it."""
    if roads:
        more = f" and {len(roads) - 1} more" if len(roads) > 1 else ""
        first = min(roads, key=lambda road: (_KINDS.index(road.entry.kind), len(road.through)))
        yield changing.reason("behaviour", f"reached by {_way(changing, first)}{more}", MEDIUM)
        return
    side = changing.side
    users = sorted(
        {path for each in changing.numbers for path in side.reaching.using_modules(each)}
    )
    how = _WORDS[changing.difference.how]
    if users:
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        yield changing.reason("public", f"used by {users[0]}{more}", MEDIUM)
    elif changing.difference.how == CHANGED and _may_be_called(changing):
        why = f"it {how}; callers outside what is read here may exist"
        yield changing.reason("public", why, MEDIUM)
    else:
        yield changing.reason("local", f"it {how}; nothing is known to reach it", LOW)


_KINDS = (ROUTE, TASK, COMMAND, GRAPHQL, HOOK, GUARD)


def _may_be_called(changing: Changing) -> bool:
    """Whether somebody out of sight may call a function: it has no private name."""
    last = changing.difference.name.rpartition(".")[2]
    return not last.startswith("_") or last.startswith("__")


def _way(changing: Changing, road: Road) -> str:
    """``POST /orders via app.service.place``."""
    project = changing.side.project
    names = [
        project.symbol(each)
        for each in road.through[:-1]
        if project.functions[each][F.F_NAME] and road.entry.kind != HOOK
    ]
    if len(names) > 3:
        names = [names[0], "...", names[-1]]
    if road.entry.kind in (TASK, COMMAND, GUARD):
        names = names[1:]
    return f"{road.entry.label}{' via ' if names else ''}{', '.join(names)}"
