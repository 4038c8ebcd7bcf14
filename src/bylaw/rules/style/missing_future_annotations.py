"""``missing-future-annotations``: a module without ``from __future__ import annotations``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-future-annotations",
    summary="A module does not begin with from __future__ import annotations.",
    clauses=("FS-3.2",),
    severity="note",
    how="file",
    family="style",
    mend="add it as the first import",
    options=(("every", False, "name every module, also where most modules have no such import"),),
)
NOQA_CODES = ("I002", "FA100", "FA102")
"""Known from the import facts; asking ruff would bring one more line for each file."""


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module; one for all where most modules do without."""
    project = context.project
    filled = [
        module
        for module, role in enumerate(project.roles)
        if role != MIGRATION and _has_code(project.facts[module])
    ]
    bare = [module for module in filled if not _has_import(project.facts[module])]
    if not bare:
        return
    if context.option(INFO, "every") or 2 * len(bare) <= len(filled) or len(bare) == 1:
        for module in bare:
            yield _finding(context, module, "no from __future__ import annotations")
        return
    what = f"{len(bare)} of {len(filled)} modules have no from __future__ import annotations"
    yield _finding(context, bare[0], f"{what}; this is the first")


def _has_code(facts: tuple[Any, ...]) -> bool:
    filled = any(facts[kind] for kind in (F.IMPORTS, F.BINDINGS, F.CLASSES))
    return filled or len(facts[F.FUNCTIONS]) > 1


def _has_import(facts: tuple[Any, ...]) -> bool:
    return any(
        record[F.I_MODULE] == "__future__" and record[F.I_NAME] == "annotations"
        for record in facts[F.IMPORTS]
    )


def _finding(context: RuleContext, module: int, message: str) -> Finding:
    project = context.project
    body = project.module_body(module)
    return make_finding(INFO, project, body, (1, 1, 1), message, sink="__future__.annotations")
