"""``missing-future-annotations``: the import, where nothing reads annotations as values."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.mends.context import MendContext
from bylaw.mends.edit import SAFE, UNSAFE, Mend
from bylaw.mends.new_import import top_edit

LINE = "from __future__ import annotations"
_READERS = frozenset({"sqlmodel"})
"""Libraries that take annotations apart as values and fail on their text."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def future_annotations(context: MendContext, finding: Finding) -> Mend | str:
    """``from __future__ import annotations`` at the top.

    Annotations become text, which whoever reads them looks up among the module's names. Where
    that cannot give the same (a local name, a library that wants values), the mend is unsafe.

    Args:
        context: what is known.
        finding: of ``missing-future-annotations``.

    Returns:
        The mend, or why there is none.
    """
    source = context.source(finding.path)
    if source is None:
        return "the file cannot be edited safely"
    edits = top_edit(source, LINE, future=True) if source.tree.body else None
    if edits is None:
        return "the first statements share a line"
    return Mend(finding, UNSAFE if _is_read(source.tree) else SAFE, edits)


def _is_read(tree: ast.Module) -> bool:
    """Whether something may need the annotations of a module as values."""
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Attribute) and node.attr == "__annotations__":
            return True
        if any(each.partition(".")[0] in _READERS for each in modules):
            return True
    outer = _outer_names(tree)
    return any(name not in outer for name in _local_annotation_names(tree))


def _outer_names(tree: ast.Module) -> frozenset[str]:
    """Names that the text of an annotation is looked up among: the module's and the builtins."""
    names = set(dir(builtins))
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (_Function, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        if not isinstance(node, (_Function, ast.ClassDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)
    return frozenset(names)


def _local_annotation_names(tree: ast.Module) -> Iterator[str]:
    """Names in annotations of what is defined inside functions, where local names are in reach."""
    for outer in ast.walk(tree):
        if not isinstance(outer, _Function):
            continue
        for node in ast.walk(outer):
            if node is outer or not isinstance(node, (_Function, ast.ClassDef)):
                continue
            for part in ast.walk(node):
                for annotation in (
                    getattr(part, "annotation", None),
                    getattr(part, "returns", None),
                ):
                    if isinstance(annotation, ast.expr):
                        yield from _names(annotation)


def _names(annotation: ast.expr) -> Iterator[str]:
    return (each.id for each in ast.walk(annotation) if isinstance(each, ast.Name))
