"""What a test holds still: frozen clocks, seeded generators, blocked networks, patched names.

Evidence counts, wherever it stands: a decorator of the test or its class, a ``with`` around the
call, a fixture the test asks for (also by way of another fixture, and autouse ones), a call in the
test or its ``setUp``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_graph import CallGraph, argument
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.outside_calls import constant_text
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.model.test_fixtures import TestFixtures, is_fixture, is_set_up_name, mark_paths

_PATCHERS = frozenset({"patch", "object", "setattr", "multiple", "setitem", "spy", "stub"})
_FROZEN = {"freeze_time": "clock", "time_machine": "clock", "vcr": "network",
           "block_network": "network", "disable_socket": "network"}  # fmt: skip


class Controls(NamedTuple):
    """What is held still.

    Attributes:
        kinds: effect kinds that cannot happen.
        names: last components of names that are replaced by something else.
        assigned: attributes that are assigned to, which replaces a method of that name.
    """

    kinds: frozenset[str]
    names: frozenset[str]
    assigned: frozenset[str] = frozenset()


NOTHING = Controls(frozenset(), frozenset())


class _Reader:
    """What single functions hold still; each function and fixture is read once."""

    __slots__ = ("_fixtures", "_known", "_project")

    def __init__(self, project: Project, fixtures: TestFixtures) -> None:
        self._project = project
        self._fixtures = fixtures
        self._known: dict[int, Controls] = {}

    def of_function(self, number: int, busy: tuple[int, ...] = ()) -> Controls:
        """What a function holds still: decorators, calls, and the fixtures it asks for."""
        known = self._known.get(number)
        if known is not None:
            return known
        if number in busy:
            return NOTHING
        function = self._project.functions[number]
        module = self._project.function_home[number]
        busy = (*busy, number)
        parts = self.of_decorators(module, function[F.F_DECORATORS], busy)
        lasting = is_fixture(function) or bool(function[F.F_FLAGS] & F.GENERATOR)
        for call in function[F.F_CALLS]:
            path = call[F.C_PATH]
            names = _patched(self._project, module, call[F.C_ARGS]) if _patches(path) else None
            if names:
                parts.append(Controls(frozenset(), names))
            elif lasting or not call[F.C_FLAGS] & F.ENTERED:
                held = self.of_path(module, path, busy)
                if held is not NOTHING:
                    parts.append(held)
                if any(each[:1] == "'" for each in call[F.C_ARGS]):
                    parts.append(self._told(module, call))
        for param in function[F.F_PARAMS]:
            if param[F.P_NAME] != "self":
                parts += self._of_fixture(param[F.P_NAME], module, busy)
        parts.append(_assigned(function))
        self._known[number] = found = _merged(parts)
        return found

    def _told(self, module: int, call: tuple[Any, ...]) -> Controls:
        """Names that a helper of the tests is told to replace: ``mocked(monkeypatch, "post")``."""
        value = evaluate(self._project, module, call[F.C_PATH])
        if value is None or value[0] != "F":
            return NOTHING
        calls = self._project.functions[value[1]][F.F_CALLS]
        if not any(_patches(each[F.C_PATH]) for each in calls):
            return NOTHING
        texts = (each[1:] for each in call[F.C_ARGS] if each[:1] == "'")
        return Controls(frozenset(), frozenset(each for each in texts if each.isidentifier()))

    def _of_fixture(self, name: str, module: int, busy: tuple[int, ...]) -> list[Controls]:
        kinds = self._project.stubs.fixture_controls(name)
        parts = [Controls(kinds, frozenset())] if kinds else []
        fixture = self._fixtures.nearest(name, module)
        return [*parts, self.of_function(fixture, busy)] if fixture is not None else parts

    def of_decorators(
        self, module: int, decorators: Iterable[tuple[Any, ...]], busy: tuple[int, ...] = ()
    ) -> list[Controls]:
        """What decorators of a function or class hold still."""
        parts = []
        for path, arguments, _ in decorators:
            parts.append(self.of_path(module, path, busy))
            if path.endswith("usefixtures"):
                for each in arguments:
                    parts += self._of_fixture(each[1:], module, busy)
            elif path.rpartition(".")[2] in _PATCHERS or ".patch" in path:
                names = _patched(self._project, module, arguments)
                parts.append(Controls(frozenset(), names))
        return parts

    def of_path(self, module: int, path: str, busy: tuple[int, ...] = ()) -> Controls:
        """What calling, entering or decorating with something holds still."""
        last = path.rpartition(".")[2]
        if last in _FROZEN:
            return Controls(frozenset({_FROZEN[last]}), frozenset())
        project = self._project
        value = evaluate(project, module, path) if path != "?" else None
        if value is None:
            return NOTHING
        if value[0] == "F" and project.roles[project.function_home[value[1]]] == TEST:
            return self.of_function(value[1], busy)
        kinds = project.stubs.controls(value[1]) if value[0] in "XYB" else None
        return Controls(kinds, frozenset()) if kinds else NOTHING


class TestControls:
    """Answers what is held still in a test, by itself, its class and its file."""

    __slots__ = ("_by_class", "_by_module", "_project", "_reader", "fixtures")
    __test__ = False

    def __init__(self, graph: CallGraph) -> None:
        self._project = graph.project
        self.fixtures = TestFixtures(graph.project)
        self._reader = _Reader(graph.project, self.fixtures)
        self._by_class: dict[int, Controls] = {}
        self._by_module: dict[int, Controls] = {}

    def of_test(self, number: int) -> Controls:
        """What is held still while a test runs, apart from ``with`` blocks inside it."""
        project = self._project
        parts = [self._reader.of_function(number)]
        function = project.functions[number]
        module = project.function_home[number]
        if function[F.F_CLASS] >= 0:
            parts.append(self._of_class(project.class_offset[module] + function[F.F_CLASS]))
        parts.append(self._of_module(module))
        return _merged(parts)

    def of_helper(self, number: int) -> Controls:
        """What a function that tests call holds still while it runs, by its decorators."""
        function = self._project.functions[number]
        if not function[F.F_DECORATORS]:
            return NOTHING
        module = self._project.function_home[number]
        return _merged(self._reader.of_decorators(module, function[F.F_DECORATORS]))

    def in_force(self, number: int, situation: int) -> Controls:
        """What the ``with`` blocks around a statement hold still."""
        module = self._project.function_home[number]
        entered = self._project.facts[module][F.SITUATIONS][situation][F.S_WITH]
        if not entered:
            return NOTHING
        return _merged([self._reader.of_path(module, path.removesuffix("()")) for path in entered])

    def _of_class(self, number: int) -> Controls:
        """What the tests of a class run under, by the class itself and what it inherits."""
        known = self._by_class.get(number)
        if known is not None:
            return known
        project = self._project
        parts = []
        for each in resolution_order(project, number, evaluate):
            module = project.class_home[each]
            owner = project.classes[each]
            parts += self._reader.of_decorators(module, owner[F.K_DECORATORS])
            for name, index in owner[F.K_METHODS]:
                method = project.function_offset[module] + index
                if is_set_up_name(name) or method in self.fixtures.autouse:
                    parts.append(self._reader.of_function(method))
        self._by_class[number] = found = _merged(parts)
        return found

    def _of_module(self, module: int) -> Controls:
        """What every test of a file runs under: autouse fixtures and ``pytestmark``."""
        known = self._by_module.get(module)
        if known is not None:
            return known
        applying = self.fixtures.applying(module)
        parts = [self._reader.of_function(each) for each in applying]
        parts += [self._reader.of_path(module, path) for path in mark_paths(self._project, module)]
        self._by_module[module] = found = _merged(parts)
        return found


def _patches(path: str) -> bool:
    """Whether what is called replaces a name by something else."""
    return path.rpartition(".")[2] in _PATCHERS or path.endswith("patch.dict")


def _patched(project: Project, module: int, arguments: tuple[str, ...]) -> frozenset[str]:
    """Names that a ``patch`` or ``setattr`` call replaces, also by way of a constant."""
    call = ("", 0, 0, 0, 0, 0, arguments, None)
    names: set[str] = set()
    for position in ("0", "1", "target", "attribute", "name"):
        text = constant_text(project, module, argument(call, position))
        if text:
            names.add(text.rpartition(".")[2])
    return frozenset(name for name in names if name.isidentifier())


def _assigned(function: tuple[Any, ...]) -> Controls:
    writes = [write for write in function[F.F_WRITES] if write[F.W_OP] == "attribute"]
    if not writes:
        return NOTHING
    assigned = frozenset(write[F.W_PATH].rpartition(".")[2] for write in writes)
    return Controls(frozenset(), frozenset(), assigned)


def _merged(parts: Iterable[Controls]) -> Controls:
    found = NOTHING
    for part in parts:
        if not any(part) or part is found:
            continue
        if found is NOTHING:
            found = part
        else:
            assigned = found.assigned | part.assigned
            found = Controls(found.kinds | part.kinds, found.names | part.names, assigned)
    return found
