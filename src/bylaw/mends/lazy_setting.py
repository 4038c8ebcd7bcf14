"""``import-time-env-read``: a variable becomes a function that reads once, when it is asked."""

from __future__ import annotations

import ast
import builtins
import re

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.mends.context import MendContext
from bylaw.mends.edit import UNSAFE, Edit, Mend
from bylaw.mends.name_uses import FileUses, UnsureError, uses_of
from bylaw.mends.new_import import import_edit
from bylaw.mends.source_text import SourceText

_READERS = frozenset({"os.getenv", "os.environ.get", "os.environ"})
_MOVED = (
    ast.Name, ast.Load, ast.Attribute, ast.Constant, ast.Call, ast.Subscript, ast.keyword,
    ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.IfExp,
    ast.Tuple, ast.List, ast.Set,
)  # fmt: skip
"""What a value may be made of, so that it is the same wherever it is worked out."""

_BUILTINS = frozenset(dir(builtins))


def lazy_setting(context: MendContext, finding: Finding) -> Mend | str:
    """``X = os.getenv("X")`` becomes a cached ``get_x()``, and every use a call of it.

    Only where all uses in the whole repository are known and none is made on import.

    Args:
        context: what is known.
        finding: of ``import-time-env-read``.

    Returns:
        The mend, or why there is none.
    """
    if len(finding.witness) > 1:
        return "the environment is read further down"
    if not context.complete:
        return "not every file was understood, so that uses may be hidden"
    source = context.source(finding.path)
    if source is None:
        return "the file cannot be edited safely"
    statement, variable, value = _definition(source, finding)
    if statement is None or value is None:
        return "the value is not simply assigned to a variable of the module"
    private = "_" if variable.startswith("_") else ""
    accessor = f"{private}get_{variable.strip('_').lower()}"
    home = context.modules[finding.path]
    if not _is_movable(context, home, value):
        return "the value depends on more than the environment"
    try:
        uses = uses_of(context, home, variable, statement)
    except UnsureError as reason:
        return f"not every use is certain: {reason}"
    if not any(each.reads for each in uses):
        return "nothing in the repository uses it by name"
    if any(_spells(each.source, accessor) for each in uses) or _spells(source, accessor):
        return f"the name {accessor} is taken"
    imported = import_edit(source, "functools")
    if imported is None:
        return "the name functools is taken"
    opening = _opening(source, statement, accessor, _annotation(source, statement, value))
    edits = [*imported, source.edit(source.start(statement), source.start(value), opening)]
    for each in uses:
        edits += _use_edits(each, accessor)
    return Mend(finding, UNSAFE, tuple(sorted(edits)))


def _definition(
    source: SourceText, finding: Finding
) -> tuple[ast.stmt | None, str, ast.expr | None]:
    """The statement at a finding, the variable it binds, and the value."""
    body = source.tree.body
    for statement in body:
        if statement.lineno != finding.line or statement.col_offset:
            continue
        if sum(each.lineno <= finding.line <= (each.end_lineno or 0) for each in body) > 1:
            break
        target: ast.expr | None = None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        if isinstance(target, ast.Name) and isinstance(statement, (ast.Assign, ast.AnnAssign)):
            # A value in brackets starts before its own place in the tree.
            if statement.value is None or _is_bracketed(source, statement, statement.value):
                break
            return statement, target.id, statement.value
    return None, "", None


def _is_bracketed(source: SourceText, statement: ast.stmt, value: ast.expr) -> bool:
    return not source.text[: source.start(value)].rstrip(" \t").endswith("=") or (
        source.end(statement) != source.end(value)
    )


def _is_movable(context: MendContext, home: int, value: ast.expr) -> bool:
    """Whether a value is made of constants, builtins and what the module imports or defines."""
    fixed = {
        binding[F.B_NAME] for binding in context.project.facts[home][F.BINDINGS]
        if binding[F.B_KIND] != "v"
    }  # fmt: skip
    fixed -= {
        binding[F.B_NAME] for binding in context.project.facts[home][F.BINDINGS]
        if binding[F.B_KIND] == "v"
    }  # fmt: skip
    return all(
        isinstance(node, _MOVED)
        and (not isinstance(node, ast.Name) or node.id in fixed or node.id in _BUILTINS)
        for node in ast.walk(value)
    )


def _is_reader(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text in _READERS or text in {each.partition(".")[2] for each in _READERS}


def _annotation(source: SourceText, statement: ast.stmt, value: ast.expr) -> str:
    """The type of the value, where it is written or certain."""
    if isinstance(statement, ast.AnnAssign):
        return source.text[source.start(statement.annotation) : source.end(statement.annotation)]
    if isinstance(value, ast.Subscript):
        return "str"
    if isinstance(value, ast.Call) and _is_reader(value.func):
        default = value.args[1] if len(value.args) == 2 else None
        if isinstance(default, ast.Constant) and isinstance(default.value, str):
            return "str"
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id if value.func.id in ("int", "float", "bool", "str") else ""
    return "bool" if isinstance(value, ast.Compare) else ""


def _opening(source: SourceText, statement: ast.stmt, accessor: str, annotation: str) -> str:
    newline = source.newline
    returns = f" -> {annotation}" if annotation else ""
    return f"@functools.cache{newline}def {accessor}(){returns}:{newline}    return "


def _use_edits(uses: FileUses, accessor: str) -> list[Edit]:
    source = uses.source
    edits = []
    for alias in uses.imports:
        edits.append(source.edit(source.start(alias), source.end(alias), accessor))
    for read in uses.reads:
        end = source.end(read)
        start = end - len(read.attr) if isinstance(read, ast.Attribute) else source.start(read)
        edits.append(source.edit(start, end, f"{accessor}()"))
    return edits


def _spells(source: SourceText, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", source.text) is not None
