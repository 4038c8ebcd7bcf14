"""Every use of a module's variable in a repository, or the reason why one cannot be sure of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.mends.context import MendContext
from bylaw.mends.source_text import SourceText
from bylaw.model.evaluate import evaluate
from bylaw.model.import_graph import import_edges
from bylaw.model.import_roots import STANDARD
from bylaw.model.project import absolute_module, find_module

_ENVIRONMENT_CALLS = frozenset({"getenv", "get", "pop", "setdefault", "setenv", "delenv"})
_FORMATTED_PLACES = sys.version_info >= (3, 12)
"""Whether what stands inside a formatted string has its true place in the tree."""

_Scope = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class UnsureError(Exception):
    """Somewhere the name may be used in a way that cannot be followed."""


class FileUses(NamedTuple):
    """Uses of the variable in one file.

    Attributes:
        source: the file.
        reads: names and attributes that read it, inside functions.
        imports: ``from module import NAME`` entries.
    """

    source: SourceText
    reads: tuple[ast.expr, ...]
    imports: tuple[ast.alias, ...]


def uses_of(context: MendContext, home: int, name: str, keep: ast.stmt) -> list[FileUses]:
    """All uses of a variable, in every file that spells its name.

    Args:
        context: what is known.
        home: number of the module that binds it.
        name: the variable.
        keep: the statement that binds it.

    Returns:
        Uses per file, in order of the files.

    Raises:
        UnsureError: with the reason, where a use is not certain, or is made while importing.
    """
    problem = _module_problem(context, home)
    if problem:
        raise UnsureError(problem)
    word = re.compile(rb"(?<![0-9A-Za-z_])" + name.encode() + rb"(?![0-9A-Za-z_])")
    found = []
    for number, path in enumerate(context.project.paths):
        if not word.search(context.read(path) or b""):
            continue
        source = context.source(path)
        if source is None:
            raise UnsureError(f"{path} cannot be parsed here")
        uses = _FileSearch(context, source, number, home, name, keep).run()
        if uses is not None:
            found.append(uses)
    return found


def _module_problem(context: MendContext, home: int) -> str:
    """Why uses of a module's variables can hide, whatever their name; empty where they cannot."""
    key = f"module-problem {home}"
    if key not in context.memo:
        context.memo[key] = _find_module_problem(context, home)
    return str(context.memo[key])


def _find_module_problem(context: MendContext, home: int) -> str:
    project = context.project
    as_text = re.compile(rb"['\"]" + re.escape(project.modules[home].name.encode()) + rb"['\"]")
    for number, path in enumerate(project.paths):
        data = context.read(path)
        if data is None:
            return f"{path} changed while it was looked at"
        if as_text.search(data):
            return f"{path} names the module as text"
        if _imports_all(context, number, home):
            return f"{path} imports everything from the module"
    edges = import_edges(project)
    for number in sorted({each.importer for each in edges if each.imported == home}):
        path = project.paths[number]
        source = context.source(path)
        if source is None:
            return f"{path} cannot be parsed here"
        if _is_passed_around(context, source, number, home):
            return f"{path} hands the whole module on"
    return ""


def _is_passed_around(context: MendContext, source: SourceText, number: int, home: int) -> bool:
    """Whether the module itself goes somewhere: into a call, a variable, ``getattr``."""
    bases: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            bases.add(id(node.value))
        if not isinstance(node, (ast.Name, ast.Attribute)) or id(node) in bases:
            continue
        path = _dotted(node)
        value = evaluate(context.project, number, path) if path else None
        if value is not None and value[:2] == ("M", home) and isinstance(node.ctx, ast.Load):
            return True
    return False


def _imports_all(context: MendContext, number: int, home: int) -> bool:
    project = context.project
    return any(
        record[F.I_NAME] == "*"
        and find_module(
            project, number, absolute_module(project, number, record[F.I_LEVEL], record[F.I_MODULE])
        )
        == home
        for record in project.facts[number][F.IMPORTS]
    )


class _FileSearch:
    """Looks through one file; dropped when done."""

    def __init__(
        self, context: MendContext, source: SourceText, number: int, home: int, name: str,
        keep: ast.stmt,
    ) -> None:  # fmt: skip
        self.context = context
        self.source = source
        self.number = number
        self.home = home
        self.name = name
        self.keep = keep if number == home else None
        self.reads: list[ast.expr] = []
        self.imports: list[ast.alias] = []
        self.plain: list[ast.Name] = []
        self.ours = number == home or any(
            isinstance(node, ast.ImportFrom) and _is_from_home(context, number, home, name, node)
            for node in ast.walk(source.tree)
        )

    def run(self) -> FileUses | None:
        """The uses of a file; None where the name means something else throughout."""
        for node, deferred in _walk(self.source.tree, self.keep):
            if _has_no_place(node, self.name):
                raise self.unsure("reads it in a formatted string, whose places are not known")
            self.look_at(node, deferred)
        if self.ours:
            self.reads += self.plain
        found = FileUses(self.source, tuple(self.reads), tuple(self.imports))
        return found if self.reads or self.imports else None

    def look_at(self, node: ast.AST, deferred: bool) -> None:
        """Takes one node in, or gives up."""
        name = self.name
        if isinstance(node, ast.ImportFrom):
            self.look_at_import(node, deferred)
        elif isinstance(node, ast.Name) and node.id == name:
            if isinstance(node.ctx, ast.Load):
                self.take(node, deferred, self.plain)
            else:
                self.rebound("binds the name again")
        elif isinstance(node, ast.Attribute) and node.attr == name:
            if self.is_of_module(node):
                if not isinstance(node.ctx, ast.Load):
                    raise self.unsure("sets it")
                self.take(node, deferred, self.reads)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            spelled = node.value
            if spelled == name or spelled.endswith((f".{name}", f":{name}")):
                raise self.unsure("spells its name as text")
        elif isinstance(node, ast.alias):
            if name in (node.asname, node.name.partition(".")[0]) and node not in self.imports:
                self.rebound("imports something else by that name")
        elif _binds(node, name):
            self.rebound("binds the name again")

    def look_at_import(self, node: ast.ImportFrom, deferred: bool) -> None:
        """Takes an import of the variable in."""
        for alias in (each for each in node.names if each.name == self.name):
            target = _imported_module(self.context, self.number, node)
            if target != self.home:
                if target is not None and _may_pass_on(self.context, target, self.name):
                    raise self.unsure("imports it by way of another module")
                continue
            if deferred or alias.asname or node.col_offset:
                raise self.unsure("imports it in a way that is not rewritten")
            self.imports.append(alias)

    def is_of_module(self, node: ast.Attribute) -> bool:
        """Whether an attribute is asked of the module; gives up where nobody knows."""
        path = _dotted(node.value)
        value = evaluate(self.context.project, self.number, path) if path else None
        if value is None:
            raise self.unsure("reads an attribute of that name from something unknown")
        if value[0] == "M" and value[1] != self.home:
            if _may_pass_on(self.context, value[1], self.name):
                raise self.unsure("reads it by way of another module")
        elif value[0] in "XY" and value[1].partition(".")[0] not in STANDARD:
            raise self.unsure("reads a setting of that name from a library")
        return bool(value[0] == "M" and value[1] == self.home)

    def rebound(self, what: str) -> None:
        """Another meaning of the name: of no concern in a file that never has ours."""
        if self.ours:
            raise self.unsure(what)

    def take(self, node: ast.expr, deferred: bool, found: list[ast.Name] | list[ast.expr]) -> None:
        """Notes a read, unless it happens on import."""
        if not self.ours and found is not self.reads:
            return
        if not deferred:
            raise self.unsure(f"reads it on import, in line {node.lineno}")
        if not self.source.text[: self.source.end(node)].endswith(self.name):
            raise self.unsure("spells it in an unusual way")
        found.append(node)  # type: ignore[arg-type]

    def unsure(self, what: str) -> UnsureError:
        """Why one gives up."""
        return UnsureError(f"{self.source.path} {what}")


def _has_no_place(node: ast.AST, name: str) -> bool:
    """Whether a formatted string uses a name at a place that nobody knows."""
    if _FORMATTED_PLACES or not isinstance(node, ast.JoinedStr):
        return False
    return any(getattr(each, "id", getattr(each, "attr", "")) == name for each in ast.walk(node))


def _is_from_home(
    context: MendContext, number: int, home: int, name: str, node: ast.ImportFrom
) -> bool:
    """Whether an import takes the variable from the module that binds it."""
    if all(alias.name != name for alias in node.names):
        return False
    return _imported_module(context, number, node) == home


def _imported_module(context: MendContext, number: int, node: ast.ImportFrom) -> int | None:
    """The file of ours that an import takes names from."""
    dotted = absolute_module(context.project, number, node.level, node.module or "")
    return find_module(context.project, number, dotted) if dotted else None


def _may_pass_on(context: MendContext, module: int, name: str) -> bool:
    """Whether a module has the name from elsewhere."""
    binding = context.project.bindings[module].get(name)
    stars = context.project.facts[module][F.STARS]
    return bool(stars) or (binding is not None and binding[F.B_KIND] == "i")


def _binds(node: ast.AST, name: str) -> bool:
    """Whether a node gives a name a meaning of its own."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return name in node.names
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return node.name == name
    return isinstance(node, ast.arg) and node.arg == name


def _walk(tree: ast.Module, keep: ast.stmt | None) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes of a file, each with whether it runs later than the import.

    The names of variables handed to the environment are no uses, nor is what binds ours.
    """
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, deferred = pending.pop()
        if node is keep:
            continue
        yield node, deferred
        if isinstance(node, _Scope):
            body = node.body if isinstance(node.body, list) else [node.body]
            inside = {id(each) for each in body}
            pending += [
                (each, deferred or id(each) in inside) for each in ast.iter_child_nodes(node)
            ]
        else:
            skipped = _environment_keys(node)
            pending += [(c, deferred) for c in ast.iter_child_nodes(node) if id(c) not in skipped]


def _environment_keys(node: ast.AST) -> frozenset[int]:
    """Constants that name a variable of the environment."""
    if isinstance(node, ast.Call) and node.args:
        called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        if called in _ENVIRONMENT_CALLS:
            return frozenset({id(node.args[0])})
    if isinstance(node, ast.Subscript) and "environ" in ast.dump(node.value):
        return frozenset({id(node.slice)})
    return frozenset()


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
