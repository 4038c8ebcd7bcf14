"""``nondeterministic-test``: a test whose outcome the clock, chance or the network may decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import Place
from bylaw.model.effects import Reach, Reached, describe, reach
from bylaw.model.evaluate import POSSIBLE, PROBABLE
from bylaw.model.parameters import passed
from bylaw.model.project import Project
from bylaw.model.roles import TEST
from bylaw.model.test_controls import Controls, TestControls
from bylaw.model.test_fixtures import is_set_up, is_skipped, is_test
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.flow.chance_sinks import FAINT, HANDED, LOOPED, SHIFTED, Sinks, chance_sinks
from bylaw.rules.rule import RuleInfo
from bylaw.rules.source_lines import source_lines

INFO = RuleInfo(
    name="nondeterministic-test",
    summary="A test reaches the clock, a random source, a sleep or the network, and nothing holds "
    "it still.",
    clauses=("AP-PY02", "GOV-2", "PYPH2-FAIL-05", "FS-7.5"),
    severity="warning",
    how="flow",
    family="flow",
    mend="freeze it (freezegun, time-machine), seed it, mock it, or pass a clock in",
)

_KINDS = {
    "clock": "depends on the clock",
    "random": "depends on chance",
    "sleep": "depends on a real sleep",
    "network": "depends on the network",
    "clock faint": "records the current time",
    "random faint": "draws a random identifier",
}
_EXPECTS = re.compile(r"(?:^|[.])(?:raises|assertRaises(?:Regex|Message)?)\(\)$")
_WIDE = re.compile(r"(?:(?:days|weeks|hours|minutes|months|years)=)?:-?[1-9]\d*(?:\.\d+)?$")
"""A margin no run of a test takes; the first argument of ``timedelta`` counts days."""
_GIVEN = re.compile(rf"{_WIDE.pattern}|(?:days|weeks|hours|minutes)=[^:]")
"""A margin in a helper of the tests, which may be told how many days."""
_APART = re.compile(
    r"\.(?:hour|minute|day|month|year)\b|\b(?:date|today|localdate|weekday|isoweekday|isocalendar)\(\)"
    r"|strftime|combine\(|\bTrunc|date_trunc|\.floor\(|astimezone\("
    r"|replace\([^)]*\b(?:hour|minute|day|month)="
)
_SPELLED = re.compile(r"\b(?:19|20)\d\d-[01]\d|\bdate(?:time)?\(\s*(?:19|20)\d\d")
_OPT_IN = re.compile(r"skip(?:if|If|Unless).*(?:getoption|getenv|environ)", re.DOTALL)
_LOWEST = {
    "httpx.": {"send", "handle_request", "handle_async_request"},
    "requests.": {"send", "request"},
    "aiohttp.": {"_request"},
    "urllib3.": {"urlopen"},
}
"""What every request of a client goes through in the end."""
_DAYS = ("today", "localdate")
_FAR = 6
"""Functions of production code between a test and a sink, beyond which the road is a guess."""


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per scope, line and kind; per scope and kind where no value decides anything."""
    controls = TestControls(context.graph)
    scopes = _scopes(context, controls)
    if not scopes:
        return
    sinks = chance_sinks(context.graph)
    answer = reach(
        context.graph, scopes, lambda _, seed: True, lambda caller, edge: True, seeds=sinks.seeds
    )
    yield from _collected(context, sinks, scopes)
    for scope, title in scopes.items():
        reached_here = answer.of(scope)
        if not reached_here:
            continue
        held = controls.of_test(scope)
        inquiry = _Inquiry(context, controls, held, answer, sinks, scope, title)
        yield from _findings(inquiry, reached_here)


def _collected(context: RuleContext, sinks: Sinks, scopes: dict[int, str]) -> Iterator[Finding]:
    """What the parameters of a test are made of, when it is collected and nothing is held still."""
    project = context.project
    for scope, title in scopes.items():
        function = project.functions[scope]
        lines = [line for path, _, line in function[F.F_DECORATORS] if "parametrize" in path]
        if title != "test" or not lines:
            continue
        body = project.module_body(project.function_home[scope])
        for seed in sinks.seeds[body]:
            kind = seed.kind.removesuffix(FAINT)
            if kind in ("clock", "random") and min(lines) <= seed.place[0] < function[F.F_LINE]:
                path, symbol = project.path_of(scope), project.symbol(scope)
                yield make_finding(
                    INFO,
                    project,
                    scope,
                    seed.place,
                    f"the parameters of this test {_KINDS[kind].replace('depends', 'depend')} at "
                    f"the time it is collected: {describe(seed)}",
                    confidence=max(seed.confidence, PROBABLE),
                    severity="note" if seed.kind.endswith(FAINT) else "",
                    sink=describe(seed),
                    witness=(Step(path, seed.place[0], symbol, f"asks {describe(seed)}"),),
                )
                break


class _Inquiry(NamedTuple):
    """What is asked about one scope, and what it takes to answer."""

    context: RuleContext
    controls: TestControls
    held: Controls
    answer: Reach
    sinks: Sinks
    scope: int
    title: str


def _scopes(context: RuleContext, controls: TestControls) -> dict[int, str]:
    """Tests, and the fixtures and set-up methods that run with them, in order of the files."""
    project = context.project
    found = dict.fromkeys(controls.fixtures.numbers(), "fixture")
    for number in range(len(project.functions)):
        title = "test" if is_test(project, number) else ""
        if title and is_skipped(project, number):
            continue
        if not title and is_set_up(project, number):
            title = "set-up"
        if title:
            found[number] = title
    return dict(sorted(found.items()))


def _findings(inquiry: _Inquiry, reached_here: list[Reached]) -> Iterator[Finding]:
    seen: set[tuple[int, str]] = set()
    for faint in (False, True):
        # A road that few take must not hide one to the same kind that every run takes.
        near: dict[tuple[int, str], list[Reached]] = {}
        distant: dict[tuple[int, str], list[Reached]] = {}
        for reached in reached_here:
            if _is_faint(inquiry.context.project, reached, inquiry.scope) is not faint:
                continue
            if faint and inquiry.title != "test" and not _is_handed(reached):
                continue
            kind = reached.seed.kind.removesuffix(FAINT)
            key = (0 if faint else (reached.edge or reached.seed).place[0], kind)
            if key in seen or _is_held(inquiry, kind, reached):
                continue
            side = distant if _is_far(inquiry, kind, reached) else near
            side.setdefault(key, []).append(reached)
        for group in near.values():
            yield _finding(inquiry, group, faint)
        seen.update(near, ((0, kind) for _, kind in near))
        if not faint:
            seen.update((0, kind) for _, kind in distant)
        for key, group in distant.items():
            if key not in seen:
                seen.add(key)
                yield _finding(inquiry, group, faint, far=True)


def _is_handed(reached: Reached) -> bool:
    """Whether a fixture hands the time itself to its tests, and no record with a time in it."""
    return reached.seed.qualifier == HANDED and reached.edge is None


def _is_faint(project: Project, reached: Reached, scope: int) -> bool:
    """Whether the outcome cannot hang on the value, as far as one can see.

    A time some way from now beside a fixed date is a time bomb: one of them moves.
    """
    seed = reached.seed
    if not seed.kind.endswith(FAINT):
        return False
    in_test = project.roles[project.function_home[reached.holder]] == TEST
    bomb = in_test and seed.qualifier == SHIFTED and _names_a_date(project, scope)
    return not bomb


def _names_a_date(project: Project, scope: int) -> bool:
    """Whether a scope spells a date out: ``datetime(2024, 1, 1)``."""
    for call in project.functions[scope][F.F_CALLS]:
        year = call[F.C_ARGS][0][1:] if call[F.C_ARGS] else ""
        if year.isdigit() and call[F.C_PATH].endswith(("datetime", "date")):
            return True
    return False


def _is_held(inquiry: _Inquiry, kind: str, reached: Reached) -> bool:
    """Whether a control is in force anywhere on the road, or a name on it is replaced."""
    controls, scope = inquiry.controls, inquiry.scope
    if kind in inquiry.held.kinds:
        return True
    if kind == "network" and _is_given_client(inquiry.context, reached):
        return True
    step = reached.edge or reached.seed
    around = controls.in_force(scope, step.situation)
    if kind in around.kinds:
        return True
    names = around.names
    if reached.edge is not None:
        last = controls.in_force(reached.holder, reached.seed.situation)
        if kind in last.kinds:
            return True
        for each in _on_the_road(inquiry, reached):
            if kind in each.kinds:
                return True
            names |= each.names
    return _is_replaced(inquiry, names, reached)


def _on_the_road(inquiry: _Inquiry, reached: Reached) -> Iterator[Controls]:
    """What helpers of the tests hold still: decorators of theirs, and ``with`` around a call."""
    if reached.distance < 2:
        return
    project = inquiry.context.project
    for caller, edge in inquiry.answer.road(inquiry.scope, reached)[1:]:
        if project.roles[project.function_home[caller]] == TEST:
            yield inquiry.controls.of_helper(caller)
            yield inquiry.controls.in_force(caller, edge.situation)


def _is_replaced(inquiry: _Inquiry, around: frozenset[str], reached: Reached) -> bool:
    """Whether a name the road leads through stands for something else in this scope."""
    names, assigned = inquiry.held.names | around, inquiry.held.assigned
    seed = reached.seed
    if any(seed.sink.startswith(each) and names & _LOWEST[each] for each in _LOWEST):
        return True
    if not names and not assigned:
        return False
    if not names.isdisjoint(seed.sink.split(".")):
        return True
    helper = inquiry.sinks.helpers.get((reached.holder, seed.place, seed.sink))
    if helper is not None and not names.isdisjoint(helper.names):
        return True
    project = inquiry.context.project
    if names and not names.isdisjoint(_words(project, reached.holder, seed.place)):
        return True
    for caller, edge in inquiry.answer.road(inquiry.scope, reached):
        symbol = project.functions[edge.callee][F.F_NAME].split(".")[-2:]
        if symbol[-1] in assigned or not names.isdisjoint(symbol):
            return True
        if names and not names.isdisjoint(_words(project, caller, edge.place)):
            return True
    return False


def _words(project: Project, caller: int, place: Place) -> list[str]:
    """Names a call is written with: ``get_client().send`` goes through ``get_client`` as well."""
    line, col, _ = place
    for call in project.functions[caller][F.F_CALLS]:
        if call[F.C_LINE] == line and call[F.C_COL] == col:
            path: str = call[F.C_PATH]
            return path.replace("()", "").replace("|", ".").split(".")
    return []


def _is_far(inquiry: _Inquiry, kind: str, reached: Reached) -> bool:
    """Whether the road leads through so many branches of production code that few tests take it."""
    if kind in ("network", "sleep") and _is_asked_for(inquiry.context, inquiry.scope):
        return True
    if not _is_in_production(inquiry, reached):
        return False
    project = inquiry.context.project
    if (
        _is_closed(inquiry, reached)
        or _is_given(inquiry, reached)
        or (kind == "clock" and _moves_along(inquiry, reached))
        or (reached.seed.qualifier == SHIFTED and _lays_nothing(inquiry, reached))
    ):
        return True
    branches, steps = int(reached.seed.qualifier == LOOPED), 0
    road = inquiry.answer.road(inquiry.scope, reached)
    places = [(caller, edge.situation) for caller, edge in road]
    for function, situation in (*places, (reached.holder, reached.seed.situation)):
        home = project.function_home[function]
        if project.roles[home] != TEST:
            steps += 1
            flags = project.facts[home][F.SITUATIONS][situation][F.S_FLAGS]
            behind = (flags & F.BRANCHES) // F.ONE_BRANCH
            branches += max(behind, 2) if flags & F.IN_HANDLER else behind
    if kind in ("network", "sleep"):
        return steps > _FAR or branches > 0 or (kind == "network" and reached.confidence > 0)
    return steps > _FAR or branches > 1 or (branches > 0 and steps > 1)


def _is_closed(inquiry: _Inquiry, reached: Reached) -> bool:
    """Whether the test expects a raise that stands on the road before the sink, not after it."""
    if reached.edge is None:
        return False
    project = inquiry.context.project
    entered = inquiry.context.situation(inquiry.scope, reached.edge.situation)[F.S_WITH]
    if not any(_EXPECTS.search(each) for each in entered):
        return False
    road = inquiry.answer.road(inquiry.scope, reached)[1:]
    steps = [(caller, edge.place[0]) for caller, edge in road]
    before = [
        raised[F.R_LINE] < line
        for function, line in (*steps, (reached.holder, reached.seed.place[0]))
        for raised in project.functions[function][F.F_RAISES]
    ]
    return bool(before) and all(before)


def _is_given(inquiry: _Inquiry, reached: Reached) -> bool:
    """Whether the sink only stands in for an argument that the call does give: ``now or now()``."""
    project, road = inquiry.context.project, inquiry.answer.road(inquiry.scope, reached)
    if not road:
        return False
    caller, edge = road[-1]
    line = reached.seed.place[0]
    for guard in project.functions[edge.callee][F.F_GUARDS]:
        absent = guard[F.U_VALUE] == (":None" if guard[F.U_HOLDS] else "")
        if absent and guard[F.U_FIRST] <= line <= (guard[F.U_LAST] or line):
            given = passed(project, caller, edge, guard[F.U_NAME])
            if given is not None and given != ":None":
                return True
    return False


def _moves_along(inquiry: _Inquiry, reached: Reached) -> bool:
    """Whether a test lays its own times hours or days from now: they move with the clock.

    Not where either side takes a time apart: there are hours, days and months that are different.
    """
    project, graph = inquiry.context.project, inquiry.context.graph
    called = {edge.callee for edge in graph.edges[inquiry.scope]}
    helpers = {each for each in called if project.roles[project.function_home[each]] == TEST}
    laid = {each: _margins(project, each) for each in (inquiry.scope, *sorted(helpers))}
    laying = [each for each, margins in laid.items() if margins]
    if not laying or reached.seed.sink.endswith(_DAYS):
        return False
    for each in laying:
        pattern = _WIDE if each == inquiry.scope else _GIVEN
        if not all(args and all(pattern.match(arg) for arg in args) for args in laid[each]):
            return False
    scopes = {inquiry.scope, *laying}
    return not any(_names_a_date(project, each) for each in scopes) and not any(
        _takes_apart(inquiry.context, each) for each in (*scopes, reached.holder)
    )


def _lays_nothing(inquiry: _Inquiry, reached: Reached) -> bool:
    """Whether a test has no times of its own: all it makes is of now, and a margin away from it."""
    context = inquiry.context
    project, graph = context.project, context.graph
    called = {edge.callee for edge in graph.edges[inquiry.scope]}
    helpers = {each for each in called if project.roles[project.function_home[each]] == TEST}
    for each in {inquiry.scope, *helpers}:
        if any(seed.kind == "clock" for seed in graph.seeds[each]):
            return False
        if any(_SPELLED.search(line) for line in _lines(context, each)):
            return False
    return not any(_takes_apart(context, each) for each in (inquiry.scope, reached.holder))


def _is_asked_for(context: RuleContext, number: int) -> bool:
    """Whether a test runs only where an option or a variable asks for it."""
    decorators = context.project.functions[number][F.F_DECORATORS]
    if not any("skip" in path for path, _, _ in decorators):
        return False
    first = min(line for _, _, line in decorators)
    last = context.project.functions[number][F.F_LINE]
    lines = source_lines(context, context.project.path_of(number))[first - 1 : last]
    return _OPT_IN.search("\n".join(lines)) is not None


def _margins(project: Project, number: int) -> list[tuple[str, ...]]:
    """Arguments of every ``timedelta`` of a function that adds to the time or takes from it."""
    calls = project.functions[number][F.F_CALLS]
    shifts = [call[F.C_ARGS] for call in calls if call[F.C_PATH].endswith("().shift")]
    if not any(call[F.C_FLAGS] & F.SHIFTED for call in calls):
        return shifts
    return shifts + [
        call[F.C_ARGS] for call in calls if call[F.C_PATH].rpartition(".")[2] == "timedelta"
    ]


def _takes_apart(context: RuleContext, number: int) -> bool:
    """Whether a function asks for the date, the hour or another part of a time."""
    return any(_APART.search(each) for each in _lines(context, number))


def _lines(context: RuleContext, number: int) -> list[str]:
    function = context.project.functions[number]
    lines = source_lines(context, context.project.path_of(number))
    return list(lines[function[F.F_LINE] - 1 : function[F.F_END]])


def _is_in_production(inquiry: _Inquiry, reached: Reached) -> bool:
    """Whether the sink stands in production code, or is a call of production code that has it."""
    project = inquiry.context.project
    helper = inquiry.sinks.helpers.get((reached.holder, reached.seed.place, reached.seed.sink))
    in_test = project.roles[project.function_home[reached.holder]] == TEST
    return not in_test or (helper is not None and helper.production)


def _is_given_client(context: RuleContext, reached: Reached) -> bool:
    """Whether a request goes through a client the test was handed: the application's own."""
    project = context.project
    in_test = project.roles[project.function_home[reached.holder]] == TEST
    return in_test and reached.seed.confidence > 0


def _finding(inquiry: _Inquiry, group: list[Reached], faint: bool, far: bool = False) -> Finding:
    """The nearest and surest of the sinks of one kind behind a line stands for the others."""
    project = inquiry.context.project
    reached = group[0]
    seed = reached.seed
    kind = seed.kind.removesuffix(FAINT) + (FAINT if faint else "")
    others = set() if faint else {each.seed.sink for each in group} - {seed.sink}
    more = f", and {len(others)} more behind the same line" if others else ""
    witness: tuple[Step, ...] = inquiry.answer.witness(inquiry.scope, reached)
    helper = inquiry.sinks.helpers.get((reached.holder, seed.place, seed.sink))
    if helper is not None:
        last = witness[-1]._replace(note=f"calls {helper.steps[0].symbol}")
        witness = (*witness[:-1], last, *helper.steps)
    production = _is_in_production(inquiry, reached)
    through = " through production code" if production else ""
    confidence = max(reached.confidence, PROBABLE) if production else reached.confidence
    if far:
        confidence = POSSIBLE
    told = "hands the current time to its tests" if _is_handed(reached) else _KINDS[kind]
    return make_finding(
        INFO,
        project,
        inquiry.scope,
        (reached.edge or seed).place,
        f"this {inquiry.title} {told}{through}: {describe(seed)}{more}",
        confidence=confidence,
        severity="note" if kind.endswith(FAINT) else "",
        sink=describe(seed),
        witness=witness,
    )
