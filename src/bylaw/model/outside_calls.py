"""Calls that leave the project: what the stubs say they do becomes a seed."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.call_graph import HERE, THREAD, CallGraph, Outside, Seed, argument, edge_of
from bylaw.model.evaluate import DEFINITE, evaluate
from bylaw.model.project import BUILTINS, Project
from bylaw.model.variables import find_variable

_CONSUMERS = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "len", "bool", "any", "all", "sum", "min",
     "max", "dict", "enumerate"}
)  # fmt: skip
_FILES = ("0", "file", "fileobj", "fp")
"""Where a call that works on a file takes it."""
_BUFFERS = (("Y", "io.BytesIO"), ("Y", "io.StringIO"), ("Y", "tempfile.SpooledTemporaryFile"))
_LATER = frozenset({"smtplib.SMTP", "smtplib.SMTP_SSL", "smtplib.LMTP", "ftplib.FTP",
                    "ftplib.FTP_TLS"})  # fmt: skip
"""Clients that connect when they are made only where they are told a host."""
_NO_DATABASE = frozenset({"collectstatic", "compilemessages", "makemessages", "findstatic",
                          "diffsettings", "compress", "startapp", "startproject"})  # fmt: skip
"""Commands of Django that only read code and write files."""
_WRITING_MODES = frozenset("wax+")


def add_outside(
    graph: CallGraph, number: int, call: tuple[Any, ...], dotted: str, confidence: int
) -> bool:
    """Adds what calling an outside name does, and what it calls on our behalf.

    Returns:
        Whether a stub knows the name; what a builtin does is always known.
    """
    known, effects, invokes, consumes = graph.outside.get(dotted) or _look_up(graph, dotted)
    if effects:
        add_seeds(graph, number, call, dotted, confidence, HERE)
    if consumes and call[F.C_ARGS]:
        _add_consumed(graph, number, call)
    if invokes:
        _add_invoked(graph, number, call, invokes)
    return known


def knows(graph: CallGraph, dotted: str) -> bool:
    """Whether a stub says what calling an outside name does."""
    return (graph.outside.get(dotted) or _look_up(graph, dotted))[0]


def _look_up(graph: CallGraph, dotted: str) -> Outside:
    """What the stubs say about a name, asked once."""
    stubs = graph.project.stubs
    effects = stubs.effects(dotted)
    invokes = stubs.lookup("invokes", dotted) or ""
    known = effects is not None or bool(invokes) or dotted in BUILTINS
    found = graph.outside[dotted] = (known, bool(effects), invokes, dotted in _CONSUMERS)
    if not any(found[1:]):
        graph.silent[dotted] = not known
    return found


def _add_consumed(graph: CallGraph, number: int, call: tuple[Any, ...]) -> None:
    """``list(query)`` and its kin iterate what they are given."""
    encoded = call[F.C_ARGS][0]
    if encoded[0] in "'?:*":
        return
    project = graph.project
    value = evaluate(project, project.function_home[number], encoded)
    if value is not None and value[0] == "Y":
        add_seeds(graph, number, call, f"{value[1]}.__iter__", value[2], HERE)


def _add_invoked(graph: CallGraph, number: int, call: tuple[Any, ...], invokes: str) -> None:
    """An outside function that calls its argument: ``asyncio.run(f())``, ``pool.submit(f)``.

    One that only wraps it for a thread (``sync_to_async(f)``) does so where the result is called.
    """
    position, _, mode = invokes.partition(" ")
    encoded = argument(call, position)
    if mode == "later" or not encoded or encoded[0] in "'?:*":
        return
    project = graph.project
    value = evaluate(project, project.function_home[number], encoded)
    if value is None or (mode == "wrapped" and not _calls_result(project, number, call)):
        return
    place = THREAD if mode in ("thread", "wrapped", "process") else HERE
    if value[0] == "F":
        graph.edges[number].append(edge_of(call, value[1], max(value[2], DEFINITE), place))
    elif value[0] in "XB":
        add_seeds(graph, number, call, value[1], DEFINITE, place)


def _calls_result(project: Project, number: int, call: tuple[Any, ...]) -> bool:
    """Whether a function calls what a call in it gives."""
    called = f"{call[F.C_PATH]}()"
    return any(each[F.C_PATH] == called for each in project.functions[number][F.F_CALLS])


def _names_host(call: tuple[Any, ...]) -> bool:
    return any("=" not in each or each.startswith("host=") for each in call[F.C_ARGS])


def add_seeds(
    graph: CallGraph,
    number: int,
    call: tuple[Any, ...],
    dotted: str,
    confidence: int,
    mode: str,
    owner: int = -1,
) -> None:
    """Adds the effects of an outside name to a function.

    Args:
        graph: the call graph being built.
        number: function that makes the call.
        call: the call fact.
        dotted: the outside name.
        confidence: how sure it is that this name is meant.
        mode: where it runs.
        owner: class of the project that derives from the outside class, -1 for none.
    """
    effects = graph.project.stubs.effects(dotted)
    if not effects:
        return
    project = graph.project
    sink = project.stubs.canonical(dotted)
    if sink in _LATER and not _names_host(call):
        return
    if owner >= 0:
        sink = f"{sink} ({project.class_name(owner)})"
    if any(kind.startswith("filesystem") for kind, _ in effects) and _is_in_memory(
        project, number, call
    ):
        return
    key = constant_text(project, project.function_home[number], argument(call, "0"))
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    for kind, qualifier in effects:
        if kind == "blocking" and call[F.C_FLAGS] & F.AWAITED:
            continue
        if _is_harmless(kind, qualifier, call):
            continue
        if qualifier == "listing" and _goes_down(call):
            qualifier = ""
        if qualifier == "mode" and opens_for_writing(call, sink):
            kind, qualifier = "filesystem-write", ""
        seed = Seed(
            kind, qualifier, sink, place, confidence, mode, call[F.C_SITUATION],
            call[F.C_ANCHOR], key,
        )  # fmt: skip
        graph.seeds[number].append(seed)


def _is_harmless(kind: str, qualifier: str, call: tuple[Any, ...]) -> bool:
    """Arguments that make an effect none: a seed given, no file named, a sleep of nothing."""
    if qualifier == "unseeded":
        return bool(call[F.C_ARGS])
    if call[F.C_PATH].endswith("call_command"):
        return (argument(call, "0") or "?")[1:] in _NO_DATABASE
    if qualifier == "filename":
        return argument(call, "filename") in (None, ":None")
    return kind == "sleep" and argument(call, "0") == ":0"


def _is_in_memory(project: Project, number: int, call: tuple[Any, ...]) -> bool:
    """Whether what is opened is no file but a buffer: ``ZipFile(BytesIO(content))``."""
    module = project.function_home[number]
    given = (argument(call, position) for position in _FILES)
    values = (evaluate(project, module, each) for each in given if each and each[0] not in "'?:*=")
    return any(value is not None and value[:2] in _BUFFERS for value in values)


def _goes_down(call: tuple[Any, ...]) -> bool:
    """Whether a pattern reaches below one directory."""
    return any("**" in each[1:] or each == "recursive=:True" for each in call[F.C_ARGS])


def constant_text(project: Project, module: int, encoded: str | None) -> str | None:
    """The text an encoded argument stands for, also by way of a module-level constant."""
    if not encoded:
        return None
    if encoded[0] == "'":
        return encoded[1:]
    if encoded[0] in "?:*=#$%&":
        return None
    variable = find_variable(project, module, encoded)
    text = variable.binding[F.B_ANNOTATION] if variable is not None else None
    if variable is not None and variable.binding[F.B_SHAPE] == "const" and text:
        return str(text)[1:] if str(text).startswith("'") else None
    return None


def opens_for_writing(call: tuple[Any, ...], sink: str) -> bool:
    """Whether an ``open`` call names a mode that writes."""
    position = "0" if sink.startswith("pathlib.") else "1"
    mode = argument(call, position) or argument(call, "mode")
    return (
        bool(mode)
        and mode is not None
        and mode[0] == "'"
        and bool(_WRITING_MODES.intersection(mode[1:]))
    )
