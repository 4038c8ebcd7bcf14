"""Which functions are tests, fixtures and set-up methods, and which fixture a name means where."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.project import Project
from bylaw.model.roles import TEST

_SET_UP = frozenset({"setUp", "setUpClass", "setUpTestData", "asyncSetUp", "setup_method",
                     "setup_class", "setup_function", "setup"})  # fmt: skip


class TestFixtures:
    """The fixtures of a project by name."""

    __slots__ = ("_applying", "_by_name", "_nearest", "_project", "autouse")
    __test__ = False

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_name: dict[str, list[int]] = {}
        self._nearest: dict[tuple[str, int], int | None] = {}
        self._applying: dict[int, list[int]] = {}
        self.autouse: dict[int, None] = {}
        for number, function in enumerate(project.functions):
            for path, arguments, _ in function[F.F_DECORATORS]:
                if path.rpartition(".")[2] not in ("fixture", "yield_fixture"):
                    continue
                name = function[F.F_NAME].rpartition(".")[2]
                given = next((a[6:] for a in arguments if a.startswith("name='")), name)
                self._by_name.setdefault(given, []).append(number)
                if "autouse=:True" in arguments:
                    self.autouse[number] = None

    def numbers(self) -> list[int]:
        """Numbers of the fixtures that live with the tests."""
        project = self._project
        found = {number for numbers in self._by_name.values() for number in numbers}
        return sorted(each for each in found if project.roles[project.function_home[each]] == TEST)

    def applying(self, module: int) -> list[int]:
        """The autouse fixtures outside classes that hold for the tests of a file."""
        known = self._applying.get(module)
        if known is None:
            known = [each for each in self.autouse if self._applies(each, module)]
            self._applying[module] = known
        return known

    def _applies(self, fixture: int, module: int) -> bool:
        home = self._project.function_home[fixture]
        if home == module:
            return bool(self._project.functions[fixture][F.F_CLASS] < 0)
        folder, _, name = self._project.paths[home].rpartition("/")
        inside = self._project.paths[module]
        return name == "conftest.py" and (not folder or inside.startswith(f"{folder}/"))

    def nearest(self, name: str, module: int) -> int | None:
        """The fixture that a parameter of this name asks for in a file."""
        named = self._by_name.get(name)
        if named is None:
            return None
        key = (name, module)
        if key not in self._nearest:
            found = [each for each in named if self._is_visible(each, module)]
            self._nearest[key] = max(found, key=self._depth, default=None)
        return self._nearest[key]

    def _is_visible(self, fixture: int, module: int) -> bool:
        """Fixtures of other files may be imported or plugged in, those of a conftest not."""
        home = self._project.function_home[fixture]
        if self._project.paths[home].endswith("conftest.py"):
            return self._applies(fixture, module) or home == module
        return True

    def _depth(self, fixture: int) -> tuple[int, int]:
        path = self._project.path_of(fixture)
        return (path.count("/"), -fixture)


def is_fixture(function: tuple[Any, ...]) -> bool:
    """Whether a function is a pytest fixture."""
    return any(path.endswith("fixture") for path, _, _ in function[F.F_DECORATORS])


def is_test(project: Project, number: int) -> bool:
    """Whether a function is a test that pytest or unittest would collect."""
    function = project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    if not name.startswith("test") or function[F.F_FLAGS] & F.NESTED:
        return False
    if is_fixture(function):
        return False
    path = project.path_of(number)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    named = stem.startswith("test") or stem.endswith(("_test", "_tests")) or "tests" in stem
    return named and project.roles[project.function_home[number]] == TEST


def is_set_up(project: Project, number: int) -> bool:
    """Whether a function is a method that unittest or pytest runs before the tests of a class."""
    function = project.functions[number]
    if function[F.F_CLASS] < 0 or project.roles[project.function_home[number]] != TEST:
        return False
    return is_set_up_name(function[F.F_NAME].rpartition(".")[2])


def is_set_up_name(name: str) -> bool:
    """Whether a method of this name runs before the tests of its class."""
    return name in _SET_UP


def mark_paths(project: Project, module: int) -> list[str]:
    """What ``pytestmark`` of a file is made of."""
    binding = project.bindings[module].get("pytestmark")
    if binding is None:
        return []
    line = binding[F.B_LINE]
    body = project.functions[project.module_body(module)]
    paths = [load[F.L_PATH] for load in body[F.F_LOADS] if load[F.L_LINE] == line]
    return paths + [call[F.C_PATH] for call in body[F.F_CALLS] if call[F.C_LINE] == line]


def is_skipped(project: Project, number: int) -> bool:
    """Whether a test never runs: ``skip`` at it, at its class or for its whole file."""
    function = project.functions[number]
    module = project.function_home[number]
    decorators = function[F.F_DECORATORS]
    if function[F.F_CLASS] >= 0:
        owner = project.classes[project.class_offset[module] + function[F.F_CLASS]]
        decorators = (*decorators, *owner[F.K_DECORATORS])
    if any(path.rpartition(".")[2] == "skip" for path, _, _ in decorators):
        return True
    return any(path.endswith("mark.skip") for path in mark_paths(project, module))
