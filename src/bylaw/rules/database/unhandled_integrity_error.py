"""``unhandled-integrity-error``: a repository lets the driver's conflict through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import Seed
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unhandled-integrity-error",
    summary="A repository writes rows that a unique column may refuse, and nobody on the way out "
    "handles IntegrityError.",
    clauses=("FS-6.3",),
    severity="warning",
    how="flow",
    family="database",
    default=False,
    mend="catch IntegrityError around the flush and raise a conflict of the domain",
)

_ASIDE = frozenset({TEST, SCRIPT, MIGRATION})
_REPOSITORY_CLASS = re.compile(
    r"(?:Repository|Repo|Dao|DAO|CRUD|Crud|Gateway|Store)(?:Base|Impl)?$"
)
_REPOSITORY_MODULE = re.compile(r"^(?:\w+_)?(?:repositor(?:y|ies)|repos?|crud|daos?)$")
_CATCHING = re.compile(
    r"(?:^|\.)(?:IntegrityError|DBAPIError|DatabaseError|SQLAlchemyError|StatementError|Exception|"
    r"BaseException|UniqueViolation(?:Error)?)$"
)
_CONFLICT = re.compile(r"(?:^|\.)(?:IntegrityError|UniqueViolation(?:Error)?)$")
_FLUSHES = (".Session.commit", ".Session.flush", ".AsyncSession.commit", ".AsyncSession.flush")
_HANDLERS = ("exception_handler", "add_exception_handler", "errorhandler", "register_error_handler")
_MOST_LEVELS = 6


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per function, at the flush that may be refused."""
    project = context.project
    if _is_handled_by_app(context):
        return
    callers: dict[int, list[tuple[int, int]]] = {}
    for caller, edges in enumerate(context.graph.edges):
        if project.roles[project.function_home[caller]] not in _ASIDE:
            for edge in edges:
                callers.setdefault(edge.callee, []).append((caller, edge.situation))
    unlinked = _Unlinked(context)
    for number in range(len(project.functions)):
        if not _is_repository(context, number):
            continue
        flush = _open_flush(context, number)
        made = _unique_row(context, number) if flush is not None else ""
        if flush is None or not made or _is_caught(context, number, callers, unlinked):
            continue
        path, symbol = project.path_of(number), project.symbol(number)
        yield make_finding(
            INFO,
            project,
            number,
            flush.place,
            f"a second {made} of the same kind is refused here, and nobody turns the "
            "IntegrityError into a conflict",
            confidence=1,
            sink=f"{made} {flush.sink.rpartition('.')[2]}",
            witness=(Step(path, flush.place[0], symbol, flush.sink),),
        )


def _is_repository(context: RuleContext, number: int) -> bool:
    """Whether a function belongs to a repository, by the name of its class, module or folder."""
    project = context.project
    module = project.function_home[number]
    if project.roles[module] in _ASIDE:
        return False
    function = project.functions[number]
    if function[F.F_CLASS] >= 0:
        record = project.facts[module][F.CLASSES][function[F.F_CLASS]]
        if _REPOSITORY_CLASS.search(record[F.K_NAME]):
            return True
    parts = project.paths[module].removesuffix(".py").split("/")[-2:]
    return any(_REPOSITORY_MODULE.match(part) for part in parts)


def _open_flush(context: RuleContext, number: int) -> Seed | None:
    """The first flush, in a function that handles no conflict itself.

    A handler before it counts: ``begin_nested`` flushes at its end, and what is left to commit
    was accepted.
    """
    if any(_CONFLICT.search(each) for each in _handler_types(context, number)):
        return None
    for seed in context.graph.seeds[number]:
        if seed.kind == "database" and seed.sink.partition(" ")[0].endswith(_FLUSHES):
            handled = context.situation(number, seed.situation)[F.S_HANDLED]
            caught = any(_CATCHING.search(each) for each in handled)
            converts = any(
                handler[F.H_TRY_LINE] <= seed.place[0] <= handler[F.H_END]
                and any(_CATCHING.search(each) for each in handler[F.H_TYPES])
                for handler in context.project.functions[number][F.F_HANDLERS]
            )
            if not caught and not converts:
                return seed
    return None


def _unique_row(context: RuleContext, number: int) -> str:
    """Name of a class with a unique column that the function makes an instance of, or is given."""
    project = context.project
    module = project.function_home[number]
    for call in project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH].removesuffix(".model_validate")
        value = evaluate(project, module, path)
        if value is None or value[0] != "C":
            continue
        given = {each.partition("=")[0] for each in call[F.C_ARGS] if "=" in each}
        is_told = path == call[F.C_PATH] and bool(given) and "**?" not in call[F.C_ARGS]
        if _has_unique(context, value[1], given if is_told else None):
            return str(project.classes[value[1]][F.K_NAME])
    return _added_row(context, number)


def _added_row(context: RuleContext, number: int) -> str:
    """Name of a class with a unique column whose instance the function is given and adds."""
    project = context.project
    function = project.functions[number]
    added = {
        call[F.C_ARGS][0]
        for call in function[F.F_CALLS]
        if call[F.C_PATH].endswith(".add") and len(call[F.C_ARGS]) == 1
    }
    for name, annotation, _ in function[F.F_PARAMS]:
        if not annotation or added.isdisjoint((f"={name}", f"{annotation}!")):
            continue
        value = evaluate(project, project.function_home[number], annotation)
        if value is not None and value[0] == "C" and _has_unique(context, value[1], None):
            return str(project.classes[value[1]][F.K_NAME])
    return ""


def _has_unique(context: RuleContext, number: int, given: set[str] | None) -> bool:
    """Whether a table has a column, or columns together, that no two rows may share.

    A column that is not given has a default, which for such a column is a new one each time.
    """
    project = context.project
    for each in resolution_order(project, number, evaluate):
        record = project.classes[each]
        if any(
            "unique=:True" in attribute[F.A_ARGS]
            and (given is None or attribute[F.A_NAME] in given)
            for attribute in record[F.K_ATTRIBUTES]
        ):
            return True
        home = project.facts[project.class_home[each]]
        if any(
            call[F.C_PATH].endswith("UniqueConstraint")
            and record[F.K_LINE] <= call[F.C_LINE] <= record[F.K_END]
            and (given is None or given.issuperset(_columns(call)))
            for call in home[F.FUNCTIONS][record[F.K_FUNCTION]][F.F_CALLS]
        ):
            return True
    return False


def _columns(call: tuple[Any, ...]) -> set[str]:
    """Columns that a constraint names."""
    return {each[1:] for each in call[F.C_ARGS] if each[:1] == "'"}


class _Unlinked:
    """Calls that nothing could link, by the name of what they call: ``app.STORE.users.create``."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._sites: dict[str, list[tuple[int, int]]] | None = None

    def of(self, name: str) -> list[tuple[int, int]]:
        """Callers and situations of what is called so; none for names that many things have."""
        if self._sites is None:
            self._sites = self._read()
        sites = self._sites.get(name, [])
        return sites if "_" in name else []

    def _read(self) -> dict[str, list[tuple[int, int]]]:
        project = self._context.project
        found: dict[str, list[tuple[int, int]]] = {}
        for caller, function in enumerate(project.functions):
            module = project.function_home[caller]
            if project.roles[module] in _ASIDE:
                continue
            for call in function[F.F_CALLS]:
                path = call[F.C_PATH]
                if "." in path and evaluate(project, module, path) is None:
                    site = (caller, call[F.C_SITUATION])
                    found.setdefault(path.rpartition(".")[2], []).append(site)
        return found


def _is_caught(
    context: RuleContext,
    number: int,
    callers: dict[int, list[tuple[int, int]]],
    unlinked: _Unlinked,
) -> bool:
    """Whether every caller, or one on every way, catches it; or a decorator does."""
    functions = context.project.functions
    if _wrapped(context, number):
        return True
    seen = {number}
    level = [number]
    open_end = False
    for _ in range(_MOST_LEVELS):
        above: list[int] = []
        for each in level:
            name = functions[each][F.F_NAME].rpartition(".")[2]
            sites = callers.get(each) or unlinked.of(name)
            open_end = open_end or not sites
            for caller, situation in sites:
                handled = context.situation(caller, situation)[F.S_HANDLED]
                names = (*handled, *_handler_types(context, caller))
                if any(_CATCHING.search(name) for name in names) or caller in seen:
                    continue
                seen.add(caller)
                above.append(caller)
        if not above:
            break
        level = above
    return not open_end


def _wrapped(context: RuleContext, number: int) -> bool:
    """Whether a decorator of the project surrounds a function with a handler."""
    project = context.project
    module = project.function_home[number]
    for path, _, _ in project.functions[number][F.F_DECORATORS]:
        value = evaluate(project, module, path.removesuffix("()"))
        if value is None or value[0] != "F":
            continue
        first, last = project.functions[value[1]][F.F_LINE], project.functions[value[1]][F.F_END]
        home = project.function_home[value[1]]
        for function in project.facts[home][F.FUNCTIONS]:
            if first <= function[F.F_LINE] <= last and any(
                _CATCHING.search(each)
                for handler in function[F.F_HANDLERS]
                for each in handler[F.H_TYPES]
                if handler[F.H_FLAGS] & F.H_RAISES == 0 or not each.endswith("Exception")
            ):
                return True
    return False


def _handler_types(context: RuleContext, number: int) -> Iterator[str]:
    """Types that a function catches somewhere, also where it raises something else instead."""
    for handler in context.project.functions[number][F.F_HANDLERS]:
        yield from handler[F.H_TYPES]


def _is_handled_by_app(context: RuleContext) -> bool:
    """Whether the application has a handler for IntegrityError or what it derives from."""
    for facts in context.project.facts:
        for function in facts[F.FUNCTIONS]:
            for call in function[F.F_CALLS]:
                if call[F.C_PATH].removesuffix("()").endswith(_HANDLERS) and any(
                    _CATCHING.search(each) and not each.endswith("Exception")
                    for each in call[F.C_ARGS]
                ):
                    return True
    return False
