"""``missing-domain-exceptions``: a feature without words for what goes wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.layers.standing import standings
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-domain-exceptions",
    summary="A feature raises exceptions of Python's own and has no module for its exceptions.",
    clauses=("FS-4.1",),
    severity="warning",
    how="model",
    family="layers",
    mend="declare what can go wrong in the feature's exceptions.py, and raise that",
    default=False,
    options=(
        ("strict", False, "the feature's own folder must have the module, not one above it"),
    ),
)  # fmt: skip
_GENERIC = frozenset(
    {"Exception", "BaseException", "RuntimeError", "ValueError", "LookupError", "KeyError",
     "PermissionError"}
)  # fmt: skip
_OF_ARGUMENTS = frozenset({"ValueError", "KeyError", "LookupError"})
_WORLD = frozenset({"database", "network", "filesystem-read"})
"""What is asked before a ``raise``: an argument that was looked up is a state."""
_MODULES = ("exceptions", "errors", "exception", "error")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per feature, at the first such ``raise``."""
    project, places = context.project, standings(context)
    strict = bool(context.option(INFO, "strict"))
    named = {
        each.name for each in project.modules if each.name.rpartition(".")[2].endswith(_MODULES)
    }
    found: dict[str, list[tuple[int, tuple[Any, ...], str]]] = {}
    for number, function in enumerate(project.functions):
        if not function[F.F_RAISES] or function[F.F_PARENT] < 0:
            continue
        if not places.of_function(number).is_domain:
            continue
        feature = _feature(context, number)
        if _has_exceptions(named, feature, strict):
            continue
        for record in function[F.F_RAISES]:
            name = _generic(context, number, record)
            if name:
                found.setdefault(feature, []).append((number, record, name))
    for feature, raises in found.items():
        yield _finding(context, feature, raises)


def _feature(context: RuleContext, number: int) -> str:
    """Dotted name of the package around a function's module."""
    module = context.project.modules[context.project.function_home[number]]
    return module.name if module.is_package else module.name.rpartition(".")[0]


def _has_exceptions(named: set[str], feature: str, strict: bool) -> bool:
    """Whether the feature, or a package above it, has a module for exceptions."""
    while True:
        prefix = f"{feature}." if feature else ""
        depth = prefix.count(".")
        if any(each.startswith(prefix) and each.count(".") == depth for each in named):
            return True
        if strict or not feature:
            return False
        feature = feature.rpartition(".")[0]


def _generic(context: RuleContext, number: int, record: tuple[Any, ...]) -> str:
    """Name of an exception that says nothing about the domain; what arguments cause is legal."""
    path = record[F.R_PATH]
    if not path or ":" in path:
        return ""
    value = evaluate(context.project, context.project.function_home[number], path)
    name = str(value[1]).removesuffix("()") if value is not None and value[0] in "XYB" else ""
    if record[F.R_GUARD] == F.RAISED_FOR_ARGUMENTS and name in _OF_ARGUMENTS:
        line = record[F.R_LINE]
        seeds = context.graph.seeds[number]
        if not any(each.kind in _WORLD and each.place[0] < line for each in seeds):
            return ""
    return name if name in _GENERIC else ""


def _finding(
    context: RuleContext, feature: str, raises: list[tuple[int, tuple[Any, ...], str]]
) -> Finding:
    project = context.project
    number, record, name = raises[0]
    more = f" and {len(raises) - 1} more like it" if len(raises) > 1 else ""
    what = feature or project.symbol(number).partition(".")[0]
    return make_finding(
        INFO,
        project,
        number,
        (record[F.R_LINE], record[F.R_COL], record[F.R_END]),
        f"{what} raises {name}{more} and has no exceptions of its own",
        confidence=standings(context).of_function(number).confidence,
        sink=what,
        witness=tuple(
            Step(project.path_of(each), line[F.R_LINE], project.symbol(each), f"raises {word}")
            for each, line, word in raises
        ),
    )
