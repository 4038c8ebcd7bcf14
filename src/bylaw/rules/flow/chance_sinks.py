"""Where chance enters a project, and how much it matters there.

A time that is compared decides what happens; one that only fills a record changes no outcome. The
same holds for a random identifier, which differs every time and never matters. A function that
hands the time back (``utc_now``) is no sink: each call of it is, judged where it stands.
"""

from __future__ import annotations

from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.facts.value_use import CLOCK_LIKE
from bylaw.finding import Step
from bylaw.model.call_graph import CallGraph, Place, Seed
from bylaw.model.evaluate import POSSIBLE, PROBABLE
from bylaw.model.roles import TEST

KINDS = frozenset({"clock", "random", "sleep", "network"})
FAINT = " faint"
"""Suffix of a kind whose value only fills a record or names something."""

SHIFTED = "shifted"
"""Qualifier of a time that lies some way from now: next week, an hour ago."""

HANDED = "handed"
"""Qualifier of a faint time that a fixture hands to its tests as it is."""

LOOPED = "looped"
"""Qualifier of a time that only a loop after it compares, which may have nothing to go through."""

_DEEPEST_HELPER = 4
_DURATIONS = ("time.monotonic", "time.perf_counter", "time.process_time", "time.thread_time")
_IDENTIFIERS = (
    "uuid", "secrets.token_", "os.urandom", "django.utils.crypto.get_random_string", "nanoid.",
    "shortuuid.", "ulid.", "cuid.", "werkzeug.security.gen_salt", "bcrypt.gensalt", "cryptography.",
    "nacl.", "Crypto.", "Cryptodome.", "jwcrypto.", "ecdsa.", "petname.",
)  # fmt: skip
_CONFIGURED = (
    "django.core.cache.", "django.core.mail.", "celery.", "dramatiq.", "rq.", "arq.", "kombu.",
    "procrastinate.", "taskiq.", "flask_mail.",
)  # fmt: skip
"""Whether these talk to a network is for settings to say, and those of tests mostly say no."""


class Helper(NamedTuple):
    """How a call that gets the time from a helper goes on to the clock itself.

    Attributes:
        steps: the road from inside the helper on.
        production: whether the helper is no part of the tests.
        names: functions on that road, by last component.
    """

    steps: tuple[Step, ...]
    production: bool
    names: frozenset[str]


class Sinks(NamedTuple):
    """Effects by function, and the rest of the road for those that stand for a helper.

    Attributes:
        seeds: per function, what it does itself; kinds may end in ``FAINT``.
        helpers: by ``(function, place, sink)``.
    """

    seeds: list[list[Seed]]
    helpers: dict[tuple[int, Place, str], Helper]


def chance_sinks(graph: CallGraph) -> Sinks:
    """Every sink of the four kinds, weighed by what becomes of its value.

    Args:
        graph: the call graph with its plain seeds.

    Returns:
        The sinks that count.
    """
    sinks = Sinks([[] for _ in graph.seeds], {})
    lifted: dict[int, list[Seed]] = {}
    for function, seeds in enumerate(graph.seeds):
        for seed in seeds:
            if seed.kind in KINDS:
                _place(graph, sinks, lifted, function, seed)
    for _ in range(_DEEPEST_HELPER):
        if not lifted:
            break
        lifted = _lift(graph, sinks, lifted)
    return sinks


def _place(
    graph: CallGraph, sinks: Sinks, lifted: dict[int, list[Seed]], function: int, seed: Seed
) -> None:
    """Puts a seed where it counts: here, with the callers, or nowhere."""
    if seed.kind == "sleep":
        if _is_test_code(graph, function) and _is_in_loop(graph, function, seed):
            seed = seed._replace(confidence=POSSIBLE)
        sinks.seeds[function].append(seed)
    elif seed.kind == "network":
        if seed.confidence or seed.sink.startswith(_CONFIGURED):
            seed = seed._replace(confidence=POSSIBLE)
        sinks.seeds[function].append(seed)
    elif seed.kind == "random":
        if _is_seeded(graph, function):
            return
        faint = seed.sink.startswith(_IDENTIFIERS) or _flags(graph, function, seed) & F.TEXT
        sinks.seeds[function].append(_faint(seed) if faint else seed)
    else:
        flags = _flags(graph, function, seed)
        if flags & F.DECIDES:
            sinks.seeds[function].append(_deciding(graph, function, seed, flags))
        elif flags & F.LOOSE:
            sinks.seeds[function].append(seed._replace(confidence=POSSIBLE))
        elif flags & F.BRACKETED:
            return
        elif flags & F.RETURNED:
            away = seed._replace(qualifier=SHIFTED) if flags & F.SHIFTED else seed
            lifted.setdefault(function, []).append(away)
            sinks.seeds[function] += _handed(graph, function, seed)
        elif not seed.sink.startswith(_DURATIONS) or _is_test_code(graph, function):
            if flags & F.SHIFTED:
                seed = seed._replace(qualifier=SHIFTED)
            sinks.seeds[function].append(_faint(seed))


def _deciding(graph: CallGraph, function: int, seed: Seed, flags: int) -> Seed:
    """A time that decides, with what is known about how; a duration only where nothing waits."""
    if flags & F.LOOPED:
        seed = seed._replace(qualifier=LOOPED)
    elif flags & F.SHIFTED:
        seed = seed._replace(qualifier=SHIFTED)
    measured = seed.sink.startswith(_DURATIONS) and not _is_test_code(graph, function)
    return seed._replace(confidence=POSSIBLE) if measured else seed


def _is_in_loop(graph: CallGraph, function: int, seed: Seed) -> bool:
    """Whether a sleep is the pause of a loop, which asks again and goes on when it is answered."""
    facts = graph.project.facts[graph.project.function_home[function]]
    return bool(facts[F.SITUATIONS][seed.situation][F.S_FLAGS] & F.IN_LOOP)


def _is_seeded(graph: CallGraph, function: int) -> bool:
    """Whether the function that draws sets the seed itself."""
    project = graph.project
    return any(
        call[F.C_ARGS] and call[F.C_PATH].rpartition(".")[2].startswith("seed")
        for call in project.functions[function][F.F_CALLS]
    )


def _faint(seed: Seed) -> Seed:
    return seed._replace(kind=seed.kind + FAINT)


def _is_test_code(graph: CallGraph, function: int) -> bool:
    return graph.project.roles[graph.project.function_home[function]] == TEST


def _handed(graph: CallGraph, function: int, seed: Seed) -> list[Seed]:
    """What a fixture gives to its tests, which no call of theirs shows; nothing for others."""
    decorators = graph.project.functions[function][F.F_DECORATORS]
    if not any(path.removesuffix("()").endswith("fixture") for path, _, _ in decorators):
        return []
    return [_faint(seed)._replace(qualifier=HANDED)]


def _flags(graph: CallGraph, function: int, seed: Seed) -> int:
    """Flags of the call a seed stands for; none where it is no call."""
    line, col, _ = seed.place
    flags: int
    for call in graph.project.functions[function][F.F_CALLS]:
        if call[F.C_LINE] != line or call[F.C_COL] != col or call[F.C_FLAGS] < F.TESTED:
            continue
        flags = call[F.C_FLAGS] & ~F.HANDED_BACK
        if flags >= F.DECIDES:
            return flags
        if flags & F.TESTED and not call[F.C_PATH].endswith(CLOCK_LIKE):
            return F.DECIDES
    return 0


def _lift(graph: CallGraph, sinks: Sinks, helpers: dict[int, list[Seed]]) -> dict[int, list[Seed]]:
    """Moves the seeds of helpers to their callers; returns those that hand the value on."""
    lifted: dict[int, list[Seed]] = {}
    for caller, edges in enumerate(graph.edges):
        for edge in edges:
            for seed in helpers.get(edge.callee, ()):
                if edge.callee == caller:
                    continue
                key = (caller, edge.place, seed.sink)
                if key in sinks.helpers:
                    continue
                sinks.helpers[key] = helper = _helper(graph, sinks, edge.callee, seed)
                confidence = max(seed.confidence, edge.confidence)
                if helper.production:
                    confidence = max(confidence, PROBABLE)
                moved = Seed(
                    seed.kind, seed.qualifier, seed.sink, edge.place, confidence, edge.mode,
                    edge.situation, edge.anchor, seed.key,
                )  # fmt: skip
                _place(graph, sinks, lifted, caller, moved)
    return lifted


def _helper(graph: CallGraph, sinks: Sinks, function: int, seed: Seed) -> Helper:
    project = graph.project
    inner = sinks.helpers.get((function, seed.place, seed.sink))
    symbol = project.symbol(function)
    note = f"calls {inner.steps[0].symbol}" if inner is not None else seed.sink
    step = Step(project.path_of(function), seed.place[0], symbol, note)
    names = frozenset(symbol.split(".")[-2:])
    production = not _is_test_code(graph, function)
    if inner is None:
        return Helper((step,), production, names)
    return Helper((step, *inner.steps), production or inner.production, names | inner.names)
