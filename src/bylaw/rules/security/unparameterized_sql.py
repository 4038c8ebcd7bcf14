"""``unparameterized-sql``: values are written into the text of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.watched import QUERY_CALLS
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import argument
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import PROBABLE, evaluate
from bylaw.model.outside_calls import constant_text
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.handing import (
    Arrival,
    Handing,
    Leaf,
    arrivals,
    last_name,
    outside_name,
    role_of,
    spoken,
)
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unparameterized-sql",
    summary="A statement that is executed is put together by formatting instead of by parameters.",
    clauses=("FS-5.4", "CON-SEC"),
    severity="error",
    how="flow",
    family="security",
    default=False,
    mend="leave a placeholder in the text and hand the value over as a parameter; quote names with "
    "the driver's own function",
)

_STATEMENT = re.compile(
    r"(?is)^\W*(?:explain\s+|with\s+\w+.*?\bas\b.*?)?(?:select\b|insert\s+(?:or\s+\w+\s+)?into\b|"
    r"update\s+\S+\s+set\b|delete\s+from\b|merge\s+into\b|replace\s+into\b|create\s|alter\s|drop\s|"
    r"truncate\s|call\s|exec\s|grant\s|copy\s|set\s|use\s|show\s|lock\s|notify\s|listen\s)|"
    r"\b(?:where|order\s+by|from)\b.*\{\}"
)
_HOLE = r"(?:\{[^{}]*\}|%s|%d|%\(\w+\)s)"
_VALUE_PLACE = re.compile(
    rf"(?is)(?:=|<|>|\blike|\bin\s*\(|\bvalues\s*\((?:[^()]*,)?)\s*'?%?{_HOLE}|'[^']*{_HOLE}[^']*'"
)
_BRACES = re.compile(r"\{\w*\}")
_DRIVERS = re.compile(r"%s|%\(\w+\)s")
_ANY_HOLE = re.compile(_HOLE)
_NAME_PLACE = re.compile(
    rf"(?i)(?:\b(?:from|join|into|update|table|schema|database|index|view|type|role|user|sequence|"
    rf"exists|search_path\s+to|search_path\s*=|only|truncate|on|column)\s+|[.,]\s*)"
    rf"[\"`\[]?{_HOLE}|[\"`]{_HOLE}[\"`]"
)
"""Where the name of a table, a schema or a column stands."""
_KEEPING = frozenset(
    {"str", "format", "join", "strip", "lower", "upper", "dedent", "repr", "encode", "split",
     "sorted",      "list", "get", "rstrip", "lstrip", "title"}
)  # fmt: skip
_SURE = frozenset(
    {"execute", "executemany", "executescript", "exec_driver_sql", "fetchrow", "fetchval", "RawSQL",
     "read_sql", "read_sql_query", "execute_many", "fetch_all", "fetch_one", "fetch_val",
     "copy_expert"}
)  # fmt: skip
_TAKES_PARAMETERS = re.compile(r"(?is)\b(?:select|insert|update|delete|merge|replace|values)\b")
_STATEMENT_NAMES = ("sql", "query", "statement", "operation")
_HARMLESS = frozenset(
    {"int", "float", "bool", "uuid.UUID", "UUID", "datetime.date", "datetime.datetime", "date",
     "datetime", "Decimal", "decimal.Decimal", "ZoneInfo", "zoneinfo.ZoneInfo"}
)  # fmt: skip
"""Annotations of what cannot hold a quote."""
_OWNERS = (
    "cursor",
    "cur",
    "conn",
    "connection",
    "session",
    "db",
    "database",
    "engine",
    "pool",
    "tx",
)
_OURS = re.compile(
    r"(?:^|\.)(?:__\w+__|_meta\b.*|(?!(?:GET|POST|META|COOKIES|DATA|FILES)\b)[A-Z][A-Z0-9_]+)"
    r"(?:\[.*)?$|^settings\."
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per statement, anchored at the call that is handed the text."""
    seen: set[tuple[int, int]] = set()
    for arrival in (*arrivals(context, lambda each: _statement(context, each), _keeps),
                    *_returned(context)):  # fmt: skip
        handing = arrival.handing
        builder = _builder(handing)
        role = role_of(context, handing.function)
        if not handing.formatted or role in (TEST, MIGRATION):
            continue
        leaves = [leaf for leaf in arrival.leaves if not _is_ours(context, builder, leaf)]
        key = (handing.function, handing.place[0])
        if not leaves or key in seen or not _STATEMENT.search(handing.text):
            continue
        seen.add(key)
        text = _without_parameters(handing.text)
        value = bool(_TAKES_PARAMETERS.search(text) and _VALUE_PLACE.search(text))
        shown = leaves[0][0]
        yield make_finding(
            INFO,
            context.project,
            handing.function,
            handing.place,
            f"{shown} is written into a statement that {arrival.sink} runs",
            confidence=arrival.confidence,
            severity=_severity(text, value and not _only_keys(leaves), role),
            sink=arrival.sink,
            witness=arrival.witness,
        )


def _builder(handing: Handing) -> int:
    """The function that puts a text together: the one that runs it, or the one it asked for it."""
    value = handing.value
    return int(value[1]) if value is not None and value[0] == "F" else handing.function


def _returned(context: RuleContext) -> Iterator[Arrival]:
    """Statements that a function puts together and another one runs."""
    texts: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
    for builder, line, arguments in spoken(context, F.T_STATEMENT):
        texts.setdefault(builder, []).append((line, arguments[0]))
    if not texts:
        return
    project = context.project
    for number, function in enumerate(project.functions):
        for call in function[F.F_CALLS]:
            title = call[F.C_PATH].rpartition(".")[2]
            if title not in QUERY_CALLS or not call[F.C_ARGS]:
                continue
            position, source = _first_text(call)
            value = source.endswith("()") and evaluate(
                project, project.function_home[number], source[:-2]
            )
            if not value or value[0] != "F" or value[1] not in texts:
                continue
            ran = evaluate(project, project.function_home[number], call[F.C_PATH])
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            handing = Handing(number, call, title, ran, position, True, "", (), place)
            sink = _statement(context, handing)
            if sink is None:
                continue
            for line, (_, formatted, text, leaves) in texts[int(value[1])]:
                kept = tuple(leaf for leaf in leaves if _keeps(leaf))
                built = handing._replace(value=value, formatted=formatted, text=text, leaves=leaves)
                road = (
                    Step(project.path_of(number), place[0], project.symbol(number),
                         f"hands {title}() what {project.symbol(value[1])} returns"),
                    Step(project.path_of(value[1]), line, project.symbol(value[1]),
                         "puts the statement together"),
                )  # fmt: skip
                yield Arrival(built, kept, sink[0], max(sink[1], PROBABLE), road)


def _first_text(call: tuple[Any, ...]) -> tuple[str, str]:
    """Position and path of the argument that is the statement."""
    for given in call[F.C_ARGS]:
        name, equals, path = given.partition("=")
        if equals and name in _STATEMENT_NAMES:
            return name, path
    return "0", call[F.C_ARGS][0]


def _statement(context: RuleContext, handing: Handing) -> tuple[str, int] | None:
    """The call that runs, or prepares, a statement, if an argument is its text."""
    if handing.title not in QUERY_CALLS or handing.call is None:
        return None
    if handing.position not in ("0", *_STATEMENT_NAMES):
        return None
    name = outside_name(context, handing)
    if name:
        effects = context.project.stubs.effects(name) or ()
        runs = any(kind == "database" for kind, _ in effects)
        prepares = name.endswith((".text", "RawSQL", ".raw"))
        if runs or (prepares and name.startswith(("sqlalchemy", "django"))):
            return name, 0
    value = handing.value
    if handing.title in _SURE and (value is None or value[0] in "XBY"):
        path = str(handing.call[F.C_PATH]).rpartition(".")[0].lower()
        if any(part.strip("()=$!_").endswith(_OWNERS) for part in path.split(".")[-2:]):
            return f"{handing.title}()", 1
    return None


def _without_parameters(text: str) -> str:
    """A statement whose places for the driver's parameters are no holes: those of f-strings are."""
    return _DRIVERS.sub("?", text) if _BRACES.search(text) else text


def _only_keys(leaves: list[Leaf]) -> bool:
    """Whether names of columns are written in, each with its own parameter: ``:name``."""
    return all(leaf[0].endswith(".keys()") for leaf in leaves)


def _severity(text: str, value: bool, role: str) -> str:
    """How grave it is: the name of a table cannot be a parameter, only be checked and quoted."""
    if role == SCRIPT:
        return "note"
    if value:
        return INFO.severity
    names = len(_NAME_PLACE.findall(text))
    return "note" if names and names == len(_ANY_HOLE.findall(text)) else "warning"


def _keeps(leaf: Leaf) -> bool:
    return _KEEPING.issuperset(leaf[1])


def _is_ours(context: RuleContext, function: int, leaf: Leaf) -> bool:
    """Whether a piece of a statement is the project's own: a constant, a table, a setting."""
    text = leaf[0]
    if _OURS.search(text) or last_name(text) in ("tablename", "table_name", "db_table", "schema"):
        return True
    project = context.project
    module = project.function_home[function]
    root = re.split(r"[.\[(]", text)[0]
    param = next((p for p in project.functions[function][F.F_PARAMS] if p[F.P_NAME] == root), None)
    if root in ("self", "cls"):
        return _is_class_constant(context, function, text)
    if param is not None:
        known = param[F.P_ANNOTATION] in _HARMLESS
        return known or (root == text and _always_constant(context, function, root))
    binding = project.bindings[module].get(root)
    if binding is not None and binding[F.B_KIND] == "v":
        return binding[F.B_SHAPE] in ("const", "tuple", "list", "dict", "set")
    value = evaluate(project, module, root) if root.isidentifier() else None
    return value is not None and value[0] in "LCMNX"


def _is_class_constant(context: RuleContext, function: int, text: str) -> bool:
    """Whether an attribute is written down in the class: a threshold, the name of a table."""
    project = context.project
    own = project.functions[function][F.F_CLASS]
    if own < 0:
        return False
    number = project.class_offset[project.function_home[function]] + own
    return any(
        attribute[F.A_NAME] == text.partition(".")[2] and attribute[F.A_SHAPE] != "none"
        for each in resolution_order(project, number, evaluate)
        for attribute in project.classes[each][F.K_ATTRIBUTES]
    )


def _always_constant(context: RuleContext, function: int, name: str) -> bool:
    """Whether everybody who calls a function writes the argument down on the spot."""
    project = context.project
    params = [param[F.P_NAME] for param in project.functions[function][F.F_PARAMS]]
    position = params.index(name) - (1 if params[0] in ("self", "cls") else 0)
    given = []
    for caller, edges in enumerate(context.graph.edges):
        for edge in edges:
            if edge.callee != function:
                continue
            for call in project.functions[caller][F.F_CALLS]:
                if call[F.C_LINE : F.C_FLAGS] == edge.place:
                    encoded = argument(call, name) or argument(call, str(position)) or "?"
                    home = project.function_home[caller]
                    given.append(constant_text(project, home, encoded) is not None)
    return bool(given) and all(given)
