"""Places in real code where a violation can be put, found by a walk of the syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.recall.files import File, bound_names, imported_modules

Function = ast.FunctionDef | ast.AsyncFunctionDef

_CONTROLS = re.compile(
    r"freez|time_machine|travel|\.seed\(|responses|requests_mock|httpx_mock|respx|vcr"
    r"|disable_socket",
    re.IGNORECASE,
)
_REPLACED = re.compile(r"mock|patch|override_settings", re.IGNORECASE)
_SERVICE = re.compile(r"(^|[/_])(service|services|domain|usecases?)([/_.]|$)")
_LAYERED = re.compile(
    r"(^|[/_])(services?|repositor\w*|domain|use_?cases?|crud|dao|models?|entities|routers?|routes"
    r"|endpoints|views|controllers)([/_.]|$)"
)


class Place(NamedTuple):
    """A line before which statements can be put.

    Attributes:
        file: the file.
        line: the statements go before it, 1-based.
        indent: white space they begin with.
        symbol: scope they stand in, for people.
        top_line: imports of theirs go before this line.
        bound: names the file binds, with how.
        names: what templates of this kind may refer to.
        span: first and last line of the scope; (0, 0) for the module.
    """

    file: File
    line: int
    indent: str
    symbol: str
    top_line: int
    bound: dict[str, set[str]]
    names: tuple[tuple[str, str], ...] = ()
    span: tuple[int, int] = (0, 0)


class World(NamedTuple):
    """A tree and what its files say about each other.

    Attributes:
        files: all of them.
        imported: dotted names that a file imports anywhere.
        reaches: modules each module imports, deferred imports too.
        loads: modules each module imports at its top level.
        libraries: top-level names that are imported.
    """

    files: Sequence[File]
    imported: frozenset[str]
    reaches: dict[str, frozenset[str]]
    loads: dict[str, frozenset[str]]
    libraries: frozenset[str]

    def by_role(self, role: str) -> list[File]:
        """The files of one role."""
        return [file for file in self.files if file.role == role]

    def loaded(self) -> list[File]:
        """Code that something imports."""
        return [f for f in self.by_role("code") if f.module and f.module in self.imported]


def survey(files: Sequence[File]) -> World:
    """What the files of a tree say about each other."""
    modules = {file.module for file in files if file.module}
    reaches, loads = {}, {}
    imported: set[str] = set()
    libraries: set[str] = set()
    for file in files:
        body = set(map(id, file.tree.body))
        pairs = list(imported_modules(file))
        names = [name for _, name in pairs]
        others = modules - {file.module}
        reaches[file.module] = others.intersection(names)
        loads[file.module] = others.intersection(n for node, n in pairs if id(node) in body)
        imported.update(names)
        libraries.update(name.partition(".")[0] for name in names)
    return World(files, frozenset(imported), _frozen(reaches), _frozen(loads), frozenset(libraries))


def _frozen(sets: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(each) for name, each in sets.items()}


def find_places(kind: str, world: World, random: Random) -> list[Place]:
    """Places of a kind, in an order the generator chose.

    Args:
        kind: one of ``KINDS``.
        world: the tree.
        random: chooses the gap in each scope, and the order.

    Returns:
        The places; at most a few for each file.

    Raises:
        ValueError: no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of place {kind!r}; there are {', '.join(KINDS)}")
    places = list(KINDS[kind](world, random))
    random.shuffle(places)
    return places


def _top_line(file: File) -> int:
    body = file.tree.body
    last = 0
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            last = node.end_lineno or last
    if not last and body and _is_docstring(body[0]):
        last = body[0].end_lineno or 0
    return last + 1


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _gaps(file: File, body: Sequence[ast.stmt]) -> list[int]:
    """Lines of statements that control reaches and that begin a line of their own."""
    lines = file.text.split("\n")
    gaps = []
    for node in body:
        line = _first_line(node)
        if not _is_docstring(node) and not lines[line - 1][: node.col_offset].strip():
            gaps.append(line)
        if isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
            break
        if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
            break
    return gaps


def _in_module(file: File, random: Random, **names: str) -> Iterator[Place]:
    top = _top_line(file)
    gaps = [line for line in _gaps(file, file.tree.body) if line >= top]
    lines = file.text.split("\n")
    if top <= len(lines) and lines[-1] == "":
        gaps.append(len(lines))
    previous = [node for node in file.tree.body if (node.end_lineno or 0) == top - 1]
    if gaps and len(previous) <= 1:
        line = random.choice(gaps)
        pairs = tuple(names.items())
        yield Place(file, line, "", file.module, top, bound_names(file), pairs)


def _at_end(file: File, **names: str) -> Iterator[Place]:
    lines = file.text.split("\n")
    top = _top_line(file)
    if lines[-1] == "" and top <= len(lines):
        pairs = tuple(names.items())
        yield Place(file, len(lines), "", file.module, top, bound_names(file), pairs)


def _functions(file: File) -> Iterator[tuple[Function, ast.ClassDef | None]]:
    for node in file.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, None
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield inner, node


def _is_real(function: Function) -> bool:
    """Whether a function does something: neither a stub, an overload nor abstract."""
    decorators = " ".join(ast.unparse(decorator) for decorator in function.decorator_list)
    if "overload" in decorators or "abstract" in decorators:
        return False
    body = [node for node in function.body if not _is_docstring(node)]
    return bool(body) and not isinstance(body[0], (ast.Pass, ast.Raise))


def _in_function(
    file: File, function: Function, owner: ast.ClassDef | None, random: Random
) -> Iterator[Place]:
    gaps = _gaps(file, function.body)
    top = _top_line(file)
    if not gaps or _first_line(function) < top:
        return
    line = random.choice(gaps)
    source = file.text.split("\n")[line - 1]
    indent = source[: len(source) - len(source.lstrip())]
    symbol = f"{owner.name}.{function.name}" if owner else function.name
    span = (_first_line(function), function.end_lineno or line)
    bound = bound_names(file)
    yield Place(file, line, indent, f"{file.module}.{symbol}", top, bound, (), span)


def _scattered(
    files: Sequence[File], random: Random, wanted: Callable[[File, Function], bool]
) -> Iterator[Place]:
    """Up to three functions of each file."""
    for file in files:
        chosen = [
            (function, owner)
            for function, owner in _functions(file)
            if _is_real(function) and wanted(file, function)
        ]
        for function, owner in random.sample(chosen, min(3, len(chosen))):
            yield from _in_function(file, function, owner, random)


def _module(world: World, random: Random) -> Iterator[Place]:
    for file in world.loaded():
        yield from _in_module(file, random)


def _function(world: World, random: Random) -> Iterator[Place]:
    def wanted(file: File, function: Function) -> bool:
        return isinstance(function, ast.FunctionDef)

    yield from _scattered([f for f in world.loaded() if not _is_settings(f)], random, wanted)


def _is_settings(file: File) -> bool:
    return bool(re.search(r"settings|config|conf\b|env", file.path)) or "Settings(" in file.text


def _async(world: World, random: Random) -> Iterator[Place]:
    def wanted(file: File, function: Function) -> bool:
        return isinstance(function, ast.AsyncFunctionDef)

    yield from _scattered(world.by_role("code"), random, wanted)


def _new_async(world: World, random: Random) -> Iterator[Place]:
    for file in world.loaded():
        yield from _at_end(file)


def _service(world: World, random: Random) -> Iterator[Place]:
    def wanted(file: File, function: Function) -> bool:
        return True

    yield from _scattered([f for f in world.loaded() if _SERVICE.search(f.path)], random, wanted)


def _tests(world: World) -> list[File]:
    """Test modules that nothing holds still, by their own text and that of their conftests."""
    controlled = {
        f.folder
        for f in world.files
        if f.path.endswith("conftest.py") and (_CONTROLS.search(f.text))
    }
    files = []
    for file in world.by_role("test"):
        parts = file.folder.split("/")
        above = {"/".join(parts[:count]) for count in range(len(parts) + 1)}
        stem = file.path.rpartition("/")[2][:-3]
        named = stem.startswith("test_") or stem.endswith("_test") or stem == "tests"
        if named and not above & controlled and not _CONTROLS.search(file.text):
            files.append(file)
    return files


def _test(world: World, random: Random) -> Iterator[Place]:
    def wanted(file: File, function: Function) -> bool:
        decorators = "".join(ast.unparse(decorator) for decorator in function.decorator_list)
        return function.name.startswith("test") and not _REPLACED.search(
            ast.unparse(function) + decorators
        )

    def calm(file: File) -> bool:
        """No class of the file is patched as a whole, nor by its set-up."""
        for node in file.tree.body:
            if isinstance(node, ast.ClassDef):
                parts = [ast.unparse(decorator) for decorator in node.decorator_list]
                parts += [
                    ast.unparse(inner)
                    for inner in node.body
                    if isinstance(inner, ast.FunctionDef) and inner.name.lower().startswith("setup")
                ]
                if _REPLACED.search("".join(parts)):
                    return False
        return True

    yield from _scattered([f for f in _tests(world) if calm(f)], random, wanted)


def _test_module(world: World, random: Random) -> Iterator[Place]:
    for file in _tests(world):
        yield from _at_end(file)


def _cycle(world: World, random: Random) -> Iterator[Place]:
    """A module and one that imports it, where a cycle would be new and no part of another."""
    cyclic = [name for name in sorted(world.reaches) if _leads(world, name, name)]
    importers: dict[str, list[str]] = {}
    by_name = {file.module: file for file in world.loaded()}
    for module, reached in sorted(world.loads.items()):
        for other in sorted(reached):
            if module in by_name and other in by_name:
                importers.setdefault(other, []).append(module)
    for target in sorted(importers):
        file = by_name[target]
        free = [name for name in importers[target] if not _leads(world, target, name)]
        free = [n for n in free if not target.startswith(f"{n}.") and not n.startswith(target)]
        free = [name for name in free if not _joins(world, cyclic, name, target)]
        if free and not file.path.endswith("__init__.py"):
            importer = random.choice(free)
            parent, _, last = importer.rpartition(".")
            if parent and by_name[importer].path.endswith(f"/{last}.py"):
                names = {"importer": importer, "parent": parent, "last": last}
                yield from _in_module(file, random, **names)


def _joins(world: World, cyclic: Sequence[str], importer: str, target: str) -> bool:
    """Whether a cycle from a module to its importer would run into one that is there already."""
    return any(
        (each == importer or _leads(world, importer, each))
        and (each == target or _leads(world, each, target))
        for each in cyclic
    )


def _leads(world: World, start: str, end: str) -> bool:
    seen, pending = {start}, [start]
    while pending:
        for name in world.reaches.get(pending.pop(), ()):
            if name == end:
                return True
            if name not in seen:
                seen.add(name)
                pending.append(name)
    return False


def _outside(world: World, random: Random) -> Iterator[Place]:
    """A module of a package that stands in a folder, and another one spelled with the folder."""
    loaded = [f for f in world.loaded() if f.outer and "/" not in f.outer]
    loaded = [f for f in loaded if f.outer.isidentifier() and not f.path.endswith("__init__.py")]
    for file in loaded:
        others = [f for f in loaded if f is not file and f.module.count(".") >= 1]
        if others:
            other = random.choice(others)
            parent, _, last = other.module.rpartition(".")
            yield from _in_module(
                file, random, outer=f"{file.outer}.{other.module}",
                outer_parent=f"{file.outer}.{parent}", last=last,
            )  # fmt: skip


def _registering(*classes: str) -> Callable[[World, Random], Iterator[Place]]:
    """Modules that register handlers with an object of their own, of one of these classes."""

    def found(world: World, random: Random) -> Iterator[Place]:
        for file in world.loaded():
            for node in file.tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                    called = ast.unparse(node.value.func).rpartition(".")[2]
                    target = node.targets[0]
                    if called in classes and isinstance(target, ast.Name):
                        yield from _at_end(file, router=target.id)
                        break

    return found


def _django_urls(world: World, random: Random) -> Iterator[Place]:
    """Modules that list URLs of Django."""
    for file in world.by_role("code"):
        if file.module and re.search(r"^urlpatterns\b", file.text, re.MULTILINE):
            yield from _at_end(file)


def _models(world: World, random: Random) -> Iterator[Place]:
    """Modules with mapped classes, and the base class of one of them."""
    for file in world.loaded():
        for node in file.tree.body:
            if isinstance(node, ast.ClassDef) and "__tablename__" in ast.unparse(node):
                bases = [ast.unparse(base) for base in node.bases]
                mapped = [each for each in bases if each.endswith(("Base", ".Model"))]
                if mapped:
                    yield from _at_end(file, base=mapped[0])
                    break


def _django_models(world: World, random: Random) -> Iterator[Place]:
    for file in world.loaded():
        for node in file.tree.body:
            if isinstance(node, ast.ClassDef) and any(
                ast.unparse(base) == "models.Model" for base in node.bases
            ):
                yield from _at_end(file, model=node.name)
                break


def _migrations(kind: str) -> Callable[[World, Random], Iterator[Place]]:
    def found(world: World, random: Random) -> Iterator[Place]:
        mark = "down_revision" if kind == "alembic" else "class Migration("
        for file in world.by_role("migration"):
            if (
                mark in file.text and "upgrade" in file.text
            ) or mark == "class Migration(" in file.text:
                yield from _at_end(file, stem=file.path.rpartition("/")[2][:-3])

    return found


def _code_end(world: World, random: Random) -> Iterator[Place]:
    for file in world.loaded():
        yield from _at_end(file)


def _neutral(world: World, random: Random) -> Iterator[Place]:
    """Modules whose path names no layer, so that a package beside them is a feature of its own."""
    for file in world.loaded():
        if not _LAYERED.search(file.path):
            yield from _at_end(file)


KINDS: dict[str, Callable[[World, Random], Iterator[Place]]] = {
    "module": _module,
    "function": _function,
    "async": _async,
    "end": _code_end,
    "neutral": _neutral,
    "service": _service,
    "test": _test,
    "test module": _test_module,
    "cycle": _cycle,
    "outside": _outside,
    "routes": _registering("APIRouter", "FastAPI"),
    "flask routes": _registering("Blueprint", "Flask"),
    "django urls": _django_urls,
    "models": _models,
    "django models": _django_models,
    "alembic": _migrations("alembic"),
    "django migrations": _migrations("django"),
}
