"""What differs between two texts of a module: functions, classes, names; and how."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bylaw.facts.newer_syntax import rewrite_newer_syntax
from bylaw.gates.tier.function_marks import Marks, marks_of, without_annotations

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_DIRECTIVE = re.compile(
    r"#\s*(?:type:\s*ignore|noqa|bylaw:|pragma\b|fmt:|isort:|ruff:|mypy:|pyright:|pylint:|nosec)[^\n]*"
    r"|^#![^\n]*|^#.*coding[:=][^\n]*",
    re.MULTILINE,
)  # fmt: skip
_Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BODIES = (ast.stmt, ast.ExceptHandler, ast.match_case)


class FunctionDifference(NamedTuple):
    """A function that is another one now.

    Attributes:
        name: dotted, without the module.
        how: ``added``, ``removed`` or ``changed``.
        line: 1-based line of its ``def``, where it still is; else where it was.
        only_annotations: nothing but annotations changed.
        signature: parameters or decorators changed.
        before: what it did, as far as tiers care; None where it was not there.
        after: what it does; None where it is gone.
    """

    name: str
    how: str
    line: int
    only_annotations: bool
    signature: bool
    before: Marks | None
    after: Marks | None


class ClassDifference(NamedTuple):
    """A class whose own body, bases or decorators are others now; methods count as functions.

    Attributes:
        name: dotted, without the module.
        how: ``added``, ``removed`` or ``changed``.
        line: 1-based line.
        names: attributes that changed, sorted; empty where head or body as such did.
    """

    name: str
    how: str
    line: int
    names: tuple[str, ...]


class CodeDifference(NamedTuple):
    """What differs between two texts of a module.

    Attributes:
        problem: why it cannot be told; empty where it can.
        functions: by name.
        classes: by name.
        names: what a module binds otherwise, besides functions and classes, sorted.
        imports: whether what is imported changed.
        runs_at_import: whether a statement changed that runs on import, imports and constants
            left out.
        statements: whether such a statement binds no name: a call that registers something.
        docstrings: functions and classes whose docstring changed, ``""`` for the module.
        directives: comments that tools obey and that came or went, sorted.
    """

    problem: str = ""
    functions: tuple[FunctionDifference, ...] = ()
    classes: tuple[ClassDifference, ...] = ()
    names: tuple[str, ...] = ()
    imports: bool = False
    runs_at_import: bool = False
    statements: bool = False
    docstrings: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()

    @property
    def is_same_code(self) -> bool:
        """Whether the module does the same, but for its texts."""
        return not (
            self.problem or self.functions or self.classes or self.names or self.imports
            or self.runs_at_import or self.statements
        )  # fmt: skip


class _Parts:
    """A module taken apart; docstrings stand aside, definitions outside of what holds them."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, list[Any]] = {}
        self.classes: dict[str, list[ast.ClassDef]] = {}
        self.docstrings: dict[str, str] = {}
        self.statements: Counter[tuple[str, str]] = Counter()
        self.imports: Counter[str] = Counter()
        self._take_docstring(tree, "")
        self._enter(tree.body, "", True)

    def _take_docstring(self, node: Any, name: str) -> None:
        found = ast.get_docstring(node, clean=True) if node.body else None
        if found is not None:
            self.docstrings[name] = found
            node.body = node.body[1:] or [ast.Pass()]

    def _enter(self, body: Iterable[ast.stmt], prefix: str, at_top: bool) -> None:
        for node in body:
            if isinstance(node, _Definition):
                self._define(node, prefix)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                if at_top:
                    self.imports[ast.dump(node)] += 1
            else:
                for inner in _definitions_within(node):
                    self._define(inner, prefix)
                if at_top:
                    self._state(node)

    def _define(self, node: Any, prefix: str) -> None:
        name = f"{prefix}{node.name}"
        self._take_docstring(node, name)
        if isinstance(node, ast.ClassDef):
            self.classes.setdefault(name, []).append(node)
            self._enter(node.body, f"{name}.", False)
        else:
            for inner in ast.walk(node):
                if inner is not node and isinstance(inner, _Definition):
                    self._take_docstring(inner, f"{name}.{inner.name}")
            self.functions.setdefault(name, []).append(node)

    def _state(self, node: ast.stmt) -> None:
        shell = _shell(node)
        for name in bound_names(node) or [""]:
            self.statements[name, shell] += 1


def _definitions_within(node: ast.stmt) -> Iterator[Any]:
    """Functions and classes that a branch of the module defines."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            yield child
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _definitions_within(child)  # type: ignore[arg-type]  # bodies alike


def bound_names(node: ast.stmt) -> list[str]:
    """Names that a statement binds, sorted."""
    found = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, (ast.Store, ast.Del))
    }
    return sorted(found)


def _shell(node: Any) -> str:
    """A statement without the bodies of what it defines."""
    if isinstance(node, _Definition):
        return f"def {node.name}"
    parts = []
    for field, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], _BODIES):
            shown = f"[{', '.join(map(_shell, value))}]"
        elif isinstance(value, list):
            shown = ", ".join(ast.dump(v) if isinstance(v, ast.AST) else repr(v) for v in value)
        else:
            shown = ast.dump(value) if isinstance(value, ast.AST) else repr(value)
        parts.append(f"{field}={shown}")
    return f"{type(node).__name__}({', '.join(parts)})"


def difference(before: str | bytes | None, after: str | bytes | None) -> CodeDifference:
    """Compares two texts of a module.

    Args:
        before: the one at the base; None where the file was not there.
        after: the one after the change; None where the file is gone.

    Returns:
        What differs; ``problem`` where one of them is no Python.
    """
    texts = (before or "", after or "")
    parts = []
    for text, when in zip(texts, ("before", "after"), strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parts.append(_Parts(_parsed(text)))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            said = str(error).replace("(<unknown>, ", "(")
            return CodeDifference(problem=f"the file does not parse {when} the change: {said}")
    old, new = parts
    gone = (old.statements - new.statements) + (new.statements - old.statements)
    names = tuple(sorted({name for name, _ in gone if name}))
    docs = {
        name for name in {*old.docstrings, *new.docstrings}
        if old.docstrings.get(name) != new.docstrings.get(name)
    }  # fmt: skip
    return CodeDifference(
        "",
        tuple(_functions(old.functions, new.functions)),
        tuple(_classes(old.classes, new.classes)),
        names,
        old.imports != new.imports,
        any(not _is_constant(shell) for _, shell in gone),
        any(not name for name, _ in gone),
        tuple(sorted(docs)),
        _directives(texts),
    )


def _parsed(text: str | bytes) -> ast.Module:
    """The tree of a module; newer spellings are rewritten where this interpreter knows none."""
    try:
        return ast.parse(text)
    except SyntaxError:
        source = text.encode() if isinstance(text, str) else text
        rewritten = rewrite_newer_syntax(source)
        if rewritten is None:
            raise
        return ast.parse(rewritten)


def _is_constant(shell: str) -> bool:
    """Whether a statement only binds a name to a constant: it has no call in it."""
    return shell.startswith(("Assign(", "AnnAssign(")) and "Call(" not in shell


def _directives(texts: Iterable[str | bytes]) -> tuple[str, ...]:
    """Comments that tools obey, of which one side has more."""
    plain = (each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in texts)
    old, new = (Counter(_DIRECTIVE.findall(each)) for each in plain)
    return tuple(sorted(((old - new) + (new - old)).keys()))


def _functions(
    old: Mapping[str, list[Any]], new: Mapping[str, list[Any]]
) -> Iterator[FunctionDifference]:
    for name in sorted({*old, *new}):
        before, after = old.get(name, []), new.get(name, [])
        if list(map(ast.dump, before)) == list(map(ast.dump, after)):
            continue
        here = (after or before)[-1]
        how = CHANGED if before and after else ADDED if after else REMOVED
        bare = [[without_annotations(each) for each in nodes] for nodes in (before, after)]
        heads = [[_head(each) for each in nodes] for nodes in (before, after)]
        yield FunctionDifference(
            name, how, here.lineno, how == CHANGED and bare[0] == bare[1], heads[0] != heads[1],
            marks_of(before) if before else None, marks_of(after) if after else None,
        )  # fmt: skip


def _head(node: Any) -> str:
    decorators = ", ".join(map(ast.dump, node.decorator_list))
    return f"{ast.dump(node.args)} -> {node.returns and ast.dump(node.returns)} @ {decorators}"


def _classes(
    old: Mapping[str, list[ast.ClassDef]], new: Mapping[str, list[ast.ClassDef]]
) -> Iterator[ClassDifference]:
    for name in sorted({*old, *new}):
        before, after = old.get(name, []), new.get(name, [])
        shells = [Counter(each for node in nodes for each in _body(node)) for nodes in
                  (before, after)]  # fmt: skip
        gone = (shells[0] - shells[1]) + (shells[1] - shells[0])
        order = [[each for node in nodes for each in _body(node)] for nodes in (before, after)]
        if not gone and order[0] == order[1] and bool(before) == bool(after):
            continue
        how = CHANGED if before and after else ADDED if after else REMOVED
        names = tuple(sorted({each for each, _ in gone if each}))
        yield ClassDifference(name, how, (after or before)[-1].lineno, names)


def _body(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Statements of a class by the name they bind; methods stand for themselves."""
    heads = [*node.bases, *node.keywords, *node.decorator_list]
    yield "", ", ".join(map(ast.dump, heads))
    for each in node.body:
        if isinstance(each, (*_Definition, ast.Pass)):
            continue
        for name in bound_names(each) or [""]:
            yield name, _shell(each)
