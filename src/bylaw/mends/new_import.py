"""Where a new import goes: below the docstring and the future imports, above all others."""

from __future__ import annotations

import ast
import re

from bylaw.mends.edit import Edit
from bylaw.mends.source_text import SourceText

_CODING = re.compile(r"[ \t\f]*#.*?coding[:=]")


def binds_elsewhere(tree: ast.Module, module: str) -> bool:
    """Whether a name stands for anything but the module of that name somewhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            if node.asname == module or (node.name == module and _is_from(tree, node)):
                return True
        elif isinstance(node, ast.Name):
            if node.id == module and not isinstance(node.ctx, ast.Load):
                return True
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name == module:
                return True
        elif isinstance(node, ast.arg):
            if node.arg == module:
                return True
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            if node.name == module:
                return True
        elif isinstance(node, (ast.Global, ast.Nonlocal)) and module in node.names:
            return True
    return False


def _is_from(tree: ast.Module, alias: ast.alias) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and alias in node.names and not alias.asname
        for node in ast.walk(tree)
    )


def import_edit(source: SourceText, module: str) -> tuple[Edit, ...] | None:
    """The edit that imports a module of the standard library at the top of a file.

    Args:
        source: the file.
        module: the module, without dots.

    Returns:
        No edit where it is imported already; None where its name is taken.
    """
    for node in source.tree.body:
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names if each.asname is None]
            if module in names:
                return None if binds_elsewhere(source.tree, module) else ()
    if binds_elsewhere(source.tree, module):
        return None
    place = _first_import(source)
    if place is not None:
        text = f"import {module}{source.newline}"
        return (source.edit(place, place, text),)
    return top_edit(source, f"import {module}")


def _first_import(source: SourceText) -> int | None:
    """Start of the line of the first import that is not of the future."""
    before = 0
    for node in source.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_future(node):
            alone = node.col_offset == 0 and node.lineno > before
            return source.start(node) if alone else None
        before = node.end_lineno or node.lineno
    return None


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def top_edit(source: SourceText, line: str, *, future: bool = False) -> tuple[Edit, ...] | None:
    """The edit that puts a line above all code of a file.

    Args:
        source: the file.
        line: the line, without its ending.
        future: above the future imports too, which come first of all.

    Returns:
        The edit; None where a statement shares its line with the docstring or the imports.
    """
    body = source.tree.body
    passed = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        passed = 1 if isinstance(body[0].value.value, str) else 0
    while not future and passed < len(body) and _is_future(body[passed]):
        passed += 1
    newline = source.newline
    if passed:
        above = body[passed - 1]
        if passed < len(body) and body[passed].lineno == above.end_lineno:
            return None
        place = source.line_end(source.end(above))
        if source.text[source.end(above) : place].lstrip().startswith(";"):
            return None
        lead = newline if place and source.text[place - 1] in "\r\n" else 2 * newline
        following = body[passed] if passed < len(body) else None
        blank = "" if _starts_blank(source, place) or following is None else newline
        if _starts_blank(source, place):
            place, lead = source.line_end(place), ""
            blank = "" if _starts_blank(source, place) else newline
        if following is not None and _is_future(following):
            blank = ""
        return (source.edit(place, place, f"{lead}{line}{newline}{blank}"),)
    if body and _is_future(body[0]):
        place = source.start(body[0])
        return (source.edit(place, place, f"{line}{newline}"),)
    place = _below_head(source)
    blank = "" if _starts_blank(source, place) else newline
    return (source.edit(place, place, f"{line}{newline}{blank}"),)


def _starts_blank(source: SourceText, place: int) -> bool:
    """Whether the line at a position is empty and not the end of the file."""
    row = source.text[place : source.line_end(place)]
    return bool(row) and not row.strip()


def _below_head(source: SourceText) -> int:
    """Below the shebang, the coding line and a heading comment that a blank line sets apart."""
    text = source.text
    place = source.line_end(0) if text.startswith("#!") else 0
    if _CODING.match(text, place, source.line_end(place)):
        place = source.line_end(place)
    end = place
    while text[end : source.line_end(end)].lstrip().startswith("#"):
        end = source.line_end(end)
    if end > place and _starts_blank(source, end):
        return source.line_end(end)
    return place
