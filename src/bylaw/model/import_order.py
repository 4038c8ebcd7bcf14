"""Which module of a cycle cannot be imported first: module bodies played in the order Python runs.

A cycle does harm when one of its modules, imported before the others, meets another one half-built
and asks it for a name that is bound further down. Which modules those are follows from the order of
imports and bindings in each file, so it is played through rather than guessed. Importing a module
runs its parent packages first; a submodule that is half-built can be imported from its package, a
name that is not bound yet cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.import_graph import ImportEdge, load_order
from bylaw.model.project import Project, absolute_module, find_module

_NEVER = 1 << 60
_ENDS = ("(", "[", "*", "+", "!")


class Failure(NamedTuple):
    """An import that cannot work when a certain module comes first.

    Attributes:
        entry: the module that is imported first.
        importer: the module that asks too early.
        target: the half-built module it asks.
        name: what it asks for.
        line: where it asks.
        bound: line of the target that binds the name.
        record: index among the importer's import facts, -1 when it reads an attribute.
        chain: imports from the target to the importer.
    """

    entry: int
    importer: int
    target: int
    name: str
    line: int
    bound: int
    record: int
    chain: tuple[ImportEdge, ...]


class _Step(NamedTuple):
    """One thing a module body does: loads a module, or needs a name of one."""

    line: int
    target: int
    name: str
    child: int
    record: int
    guarded: bool


class ImportOrder:
    """Plays imports within one group of modules that reach each other."""

    __slots__ = ("_first", "_inside", "_plans", "_project")

    def __init__(self, project: Project, inside: Set[int]) -> None:
        self._project = project
        self._inside = inside
        self._plans: dict[int, tuple[_Step, ...]] = {}
        self._first: dict[int, dict[str, int]] = {}

    def failure(self, entry: int) -> Failure | None:
        """What goes wrong when ``entry`` is imported before the others; None when nothing does."""
        done: set[int] = set()
        active: dict[int, int] = {}
        for module in _ancestry(self._project, entry):
            if module in self._inside and module not in done:
                found = self._load(module, done, active)
                if found is not None:
                    return found._replace(entry=entry)
        return None

    def _load(self, start: int, done: set[int], active: dict[int, int]) -> Failure | None:
        stack = [(start, iter(self._plan(start)))]
        edges: list[ImportEdge] = []
        active[start] = 0
        while stack:
            module, steps = stack[-1]
            step = next(steps, None)
            if step is None:
                stack.pop()
                if edges:
                    edges.pop()
                del active[module]
                done.add(module)
                continue
            active[module] = step.line
            if self._is_missing(step, module, active):
                bound = self._bound(step.target)[step.name]
                asked = (module, step.target, step.name, step.line, bound, step.record)
                return Failure(start, *asked, _chain(edges, step.target))
            wanted = self._wanted(step, active)
            if wanted in done or wanted in active or wanted not in self._inside:
                continue
            active[wanted] = 0
            edges.append(ImportEdge(module, wanted, "load", step.record))
            stack.append((wanted, iter(self._plan(wanted))))
        return None

    def _is_missing(self, step: _Step, module: int, active: dict[int, int]) -> bool:
        """Whether a step asks a half-built module for a name it binds further down."""
        if not step.name or step.child >= 0 or step.guarded or step.target == module:
            return False
        if step.target not in active:
            return False
        return active[step.target] <= self._bound(step.target).get(step.name, -1)

    def _wanted(self, step: _Step, active: dict[int, int]) -> int:
        """The file a step loads: for a name the submodule, unless the package binds it itself."""
        if not step.name:
            return step.target
        bound = self._bound(step.target).get(step.name, _NEVER)
        return -1 if bound < active.get(step.target, _NEVER) else step.child

    def _bound(self, module: int) -> dict[str, int]:
        """First line that binds each module-level name."""
        lines = self._first.get(module)
        if lines is None:
            lines = self._first[module] = bound_lines(self._project, module, frozenset())
            anything = min(lines.pop("*", _NEVER), lines.get("__getattr__", _NEVER))
            for name, line in lines.items():
                lines[name] = min(line, anything)
        return lines

    def _plan(self, module: int) -> tuple[_Step, ...]:
        steps = self._plans.get(module)
        if steps is None:
            found = [*_imports(self._project, module), *_uses(self._project, module)]
            inside = self._inside
            found = [step for step in found if step.target in inside or step.child in inside]
            found.sort(key=lambda step: step.line)
            steps = self._plans[module] = tuple(found)
        return steps


def bound_lines(project: Project, module: int, within: frozenset[int]) -> dict[str, int]:
    """First line that binds each module-level name, those that a star import brings included.

    Args:
        project: the linked project.
        module: number of the file.
        within: files whose stars are being followed.

    Returns:
        Lines by name; ``*`` is the first star whose module is not here, which may bind any name.
    """
    lines: dict[str, int] = {}

    def bind(name: str, line: int) -> None:
        lines[name] = min(line, lines.get(name, _NEVER))

    for binding in project.facts[module][F.BINDINGS]:
        bind(binding[F.B_NAME], binding[F.B_LINE])
    inside = within | {module}
    for record in project.facts[module][F.IMPORTS] if project.facts[module][F.STARS] else ():
        if record[F.I_NAME] != "*" or record[F.I_FUNCTION]:
            continue
        dotted = absolute_module(project, module, record[F.I_LEVEL], record[F.I_MODULE])
        target = find_module(project, module, dotted) if dotted else None
        if target is None:
            bind("*", record[F.I_LINE])
        elif target not in inside:
            for name in bound_lines(project, target, inside):
                if name[0] != "_":
                    bind(name, record[F.I_LINE])
    return lines


def _imports(project: Project, module: int) -> Iterator[_Step]:
    """What the imports of a module body load, parent packages first, and the names they take."""
    facts = project.facts[module]
    for index, record in enumerate(facts[F.IMPORTS]):
        flags = facts[F.SITUATIONS][record[F.I_SITUATION]][F.S_FLAGS]
        if record[F.I_FUNCTION] or flags & (F.IN_TYPE_CHECKING | F.IN_MAIN):
            continue
        guarded = bool(flags & (F.IN_IMPORT_GUARD | F.IN_FALLBACK))
        line = record[F.I_LINE]
        loaded, child = load_order(project, module, record)
        for each in loaded:
            yield _Step(line, each, "", -1, index, guarded)
        name = record[F.I_NAME]
        if name and name != "*" and loaded:
            yield _Step(line, loaded[-1], name, child, index, guarded)
        elif child >= 0:
            yield _Step(line, child, "", -1, index, guarded)


def _uses(project: Project, module: int) -> Iterator[_Step]:
    """Attributes of imported modules that the module body itself reads."""
    for line, path in _read_paths(project, module):
        head, dot, rest = path.partition(".")
        target = _alias(project, module, head) if dot else -1
        if target >= 0:
            yield _Step(line, target, rest.partition(".")[0], -1, -1, False)


def _alias(project: Project, module: int, name: str) -> int:
    """The module that an imported name stands for; -1 for anything else."""
    binding = project.bindings[module].get(name)
    if binding is None or binding[F.B_KIND] != "i":
        return -1
    record = project.facts[module][F.IMPORTS][binding[F.B_VALUE]]
    loaded, child = load_order(project, module, record)
    if record[F.I_NAME]:
        return child
    return loaded[-1] if loaded and record[F.I_ALIAS] else -1


def _chain(edges: list[ImportEdge], target: int) -> tuple[ImportEdge, ...]:
    for position, edge in enumerate(edges):
        if edge.importer == target:
            return tuple(edges[position:])
    return ()


def _ancestry(project: Project, module: int) -> list[int]:
    """A module after the packages that hold it, outermost first."""
    parts = project.modules[module].name.split(".")
    prefixes = (".".join(parts[:count]) for count in range(1, len(parts)))
    found = (find_module(project, module, prefix) for prefix in prefixes)
    return [*(each for each in found if each is not None), module]


def _read_paths(project: Project, module: int) -> Iterator[tuple[int, str]]:
    """Paths that a module body evaluates while it runs, cut at the first call or subscript."""
    facts = project.facts[module]
    body = facts[F.FUNCTIONS][0]
    found: list[tuple[int, Any]] = [(call[F.C_LINE], call[F.C_PATH]) for call in body[F.F_CALLS]]
    found += [(load[F.L_LINE], load[F.L_PATH]) for load in body[F.F_LOADS]]
    for each in facts[F.BINDINGS]:
        if each[F.B_KIND] == "v":
            found.append((each[F.B_LINE], each[F.B_VALUE]))
    for record in facts[F.CLASSES]:
        if not record[F.K_FUNCTION]:
            found += [(record[F.K_LINE], base) for base in record[F.K_BASES]]
    for line, path in found:
        if path and path[0].isidentifier():
            yield line, _plain(path)


def _plain(path: str) -> str:
    ends = [position for mark in _ENDS if (position := path.find(mark)) >= 0]
    return path[: min(ends)] if ends else path


def order_edges(project: Project, load: Iterable[ImportEdge]) -> list[ImportEdge]:
    """Load-time imports, and the parent packages that each of them and each file runs first."""
    edges = list(load)
    seen: set[tuple[int, int]] = {(edge.importer, edge.imported) for edge in edges}
    statements: set[tuple[int, int, str]] = set()
    for edge in load:
        record = project.facts[edge.importer][F.IMPORTS][edge.record]
        statement = (edge.importer, record[F.I_LEVEL], record[F.I_MODULE])
        if statement in statements:
            continue
        statements.add(statement)
        _run_before(
            edges, seen, edge.importer, edge.record, load_order(project, edge.importer, record)[0]
        )
    for module in range(len(project.paths)):
        _run_before(edges, seen, module, -1, _ancestry(project, module)[:-1])
    return edges


def _run_before(
    edges: list[ImportEdge],
    seen: set[tuple[int, int]],
    module: int,
    record: int,
    packages: list[int],
) -> None:
    """Adds what runs before a module or one of its imports, where no edge leads there yet."""
    for package in packages:
        if package != module and (module, package) not in seen:
            seen.add((module, package))
            edges.append(ImportEdge(module, package, "load", record))
