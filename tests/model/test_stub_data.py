"""The effect stubs as data: every line is well formed, resolvable and says what it is meant to."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator

import pytest

from bylaw.model.stub_table import StubTable, read_tables, shipped_files

TABLES = {
    "alias", "call", "value", "returns", "attribute", "base", "invokes", "control", "fixture",
}  # fmt: skip
KINDS = {
    "env-read", "env-write", "network", "database", "filesystem-read", "filesystem-write",
    "process", "thread", "clock", "random", "sleep", "blocking", "log", "exit", "raise",
}  # fmt: skip
QUALIFIERS = {
    "database": {"constructed"},
    "env-read": {"setdefault", "declared"},
    "blocking": {"brief", "listing", "lock", "cpu"},
    "process": {"handler", "loop"},
    "filesystem-read": {"mode"},
    "filesystem-write": {"filename"},
    "random": {"unseeded"},
}
CONTROLLED = {"clock", "network", "random", "sleep"}
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*)?")
INVOKED = re.compile(r"(\d|[a-z_]+)( (thread|wrapped|process|async|later))?")

# Libraries that issue 2 names, each by the module its users import.
LIBRARIES = (
    "os", "dotenv", "pydantic_settings", "decouple", "environs", "starlette.config",
    "sqlalchemy", "sqlmodel", "psycopg", "psycopg2", "asyncpg", "pymysql", "sqlite3", "aiosqlite",
    "pymongo", "motor", "redis", "celery", "pika", "kafka", "aiokafka", "confluent_kafka", "boto3",
    "requests", "httpx", "aiohttp", "urllib", "urllib3", "socket", "smtplib", "grpc",
    "subprocess", "threading", "multiprocessing", "asyncio", "concurrent.futures", "apscheduler",
    "sentry_sdk", "openai", "anthropic", "time", "datetime", "random", "secrets", "uuid",
    "pathlib", "shutil", "tempfile", "bcrypt", "argon2", "passlib", "django.db", "django.conf",
    "flask",
)  # fmt: skip

# Each as a user may spell it, also through re-exports, subclasses and wildcards.
MEANINGS = {
    "open": "filesystem-read:mode blocking",
    "io.open": "filesystem-read:mode blocking",
    "os.getenv": "env-read",
    "os.environ.get": "env-read",
    "os.environ.__getitem__": "env-read",
    "os.environ.setdefault": "env-read:setdefault",
    "os.environ.pop": "env-write",
    "os.environ.__setitem__": "env-write",
    "os.path.exists": "filesystem-read blocking:brief",
    "posixpath.exists": "filesystem-read blocking:brief",
    "os.path.join": "",
    "os.system": "process blocking",
    "pathlib.PosixPath.read_text": "filesystem-read blocking",
    "pathlib.Path.mkdir": "filesystem-write blocking:brief",
    "pathlib.Path.with_suffix": "",
    "shutil.copytree": "filesystem-write blocking",
    "time.sleep": "sleep blocking",
    "asyncio.sleep": "sleep",
    "asyncio.tasks.sleep": "sleep",
    "asyncio.run": "process:loop",
    "asyncio.gather": "",
    "asyncio.Lock.acquire": "",
    "threading.Lock.acquire": "blocking:lock",
    "threading.Thread": "",
    "threading.Thread.start": "thread",
    "threading.Timer.start": "thread",
    "queue.PriorityQueue.get": "blocking:lock",
    "concurrent.futures.ThreadPoolExecutor": "",
    "concurrent.futures.thread.ThreadPoolExecutor.submit": "thread",
    "concurrent.futures.ProcessPoolExecutor.submit": "process",
    "signal.signal": "process:handler",
    "subprocess.run": "process blocking",
    "sys.exit": "exit",
    "datetime.datetime.now": "clock",
    "datetime.datetime.fromisoformat": "",
    "random.choice": "random",
    "random.Random": "random:unseeded",
    "random.Random.choice": "",
    "secrets.token_hex": "random",
    "uuid.uuid4": "random",
    "uuid.uuid5": "",
    "logging.getLogger": "",
    "logging.handlers.RotatingFileHandler": "filesystem-write",
    "logging.config.dictConfig": "log",
    "hashlib.sha256": "",
    "hashlib.pbkdf2_hmac": "blocking:cpu",
    "bcrypt.checkpw": "blocking:cpu",
    "passlib.context.CryptContext.verify": "blocking:cpu",
    "pydantic.BaseSettings": "env-read",
    "starlette.config.Config.__call__": "env-read",
    "environ.Env.__call__": "env-read",
    "environ.Env.db": "env-read",
    "environs.Env.int": "env-read",
    "dotenv.main.load_dotenv": "env-read",
    "sqlalchemy.engine.create_engine": "database:constructed",
    "sqlalchemy.ext.asyncio.create_async_engine": "database:constructed",
    "sqlalchemy.orm.sessionmaker": "",
    "sqlalchemy.orm.session.Session.add": "",
    "sqlalchemy.orm.session.Session.commit": "database blocking",
    "sqlmodel.Session.exec": "database blocking",
    "sqlmodel.Session.commit": "database blocking",
    "sqlmodel.Session.add": "",
    "sqlalchemy.ext.asyncio.session.AsyncSession.execute": "database",
    "sqlmodel.ext.asyncio.session.AsyncSession.commit": "database",
    "flask_sqlalchemy.query.Query.first_or_404": "database blocking",
    "flask_sqlalchemy.query.Query.filter_by": "",
    "psycopg2.connect": "database blocking",
    "psycopg.AsyncConnection.connect": "database",
    "asyncpg.connect": "database",
    "redis.client.Redis": "database:constructed",
    "redis.Redis.hgetall": "database blocking",
    "redis.asyncio.client.Redis.get": "database",
    "aioredis.Redis.get": "database",
    "valkey.Valkey.get": "database blocking",
    "pymongo.mongo_client.MongoClient": "database:constructed",
    "celery.Celery": "",
    "celery.Task.delay": "network blocking",
    "django.db.models.Manager.filter": "",
    "django.db.models.query.QuerySet.first": "database blocking",
    "django.contrib.auth.models.UserManager.get": "database blocking",
    "django.contrib.auth.models.User.save": "database blocking",
    "django.db.models.QuerySet.aget": "database",
    "django.core.cache.cache.get": "database blocking",
    "django.utils.timezone.now": "clock",
    "requests.api.get": "network blocking",
    "requests.Session": "",
    "requests.sessions.Session.post": "network blocking",
    "httpx.Client": "",
    "httpx.AsyncClient.get": "network",
    "aiohttp.client.ClientSession.get": "network",
    "urllib.request.urlopen": "network blocking",
    "smtplib.SMTP_SSL.sendmail": "network blocking",
    "boto3.client": "",
    "botocore.client.BaseClient.put_object": "network blocking",
    "botocore.client.BaseClient.generate_presigned_url": "",
    "openai.OpenAI": "",
    "sentry_sdk.init": "",
    "apscheduler.schedulers.background.BackgroundScheduler": "",
    "apscheduler.schedulers.background.BackgroundScheduler.start": "thread",
    "apscheduler.schedulers.asyncio.AsyncIOScheduler.start": "",
    "starlette.testclient.TestClient.get": "",
    "fastapi.testclient.TestClient.post": "",
    "fakeredis.FakeRedis.get": "",
}

# A road of attributes (.name) and calls (()) from a name, and the class at its end.
ROADS = {
    "sqlalchemy.create_engine () .connect ()": "sqlalchemy.Connection",
    "sqlalchemy.orm.sessionmaker () __call__": "sqlalchemy.orm.Session",
    "sqlalchemy.orm.Session .query () .filter () .order_by ()": "sqlalchemy.orm.Query",
    "sqlalchemy.orm.declarative_base () .metadata": "sqlalchemy.MetaData",
    "sqlmodel.SQLModel .metadata": "sqlalchemy.MetaData",
    "flask_sqlalchemy.SQLAlchemy .Model .query": "flask_sqlalchemy.query.Query",
    "sqlalchemy.ext.asyncio.async_sessionmaker __call__": "sqlalchemy.ext.asyncio.AsyncSession",
    "asyncpg.create_pool () .acquire ()": "asyncpg.Connection",
    "django.db.models.Model .objects .filter () .values ()": "django.db.models.QuerySet",
    "django.db.connection .cursor ()": "django.db.backends.utils.CursorWrapper",
    "redis.asyncio.from_url () .pipeline ()": "redis.asyncio.client.Pipeline",
    "pymongo.MongoClient .shop .users": "pymongo.collection.Collection",
    "boto3.Session .client ()": "botocore.client.BaseClient",
    "openai.OpenAI .chat .completions": "openai.OpenAI.resource",
    "openai.AsyncOpenAI .responses": "openai.AsyncOpenAI.resource",
    "celery.Celery .task ()": "celery.Task",
    "pathlib.Path .parent .joinpath ()": "pathlib.Path",
    "asyncio.get_running_loop ()": "asyncio.AbstractEventLoop",
}

ASYNC_OWNERS = (
    "httpx.AsyncClient.", "aiohttp.ClientSession.", "asyncpg.", "motor.", "redis.asyncio.",
    "aiosqlite.", "sqlalchemy.ext.asyncio.", "psycopg.Async", "aio_pika.", "aiokafka.",
    "grpc.aio.", "aiobotocore.", "openai.AsyncOpenAI.", "anthropic.AsyncAnthropic.", "anyio.Path.",
    "aiofiles.", "nats.", "beanie.Document.", "tortoise.models.",
)  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, dict[str, str]]]:
    """Every shipped file by name."""
    found = {}
    for path in shipped_files():
        with open(path, "rb") as file:
            found[os.path.basename(path)] = tomllib.load(file)
    return found


@pytest.fixture(scope="module")
def stubs() -> StubTable:
    """The shipped stubs as the linker asks them."""
    return StubTable(read_tables(shipped_files()))


def _lines(
    documents: dict[str, dict[str, dict[str, str]]], *tables: str
) -> Iterator[tuple[str, str, str, str]]:
    for file, document in documents.items():
        for table, entries in document.items():
            if not tables or table in tables:
                for name, text in entries.items():
                    yield file, table, name, text


def _spelled(effects: tuple[tuple[str, str], ...] | None) -> str | None:
    if effects is None:
        return None
    return " ".join(f"{kind}:{qualifier}" if qualifier else kind for kind, qualifier in effects)


def _known_owners(documents: dict[str, dict[str, dict[str, str]]]) -> set[str]:
    known: set[str] = set()
    tables = TABLES - {"alias", "fixture", "control"}
    for _, _, name, _ in _lines(documents, *tables):
        plain = name.removesuffix(".*")
        known.update((plain, plain.rpartition(".")[0]))
    return known


def test_shipped_stubs_tables_are_known(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    assert documents
    assert {table for document in documents.values() for table in document} <= TABLES


def test_shipped_stubs_names_are_dotted_names(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = [(file, name) for file, _, name, _ in _lines(documents) if not NAME.fullmatch(name)]
    assert wrong == []


def test_shipped_stubs_effects_have_known_kinds_and_qualifiers(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = []
    for file, _, name, text in _lines(documents, "call", "value"):
        for token in text.split():
            kind, colon, qualifier = token.partition(":")
            allowed = QUALIFIERS.get(kind, set())
            if kind not in KINDS or (colon and kind != "raise" and qualifier not in allowed):
                wrong.append((file, name, token))
    assert wrong == []


def test_shipped_stubs_effects_are_not_repeated_in_a_line(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = [
        (file, name)
        for file, _, name, text in _lines(documents, "call", "value")
        if len({token.partition(":")[0] for token in text.split()}) != len(text.split())
    ]
    assert wrong == []


def test_shipped_stubs_names_stand_in_one_file_only(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    seen: dict[tuple[str, str], str] = {}
    repeated = []
    for file, table, name, _ in _lines(documents):
        if (table, name) in seen:
            repeated.append((table, name, seen[table, name], file))
        seen[table, name] = file
    assert repeated == []


def test_shipped_stubs_alias_targets_are_canonical(
    documents: dict[str, dict[str, dict[str, str]]], stubs: StubTable
) -> None:
    wrong = []
    for file, _, name, text in _lines(documents, "alias"):
        target = text.removesuffix(".*")
        if name.endswith(".*") != text.endswith(".*") or stubs.canonical(target) != target:
            wrong.append((file, name, text))
    assert wrong == []


def test_shipped_stubs_names_are_spelled_canonically(
    documents: dict[str, dict[str, dict[str, str]]], stubs: StubTable
) -> None:
    tables = TABLES - {"alias", "fixture"}
    wrong = []
    for file, table, name, _ in _lines(documents, *tables):
        asked = f"{name[:-1]}any" if name.endswith(".*") else name
        if stubs.canonical(asked) != asked:
            wrong.append((file, table, name, stubs.canonical(asked)))
    assert wrong == []


def test_shipped_stubs_class_targets_are_described(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    known = _known_owners(documents)
    wrong = [
        (file, table, name, target)
        for file, table, name, text in _lines(documents, "returns", "attribute", "base")
        for target in text.split()
        if target not in known
    ]
    assert wrong == []


def test_shipped_stubs_base_classes_form_no_loop(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    bases = {name: text.split() for _, _, name, text in _lines(documents, "base")}
    for name in bases:
        above, pending = set(), list(bases[name])
        while pending:
            each = pending.pop()
            assert each != name
            if each not in above:
                above.add(each)
                pending += bases.get(each, [])


def test_shipped_stubs_invoked_arguments_are_well_formed(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = [
        (file, name, text)
        for file, _, name, text in _lines(documents, "invokes")
        if not INVOKED.fullmatch(text)
    ]
    assert wrong == []


def test_shipped_stubs_controls_name_what_a_test_can_hold(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = [
        (file, name, text)
        for file, _, name, text in _lines(documents, "control", "fixture")
        if not text or not set(text.split()) <= CONTROLLED
    ]
    assert wrong == []


def test_shipped_stubs_async_libraries_never_block(
    documents: dict[str, dict[str, dict[str, str]]],
) -> None:
    wrong = [
        (file, name)
        for file, _, name, text in _lines(documents, "call")
        if name.startswith(ASYNC_OWNERS) and "blocking" in text
    ]
    assert wrong == []


def test_shipped_stubs_sleeping_in_place_blocks(stubs: StubTable) -> None:
    assert _spelled(stubs.effects("time.sleep")) == "sleep blocking"
    assert _spelled(stubs.effects("anyio.sleep")) == "sleep"


@pytest.mark.parametrize("library", LIBRARIES)
def test_shipped_stubs_library_of_the_field_is_covered(
    library: str, documents: dict[str, dict[str, dict[str, str]]]
) -> None:
    assert any(name.startswith(f"{library}.") for _, _, name, _ in _lines(documents, "call"))


@pytest.mark.parametrize(("name", "expected"), MEANINGS.items())
def test_effects_common_spelling_means_what_is_documented(
    name: str, expected: str, stubs: StubTable
) -> None:
    assert _spelled(stubs.effects(name)) == expected


@pytest.mark.parametrize(("road", "expected"), ROADS.items())
def test_returned_class_road_of_calls_and_attributes_ends_at_class(
    road: str, expected: str, stubs: StubTable
) -> None:
    start, *steps = road.split()
    current: str | None = start
    for number, step in enumerate(steps):
        assert current is not None, steps[:number]
        if step == "()":
            current = stubs.returned_class(current)
        elif step.startswith("."):
            follows_call = steps[number + 1 : number + 2] == ["()"]
            name = f"{current}{step}"
            current = name if follows_call else stubs.attribute_class(name)
        else:
            current = stubs.returned_class(f"{current}.{step}")
    assert current == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "os.environ": "env-read",
        "os.environb": "env-read",
        "starlette.config.environ": "env-read",
        "os.path": "",
        "django.conf.settings": "",
    }.items(),
)
def test_value_effects_reading_a_name_reads_the_environment_or_nothing(
    name: str, expected: str, stubs: StubTable
) -> None:
    assert _spelled(stubs.value_effects(name)) == expected


@pytest.mark.parametrize(
    ("name", "place"),
    {
        "asyncio.to_thread": "0 thread",
        "asyncio.AbstractEventLoop.run_in_executor": "1 thread",
        "fastapi.concurrency.run_in_threadpool": "0 thread",
        "anyio.to_thread.run_sync": "0 thread",
        "concurrent.futures.ThreadPoolExecutor.submit": "0 thread",
        "concurrent.futures.ProcessPoolExecutor.map": "0 process",
        "threading.Thread": "target later",
        "asgiref.sync.sync_to_async": "0 wrapped",
        "atexit.register": "0 later",
    }.items(),
)
def test_lookup_invokes_says_which_argument_runs_where(
    name: str, place: str, stubs: StubTable
) -> None:
    assert stubs.lookup("invokes", name) == place


@pytest.mark.parametrize(
    ("name", "kind"),
    {
        "freezegun.api.freeze_time": "clock",
        "time_machine.travel": "clock",
        "random.seed": "random",
        "numpy.random.seed": "random",
        "responses.activate": "network",
        "moto.mock_aws": "network",
        "pytest.mark.vcr": "network",
    }.items(),
)
def test_controls_test_tool_silences_its_kind(name: str, kind: str, stubs: StubTable) -> None:
    assert stubs.controls(name) == {kind}


@pytest.mark.parametrize(
    ("fixture", "kind"),
    {
        "freezer": "clock",
        "httpx_mock": "network",
        "requests_mock": "network",
        "faker": "random",
    }.items(),
)
def test_fixture_controls_named_fixture_silences_its_kind(
    fixture: str, kind: str, stubs: StubTable
) -> None:
    assert stubs.fixture_controls(fixture) == {kind}
