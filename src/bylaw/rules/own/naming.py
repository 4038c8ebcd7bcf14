"""``naming``: a name that is not of the form a team's own document asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import TEST
from bylaw.rules.binding import of_kind, told
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.own.scope import is_method, modules_in, nothing_meant
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="naming",
    summary="A module, class, function, method or test is not named as the team's document asks.",
    clauses=(),
    severity="error",
    how="model",
    family="own",
    mend="rename it",
)
NAMED = ("modules", "classes", "functions", "methods", "tests")
"""What may be held to a form."""
_ONE = {"modules": "module", "classes": "class", "functions": "function", "methods": "method",
        "tests": "test"}  # fmt: skip


class _Name(NamedTuple):
    """A name, what it names, and where it is given."""

    kind: str
    name: str
    function: int
    place: tuple[int, int, int]


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per name; names with a leading underscore are free."""
    for binding in of_kind(context.bindings, INFO.name):
        forms = {kind: re.compile(binding.get(kind)) for kind in NAMED if binding.get(kind)}
        default = ("**", "**.test*") if "tests" in forms else ("**",)
        modules = list(modules_in(context, binding.patterns("in") or default))
        if not modules:
            nothing_meant(context, INFO, binding, "in")
        for module in modules:
            for each in _names(context, module):
                form = forms.get(each.kind)
                if form is None or form.fullmatch(each.name):
                    continue
                message = f"{_ONE[each.kind]} {each.name} is not named {form.pattern}"
                found = make_finding(
                    INFO, context.project, each.function, each.place, message, sink=each.name
                )
                yield told(found, binding)


def _names(context: RuleContext, module: int) -> Iterator[_Name]:
    project = context.project
    facts, body = project.facts[module], project.module_body(module)
    path = project.paths[module]
    stem = path.rpartition("/")[2].removesuffix(".py")
    if not stem.startswith("_"):
        yield _Name("modules", stem, body, (1, 1, 1))
    for record in facts[F.CLASSES]:
        name = record[F.K_NAME].rpartition(".")[2]
        if not name.startswith("_"):
            place = (record[F.K_LINE], record[F.K_COL], record[F.K_LINE])
            yield _Name("classes", name, body, place)
    for index, function in enumerate(facts[F.FUNCTIONS]):
        name = function[F.F_NAME].rpartition(".")[2]
        if not index or name.startswith("_") or function[F.F_FLAGS] & (F.LAMBDA | F.NESTED):
            continue
        kind = "methods" if is_method(function) else "functions"
        if project.roles[module] == TEST:
            if not name.startswith("test"):
                continue
            kind = "tests"
        place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
        yield _Name(kind, name, project.function_offset[module] + index, place)
