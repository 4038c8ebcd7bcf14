"""Reads that do something: environment mappings, properties, loops over lazy queries."""

from __future__ import annotations

from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, CallGraph, Edge, Seed
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import DEFINITE, evaluate
from bylaw.model.outside_calls import add_seeds, constant_text
from bylaw.model.project import Project

_STEPS = ("()", "[]", "*", "+", "!")


class Trait(NamedTuple):
    """What is worth a look about a path that is read or called.

    Attributes:
        chain: the parts of it that end in the name of a property of the project.
        hot: whether its last name may have an effect when it is read.
        plain: whether it is a single name.
        iterated: whether it is the element of a loop.
    """

    chain: tuple[str, ...]
    hot: bool
    plain: bool
    iterated: bool


class PathTraits(dict[str, "Trait | None"]):
    """Traits by path, each looked at once; None for the most, where nothing is worth a look."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._hot = project.stubs.hot_values
        self._names = project.property_names

    def __missing__(self, path: str) -> Trait | None:
        bare = path
        for step in _STEPS:
            if step in bare:
                bare = bare.replace(step, "")
        _, *rest = bare.split(".")
        hot = path.rpartition(".")[2] in self._hot
        chain = () if self._names.isdisjoint(rest) else self._chain(path)
        trait = None
        if hot or chain or not rest or path[-1] == "*":
            trait = Trait(chain, hot, not rest, path[-1] == "*")
        self[path] = trait
        return trait

    def _chain(self, path: str) -> tuple[str, ...]:
        head, *rest = path.split(".")
        found = []
        for part in rest:
            name = part.rstrip("()[]*+!")
            if name in self._names:
                found.append(f"{head}.{name}")
            head = f"{head}.{part}"
        return tuple(found)


def read_loads(
    graph: CallGraph, number: int, function: tuple[Any, ...], traits: PathTraits
) -> None:
    """Adds what the reads of one function do: environment, properties, lazy queries."""
    project = graph.project
    module = project.function_home[number]
    for load in function[F.F_LOADS]:
        path = load[F.L_PATH]
        trait = traits[path]
        if trait is None:
            continue
        if trait.iterated and load[F.L_KEY] is None:
            _read_iteration(graph, number, module, load)
            continue
        if trait.hot or (trait.plain and _is_hot_alias(project, module, path)):
            _read_value(graph, number, module, load)
        for each in trait.chain:
            _read_property(graph, number, each, load)


def _is_hot_alias(project: Project, module: int, path: str) -> bool:
    """Whether a plain name was imported from something that is worth reading (``environ``)."""
    if path[0] == "~":
        return path.rpartition("|")[2] in project.stubs.hot_values
    binding = project.bindings[module].get(path)
    if binding is None or binding[F.B_KIND] not in "iv":
        return False
    if binding[F.B_KIND] == "v":
        return binding[F.B_VALUE] is not None
    record = project.facts[module][F.IMPORTS][binding[F.B_VALUE]]
    return record[F.I_NAME] in project.stubs.hot_values


def _read_iteration(graph: CallGraph, number: int, module: int, load: tuple[Any, ...]) -> None:
    """A loop over a lazy query runs it."""
    value = evaluate(graph.project, module, load[F.L_PATH][:-1])
    if value is not None and value[0] == "Y":
        place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
        call = ("", *place, 0, load[F.L_SITUATION], (), load[F.L_ANCHOR])
        add_seeds(graph, number, call, f"{value[1]}.__iter__", value[2], HERE)


def _read_value(graph: CallGraph, number: int, module: int, load: tuple[Any, ...]) -> None:
    project = graph.project
    value = evaluate(project, module, load[F.L_PATH])
    if value is None or value[0] not in "XYB":
        return
    dotted = value[1]
    place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
    for kind, qualifier in project.stubs.value_effects(dotted):
        sink = project.stubs.canonical(dotted)
        seed = Seed(
            kind, qualifier, sink, place, DEFINITE, HERE, load[F.L_SITUATION], load[F.L_ANCHOR],
            constant_text(project, module, load[F.L_KEY]),
        )  # fmt: skip
        graph.seeds[number].append(seed)


def read_chain(
    graph: CallGraph, number: int, chain: tuple[str, ...], call: tuple[Any, ...]
) -> None:
    """Adds properties that a call reads on its way: ``self.session`` in ``self.session.get()``."""
    place = (*call[F.C_LINE : F.C_END + 1], None, call[F.C_SITUATION], call[F.C_ANCHOR])
    for path in chain:
        _read_property(graph, number, path, (path, *place))


def _read_property(graph: CallGraph, number: int, path: str, load: tuple[Any, ...]) -> None:
    project = graph.project
    owner, _, name = path.rpartition(".")
    base = evaluate(project, project.function_home[number], owner)
    if base is None or base[0] != "I":
        return
    for each in resolution_order(project, base[1], evaluate):
        offset = project.function_offset[project.class_home[each]]
        for method, index in project.classes[each][F.K_METHODS]:
            target = offset + index
            if method == name and project.functions[target][F.F_FLAGS] & F.PROPERTY:
                place = (load[F.L_LINE], load[F.L_COL], load[F.L_END])
                edge = Edge(target, place, base[2], HERE, load[F.L_SITUATION], load[F.L_ANCHOR])
                graph.edges[number].append(edge)
                return
