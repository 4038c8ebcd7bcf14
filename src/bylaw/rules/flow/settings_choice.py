"""Reads of the environment that say which settings are to be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import Seed
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import SETTINGS
from bylaw.model.variables import find_variable
from bylaw.rules.context import RuleContext

_LOADERS = (".from_object", ".config_from_object", ".from_pyfile", ".from_file")


def chooses_settings(context: RuleContext, number: int, seed: Seed) -> bool:
    """Whether what a function reads picks the settings: ``from_object(CONFIGS[environ["STAGE"]])``.

    Args:
        context: what the rule may ask.
        number: the function that reads.
        seed: the read.
    """
    function = context.project.functions[number]
    spelled = f"{seed.sink}[]" if seed.sink.endswith("environ") else f"{seed.sink}()"
    module = context.project.function_home[number]
    for line, last, key in _choices(context, module, function):
        value = evaluate(context.project, module, key.removesuffix("[]").removesuffix("()"))
        if value is None or f"{value[1]}{key[-2:]}" != spelled:
            continue
        if line <= seed.place[0] <= last or _reads_alone(context, number, seed):
            return True
    return False


def _choices(
    context: RuleContext, module: int, function: tuple[Any, ...]
) -> Iterator[tuple[int, int, str]]:
    """First line, last line and key of what picks settings, the key being read from anything."""
    loaded = set()
    for call in function[F.F_CALLS]:
        if call[F.C_PATH].endswith(_LOADERS) and call[F.C_ARGS]:
            given = call[F.C_ARGS][0]
            loaded.add(given.removesuffix("[]"))
            if given.endswith(("[]", "()")) and given[0] not in "'?:*":
                yield call[F.C_LINE], call[F.C_END], given
    for load in function[F.F_LOADS]:
        key, path = load[F.L_KEY], load[F.L_PATH]
        if not key or key[0] in "'?:*" or not key.endswith(("[]", "()")):
            continue
        if path in loaded or _is_settings(context, module, path):
            yield load[F.L_LINE], load[F.L_END], key


def _is_settings(context: RuleContext, module: int, path: str) -> bool:
    variable = find_variable(context.project, module, path)
    return variable is not None and context.project.roles[variable.module] == SETTINGS


def _reads_alone(context: RuleContext, number: int, seed: Seed) -> bool:
    """Whether no other variable is read in the same way by a function."""
    names = {
        each.key
        for each in context.graph.seeds[number]
        if each.kind == "env-read" and each.sink == seed.sink
    }
    return names == {seed.key}
