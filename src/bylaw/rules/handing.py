"""Values on their way into calls: what a sink is handed, directly or by way of helpers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.facts.watched import WATCHED
from bylaw.finding import Step
from bylaw.model.call_graph import Place
from bylaw.model.evaluate import DEFINITE, PROBABLE, evaluate
from bylaw.model.project import Value
from bylaw.rules.context import RuleContext

_ROUNDS = 4
Leaf = tuple[str, tuple[str, ...], tuple[str, ...]]


class Handing(NamedTuple):
    """One argument of one call.

    Attributes:
        function: number of the function that calls.
        call: the call fact; None for what a handler returns.
        title: last name of what is called; ``return``.
        value: what it resolves to.
        position: position or keyword of the argument.
        formatted: whether texts are joined in it.
        text: what is constant of it.
        leaves: what else it is made of.
        place: line, column, last line.
    """

    function: int
    call: tuple[Any, ...] | None
    title: str
    value: Value
    position: str
    formatted: bool
    text: str
    leaves: tuple[Leaf, ...]
    place: Place


class Arrival(NamedTuple):
    """An argument that reaches a sink, directly or through helpers.

    Attributes:
        handing: the argument.
        leaves: those of its leaves that arrive.
        sink: name of the sink.
        confidence: 0 definite, 1 probable.
        witness: the road from the call to the sink.
    """

    handing: Handing
    leaves: tuple[Leaf, ...]
    sink: str
    confidence: int
    witness: tuple[Step, ...]


SinkOf = Callable[[Handing], "tuple[str, int] | None"]
"""Name of the sink that an argument is handed to and how sure that is; None for no sink."""


def handings(context: RuleContext) -> list[Handing]:
    """Every argument of interest of the project; gathered once per run."""
    found: list[Handing] | None = context.memo.get("handings")
    if found is None:
        found = context.memo["handings"] = list(_read(context))
    return found


def _read(context: RuleContext) -> Iterator[Handing]:
    project = context.project
    for number, function in enumerate(project.functions):
        for index, line, arguments in function[F.F_HANDED]:
            if index < F.T_ANSWER:
                continue
            call = function[F.F_CALLS][index] if index >= 0 else None
            title, value, place = "return", None, (line, 1, line)
            if call is not None:
                path = call[F.C_PATH]
                title = path.rpartition(".")[2]
                value = evaluate(project, project.function_home[number], path)
                if "." not in path and value is not None and value[0] in "XB":
                    title = str(value[1]).rpartition(".")[2]
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            for position, formatted, text, leaves in arguments:
                yield Handing(number, call, title, value, position, formatted, text, leaves, place)


def spoken(context: RuleContext, kind: int) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
    """What functions say aside from calls: ``T_STATEMENT`` or ``T_COMPARED``.

    Yields:
        Function, line, and what is said as ``F_HANDED`` holds it.
    """
    for number, function in enumerate(context.project.functions):
        for index, line, arguments in function[F.F_HANDED]:
            if index == kind:
                yield number, line, arguments


def arrivals(
    context: RuleContext, sink_of: SinkOf, passes: Callable[[Leaf], bool]
) -> Iterator[Arrival]:
    """Arguments that reach a sink.

    Args:
        context: what the rule may ask.
        sink_of: what is a sink.
        passes: whether a leaf is still what it was when it arrives.

    Yields:
        The arguments handed to sinks, then those handed to helpers that pass them on.
    """
    carried: dict[tuple[int, str], tuple[str, int, tuple[Step, ...]]] = {}
    pending = handings(context)
    for _ in range(_ROUNDS):
        rest: list[Handing] = []
        grown = False
        for each in pending:
            found = _sink(context, each, sink_of, carried)
            if found is None:
                rest.append(each)
                continue
            leaves = tuple(leaf for leaf in each.leaves if passes(leaf))
            sink, confidence, road = found
            step = _step(context, each, f"hands it to {_shown(each)}")
            yield Arrival(each, leaves, sink, confidence, (step, *road))
            for name in _parameters_in(context, each.function, leaves):
                key = (each.function, name)
                grown = grown or key not in carried
                carried.setdefault(key, (sink, max(confidence, PROBABLE), (step, *road)))
        pending = rest
        if not grown:
            return


def _sink(
    context: RuleContext,
    handing: Handing,
    sink_of: SinkOf,
    carried: dict[tuple[int, str], tuple[str, int, tuple[Step, ...]]],
) -> tuple[str, int, tuple[Step, ...]] | None:
    direct = sink_of(handing)
    if direct is not None:
        return (*direct, ())
    value = handing.value
    if value is None or value[0] != "F":
        return None
    name = parameter_at(context, handing)
    if not name:
        return None
    key = (value[1], name)
    if key not in carried:
        found = _plainly(context, *key, sink_of)
        if found is not None:
            carried[key] = found
    return carried.get(key)


def _plainly(
    context: RuleContext, function: int, name: str, sink_of: SinkOf
) -> tuple[str, int, tuple[Step, ...]] | None:
    """The sink that a function hands a parameter to as it is, which no second look is kept for."""
    project = context.project
    for call in project.functions[function][F.F_CALLS]:
        path = call[F.C_PATH]
        title = path.rpartition(".")[2]
        if title not in WATCHED:
            continue
        place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
        for number, given in enumerate(call[F.C_ARGS]):
            keyword = given[: -len(name) - 2] if given.endswith(f"=={name}") else ""
            if given != f"={name}" and not keyword.isidentifier():
                continue
            value = evaluate(project, project.function_home[function], path)
            leaves = ((name, (), ()),)
            handing = Handing(
                function, call, title, value, keyword or str(number), False, "", leaves, place
            )
            direct = sink_of(handing)
            if direct is not None:
                step = _step(context, handing, f"hands it to {_shown(handing)}")
                return direct[0], max(direct[1], PROBABLE), (step,)
    return None


def parameter_at(context: RuleContext, handing: Handing) -> str:
    """Name of the parameter that an argument fills; empty where what is called is not ours."""
    value, position = handing.value, handing.position
    if value is None or value[0] != "F":
        return ""
    function = context.project.functions[value[1]]
    if not position.isdigit():
        return position
    bound = function[F.F_CLASS] >= 0 and not function[F.F_FLAGS] & F.STATIC
    through_class = len(value) > 4 and value[4] == "C" and not function[F.F_FLAGS] & F.CLASSMETHOD
    index = int(position) + (1 if bound and not through_class else 0)
    params = function[F.F_PARAMS]
    return str(params[index][F.P_NAME]) if index < len(params) else ""


def _parameters_in(context: RuleContext, function: int, leaves: tuple[Leaf, ...]) -> list[str]:
    names = {param[F.P_NAME] for param in context.project.functions[function][F.F_PARAMS]}
    return [text for text, _, _ in leaves if text in names]


def _shown(handing: Handing) -> str:
    return "the caller" if handing.call is None else f"{handing.title}()"


def _step(context: RuleContext, handing: Handing, note: str) -> Step:
    project, function = context.project, handing.function
    return Step(project.path_of(function), handing.place[0], project.symbol(function), note)


def role_of(context: RuleContext, function: int) -> str:
    """Role of the module that holds a function."""
    return context.project.roles[context.project.function_home[function]]


def outside_name(context: RuleContext, handing: Handing) -> str:
    """Documented name of what is called where it is from outside; empty for anything else."""
    value = handing.value
    if value is None or value[0] not in "XBY":
        return ""
    return context.project.stubs.canonical(str(value[1]))


def last_name(text: str) -> str:
    """The last part of a leaf: ``password`` of ``data['password']`` and of ``user.password``."""
    if text.endswith("']"):
        return text[:-2].rpartition("['")[2]
    return text.removesuffix("()").rpartition(".")[2]


__all__ = ["DEFINITE", "Arrival", "Handing", "Leaf", "arrivals", "handings", "last_name"]
