"""``shared-state-in-coroutine``: state that others share is read, awaited over, then changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.model.variables import Variable, find_variable
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.flow.mutable_global_state import changes
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="shared-state-in-coroutine",
    summary="A coroutine looks at state that all coroutines share, awaits, and then changes it "
    "without a lock.",
    clauses=("FS-2.6",),
    severity="warning",
    how="flow",
    family="concurrency",
    default=False,
    mend="hold an asyncio.Lock from the look to the change, or give each request its own state",
)

_LOCK = re.compile(r"(?i)lock|mutex|semaphore|limiter|condition")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per coroutine and variable, at the change."""
    project = context.project
    held = _held_instances(context)
    for number, function in enumerate(project.functions):
        if not function[F.F_FLAGS] & F.ASYNC:
            continue
        if project.roles[project.function_home[number]] in (TEST, SCRIPT, MIGRATION):
            continue
        awaits = sorted(
            call[F.C_LINE] for call in function[F.F_CALLS] if call[F.C_FLAGS] & F.AWAITED
        )
        if not awaits:
            continue
        seen: set[tuple[int, str]] = set()
        for variable, _, place, lazy in changes(context, number, function):
            key = (variable.module, variable.name)
            situation = _situation_at(function, place)
            if key in seen or situation is None or _is_locked(context, number, situation):
                continue
            looked = _looked_at(context, number, function, variable, place[0], lazy)
            between = [line for line in awaits if looked is not None and looked <= line <= place[0]]
            if looked is None or not between or _started_alone(function):
                continue
            seen.add(key)
            yield _finding(context, number, variable, (looked, between[-1]), place)
        if function[F.F_CLASS] >= 0:
            owner = project.class_offset[project.function_home[number]] + function[F.F_CLASS]
            if owner in held and not _started_alone(function):
                yield from _own_state(context, number, held[owner], awaits)


def _held_instances(context: RuleContext) -> dict[int, Variable]:
    """Classes that a module holds an instance of, which all coroutines share, with the variable."""
    project = context.project
    found: dict[int, Variable] = {}
    for module, facts in enumerate(project.facts):
        if project.roles[module] in (TEST, SCRIPT, MIGRATION):
            continue
        for binding in facts[F.BINDINGS]:
            made = binding[F.B_VALUE] if binding[F.B_KIND] == "v" else None
            if type(made) is not str or not made.endswith("()"):
                continue
            value = evaluate(project, module, made)
            variable = find_variable(project, module, binding[F.B_NAME])
            if value is not None and value[0] == "I" and variable is not None:
                found.setdefault(value[1], variable)
    return found


def _own_state(
    context: RuleContext, number: int, variable: Variable, awaits: list[int]
) -> Iterator[Finding]:
    """Attributes of the shared instance that a method of it looks at before an await."""
    function = context.project.functions[number]
    seen: set[str] = set()
    for write in function[F.F_WRITES]:
        path, line = write[F.W_PATH].rstrip("[]"), write[F.W_LINE]
        if path[0] != "$" or path in seen or _is_locked(context, number, write[F.W_SITUATION]):
            continue
        looks = [load[F.L_LINE] for load in function[F.F_LOADS]
                 if load[F.L_PATH].rstrip("[]*") == path and load[F.L_LINE] < line]  # fmt: skip
        between = [each for each in awaits if looks and min(looks) <= each <= line]
        if between:
            seen.add(path)
            place = (line, write[F.W_COL], write[F.W_END])
            name = path.partition(".")[2]
            own = variable._replace(name=f"{variable.name}.{name}")
            yield _finding(context, number, own, (min(looks), between[-1]), place)


def _situation_at(function: tuple[Any, ...], place: tuple[int, int, int]) -> int | None:
    for write in function[F.F_WRITES]:
        if (write[F.W_LINE], write[F.W_COL], write[F.W_END]) == place:
            return int(write[F.W_SITUATION])
    for call in function[F.F_CALLS]:
        if (call[F.C_LINE], call[F.C_COL], call[F.C_END]) == place:
            return int(call[F.C_SITUATION])
    return None


def _is_locked(context: RuleContext, number: int, situation: int) -> bool:
    entered = context.situation(number, situation)[F.S_WITH]
    return any(_LOCK.search(path) for path in entered)


def _looked_at(
    context: RuleContext,
    number: int,
    function: tuple[Any, ...],
    variable: Variable,
    change: int,
    lazy: int,
) -> int | None:
    """The last line before a change that asked what the variable holds; None where none did."""
    project = context.project
    module = project.function_home[number]
    lines: list[int] = []
    for load in function[F.F_LOADS]:
        path = load[F.L_PATH]
        if load[F.L_LINE] <= change and path[0] not in "#$&=":
            found = find_variable(project, module, path.rstrip("[]*"))
            if found is not None and found[:2] == variable[:2]:
                lines.append(load[F.L_LINE])
    for call in function[F.F_CALLS]:
        base, dot, method = call[F.C_PATH].rpartition(".")
        if not dot or method not in ("get", "keys", "values", "items", "copy", "__contains__"):
            continue
        if call[F.C_LINE] <= change and base[0] not in "#$&=":
            found = find_variable(project, module, base.rstrip("[]"))
            if found is not None and found[:2] == variable[:2]:
                lines.append(call[F.C_LINE])
    before = [line for line in lines if line < change]
    if before:
        return min(before)
    if lazy == F.FILLED_ONCE:
        return min((call[F.C_LINE] for call in function[F.F_CALLS]), default=None)
    return None


def _started_alone(function: tuple[Any, ...]) -> bool:
    """Whether a coroutine runs once, before or after everybody else: a lifespan, a start-up."""
    name = function[F.F_NAME].rpartition(".")[2].lower()
    decorated = any(path.endswith((".on_event", ".on_event()", "asynccontextmanager"))
                    for path, _, _ in function[F.F_DECORATORS])  # fmt: skip
    words = ("lifespan", "startup", "shutdown", "start_up", "on_start", "setup", "teardown",
             "main", "close")  # fmt: skip
    return decorated or any(word in name for word in words)


def _finding(
    context: RuleContext,
    number: int,
    variable: Variable,
    lines: tuple[int, int],
    place: tuple[int, int, int],
) -> Finding:
    project = context.project
    path, symbol = project.path_of(number), project.symbol(number)
    home = project.modules[variable.module].name
    looked, awaited = lines
    return make_finding(
        INFO,
        project,
        number,
        place,
        f"{variable.name} of {home} may have changed since line {looked}: other coroutines ran "
        f"during the await on line {awaited}",
        confidence=1,
        sink=f"{home}.{variable.name}",
        witness=(
            Step(path, looked, symbol, f"looks at {variable.name}"),
            Step(path, awaited, symbol, "awaits"),
            Step(path, place[0], symbol, f"changes {variable.name}"),
        ),
    )
