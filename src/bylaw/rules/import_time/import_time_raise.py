"""``import-time-raise``: an exception can leave a module while it is imported."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import Edge, Seed
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.import_time.branches import branches_before
from bylaw.rules.import_time.scope import (
    behind,
    eased,
    import_reach,
    is_aside,
    is_lenient,
    is_looked_up,
    role,
)
from bylaw.rules.rule import RuleInfo
from bylaw.rules.source_lines import enclosing_test

INFO = RuleInfo(
    name="import-time-raise",
    summary="An exception can leave a module body while it is imported.",
    clauses=("EC-4.4",),
    severity="error",
    how="flow",
    family="import_time",
    mend="check on first use, or in the start-up validation that reports every problem at once",
    needs=frozenset({"manifests"}),
)

_OUTSIDE_WORLD = frozenset({"env-read", "filesystem-read", "network", "database", "process"})
_TRIED = _OUTSIDE_WORLD | {"filesystem-write"}
_ABSTRACT = ("NotImplementedError", "NotImplemented")
_ALL = ("BaseException", "Exception")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per module statement and raise that can get out."""
    project = context.project
    answer = _raise_reach(context)
    for module in range(len(project.paths)):
        body = project.module_body(module)
        seen: set[tuple[Any, str]] = set()
        for reached in answer.of(body):
            step = reached.edge or reached.seed
            anchor = step.anchor or step.place
            key = (anchor, reached.seed.sink)
            if key in seen:
                continue
            seen.add(key)
            yield _finding(context, answer, body, reached, anchor)


def _finding(
    context: RuleContext, answer: Reach, body: int, reached: Reached, anchor: Any
) -> Finding:
    where = role(context, body)
    severity = INFO.severity
    if is_aside(where) or not _depends_on_outside(context, body, reached):
        severity = "note"
    elif is_lenient(where):
        severity = "warning"
    leaves = "exits" if reached.seed.kind == "exit" else f"can raise {reached.seed.sink}"
    through = ""
    if reached.edge is not None:
        through = f" through {context.project.functions[reached.edge.callee][F.F_NAME]}()"
    return make_finding(
        INFO,
        context.project,
        body,
        anchor,
        f"importing this module {leaves}{through}{behind(reached)}",
        confidence=reached.confidence,
        severity=eased(severity, where, reached.branches),
        sink=describe(reached.seed),
        witness=answer.witness(body, reached),
    )


def _is_for_import(context: RuleContext, body: int, seed: Seed) -> bool:
    """Whether a failed import is only told in other words: it would have failed as it was."""
    if seed.sink not in ("ImportError", "ModuleNotFoundError"):
        return False
    first, last = _tried(context, body, seed)
    return any(
        handler[F.H_FLAGS] & F.H_GUARDS_IMPORT
        for handler in context.project.functions[body][F.F_HANDLERS]
        if (handler[F.H_TRY_LINE], handler[F.H_LINE]) == (first, last)
    )


def _is_for_version(context: RuleContext, body: int, seed: Seed) -> bool:
    """Whether only the version of Python decides, which whoever installs the package is told."""
    around = enclosing_test(context, context.project.path_of(body), seed.place[0])
    return around.startswith("if ") and "sys.version_info" in around


def _raise_reach(context: RuleContext) -> Reach:
    """Raises reached from module bodies, stopped where a handler catches them."""
    graph, project = context.graph, context.project
    bodies = [project.module_body(m) for m in range(len(project.paths))]

    def follow(caller: int, edge: Edge) -> bool:
        return context.runs_at_import(caller, edge) and not is_looked_up(context, caller, edge)

    def wanted(function: int, seed: Seed) -> bool:
        return seed.kind in ("raise", "exit") and not is_caught(context, function, seed, seed)

    def stops(caller: int, edge: Edge, seed: Seed) -> bool:
        return is_caught(context, caller, edge, seed) or _is_read(context, caller, edge)

    def branches(function: int, step: Edge | Seed) -> int:
        # Every raise stands behind a branch of its own; those on the way to it count.
        if isinstance(step, Edge):
            return branches_before(context, function, step)
        return int(_is_deep(context, function, step))

    seeds = _with_raises(context)
    return reach(graph, bodies, wanted, follow, stops=stops, seeds=seeds, branches=branches)


def _is_deep(context: RuleContext, function: int, seed: Seed) -> bool:
    """Whether a raise stands behind more branches than the one that is about it."""
    if context.project.functions[function][F.F_PARENT] < 0:
        return False
    flags: int = context.situation(function, seed.situation)[F.S_FLAGS]
    return flags & F.SKIPS > F.ONE_SKIP


def _with_raises(context: RuleContext) -> list[list[Seed]]:
    """Seeds of every function, with its own raise statements and module-level exits added."""
    project = context.project
    result = []
    for number, seeds in enumerate(context.graph.seeds):
        exits = [seed for seed in seeds if seed.kind == "exit"]
        own = [seed for seed in exits if context.runs_at_import(number, seed)]
        own += [seed for raised in project.functions[number][F.F_RAISES]
                for seed in _raise_seed(context, number, raised)]  # fmt: skip
        result.append(own)
    return result


def _raise_seed(context: RuleContext, number: int, raised: tuple[Any, ...]) -> Iterator[Seed]:
    path = raised[F.R_PATH]
    module_level = context.project.functions[number][F.F_PARENT] < 0
    situation = context.situation(number, raised[F.R_SITUATION])
    if module_level and situation[F.S_FLAGS] & (F.IN_TYPE_CHECKING | F.IN_MAIN):
        return
    if path.startswith("assert:"):
        if not _reads_environment(context, number, path[7:].split(), raised[F.R_LINE]):
            return
        name = "AssertionError"
    else:
        name = exception_name(context, number, path)
    if name == "StopIteration" or (name in _ABSTRACT and not module_level):
        return
    place = (raised[F.R_LINE], raised[F.R_COL], raised[F.R_END])
    yield Seed("raise", "", name, place, 0, "", raised[F.R_SITUATION], raised[F.R_ANCHOR], None)


def _guard(context: RuleContext, holder: int, seed: Seed) -> int:
    """What decides whether a function gets to its ``raise`` or exit."""
    for raised in context.project.functions[holder][F.F_RAISES]:
        if (raised[F.R_LINE], raised[F.R_COL]) == seed.place[:2]:
            guard: int = raised[F.R_GUARD]
            return guard
    flags = context.situation(holder, seed.situation)[F.S_FLAGS]
    conditional = flags & (F.IN_CONDITION | F.IN_HANDLER | F.IN_LOOP)
    return F.RAISED_FOR_STATE if conditional else F.RAISED_ALWAYS


def exception_name(context: RuleContext, number: int, path: str) -> str:
    """Name of what a ``raise`` raises: dotted for our classes, plain for builtins."""
    if not path:
        return "the caught exception"
    if path == "?":
        return "an exception"
    project = context.project
    value = evaluate(project, project.function_home[number], path)
    if value is not None and value[0] in "CI":
        return project.class_name(value[1])
    return str(value[1]) if value is not None and value[0] in "XYB" else path.lstrip("=")


def _reads_environment(context: RuleContext, number: int, paths: list[str], line: int) -> bool:
    """Whether an asserted expression was read from the environment, here or a statement before."""
    seeds = [seed for seed in context.graph.seeds[number] if seed.kind == "env-read"]
    if any(seed.place[0] == line for seed in seeds):
        return True
    anchors = {seed.anchor[0] for seed in seeds if seed.anchor}
    module = context.project.function_home[number]
    names = {path.partition(".")[0].removesuffix("()") for path in paths}
    return any(
        binding[F.B_LINE] in anchors and binding[F.B_NAME] in names
        for binding in context.project.facts[module][F.BINDINGS]
    )


def _is_read(context: RuleContext, caller: int, edge: Edge) -> bool:
    """Whether a call is itself a read of the environment, such as making a settings object."""
    return any(
        seed.kind == "env-read" and seed.place == edge.place for seed in context.graph.seeds[caller]
    )


def is_caught(context: RuleContext, function: int, step: Edge | Seed, seed: Seed) -> bool:
    """Whether a handler around a step catches what the seed raises."""
    handled = context.situation(function, step.situation)[F.S_HANDLED]
    if not handled:
        return False
    raised = "SystemExit" if seed.kind == "exit" else seed.sink
    return catches(context, function, handled, raised)


def catches(context: RuleContext, function: int, types: Iterable[str], raised: str) -> bool:
    """Whether one of the types a handler of a function names is that of an exception."""
    ancestors = ancestors_of(context, raised)
    for path in types:
        value = evaluate(context.project, context.project.function_home[function], path)
        if value is None:
            name = path
        elif value[0] == "C":
            name = context.project.class_name(value[1])
        else:
            name = str(value[1])
        if name in ancestors or (path == "?" and raised not in builtins.__dict__):
            return True
    return False


def ancestors_of(context: RuleContext, name: str) -> frozenset[str]:
    """Names a handler may catch an exception by, itself included."""
    memo = context.memo.setdefault("exception-ancestors", {})
    if name in memo:
        found: frozenset[str] = memo[name]
        return found
    project = context.project
    names = {name}
    plain = getattr(builtins, name, None)
    if isinstance(plain, type):
        names.update(each.__name__ for each in plain.__mro__)
    else:
        number = _class_number(context, name)
        if number is not None:
            for each in resolution_order(project, number, evaluate):
                names.add(project.class_name(each))
            for base in outside_bases(project, number, evaluate):
                names.update(ancestors_of(context, base))
        else:
            names.update(_ALL)
    memo[name] = frozenset(names)
    return memo[name]  # type: ignore[no-any-return]


def _class_number(context: RuleContext, name: str) -> int | None:
    table = context.memo.get("class-numbers")
    if table is None:
        project = context.project
        table = {project.class_name(each): each for each in range(len(project.classes))}
        context.memo["class-numbers"] = table
    return table.get(name)


def _depends_on_outside(context: RuleContext, body: int, reached: Reached) -> bool:
    """Whether more than the arguments decides: raised here, always, or after looking outside."""
    if reached.edge is None:
        expected = _is_for_import(context, body, reached.seed)
        return not expected and not _is_for_version(context, body, reached.seed)
    holder = reached.holder
    guard = _guard(context, holder, reached.seed)
    if guard != F.RAISED_FOR_STATE:
        return guard == F.RAISED_ALWAYS
    first, last = _tried(context, holder, reached.seed)
    kinds = _TRIED if first else _OUTSIDE_WORLD
    if any(seed.kind in kinds and first <= seed.place[0] <= last
           for seed in context.graph.seeds[holder]):  # fmt: skip
        return True
    return any(
        each.seed.kind in kinds and not each.branches
        and first <= (each.edge or each.seed).place[0] <= last
        for each in import_reach(context, remembered=True).of(holder)
    )  # fmt: skip


def _tried(context: RuleContext, holder: int, seed: Seed) -> tuple[int, int]:
    """The lines that decide a raise: those of the ``try`` whose handler it stands in, else all."""
    flags = context.situation(holder, seed.situation)[F.S_FLAGS]
    line = seed.place[0]
    handlers = [each for each in context.project.functions[holder][F.F_HANDLERS]
                if flags & F.IN_FALLBACK and each[F.H_LINE] <= line]  # fmt: skip
    if not handlers:
        return 0, sys.maxsize
    nearest = max(handlers, key=lambda each: each[F.H_LINE])
    return nearest[F.H_TRY_LINE], nearest[F.H_LINE]
