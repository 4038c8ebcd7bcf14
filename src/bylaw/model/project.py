"""The linked project: modules by name, functions and classes by number, names by meaning."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.developer_files import TASK_LIBRARIES, defines_tasks, used_by_tasks
from bylaw.model.import_roots import STANDARD, ImportRoots, ModuleName, name_modules
from bylaw.model.roles import SCRIPT, TEST, role_of, surroundings
from bylaw.model.stub_table import StubTable

Facts = tuple[Any, ...]
Value = tuple[Any, ...] | None
"""What a path evaluates to: ``("M", module)``, ``("F", function, confidence)``, with the class it
is asked of for a method, then ``"C"`` or ``"S"`` where it is asked of the class or ``super()``,
``("C", class)``, ``("I", class, confidence)`` an instance, ``("S", class)`` its ``super()``,
``("X", dotted)`` something outside, ``("Y", dotted, confidence)`` an instance of an outside class,
``("L", element)`` a container, ``("G", element, name)`` a method of one, ``("T", type)`` what
``NewType`` or ``TypeVar`` made, or None for unknown."""

BUILTINS = frozenset(dir(builtins))


class Duplicate(NamedTuple):
    """Two files that claim one module name; the first one wins."""

    name: str
    winner: str
    shadowed: str


class Making(NamedTuple):
    """What making an instance of a class runs.

    Attributes:
        methods: first-party functions and their confidence.
        outside: outside functions that fill fields.
        base: outside class with effects of its own when it is made, or empty.
    """

    methods: tuple[tuple[int, int], ...]
    outside: tuple[str, ...]
    base: str


class Project:
    """Facts of every file, numbered and linked by name; filled by ``link``.

    ``chains`` says of each path, by file, which parts of it end in the name of a property.
    """

    __slots__ = (
        "bindings",
        "by_name",
        "chains",
        "class_home",
        "class_offset",
        "classes",
        "classes_by_name",
        "cut",
        "depth",
        "derived",
        "duplicates",
        "facts",
        "function_home",
        "function_offset",
        "functions",
        "making_memo",
        "memo",
        "modules",
        "overrides_memo",
        "paths",
        "project_names",
        "property_names",
        "protocol_memo",
        "provisional",
        "roles",
        "roots",
        "seen_from",
        "stubs",
        "subclasses",
        "tops",
        "visible",
    )

    def __init__(self, paths: Sequence[str], facts: Sequence[Facts], stubs: StubTable) -> None:
        self.paths = list(paths)
        self.facts = list(facts)
        self.stubs = stubs
        self.modules: list[ModuleName] = []
        self.roles: list[str] = []
        self.by_name: dict[str, list[int]] = {}
        self.bindings: list[dict[str, tuple[Any, ...]]] = []
        self.functions: list[Facts] = []
        self.function_home: list[int] = []
        self.function_offset: list[int] = []
        self.classes: list[Facts] = []
        self.class_home: list[int] = []
        self.class_offset: list[int] = []
        self.memo: list[dict[str, Value]] = []
        self.chains: list[dict[str, tuple[str, ...]]] = []
        self.property_names: frozenset[str] = frozenset()
        self.subclasses: dict[int, list[int]] | None = None
        self.duplicates: list[Duplicate] = []
        self.roots = ImportRoots({}, frozenset(), frozenset(), frozenset())
        self.tops: dict[str, dict[str, bool]] = {}
        self.seen_from: dict[tuple[str, str], dict[str, int | None]] = {}
        self.visible: list[dict[str, int | None]] = []
        self.project_names: frozenset[str] = frozenset()
        self.protocol_memo: dict[int, list[int]] = {}
        self.classes_by_name: dict[str, list[int]] = {}
        self.overrides_memo: dict[tuple[int, int], tuple[int, ...]] = {}
        self.making_memo: dict[int, Making] = {}
        self.derived: dict[str, Any] = {}
        self.depth = 0
        self.cut = 1 << 60
        self.provisional: list[tuple[dict[str, Value], str]] = []

    def symbol(self, function: int) -> str:
        """Dotted name of a function, module included; the module itself for a module body."""
        module = self.modules[self.function_home[function]].name
        name = self.functions[function][F.F_NAME]
        return f"{module}.{name}" if name else module

    def path_of(self, function: int) -> str:
        """File that holds a function."""
        return self.paths[self.function_home[function]]

    def class_name(self, number: int) -> str:
        """Dotted name of a class, module included."""
        return f"{self.modules[self.class_home[number]].name}.{self.classes[number][F.K_NAME]}"

    def module_body(self, module: int) -> int:
        """Number of the function that is the module's body."""
        return self.function_offset[module]


def link(
    paths: Sequence[str], facts: Sequence[Facts], stubs: StubTable, roots: Sequence[str] = ()
) -> Project:
    """Numbers and names everything; evaluation of names stays lazy.

    Args:
        paths: files relative to the root, sorted.
        facts: facts of each, same order.
        stubs: what the outside world does.
        roots: import roots the configuration declares.

    Returns:
        The project, ready for ``evaluate``.
    """
    project = Project(paths, facts, stubs)
    project.roots = name_modules(paths, facts, roots)
    names = project.roots.names
    around = surroundings(paths, facts)
    for index, (path, each) in enumerate(zip(paths, facts, strict=True)):
        module = names[path]
        project.modules.append(module)
        project.roles.append(role_of(path, each, module.name, around))
        _claim_name(project, index, module)
        project.bindings.append(_bindings(each))
        project.function_offset.append(len(project.functions))
        project.functions.extend(each[F.FUNCTIONS])
        project.function_home.extend([index] * len(each[F.FUNCTIONS]))
        project.class_offset.append(len(project.classes))
        project.classes.extend(each[F.CLASSES])
        project.class_home.extend([index] * len(each[F.CLASSES]))
        project.memo.append({})
        project.chains.append({})
        place = (module.root, path.rpartition("/")[0])
        project.visible.append(project.seen_from.setdefault(place, {}))
    project.property_names = frozenset(
        function[F.F_NAME].rpartition(".")[2]
        for function in project.functions
        if function[F.F_FLAGS] & F.PROPERTY
    )
    project.tops = _top_level_names(project)
    project.project_names = frozenset(name.partition(".")[0] for name in project.by_name)
    if not TASK_LIBRARIES.isdisjoint(around.tops):
        _mark_developer_files(project)
    return project


def _mark_developer_files(project: Project) -> None:
    """Files that define tasks for developers, and modules only those import, are scripts."""
    tasks = [
        module
        for module, facts in enumerate(project.facts)
        if defines_tasks(facts) or project.paths[module].rpartition("/")[2] == "noxfile.py"
    ]
    for module in tasks:
        if project.roles[module] != TEST:
            project.roles[module] = SCRIPT
    for module in used_by_tasks(
        project.paths, project.roles, tasks, lambda module: _imported(project, module)
    ):
        project.roles[module] = SCRIPT


def _imported(project: Project, module: int) -> set[int]:
    """Files of the project that a file imports."""
    found = set()
    for level, dotted, name, *_ in project.facts[module][F.IMPORTS]:
        whole = absolute_module(project, module, level, dotted)
        for each in (whole, f"{whole}.{name}"):
            if each in project.by_name:
                found.add(find_module(project, module, each))
    return {each for each in found if each is not None and each != module}


def _claim_name(project: Project, index: int, module: ModuleName) -> None:
    claims = project.by_name.setdefault(module.name, [])
    for other in claims:
        if project.modules[other].root == module.root:
            winner, loser = (index, other) if module.is_package else (other, index)
            shadowed = project.paths[loser]
            project.duplicates.append(Duplicate(module.name, project.paths[winner], shadowed))
            if winner == index:
                claims[claims.index(other)] = index
            return
    claims.append(index)


def _bindings(facts: Facts) -> dict[str, tuple[Any, ...]]:
    """The binding that counts for each name: the last one, unless it is only a fallback."""
    result: dict[str, tuple[Any, ...]] = {}
    situations = facts[F.SITUATIONS]
    for binding in facts[F.BINDINGS]:
        name = binding[F.B_NAME]
        old = result.get(name)
        if old is not None:
            flags = situations[binding[F.B_SITUATION]][F.S_FLAGS]
            if flags & F.IN_FALLBACK:
                continue
            if binding[F.B_KIND] == "v" and binding[F.B_VALUE] is None and old[F.B_KIND] != "v":
                continue
        result[name] = binding
    return result


def _top_level_names(project: Project) -> dict[str, dict[str, bool]]:
    """For each top-level name the roots that hold it; True for a package or module proper.

    A package that sets its own ``__path__`` goes on elsewhere and hides nothing.
    """
    tops: dict[str, dict[str, bool]] = {}
    for number, module in enumerate(project.modules):
        top, dot, _ = module.name.partition(".")
        roots = tops.setdefault(top, {})
        proper = not dot and "__path__" not in project.bindings[number]
        roots[module.root] = roots.get(module.root, False) or proper
    return tops


def find_module(project: Project, importer: int, dotted: str) -> int | None:
    """The file an absolute import names, seen from ``importer``; None when it is not ours."""
    seen = project.visible[importer]
    try:
        return seen[dotted]
    except KeyError:
        claims = project.by_name.get(dotted)
        found = seen[dotted] = _nearest(project, importer, dotted, claims) if claims else None
        return found


def _nearest(project: Project, importer: int, dotted: str, claims: list[int]) -> int | None:
    """The claim that is found first: own root, folders above, then roots others import from.

    As for the interpreter, a package or module proper hides all of that name that come later; in
    which order the roots of others come is not known.
    """
    own = project.modules[importer]
    folder = project.paths[importer].rpartition("/")[0]
    top = dotted.partition(".")[0]
    foreign = dotted in STANDARD or top in project.roots.outside
    if foreign and own.name.partition(".")[0] != top:
        return None
    by_root = {project.modules[claim].root: claim for claim in claims}
    imported = project.roots.imported
    for root in sorted(
        project.tops[top], key=lambda root: (root != own.root, -_common(root, folder), root)
    ):
        above = root in (own.root, "", folder) or folder.startswith(f"{root}/")
        if not above and (root, top) not in imported:
            continue
        if root in by_root:
            return by_root[root]
        if above and project.tops[top][root]:
            return None
    return None


def _common(first: str, second: str) -> int:
    count = 0
    for one, two in zip(first.split("/"), second.split("/"), strict=False):
        if one != two:
            break
        count += 1
    return count


def absolute_module(project: Project, importer: int, level: int, module: str) -> str:
    """Dotted name an import specifier means in a file; empty when it leaves the root."""
    if level == 0:
        return module
    own = project.modules[importer]
    parts = own.name.split(".") if own.name != "__init__" else []
    drop = level - 1 if own.is_package else level
    if drop > len(parts):
        return ""
    base = parts[: len(parts) - drop] if drop else parts
    return ".".join([*base, module] if module else base)


def known_roots(project: Project) -> tuple[str, ...]:
    """Import roots that hold packages or that imports resolve through, sorted."""
    return tuple(sorted(project.roots.shared))
