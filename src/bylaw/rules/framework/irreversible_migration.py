"""``irreversible-migration``: a migration that cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import MIGRATION
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="irreversible-migration",
    summary="A migration has no way back: no downgrade, an empty one, one that raises, or a Django "
    "operation without its reverse.",
    clauses=("FS-6.1", "PQG-5"),
    severity="warning",
    how="file",
    family="framework",
    mend="write the way back, or say in downgrade() what has to be restored from where",
)
_REVERSES = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per Alembic revision, one per Django operation."""
    project = context.project
    for module, role in enumerate(project.roles):
        if role != MIGRATION:
            continue
        bindings = project.bindings[module]
        if "revision" in bindings and "upgrade" in bindings:
            yield from _alembic(context, module)
        elif any(base.endswith("Migration") for base in _bases(project.facts[module])):
            yield from _django(context, module)


def _bases(facts: tuple[Any, ...]) -> Iterator[str]:
    for record in facts[F.CLASSES]:
        yield from record[F.K_BASES]


def _alembic(context: RuleContext, module: int) -> Iterator[Finding]:
    project = context.project
    functions = {
        each[F.F_NAME]: index for index, each in enumerate(project.facts[module][F.FUNCTIONS])
    }
    up, down = functions.get("upgrade"), functions.get("downgrade")
    if up is None or not _does_something(project.facts[module][F.FUNCTIONS][up]):
        return
    offset = project.function_offset[module]
    number = offset + (up if down is None else down)
    function = project.functions[number]
    place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
    if down is None:
        message = "there is no downgrade()"
    elif _always_raises(context, number):
        message = "downgrade() raises"
    elif not _does_something(function):
        message = "downgrade() does nothing"
    else:
        return
    yield make_finding(INFO, project, number, place, message, sink=message)


def _does_something(function: tuple[Any, ...]) -> bool:
    """Whether a function calls anything; ``return`` and ``pass`` are nothing."""
    return bool(function[F.F_CALLS] or function[F.F_UNKNOWN] or function[F.F_WRITES])


def _always_raises(context: RuleContext, number: int) -> bool:
    """Whether a function raises whatever comes, and does no work of a migration before."""
    function = context.project.functions[number]
    for raised in function[F.F_RAISES]:
        flags = context.situation(number, raised[F.R_SITUATION])[F.S_FLAGS]
        before = [call for call in function[F.F_CALLS] if call[F.C_LINE] < raised[F.R_LINE]]
        works = any(call[F.C_PATH].startswith(("op.", "conn", "bind")) for call in before)
        if not flags & (F.IN_CONDITION | F.IN_HANDLER | F.BRANCHES) and not works:
            return True
    return False


def _django(context: RuleContext, module: int) -> Iterator[Finding]:
    project = context.project
    body = project.module_body(module)
    for call in project.functions[body][F.F_CALLS]:
        name = call[F.C_PATH].rpartition(".")[2]
        keyword = _REVERSES.get(name)
        if keyword is None or not call[F.C_ARGS] or _has_reverse(call[F.C_ARGS], keyword):
            continue
        place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
        message = f"{name} without {keyword}"
        yield make_finding(INFO, project, body, place, message, sink=f"{name} {_first(call)}")


def _has_reverse(arguments: tuple[str, ...], keyword: str) -> bool:
    positional = [each for each in arguments if not _keyword_of(each)]
    named = {_keyword_of(each) for each in arguments}
    if keyword in named or any(each.startswith("*") for each in arguments):
        return True
    forward = positional[0] if positional else ""
    return len(positional) > 1 or forward.endswith(".noop")


def _keyword_of(argument: str) -> str:
    """The name in front of an argument that is given by name."""
    name, equals, _ = argument.partition("=")
    return name if equals and name.isidentifier() else ""


def _first(call: tuple[Any, ...]) -> str:
    first: str = call[F.C_ARGS][0]
    return first[:40]
