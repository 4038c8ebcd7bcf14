"""``dev-dependency-in-production``: code that is deployed needs what only developers install."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding, Step
from bylaw.manifests.dependencies import DEV, Dependency, normal
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.dependencies.declared import (
    Use,
    builds_with,
    installed_by_images,
    is_opaque,
    only_for_developers,
    providers,
    units_above,
    uses,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="dev-dependency-in-production",
    summary="Code that is deployed imports a package that only a group for developers declares.",
    clauses=("CON-V",),
    severity="error",
    how="tree",
    family="dependencies",
    mend="move it to the main dependencies, or the import out of production code",
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per package and unit, at its first import."""
    seen: set[tuple[str, str]] = set()
    installed = installed_by_images(context)
    for use in uses(context):
        path = context.project.paths[use.module]
        if use.module in only_for_developers(context):
            continue
        if normal(use.top) in builds_with(context, path):
            continue
        above = units_above(context, path)
        if not above or any(is_opaque(context, unit) for unit in above):
            continue
        key = (above[0].folder, use.top)
        if key in seen:
            continue
        seen.add(key)  # the answer is the same for every file of the unit
        names = {normal(use.top), *providers(context).get(use.top, ())}
        found = [each for unit in above for each in unit.all() if each.name in names]
        main = [each for unit in above for each in unit.all() if each.group != DEV]
        if (
            not found
            or not main
            or any(each.group != DEV or each.name in installed for each in found)
        ):
            continue
        yield _finding(context, use, found[0])


def _finding(context: RuleContext, use: Use, declared: Dependency) -> Finding:
    body = context.project.module_body(use.module)
    step = Step(declared.path, declared.line, declared.name, "declared for developers only")
    message = f"{use.top} is imported by code that is deployed, and declared for developers only"
    return make_finding(
        INFO, context.project, body, (use.line, use.column, use.line), message, confidence=1,
        sink=use.top, witness=(step,),
    )  # fmt: skip
