"""``implicit-dependency``: a service that gets its infrastructure itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import Seed
from bylaw.model.evaluate import POSSIBLE
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.acquisitions import (
    CLIENT,
    SESSION,
    Acquisition,
    acquisitions,
    is_given,
    provides,
)
from bylaw.rules.layers.standing import SERVICE, Standing, standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="implicit-dependency",
    summary="A service makes or fetches a session, an engine or an HTTP client instead of "
    "receiving it.",
    clauses=("AP-PY07", "FS-2.5"),
    severity="warning",
    how="flow",
    family="layers",
    mend="take it as a parameter or in __init__, and let the caller decide which one it is",
    options=(
        ("strict", False, "every clock and every random identifier counts as well"),
    ),
)  # fmt: skip
_THINGS = {
    "session": "a database session",
    "engine": "an engine",
    "client": "an HTTP client",
    "store": "a client of a store",
}
_TEXT = {
    "makes": "makes itself {thing}: {what}",
    "fetches": "fetches itself {thing}: {what}()",
    "shares": "uses {thing} that the module holds: {what}",
}
_CALENDARS = ("datetime.", "django.utils.timezone.", "pendulum.", "arrow.")
_CLOCKS = {"clock": "reads the clock", "random": "draws at random"}


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function and kind of thing."""
    project, places = context.project, standings(context)
    strict = bool(context.option(INFO, "strict"))
    for number, function in enumerate(project.functions):
        if function[F.F_PARENT] < 0 or not (function[F.F_CALLS] or context.graph.seeds[number]):
            continue
        standing = places.of_function(number)
        if standing.role != SERVICE or standing.confidence == POSSIBLE:
            continue
        if provides(project, number):
            continue
        seen: set[str] = set()
        for each in acquisitions(project, number):
            if _is_over_given(each):
                continue
            if each.kind not in seen and not is_given(project, number, each.kind):
                seen.add(each.kind)
                yield _finding(context, number, standing, each)
        for seed in context.graph.seeds[number]:
            if seed.kind not in _CLOCKS or seed.kind in seen:
                continue
            if strict or _decides(function, seed):
                seen.add(seed.kind)
                yield _clock(context, number, standing, seed)


def _is_over_given(got: Acquisition) -> bool:
    """Whether a session is made over an engine that the function or its object was given."""
    return got.kind == SESSION and got.how == "makes" and got.bound_to[:1] in ("=", "$")


def _does_more(context: RuleContext, number: int) -> bool:
    """Whether a function with a client also works on data: else talking to it is all it is for."""
    if is_given(context.project, number, SESSION):
        return True
    if any(seed.kind == "database" for seed in context.graph.seeds[number]):
        return True
    return any(
        seed.kind == "database"
        for edge in context.graph.edges[number]
        for seed in context.graph.seeds[edge.callee]
    )


def _decides(function: tuple[Any, ...], seed: Seed) -> bool:
    """Whether the date that a call gives is compared or tested, not only kept or measured with."""
    if seed.kind != "clock" or not seed.sink.startswith(_CALENDARS):
        return False
    for call in function[F.F_CALLS]:
        if call[F.C_LINE : F.C_FLAGS] == seed.place and call[F.C_FLAGS] & F.DECIDES:
            return not call[F.C_FLAGS] & (F.BRACKETED | F.LOOSE)
    return False


def _finding(context: RuleContext, number: int, standing: Standing, got: Acquisition) -> Finding:
    project = context.project
    what = got.what if got.type or got.how != "makes" else f"{got.what}()"
    text = _TEXT[got.how].format(thing=_THINGS[got.kind], what=what)
    return make_finding(
        INFO,
        project,
        number,
        got.place,
        f"{_name(context, number)} of the service layer {text}",
        confidence=standing.confidence,
        severity="note" if got.kind == CLIENT and not _does_more(context, number) else "",
        sink=got.what,
    )


def _clock(context: RuleContext, number: int, standing: Standing, seed: Seed) -> Finding:
    return make_finding(
        INFO,
        context.project,
        number,
        seed.place,
        f"{_name(context, number)} of the service layer {_CLOCKS[seed.kind]} itself: {seed.sink}",
        confidence=standing.confidence,
        severity="note",
        sink=seed.sink,
        mend="take the time or the identifier, or what gives it, as a parameter",
    )


def _name(context: RuleContext, number: int) -> str:
    name: str = context.project.functions[number][F.F_NAME]
    return f"{name}()"
