"""Where a function gets itself what it could have been given: sessions, engines, HTTP clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.call_graph import Place, argument
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, Value
from bylaw.model.variables import find_variable

SESSION, ENGINE, CLIENT, STORE = "session", "engine", "client", "store"
_KINDS = {
    "sqlalchemy.orm.Session": SESSION,
    "sqlalchemy.orm.scoped_session": SESSION,
    "sqlalchemy.ext.asyncio.AsyncSession": SESSION,
    "sqlalchemy.ext.asyncio.async_scoped_session": SESSION,
    "sqlalchemy.Connection": SESSION,
    "sqlalchemy.ext.asyncio.AsyncConnection": SESSION,
    "sqlmodel.Session": SESSION,
    "sqlmodel.ext.asyncio.session.AsyncSession": SESSION,
    "psycopg.Connection": SESSION,
    "psycopg.AsyncConnection": SESSION,
    "psycopg2.extensions.connection": SESSION,
    "asyncpg.Connection": SESSION,
    "sqlite3.Connection": SESSION,
    "sqlalchemy.Engine": ENGINE,
    "sqlalchemy.ext.asyncio.AsyncEngine": ENGINE,
    "httpx.Client": CLIENT,
    "httpx.AsyncClient": CLIENT,
    "requests.Session": CLIENT,
    "aiohttp.ClientSession": CLIENT,
    "urllib3.PoolManager": CLIENT,
    "redis.Redis": STORE,
    "redis.asyncio.Redis": STORE,
    "redis.client.Redis": STORE,
    "redis.asyncio.client.Redis": STORE,
    "pymongo.MongoClient": STORE,
    "motor.motor_asyncio.AsyncIOMotorClient": STORE,
}
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
_REQUESTS = frozenset(
    [f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS]
    + ["urllib.request.urlopen", "aiohttp.request"]
)
_OF_A_RECORD = frozenset(
    {
        "sqlalchemy.orm.object_session", "sqlalchemy.orm.Session.object_session",
        "sqlalchemy.ext.asyncio.async_object_session", "sqlalchemy.ext.asyncio.async_session",
    }
)  # fmt: skip
_FACTORIES = frozenset(
    {
        "sqlalchemy.orm.sessionmaker", "sqlalchemy.ext.asyncio.async_sessionmaker",
        "sqlalchemy.orm.scoped_session", "sqlalchemy.ext.asyncio.async_scoped_session",
    }
)  # fmt: skip
_PARAMETERS = {
    SESSION: ("session", "db", "db_session", "conn", "connection", "tx", "uow", "dbsession"),
    ENGINE: ("engine", "bind"),
    CLIENT: ("client", "http_client", "http", "session", "requests_session"),
    STORE: ("redis", "redis_client", "client", "connection", "conn", "cache", "db", "mongo"),
}


class Acquisition(NamedTuple):
    """One thing that a function gets for itself.

    Attributes:
        kind: ``session``, ``engine``, ``client`` or ``store``.
        how: ``makes``, ``fetches`` or ``shares`` (an object of the module).
        what: dotted name of what is called or used.
        type: dotted class of what it gets, empty for a request made without a client.
        place: of the call.
        provider: first-party function it is fetched from, or -1.
        bound_to: path of the engine it is made over, empty where the call names none.
    """

    kind: str
    how: str
    what: str
    type: str
    place: Place
    provider: int
    bound_to: str


def acquisitions(project: Project, number: int) -> Iterator[Acquisition]:
    """What a function gets for itself, in order; nothing of what it is given.

    Args:
        project: the linked project.
        number: the function.

    Yields:
        Each call that makes or fetches one, or that uses one the module holds.
    """
    module = project.function_home[number]
    for call in project.functions[number][F.F_CALLS]:
        path = call[F.C_PATH]
        if not path or path[0] in "=$&?" or "!" in path:
            continue
        found = _acquired(project, module, path, call)
        if found is not None:
            yield found


def kind_of(project: Project, value: Value) -> tuple[str, str]:
    """Kind and dotted class of an instance; both empty for anything else."""
    if value is None or value[0] != "Y":
        return "", ""
    dotted = project.stubs.canonical(str(value[1]))
    return _KINDS.get(dotted, ""), dotted


def provides(project: Project, number: int) -> str:
    """Kind of what a function hands out, by what it returns or yields; empty for nothing."""
    module = project.function_home[number]
    path = f"#{number - project.function_offset[module]}()"
    for each in (path, f"{path}+", f"{path}*"):
        kind, _ = kind_of(project, evaluate(project, module, each))
        if kind:
            return kind
    return ""


def is_given(project: Project, number: int, kind: str) -> bool:
    """Whether a function has a parameter for the thing: what it gets itself is a fallback."""
    module = project.function_home[number]
    for name, annotation, _ in project.functions[number][F.F_PARAMS]:
        if name.lstrip("_") in _PARAMETERS[kind]:
            return True
        if annotation and kind_of(project, evaluate(project, module, f"{annotation}!"))[0] == kind:
            return True
    return False


def _acquired(
    project: Project, module: int, path: str, call: tuple[Any, ...]
) -> Acquisition | None:
    place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
    bound_to = argument(call, "0") or argument(call, "bind") or ""
    value = evaluate(project, module, path)
    if value is None:
        return None
    what = project.stubs.canonical(str(value[1])) if value[0] == "X" else ""
    if what in _OF_A_RECORD:
        return None
    if what in _REQUESTS:
        return Acquisition(CLIENT, "makes", what, "", place, -1, bound_to)
    for given in (f"{path}()", f"{path}()+"):
        kind, dotted = kind_of(project, evaluate(project, module, given))
        if not kind:
            continue
        if value[0] == "F":
            what = project.symbol(value[1])
            return Acquisition(kind, "fetches", what, dotted, place, value[1], bound_to)
        if value[0] == "X" and "(" not in path:
            return Acquisition(kind, "makes", dotted, dotted, place, -1, bound_to)
        factory = value[0] == "Y" and project.stubs.canonical(str(value[1])) in _FACTORIES
        if factory and find_variable(project, module, path) is not None:
            return Acquisition(kind, "makes", path, dotted, place, -1, bound_to)
    base = path.rpartition(".")[0]
    if base and find_variable(project, module, base) is not None:
        kind, dotted = kind_of(project, evaluate(project, module, base))
        if kind and dotted not in _FACTORIES:
            return Acquisition(kind, "shares", base, dotted, place, -1, bound_to)
    return None
