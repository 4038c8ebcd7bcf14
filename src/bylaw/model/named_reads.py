"""Variables of the environment that a helper is told: ``flag("DEBUG")`` reads ``DEBUG``."""

from __future__ import annotations

from collections import defaultdict

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, CallGraph, Edge, Seed, argument
from bylaw.model.call_index import call_index
from bylaw.model.evaluate import DEFINITE, evaluate
from bylaw.model.outside_calls import constant_text
from bylaw.model.parameters import passed
from bylaw.model.project import Project

_OPTIONS = frozenset({"click.option", "click.argument", "typer.Option", "typer.Argument"})

_Reader = tuple[int, str]
"""A function and the parameter of it that names a variable."""


def reads_told_a_name(graph: CallGraph) -> dict[int, list[Seed]]:
    """Reads whose variable is named by a caller, as if the caller read it; and command options.

    Args:
        graph: the call graph.

    Returns:
        For each function that names a variable, seeds of kind ``env-read`` with their keys.
    """
    found: defaultdict[int, list[Seed]] = defaultdict(list)
    readers = _direct_readers(graph)
    if readers:
        _follow(graph, readers, found)
    names = {each.rpartition(".")[2] for each in _OPTIONS}
    for number, call in call_index(graph.project).named(names):
        key = argument(call, "envvar")
        if key is None or key[:1] != "'":
            continue
        value = evaluate(graph.project, graph.project.function_home[number], call[F.C_PATH])
        if value is not None and value[1] in _OPTIONS:
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            found[number].append(
                Seed("env-read", "", f"{value[1]}.get", place, DEFINITE, HERE,
                     call[F.C_SITUATION], call[F.C_ANCHOR], key[1:])
            )  # fmt: skip
    return found


def _follow(
    graph: CallGraph, readers: dict[_Reader, Seed], found: defaultdict[int, list[Seed]]
) -> None:
    """From the functions that read what they are told to those that tell them."""
    project = graph.project
    callers: defaultdict[int, list[tuple[int, Edge]]] = defaultdict(list)
    for number, edges in enumerate(graph.edges):
        for edge in edges:
            callers[edge.callee].append((number, edge))
    pending = list(readers)
    while pending:
        reader = pending.pop()
        seed = readers[reader]
        for caller, edge in callers[reader[0]]:
            encoded = passed(project, caller, edge, reader[1])
            text = constant_text(project, project.function_home[caller], encoded)
            if text is not None:
                if text.isupper():
                    found[caller].append(
                        seed._replace(place=edge.place, situation=edge.situation,
                                      anchor=edge.anchor, key=text)
                    )  # fmt: skip
                continue
            name = _parameter(project, caller, encoded)
            if name is not None and (caller, name) not in readers:
                readers[caller, name] = seed
                pending.append((caller, name))


def _direct_readers(graph: CallGraph) -> dict[_Reader, Seed]:
    found: dict[_Reader, Seed] = {}
    for number, seeds in enumerate(graph.seeds):
        for seed in seeds:
            if seed.kind == "env-read" and seed.key is None and seed.sink.startswith("os."):
                name = _parameter(graph.project, number, _asked_for(graph, number, seed))
                if name is not None:
                    found.setdefault((number, name), seed)
    return found


def _asked_for(graph: CallGraph, number: int, seed: Seed) -> str | None:
    """What a read takes for the name of a variable, encoded."""
    function = graph.project.functions[number]
    for call in function[F.F_CALLS]:
        if call[F.C_LINE : F.C_FLAGS] == seed.place:
            return argument(call, "0") or argument(call, "key")
    for load in function[F.F_LOADS]:
        if (load[F.L_LINE], load[F.L_COL], load[F.L_END]) == seed.place:
            key: str | None = load[F.L_KEY]
            return key
    return None


def _parameter(project: Project, number: int, encoded: str | None) -> str | None:
    """The parameter of a function that an encoded argument is; a text may be the only one."""
    if not encoded or encoded[0] in "'?:*#%$&":
        return None
    params = project.functions[number][F.F_PARAMS]
    if encoded[0] == "=":
        name = encoded[1:]
        return name if any(param[F.P_NAME] == name for param in params) else None
    if encoded != "str!":
        return None
    texts = [param[F.P_NAME] for param in params if param[F.P_ANNOTATION] == "str"]
    required = [param[F.P_NAME] for param in params
                if param[F.P_ANNOTATION] == "str" and param[F.P_DEFAULT] is None]  # fmt: skip
    for names in (texts, required):
        if len(names) == 1:
            return str(names[0])
    return None
