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
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project

_PATCHERS = frozenset({"patch", "object", "setattr", "multiple", "setitem", "spy", "stub"})
_SET_UP = frozenset({"setUp", "setUpClass", "setUpTestData", "asyncSetUp", "setup_method",
                     "setup_class", "setup_function", "setup"})  # fmt: skip
_FROZEN = {"freeze_time": "clock", "time_machine": "clock", "vcr": "network",
           "block_network": "network", "disable_socket": "network"}  # fmt: skip


class Controls(NamedTuple):
    """What is held still.

    Attributes:
        kinds: effect kinds that cannot happen.
        names: last components of names that are replaced by something else.
    """

    kinds: frozenset[str]
    names: frozenset[str]


NOTHING = Controls(frozenset(), frozenset())


class TestControls:
    """Answers what is held still in a test; each function and fixture is read once."""

    __slots__ = ("_autouse", "_by_function", "_fixtures", "_graph", "_project")
    __test__ = False

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph
        self._project = graph.project
        self._by_function: dict[int, Controls] = {}
        self._fixtures: dict[str, list[int]] = {}
        self._autouse: list[int] = []
        self._find_fixtures()

    def _find_fixtures(self) -> None:
        for number, function in enumerate(self._project.functions):
            for path, arguments, _ in function[F.F_DECORATORS]:
                if path.rpartition(".")[2] not in ("fixture", "yield_fixture"):
                    continue
                name = function[F.F_NAME].rpartition(".")[2]
                given = next((a[6:] for a in arguments if a.startswith("name='")), name)
                self._fixtures.setdefault(given, []).append(number)
                if "autouse=:True" in arguments:
                    self._autouse.append(number)

    def of_test(self, number: int) -> Controls:
        """What is held still while a test runs, apart from ``with`` blocks inside it."""
        project = self._project
        parts = [self._of_function(number, ())]
        function = project.functions[number]
        module = project.function_home[number]
        if function[F.F_CLASS] >= 0:
            owner = project.facts[module][F.CLASSES][function[F.F_CLASS]]
            parts.append(self._of_decorators(module, owner[F.K_DECORATORS]))
            for name, index in owner[F.K_METHODS]:
                if name in _SET_UP:
                    method = project.function_offset[module] + index
                    parts.append(self._of_function(method, ()))
        for fixture in self._autouse:
            if self._applies(fixture, module):
                parts.append(self._of_function(fixture, ()))
        marks = project.bindings[module].get("pytestmark")
        if marks is not None:
            parts.append(self._of_marks(module, marks))
        return _merged(parts)

    def in_force(self, number: int, situation: int) -> Controls:
        """What the ``with`` blocks around a statement hold still."""
        module = self._project.function_home[number]
        entered = self._project.facts[module][F.SITUATIONS][situation][F.S_WITH]
        parts = [self._of_path(module, path.removesuffix("()")) for path in entered]
        return _merged(parts)

    def _applies(self, fixture: int, module: int) -> bool:
        home = self._project.function_home[fixture]
        if home == module:
            return self._project.functions[fixture][F.F_CLASS] < 0
        folder, _, name = self._project.paths[home].rpartition("/")
        inside = self._project.paths[module]
        return name == "conftest.py" and (not folder or inside.startswith(f"{folder}/"))

    def _nearest_fixture(self, name: str, module: int) -> int | None:
        found = [each for each in self._fixtures.get(name, ()) if self._is_visible(each, module)]
        return max(found, key=self._depth, default=None)

    def _is_visible(self, fixture: int, module: int) -> bool:
        home = self._project.function_home[fixture]
        if self._project.paths[home].endswith("conftest.py"):
            return self._applies(fixture, module) or home == module
        return home == module or len(self._fixtures) > 0

    def _depth(self, fixture: int) -> tuple[int, int]:
        path = self._project.path_of(fixture)
        return (path.count("/"), -fixture)

    def _of_function(self, number: int, busy: tuple[int, ...]) -> Controls:
        known = self._by_function.get(number)
        if known is not None:
            return known
        if number in busy:
            return NOTHING
        project = self._project
        function = project.functions[number]
        module = project.function_home[number]
        parts = [self._of_decorators(module, function[F.F_DECORATORS])]
        fixture = _is_fixture(function)
        parts += [self._of_call(module, call, fixture) for call in function[F.F_CALLS]]
        for param in function[F.F_PARAMS]:
            name = param[F.P_NAME]
            parts.append(Controls(project.stubs.fixture_controls(name), frozenset()))
            parts += self._of_fixture(name, module, (*busy, number))
        for path, arguments, _ in function[F.F_DECORATORS]:
            if path.endswith("usefixtures"):
                for each in arguments:
                    kinds = project.stubs.fixture_controls(each[1:])
                    parts.append(Controls(kinds, frozenset()))
                    parts += self._of_fixture(each[1:], module, (*busy, number))
        found = _merged(parts)
        self._by_function[number] = found
        return found

    def _of_fixture(self, name: str, module: int, busy: tuple[int, ...]) -> list[Controls]:
        fixture = self._nearest_fixture(name, module)
        return [self._of_function(fixture, busy)] if fixture is not None else []

    def _of_decorators(self, module: int, decorators: Iterable[tuple[Any, ...]]) -> Controls:
        parts = []
        for path, arguments, _ in decorators:
            parts.append(self._of_path(module, path))
            if path.rpartition(".")[2] in _PATCHERS or ".patch" in path:
                parts.append(Controls(frozenset(), _patched(path, arguments)))
        return _merged(parts)

    def _of_path(self, module: int, path: str) -> Controls:
        last = path.rpartition(".")[2]
        if last in _FROZEN:
            return Controls(frozenset({_FROZEN[last]}), frozenset())
        value = evaluate(self._project, module, path) if path != "?" else None
        if value is None or value[0] not in "XYB":
            return NOTHING
        return Controls(self._project.stubs.controls(value[1]), frozenset())

    def _of_call(self, module: int, call: tuple[Any, ...], fixture: bool) -> Controls:
        path = call[F.C_PATH]
        last = path.rpartition(".")[2]
        if last in _PATCHERS or path.endswith(("patch.object", "patch.dict")):
            names = _patched(path, call[F.C_ARGS])
            if names:
                return Controls(frozenset(), names)
        if call[F.C_FLAGS] & F.ENTERED and not fixture:
            return NOTHING
        return self._of_path(module, path)

    def _of_marks(self, module: int, binding: tuple[Any, ...]) -> Controls:
        line = binding[F.B_LINE]
        body = self._project.functions[self._project.module_body(module)]
        paths = [load[F.L_PATH] for load in body[F.F_LOADS] if load[F.L_LINE] == line]
        paths += [call[F.C_PATH] for call in body[F.F_CALLS] if call[F.C_LINE] == line]
        return _merged([self._of_path(module, path) for path in paths])


def _is_fixture(function: tuple[Any, ...]) -> bool:
    return any(path.endswith("fixture") for path, _, _ in function[F.F_DECORATORS])


def _patched(path: str, arguments: tuple[str, ...]) -> frozenset[str]:
    """Names that a ``patch`` or ``setattr`` call replaces: every part of the dotted target."""
    call = ("", 0, 0, 0, 0, 0, arguments, None)
    names: set[str] = set()
    for position in ("0", "1", "target", "attribute", "name"):
        encoded = argument(call, position)
        if encoded and encoded[0] == "'":
            names.update(encoded[1:].split(".")[-2:])
    return frozenset(name for name in names if name.isidentifier())


def _merged(parts: Iterable[Controls]) -> Controls:
    kinds: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    for part in parts:
        kinds |= part.kinds
        names |= part.names
    return Controls(kinds, names)


def is_test(project: Project, number: int) -> bool:
    """Whether a function is a test that pytest or unittest would collect."""
    function = project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    if not name.startswith("test") or function[F.F_FLAGS] & F.NESTED:
        return False
    if any(path.endswith("fixture") for path, _, _ in function[F.F_DECORATORS]):
        return False
    path = project.path_of(number)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    named = stem.startswith("test") or stem.endswith(("_test", "_tests")) or "tests" in stem
    return named and project.roles[project.function_home[number]] == "test"
