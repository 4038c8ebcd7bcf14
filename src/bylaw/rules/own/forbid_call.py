"""``forbid-call``: a call that a team's own document forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.rules.binding import of_kind, told
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.own.patterns import matching
from bylaw.rules.own.scope import functions_in, nothing_meant
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="forbid-call",
    summary="A function makes a call that a document of the team forbids there.",
    clauses=(),
    severity="error",
    how="model",
    family="own",
    mend="call what the document asks for instead",
)
_UNCERTAIN = 1


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per call and sentence."""
    project = context.project
    for binding in of_kind(context.bindings, INFO.name):
        functions = list(functions_in(context, binding.patterns("from") or ("**",)))
        if not functions:
            nothing_meant(context, INFO, binding, "from")
        meant = matching(binding.patterns("to"))
        for number in functions:
            module = project.function_home[number]
            for call in project.functions[number][F.F_CALLS]:
                named = called(project, module, call[F.C_PATH])
                if named is None or not meant(named[0], ""):
                    continue
                place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
                message = f"{project.symbol(number)} calls {named[0][0]}"
                found = make_finding(
                    INFO, project, number, place, message, confidence=named[1], sink=named[0][0]
                )
                yield told(found, binding)


def called(project: Project, module: int, path: str) -> tuple[tuple[str, ...], int] | None:
    """Names of what a call calls, the documented one first, and how sure that is.

    Args:
        project: the linked project.
        module: number of the file the call stands in.
        path: the callee, see ``bylaw.facts.schema``.
    """
    value: Any = evaluate(project, module, path)
    if value is None:
        return None
    kind = value[0]
    if kind in "XB":
        dotted = str(value[1])
        return (project.stubs.canonical(dotted), dotted), 0
    if kind == "Y":
        dotted = f"{value[1]}.__call__"
        return (project.stubs.canonical(dotted), dotted), max(value[2], _UNCERTAIN)
    if kind == "F":
        return (project.symbol(value[1]),), value[2]
    return ((project.class_name(value[1]),), 0) if kind == "C" else None
