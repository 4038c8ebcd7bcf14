"""``forbid-import``: an import that a team's own document forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.project import absolute_module
from bylaw.rules.binding import Binding, of_kind, told
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.own.patterns import matching
from bylaw.rules.own.scope import modules_in, nothing_meant
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="forbid-import",
    summary="A module imports what a document of the team forbids it to import.",
    clauses=(),
    severity="error",
    how="model",
    family="own",
    mend="take what the module needs as an argument, or move the code to where it may be imported",
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per import statement and sentence."""
    for binding in of_kind(context.bindings, INFO.name):
        modules = list(modules_in(context, binding.patterns("from") or ("**",)))
        if not modules:
            nothing_meant(context, INFO, binding, "from")
        meant = matching(binding.patterns("to"))
        typing = bool(binding.get("type-checking", False))
        for module in modules:
            yield from _imports(context, binding, module, (meant, typing))


def _imports(
    context: RuleContext, binding: Binding, module: int, asked: tuple[Any, bool]
) -> Iterator[Finding]:
    project = context.project
    meant, typing = asked
    by_line: dict[int, list[tuple[tuple[Any, ...], str]]] = {}
    for record in project.facts[module][F.IMPORTS]:
        situation = project.facts[module][F.SITUATIONS][record[F.I_SITUATION]]
        if situation[F.S_FLAGS] & F.IN_TYPE_CHECKING and not typing:
            continue
        base = absolute_module(project, module, record[F.I_LEVEL], record[F.I_MODULE])
        name = record[F.I_NAME]
        whole = f"{base}.{name}" if base and name and name != "*" else base or name
        if meant((whole, base) if base else (whole,), ""):
            by_line.setdefault(record[F.I_LINE], []).append((record, whole))
    for found in by_line.values():
        record = found[0][0]
        names = ", ".join(dict.fromkeys(name for _, name in found))
        yield told(
            make_finding(
                INFO, project, project.function_offset[module] + record[F.I_FUNCTION],
                (record[F.I_LINE], record[F.I_COL], record[F.I_END]),
                f"{project.modules[module].name} imports {names}", sink=names,
            ),
            binding,
        )  # fmt: skip
