"""Parameters without annotations: what their callers pass, where all of them agree.

``def get(*, db_session, id)`` says nothing about ``db_session``; its callers do. The answer is
never definite, and only possible where one caller passes something unknown. Callers in tests count
only when there are no others: they pass doubles.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_graph import CallGraph, Edge
from bylaw.model.evaluate import DEFINITE, POSSIBLE, PROBABLE, evaluate, follow
from bylaw.model.own_calls import read_call
from bylaw.model.project import Project, Value

_ROUNDS = 4
_NAMED = "IYLF"
"""Kinds of values that say what a parameter is."""

Call = tuple[Any, ...]


class _Site(NamedTuple):
    """One call of a function that is asked about."""

    caller: int
    call: Call
    skipped: int


class _Inference:
    """State of one run: who calls whom, and what is known of each parameter."""

    __slots__ = ("callers", "graph", "known", "project", "roots", "sites")

    def __init__(self, graph: CallGraph) -> None:
        self.graph = graph
        self.project = graph.project
        self.callers: defaultdict[int, list[int]] = defaultdict(list)
        self.sites: dict[int, list[_Site]] = {}
        self.known: dict[tuple[int, str], Value] = {}
        self.roots: dict[str, str] = {}
        for number, edges in enumerate(graph.edges):
            for edge in edges:
                self.callers[edge[0]].append(number)

    def value(self, function: int, name: str) -> Value:
        """What a parameter of a function, or of one it is nested in, stands for."""
        owner = _owner(self.project, function, name)
        if owner < 0:
            return None
        key = (owner, name)
        if key not in self.known:
            self.known[key] = None
            self.known[key] = self._agreed(owner, name)
        return self.known[key]

    def _agreed(self, function: int, name: str) -> Value:
        params = [param[F.P_NAME] for param in self.project.functions[function][F.F_PARAMS]]
        position = params.index(name)
        agreed: Value = None
        confidence = PROBABLE
        for site in self._sites_of(function):
            encoded = _passed(site, position, name)
            if encoded is None or encoded == ":None":
                continue
            value = self._argument(site.caller, encoded)
            if value is None:
                confidence = POSSIBLE
            elif agreed is None:
                agreed = value
            elif agreed[:2] != value[:2]:
                return None
            else:
                confidence = max(confidence, _confidence(value))
        if agreed is None or agreed[0] == "L":
            return agreed
        return (agreed[0], agreed[1], max(confidence, _confidence(agreed)), *agreed[3:])

    def _sites_of(self, function: int) -> list[_Site]:
        if function not in self.sites:
            roles, home = self.project.roles, self.project.function_home
            callers = sorted(set(self.callers.get(function, ())))
            production = [each for each in callers if roles[home[each]] != "test"]
            found = [
                _site(self.project, caller, edge)
                for caller in production or callers
                for edge in self.graph.edges[caller]
                if edge[0] == function
            ]
            self.sites[function] = [site for site in found if site is not None]
        return self.sites[function]

    def _argument(self, caller: int, encoded: str) -> Value:
        if encoded[0] in "'?:*":
            return None
        if encoded[0] == "=":
            value = self.resolve(caller, encoded)
        else:
            value = evaluate(self.project, self.project.function_home[caller], encoded)
        return value if value is not None and value[0] in _NAMED else None

    def resolve(self, function: int, path: str) -> Value:
        """What a path that begins with an unannotated parameter stands for."""
        root = self.roots.get(path)
        if root is None:
            root = self.roots[path] = _root(path)
        start = self.value(function, root[1:])
        if start is None:
            return None
        return follow(self.project, self.project.function_home[function], path, root, start)


def infer_parameters(graph: CallGraph) -> None:
    """Resolves calls on unannotated parameters, by what their callers pass.

    Args:
        graph: the call graph, complete but for these calls; their edges and seeds are added.
    """
    pending: dict[int, list[Call]] = {}
    for number, call in graph.pending:
        pending.setdefault(number, []).append(call)
    if not pending:
        return
    inference = _Inference(graph)
    for _ in range(_ROUNDS):
        if not _resolve_round(inference, pending):
            return
        inference.known.clear()
        inference.sites.clear()


def _resolve_round(inference: _Inference, pending: dict[int, list[Call]]) -> bool:
    """Resolves what can be by now; whether that brought new calls of functions asked about."""
    graph = inference.graph
    news = []
    for number in sorted(pending):
        function = graph.project.functions[number]
        left = []
        for call in pending[number]:
            value = inference.resolve(number, call[F.C_PATH])
            if value is None:
                left.append(call)
                continue
            first = len(graph.edges[number])
            if read_call(graph, number, function, call, value):
                graph.resolved += 1
                graph.unresolved -= 1
            news += [(number, edge) for edge in graph.edges[number][first:]]
        pending[number] = left
    for number, edge in news:
        inference.callers[edge.callee].append(number)
    return any(edge.callee in inference.sites for _, edge in news)


def _owner(project: Project, number: int, name: str) -> int:
    """The function whose unannotated parameter a name is: this one, or one around it."""
    offset = project.function_offset[project.function_home[number]]
    while True:
        function = project.functions[number]
        for param in function[F.F_PARAMS]:
            if param[F.P_NAME] == name:
                return number if param[F.P_ANNOTATION] is None else -1
        if function[F.F_PARENT] <= 0:
            return -1
        number = offset + function[F.F_PARENT]


def _root(path: str) -> str:
    end = 1
    while end < len(path) and (path[end].isalnum() or path[end] == "_"):
        end += 1
    return path[:end]


def _site(project: Project, caller: int, edge: Edge) -> _Site | None:
    """The call fact behind an edge; None for edges that are no plain call."""
    if edge.mode:
        return None
    calls = project.functions[caller][F.F_CALLS]
    for call in calls:
        if call[F.C_LINE : F.C_FLAGS] == edge.place:
            skipped = _skipped(project, caller, call, edge.callee)
            if skipped >= 0:
                return _Site(caller, call, skipped)
    return None


def passed(project: Project, caller: int, edge: Edge, name: str) -> str | None:
    """The encoded argument that a call gives for a parameter of its callee, None for none.

    Args:
        project: the linked project.
        caller: number of the calling function.
        edge: the call.
        name: the parameter.
    """
    site = _site(project, caller, edge)
    names = [param[F.P_NAME] for param in project.functions[edge.callee][F.F_PARAMS]]
    return _passed(site, names.index(name), name) if site is not None else None


def given_constant(project: Project, caller: int, edge: Edge, name: str) -> str | None:
    """The constant a parameter has in a call, by argument or default, encoded; None if unknown.

    Args:
        project: the linked project.
        caller: number of the calling function.
        edge: the call.
        name: the parameter.
    """
    site = _site(project, caller, edge)
    if site is None:
        return None
    params = project.functions[edge.callee][F.F_PARAMS]
    position = next(index for index, param in enumerate(params) if param[F.P_NAME] == name)
    encoded = _passed(site, position, name)
    if encoded is None:
        encoded = params[position][F.P_DEFAULT]
    return encoded if encoded and encoded[0] in "':" else None


def _skipped(project: Project, caller: int, call: Call, callee: int) -> int:
    """Parameters a call does not pass itself: 1 for ``self``; -1 where it is not this call."""
    function = project.functions[callee]
    inside = function[F.F_CLASS] >= 0 and not function[F.F_FLAGS] & F.STATIC
    if call[F.C_PATH][0] == "=":
        return 1 if inside else 0
    value = evaluate(project, project.function_home[caller], call[F.C_PATH])
    if value is None or not _may_be(project, value, callee):
        return -1
    if not inside:
        return 0
    through_class = value[0] == "F" and len(value) > 4 and value[4] == "C"
    return 0 if through_class and not function[F.F_FLAGS] & F.CLASSMETHOD else 1


def _may_be(project: Project, value: tuple[Any, ...], callee: int) -> bool:
    """Whether a call of a value leads to a function; calls of one chain share their place."""
    name = project.functions[callee][F.F_NAME].rpartition(".")[2]
    if value[0] == "C":
        return name in ("__init__", "__new__")
    if value[0] == "F":
        own = project.functions[value[1]][F.F_NAME].rpartition(".")[2]
        return value[1] == callee or (len(value) == 4 and own == name)
    return bool(value[0] == "I" and name == "__call__")


def _passed(site: _Site, position: int, name: str) -> str | None:
    """The encoded argument a call gives for a parameter; None where it keeps its default."""
    prefix = f"{name}="
    plain = []
    for each in site.call[F.C_ARGS]:
        if each[0] != "'" and each.startswith(prefix):
            return str(each[len(prefix) :])
        if each in ("*?", "**?"):
            return "?"
        if each[0] in "'=" or "=" not in each:
            plain.append(each)
    index = position - site.skipped
    return plain[index] if 0 <= index < len(plain) else None


def _confidence(value: Value) -> int:
    return int(value[2]) if value is not None and value[0] in "IYF" else DEFINITE
