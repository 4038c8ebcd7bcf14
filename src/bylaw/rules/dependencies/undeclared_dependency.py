"""``undeclared-dependency``: code imports a package that nothing declares."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.dependencies import locked_names
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.dependencies.declared import (
    Unit,
    Use,
    builds_with,
    candidates,
    installed_by_images,
    is_opaque,
    may_provide,
    providers,
    units_above,
    uses,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="undeclared-dependency",
    summary="Code imports a package that no dependency file declares.",
    clauses=("CON-V",),
    severity="warning",
    how="tree",
    family="dependencies",
    mend="declare it where the package's other dependencies stand",
    options=(("provided", (), "import names that something else installs"),),
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per package and unit, at its first import by path and line."""
    provided = set(context.option(INFO, "provided"))
    seen: set[tuple[str, str]] = set()
    fine: set[tuple[str, str]] = set()
    installed = installed_by_images(context)
    for use in uses(context):
        above = units_above(context, context.project.paths[use.module])
        if not above or (above[0].folder, use.dotted) in fine:
            continue
        if use.top in provided or any(is_opaque(context, unit) for unit in above):
            continue
        if not any(True for unit in above for _ in unit.all()):
            continue
        key = (above[0].folder, use.top)
        if key in seen:
            continue
        names = candidates(context, use)
        if names & builds_with(context, context.project.paths[use.module]):
            continue
        if _is_declared(context, use, above) or names & installed:
            fine.add((above[0].folder, use.dotted))
            continue
        seen.add(key)
        locked = _locked(context, above)
        transitive = sorted(names & locked)
        if not transitive and (use.top not in providers(context) or _maybe_locked(use, locked)):
            continue
        yield _finding(context, use, transitive, above[0])


def _is_declared(context: RuleContext, use: Use, above: list[Unit]) -> bool:
    names = candidates(context, use)
    return any(
        each.name in names or may_provide(each.name, use) for unit in above for each in unit.all()
    ) or any(name in names for unit in above for each in unit.declared for name in each.names)


def _locked(context: RuleContext, above: list[Unit]) -> frozenset[str]:
    found: set[str] = set()
    for path in {path for unit in above for path in unit.locks}:
        if f"locked {path}" not in context.memo:
            text = context.repository.whole(path)
            context.memo[f"locked {path}"] = locked_names(path.rpartition("/")[2], text)
        found |= context.memo[f"locked {path}"]
    return frozenset(found)


def _maybe_locked(use: Use, locked: frozenset[str]) -> bool:
    return any(may_provide(name, use) for name in locked)


def _finding(context: RuleContext, use: Use, transitive: list[str], unit: Unit) -> Finding:
    where = unit.folder or "this repository"
    message = f"{use.top} is imported, and no dependency file of {where} declares it"
    if transitive:
        message = (
            f"{use.top} is imported, and {transitive[0]} is only installed because something else "
            "needs it"
        )
    body = context.project.module_body(use.module)
    place = (use.line, use.column, use.line)
    return make_finding(INFO, context.project, body, place, message, confidence=1, sink=use.top)
