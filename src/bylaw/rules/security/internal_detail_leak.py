"""``internal-detail-leak``: an exception's text, a traceback or SQL in a response."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.facts.watched import ANSWER_CALLS
from bylaw.finding import Finding, Step
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.handing import Arrival, Handing, Leaf, arrivals, outside_name, role_of
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="internal-detail-leak",
    summary="The text of an unforeseen exception, a traceback or SQL is put into a response.",
    clauses=("FS-4.4",),
    severity="error",
    how="flow",
    family="security",
    mend="log the exception, and answer with a message of your own that helps the client",
)

_KEEPING = frozenset(
    {"str", "repr", "format", "join", "dumps", "jsonable_encoder", "strip", "encode", "dict",
     "print_exc", "format_exception", "format_exception_only", "list", "string_types", "text_type"}
) | ANSWER_CALLS  # fmt: skip
_FRAMEWORKS = (
    "fastapi.", "starlette.", "flask.", "django.", "rest_framework.", "litestar.", "quart.",
    "sanic.", "aiohttp.web", "werkzeug.", "falcon.", "ninja.", "flask_restful.", "flask_restx.",
)  # fmt: skip
_ASIDE = frozenset(
    {"status_code", "status", "headers", "media_type", "content_type", "background", "code"}
)
_RAW_BUILTINS = frozenset(
    {"Exception", "BaseException", "OSError", "IOError", "EnvironmentError", "KeyError",
     "AttributeError", "TypeError", "IndexError", "ConnectionError", "AssertionError",
     "ImportError", "FileNotFoundError", "UnicodeDecodeError", "ZeroDivisionError"}
)  # fmt: skip
_DATABASE = (
    "sqlalchemy.", "psycopg.", "psycopg2.", "asyncpg.", "sqlite3.", "pymysql.", "MySQLdb.",
    "pymongo.", "django.db.", "peewee.", "tortoise.", "cx_Oracle.", "oracledb.", "pyodbc.",
    "aiomysql.", "aiosqlite.",
)  # fmt: skip
_RAW_LIBRARIES = (
    *_DATABASE, "redis.", "requests.", "httpx.", "aiohttp.", "urllib3.", "botocore.", "boto3.",
    "subprocess.", "socket.", "ssl.", "smtplib.", "elasticsearch.", "kombu.", "celery.", "ldap.",
    "ldap3.", "paramiko.", "docker.", "kubernetes.",
)  # fmt: skip
_TELLING = (".args", ".orig", ".statement", ".params", ".__traceback__", ".__cause__", ".pgerror")
_ROUTES = frozenset(
    {"get", "post", "put", "patch", "delete", "route", "api_route", "websocket", "head", "options",
     "exception_handler", "errorhandler", "app_errorhandler", "api_view", "action"}
)  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per response, anchored at the call that makes it."""
    worst: dict[tuple[int, int], tuple[Arrival, tuple[str, str, int]]] = {}
    for arrival in arrivals(context, lambda each: _answer(context, each), _passes):
        handing = arrival.handing
        if role_of(context, handing.function) in (TEST, SCRIPT, MIGRATION):
            continue
        key = (handing.function, handing.place[0])
        for leaf in handing.leaves:
            leak = _leak(context, handing, leaf)
            if leak is None or (key in worst and _rank(worst[key][1]) <= _rank(leak)):
                continue
            worst[key] = (arrival, leak)
    for arrival, leak in worst.values():
        yield _finding(context, arrival, leak)


def _rank(leak: tuple[str, str, int]) -> int:
    return 0 if leak[1] == "error" else 1


def _finding(context: RuleContext, arrival: Arrival, leak: tuple[str, str, int]) -> Finding:
    what, severity, confidence = leak
    handing, project = arrival.handing, context.project
    where = "what this handler returns" if handing.call is None else f"{handing.title}()"
    step = Step(
        project.path_of(handing.function), handing.place[0], project.symbol(handing.function),
        f"puts {what} into {where}",
    )  # fmt: skip
    return make_finding(
        INFO,
        project,
        handing.function,
        handing.place,
        f"{what} goes to the client in {where}",
        confidence=max(confidence, arrival.confidence),
        severity=severity,
        sink=f"{what} in {handing.title}",
        witness=(step, *arrival.witness[1:]),
    )


def _answer(context: RuleContext, handing: Handing) -> tuple[str, int] | None:
    return (handing.title, 0) if _answers(context, handing) else None


def _passes(leaf: Leaf) -> bool:
    return _KEEPING.issuperset(leaf[1])


def _answers(context: RuleContext, handing: Handing) -> bool:
    """Whether an argument becomes part of what the client is sent."""
    if handing.call is None:
        return _is_route(context, handing.function)
    if handing.title not in ANSWER_CALLS or handing.position in _ASIDE:
        return False
    name = outside_name(context, handing)
    return name.startswith(_FRAMEWORKS)


def _is_route(context: RuleContext, function: int) -> bool:
    """Whether a framework calls a function and sends what it returns."""
    for path, _, _ in context.project.functions[function][F.F_DECORATORS]:
        base = path.removesuffix("()")
        if base.rpartition(".")[2] in _ROUTES and "." in base:
            return True
    return False


def _leak(context: RuleContext, handing: Handing, leaf: Leaf) -> tuple[str, str, int] | None:
    """What a leaf tells the client, how bad it is and how sure."""
    text, through, _ = leaf
    if text.startswith("traceback") and any(each.startswith("format_") for each in through):
        return "a traceback", "error", 0
    if not _KEEPING.issuperset(through):
        return None
    if text[0] != "^":
        return None
    types, _, attribute = text[1:].partition("~")
    if attribute and attribute not in _TELLING:
        return None
    module = context.project.function_home[handing.function]
    for written in types.split("|"):
        value = evaluate(context.project, module, written) if written != "?" else None
        if value is None or value[0] not in "XY":
            continue
        name = context.project.stubs.canonical(str(value[1]))
        if name in _RAW_BUILTINS and _says_itself(context, handing, name):
            continue
        if name in _RAW_BUILTINS:
            return f"the text of any {name}", "warning", 0
        if name.startswith(_DATABASE):
            return f"the driver's text of {written}{attribute}", "error", 0
        if name.startswith(_RAW_LIBRARIES):
            return f"the text of {written}", "warning", 0
    return None


def _says_itself(context: RuleContext, handing: Handing, name: str) -> bool:
    """Whether what the ``try`` calls raises such an error itself, with words of the project."""
    if name in ("Exception", "BaseException"):
        return False
    project, line = context.project, handing.place[0]
    tried = [
        (handler[F.H_TRY_LINE], handler[F.H_LINE])
        for handler in project.functions[handing.function][F.F_HANDLERS]
        if handler[F.H_LINE] <= line <= handler[F.H_END]
    ]
    return any(
        raised[F.R_PATH] == name
        for edge in context.graph.edges[handing.function]
        if any(first <= edge.place[0] < last for first, last in tried)
        for raised in project.functions[edge.callee][F.F_RAISES]
    )
