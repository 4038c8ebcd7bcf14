"""Which table a record was read from, told by what the call that read it was given."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext

_ONE = (
    r"(?:\.\w+\(\))*(?:\*|\[\]"
    r"|\.(?:one|one_or_none|first|get|scalar|scalar_one|scalar_one_or_none)\(\))"
)
_BY_CLASS = re.compile(
    rf"^(.+\.(?:get|get_one|merge|scalar))\(\)$"
    rf"|^(.+?\.(?:scalars|exec|query))\(\){_ONE}$"
    rf"|^(.+?\.execute)\(\)\.(?:scalars\(\){_ONE}|scalar(?:_one|_one_or_none)?\(\))$"
)
"""How a record is reached from the call of a session that read it: by iteration, by ``first()``."""
_OF_DJANGO = re.compile(
    r"^(.+)\.objects(?:\.\w+\(\))*(?:\.(?:get|first|last|earliest|latest|create)\(\)|[*]|\[\])$"
)
_SELECT = re.compile(r"^((?:[^()]*\.)?select)\(\)")


def table_of(
    context: RuleContext, function: int, path: str, line: int, tables: Collection[int]
) -> int:
    """The table that a value of a function was read from.

    Args:
        context: what the rule may ask.
        function: number of the function.
        path: how the value is reached.
        line: where it is used; of several reads the last one before counts.
        tables: numbers of the classes that are mapped.

    Returns:
        Number of the class; -1 where the value is no record, or nobody can tell of what.
    """
    found = _OF_DJANGO.match(path)
    if found:
        return _mapped(context, function, found[1], tables)
    found = _BY_CLASS.match(path)
    if found is None:
        return -1
    call = _call(context, function, next(each for each in found.groups() if each), line)
    if call is None or not call[F.C_ARGS]:
        return -1
    given = str(call[F.C_ARGS][0])
    selected = _SELECT.match(given)
    if selected:
        call = _call(context, function, selected[1], call[F.C_LINE])
        if call is None or len(call[F.C_ARGS]) != 1:
            return -1
        given = str(call[F.C_ARGS][0])
    return _mapped(context, function, given, tables)


def _call(context: RuleContext, function: int, path: str, line: int) -> tuple[Any, ...] | None:
    """The last call of a path up to a line; inside one statement the call may end below it."""
    calls = context.project.functions[function][F.F_CALLS]
    before = [each for each in calls if each[F.C_PATH] == path and each[F.C_LINE] <= line]
    inside = [each for each in calls if each[F.C_PATH] == path and not before]
    return max(before or inside[:1], key=lambda each: each[F.C_LINE], default=None)


def _mapped(context: RuleContext, function: int, path: str, tables: Collection[int]) -> int:
    if not path or path[0] in "'?:*=[":
        return -1
    value = evaluate(context.project, context.project.function_home[function], path)
    return value[1] if value is not None and value[0] == "C" and value[1] in tables else -1
