"""``relative-import``: the module spelled from the root it is imported from."""

from __future__ import annotations

import ast
import re

from bylaw.finding import Finding
from bylaw.mends.context import MendContext
from bylaw.mends.edit import SAFE, Mend
from bylaw.model.import_roots import STANDARD
from bylaw.model.project import Project, absolute_module, find_module

_GAP = r"(?:[ \t\f]|\\\r?\n|\\\r)*"
_SPECIFIER = re.compile(
    rf"from{_GAP}(?P<module>\.(?:{_GAP}\.)*(?:{_GAP}(?!import\b)\w+(?:{_GAP}\.{_GAP}\w+)*)?)"
)


def absolute_import(context: MendContext, finding: Finding) -> Mend | str:
    """``from .x import y`` becomes ``from package.x import y``.

    Only where the package is known to be imported by that name, and the absolute name leads to
    the very file that the relative one does.

    Args:
        context: what is known.
        finding: of ``relative-import``.

    Returns:
        The mend, or why there is none.
    """
    source = context.source(finding.path)
    if source is None:
        return "the file cannot be edited safely"
    node = next((each for each in ast.walk(source.tree) if _is_at(each, finding)), None)
    if not isinstance(node, ast.ImportFrom):
        return "the import is not where it was"
    importer = context.modules[finding.path]
    wanted = absolute_module(context.project, importer, node.level, node.module or "")
    problem = _problem(context.project, importer, node, wanted)
    if problem:
        return problem
    start = source.start(node)
    found = _SPECIFIER.match(source.text, start, source.end(node))
    if found is None or re.sub(_GAP, "", found["module"]).lstrip(".") != (node.module or ""):
        return "the import is written in an unusual way"
    before, after = source.text[found.start("module") - 1], source.text[found.end("module")]
    spelled = f"{' ' * before.isalpha()}{wanted}{' ' * after.isalpha()}"
    return Mend(finding, SAFE, (source.edit(*found.span("module"), spelled),))


def _is_at(node: ast.AST, finding: Finding) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0 and node.lineno == finding.line


def _problem(project: Project, importer: int, node: ast.ImportFrom, wanted: str) -> str:
    """Why the absolute name may not mean the same; empty where it does."""
    own = project.modules[importer]
    top = wanted.partition(".")[0]
    if not wanted or top != own.name.partition(".")[0] or top in STANDARD:
        return "the package has no absolute name"
    if (own.root, top) not in project.roots.imported:
        return f"nothing imports {top} by its absolute name, so that it may have another"
    folder = project.paths[importer].rpartition("/")[0]
    for _ in range(node.level - 1):
        folder = folder.rpartition("/")[0]
    place = "/".join(part for part in (folder, (node.module or "").replace(".", "/")) if part)
    whole = find_module(project, importer, wanted)
    if whole is not None:
        return "" if project.paths[whole] in _files(place) else "another file has that name"
    for alias in node.names:
        child = find_module(project, importer, f"{wanted}.{alias.name}")
        if child is None or project.paths[child] not in _files(f"{place}/{alias.name}"):
            return f"{wanted} is not a module that was analysed"
    return ""


def _files(place: str) -> tuple[str, str]:
    return f"{place}.py", f"{place}/__init__.py"
