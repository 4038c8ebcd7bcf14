"""What a start command means: which module is served, by what, where it listens, and for whom."""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.manifests.command import program

ROLES = ("api", "worker", "scheduler", "migrate", "monitor", "frontend", "test", "other")
_SERVERS = {
    "uvicorn": "8000", "gunicorn": "8000", "hypercorn": "8000", "daphne": "8000",
    "granian": "8000", "waitress-serve": "8080", "uwsgi": "", "fastapi": "8000", "flask": "5000",
    "sanic": "8000", "quart": "5000", "litestar": "8000", "manage.py": "8000", "robyn": "8080",
}  # fmt: skip
_LOOPBACK = frozenset({"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "flask", "quart",
                       "manage.py", "sanic", "litestar"})  # fmt: skip
_SWITCHES = frozenset({
    "--reload", "--use-colors", "--no-use-colors", "--proxy-headers", "--no-proxy-headers",
    "--server-header", "--no-server-header", "--date-header", "--no-date-header", "--access-log",
    "--no-access-log", "--factory", "--reset-contextvars", "--preload", "-D", "--daemon",
    "--check-config", "--print-config", "--capture-output", "-R", "--enable-stdio-inheritance",
    "--no-sendfile", "--proxy-protocol", "--spew", "--log-syslog", "--debug", "--no-reload",
    "--with-threads", "--without-threads", "--debugger", "--no-debugger", "--noreload",
    "--nothreading", "--insecure", "--dev", "-d", "--access-logs", "--respawn-failed-workers",
    "--disable-redirect-access-to-syslog", "--initgroups", "--no-ws", "--http", "--verbose", "-v",
    "--pool-restarts", "--single-process", "--fast", "--auto-reload", "-r", "--h2",
})  # fmt: skip
_WORKERS = {
    "rq": ("worker", "worker-pool"), "arq": (), "dramatiq": (), "dramatiq-gevent": (),
    "procrastinate": ("worker",), "taskiq": ("worker",), "huey_consumer": (),
    "huey_consumer.py": (), "faststream": ("run",), "saq": (), "streaq": (), "rqworker": (),
    "celery": ("worker", "multi"),
}  # fmt: skip
_DJANGO = {
    "runserver": "api", "runserver_plus": "api", "migrate": "migrate", "rqworker": "worker",
    "qcluster": "worker", "run_huey": "worker", "process_tasks": "worker", "rundramatiq": "worker",
    "db_worker": "worker", "procrastinate": "worker", "rqscheduler": "scheduler",
    "rundramatiq_scheduler": "scheduler", "test": "test", "celery": "worker",
    "collectstatic": "other", "migrate_schemas": "migrate", "crontab": "scheduler",
}  # fmt: skip
_BEHIND = frozenset({
    "setpriv", "runuser", "catatonit", "doppler", "infisical", "chamber", "op", "dotenvx",
    "dotenv", "aws-vault", "dockerize", "watchmedo", "s6-envuidgid", "with-contenv", "run-program",
    "timeout", "stdbuf", "ionice", "chrt", "numactl", "berglas",
})  # fmt: skip
_NODE = frozenset({"npm", "yarn", "pnpm", "npx", "bun", "node", "nginx", "caddy", "serve", "vite"})
_ASKS = frozenset({"status", "stop", "version", "--version", "--help", "list", "ls", "inspect",
                   "health", "ping", "healthcheck"})  # fmt: skip
_TARGET = re.compile(r"^[A-Za-z_][\w]*(\.[A-Za-z_]\w*)*(:[A-Za-z_][\w.]*(\(.*\))?)?$")
_OPEN = re.compile(r"^(?:\$\w+|\$[@*]|\$\{[^}]*\}|\$\(.*\)|`.*`)$", re.S)
_MODULE = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_FIRST = ("uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "celery", "flask", "fastapi",
          "alembic", "rq", "arq", "dramatiq", "taskiq", "procrastinate", "faststream", "sanic",
          "pytest", "aerich", "flower", "litestar", "quart", "huey_consumer", "uwsgi", "streamlit",
          "waitress")  # fmt: skip


class Meaning(NamedTuple):
    """What a command means, apart from how it is spelled.

    Attributes:
        program: what runs: ``uvicorn``, ``celery``, ``python``, ``manage.py``, a console script.
        role: ``api worker scheduler migrate monitor frontend test other``; empty where the words
            do not say.
        module: dotted module that is served or run; empty where there is none.
        attribute: what is taken from it (``app``).
        script: a file that is run by its path.
        as_module: whether ``python -m`` starts it.
        interpreter: ``python3`` and the like; empty where a program of its own starts.
        host: as given; empty for the program's default.
        port: as given: ``8000``, ``$PORT``, ``${PORT:-8000}``; empty for the default.
        default_port: where the program listens unless it is told otherwise; empty if unknown.
        workers: as given; empty for the default.
        reload: the option that reloads or debugs; empty where there is none.
        app_dir: directory that is searched for the module (``--app-dir``, ``--chdir``).
        argv: words without wrappers.
        config: configuration file of the server.
        is_factory: whether what is taken from the module is called first.
        unknown: words that may stand for further options, and are only known when it runs.
    """

    program: str
    role: str = ""
    module: str = ""
    attribute: str = ""
    script: str = ""
    as_module: bool = False
    interpreter: str = ""
    host: str = ""
    port: str = ""
    default_port: str = ""
    workers: str = ""
    reload: str = ""
    app_dir: str = ""
    argv: tuple[str, ...] = ()
    config: str = ""
    is_factory: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """``module:attribute``, or the script or program where no module is named."""
        if self.module:
            return f"{self.module}:{self.attribute}" if self.attribute else self.module
        return self.script or self.program

    @property
    def listens_on_loopback(self) -> bool:
        """Whether nothing outside the machine or container reaches it."""
        if self.host:
            return self.host in ("127.0.0.1", "localhost", "::1", "[::1]")
        return self.program in _LOOPBACK and self.role == "api" and not self.config


def meaning_of(argv: tuple[str, ...]) -> Meaning:
    """What the words of one simple command mean.

    Args:
        argv: its words.

    Returns:
        The meaning; ``program`` is empty where nothing is left to run.
    """
    words = unwrapped(argv)
    if not words:
        return Meaning("")
    head = words[0].rpartition("/")[2]
    if is_python(head):
        return _python(head, words)._replace(argv=words)
    if head == "manage.py" or head == "django-admin":
        return _django(words[1:], "")._replace(argv=words)
    if words[0].endswith(".py"):
        return Meaning("python", "", script=words[0], argv=words)
    return _tool(head, words[1:])._replace(argv=words)


def is_python(head: str) -> bool:
    """Whether a program is a Python interpreter by its name."""
    return bool(re.fullmatch(r"(python|pypy)(\d+(\.\d+)*)?", head)) or head == "py"


def unwrapped(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words of what really runs: past runners, init processes, waiters and secret stores.

    Args:
        argv: words of a command.
    """
    words = argv
    for _ in range(6):
        before = words
        words = program(words)
        if not words:
            return ()
        head = words[0].rpartition("/")[2]
        if head in _BEHIND:
            words = _behind(head, words)
        elif "--" in words and ("wait" in head or head.endswith((".sh", ".bash"))):
            words = words[words.index("--") + 1 :]
        if words == before:
            break
    return words


def _behind(head: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words after a wrapper's own: past ``--``, or past its options and the one user."""
    if "--" in words:
        return words[words.index("--") + 1 :]
    rest = list(words[1:])
    takes_one = head in ("timeout", "s6-envuidgid")
    while rest and rest[0].startswith("-"):
        takes = head in ("setpriv", "runuser", "dotenv", "watchmedo", "dockerize", "doppler")
        named = "=" in rest[0] or rest[0] in (
            "--init-groups",
            "--clear-groups",
            "-r",
            "--recursive",
        )
        rest = rest[2:] if takes and not named else rest[1:]
    if head in ("doppler", "infisical", "dotenvx", "dotenv", "op") and rest[:1] == ["run"]:
        rest = rest[1:]
    return tuple(rest[1:] if takes_one else rest)


def _python(head: str, words: tuple[str, ...]) -> Meaning:
    at = 1
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-", "-m", "-c"):
        if words[at].startswith("-") and words[at].endswith("m") and len(words[at]) > 2:
            break
        at += 2 if words[at] in ("-W", "-X", "--check-hash-based-pycs") else 1
    if at >= len(words):
        return Meaning("python", interpreter=head)
    if words[at].startswith("-") and words[at].endswith("m"):
        named = words[at + 1] if at + 1 < len(words) else ""
        rest = words[at + 2 :]
        if named in _FIRST:
            made = _tool("waitress-serve" if named == "waitress" else named, rest)
        elif named == "django":
            made = _django(rest, "")
        else:
            made = Meaning("python", _role_by_words(rest), named, host=value_of(rest, ("--host",)),
                           port=value_of(rest, ("--port", "-p")))  # fmt: skip
            if "--reload" in rest:
                made = made._replace(reload="--reload")
        return made._replace(as_module=True, interpreter=head)
    if words[at] in ("-", "-c"):
        return Meaning("python", "other", interpreter=head)
    script = words[at]
    if script.rpartition("/")[2] == "manage.py":
        return _django(words[at + 1 :], script)._replace(interpreter=head)
    return Meaning("python", _role_by_words(words[at + 1 :]), script=script, interpreter=head,
                   reload="--reload" if "--reload" in words else "",
                   port=value_of(words, ("--port",)))  # fmt: skip


def _django(rest: tuple[str, ...], script: str) -> Meaning:
    verb = next((word for word in rest if not word.startswith("-")), "")
    role = _DJANGO.get(verb) or _role_by_words(rest) or "other"
    made = Meaning("manage.py", role, script=script or "manage.py")
    if role != "api":
        return made
    given = [word for word in rest[rest.index(verb) + 1 :] if not word.startswith("-")]
    host, _, port = (given[0] if given else "").rpartition(":")
    host = host or value_of(rest, ("--host", "-h"))
    return made._replace(
        host=host,
        port=port if port.isdigit() or port.startswith("$") else "",
        default_port="8000",
        reload="" if "--noreload" in rest else verb,
    )


def _tool(head: str, rest: tuple[str, ...]) -> Meaning:
    if head in ("fastapi", "flask", "sanic", "quart", "litestar") or head in _SERVERS:
        return _server(head, rest)
    if head == "celery":
        return _celery(rest)
    if head in _WORKERS:
        return _worker(head, rest)
    verb = next((word for word in rest if not word.startswith("-")), "")
    if head in ("alembic", "aerich", "yoyo", "yoyo-migrate", "dbmate", "piccolo"):
        migrates = verb in ("upgrade", "apply", "up", "migrations") or head != "alembic"
        return Meaning(head, "migrate" if migrates else "other")
    if head == "flower":
        return Meaning(head, "monitor", default_port="5555", port=value_of(rest, ("--port",)))
    if head in ("pytest", "tox", "nox", "coverage", "behave", "ptw"):
        return Meaning(head, "test")
    if head in (
        "supervisord",
        "honcho",
        "foreman",
        "s6-svscan",
        "init",
        "circusd",
        "overmind",
        "hivemind",
    ):
        return Meaning(head, "supervisor")
    if head in _NODE:
        return Meaning(head, "frontend")
    if head == "streamlit" and rest[:1] == ("run",):
        return Meaning(head, "api", script=verb if verb != "run" else (*rest, "")[1],
                       default_port="8501", port=value_of(rest, ("--server.port",)))  # fmt: skip
    if head == "watchfiles":
        inner = meaning_of(tuple(verb.split()))
        return inner._replace(reload="watchfiles")
    return Meaning(head, _role_by_words(rest), port=value_of(rest, ("--port",)),
                   host=value_of(rest, ("--host",)),
                   reload="--reload" if "--reload" in rest else "")  # fmt: skip


def _server(head: str, rest: tuple[str, ...]) -> Meaning:
    switches = _SWITCHES - {"-r"} if head == "flask" else _SWITCHES
    positional: list[str] = []
    at = 0
    while at < len(rest):
        word = rest[at]
        if word.startswith("-") and word != "-":
            at += 1 if word in switches or "=" in word or _is_glued(word) else 2
            continue
        positional.append(word)
        at += 1
    host = value_of(rest, ("--host", "-h", "--address", "-H"))
    port = value_of(rest, ("--port", "-p"))
    bind = value_of(rest, ("--bind", "-b", "--listen", "--http", "--http-socket"))
    if head == "daphne":
        host = value_of(rest, ("-b", "--bind")) or host
    elif bind.startswith("$") and ":" not in bind.replace(":-", ""):
        host, port = bind, "unknown"
    elif bind and not bind.startswith("unix:"):
        bind_host, _, bind_port = bind.rpartition(":")
        # ``:8000`` names no address, which is every address.
        host = bind_host or host or ("0.0.0.0" if bind.startswith(":") else "")
        port = bind_port or port
    elif bind:
        host, port = bind, "unix"
    made = Meaning(
        head, "api", host=host, port=port, default_port=_SERVERS.get(head, ""),
        workers=value_of(rest, ("--workers", "-w")),
        reload=next((each for each in ("--reload", "--debug", "--auto-reload", "-d", "--dev")
                     if each in rest and (head, each) not in (("uwsgi", "-d"), ("daphne", "-d"))),
                    ""),
        app_dir=value_of(rest, ("--app-dir", "--chdir", "--working-directory")),
        config=value_of(rest, ("-c", "--config", "--ini", "--yaml", "--yml")),
        is_factory="--factory" in rest or "--call" in rest,
        unknown=tuple(word for word in positional if _OPEN.match(word)),
    )  # fmt: skip
    if head in ("fastapi", "flask", "sanic", "quart", "litestar"):
        return _framework(made, rest, positional)
    if head == "uwsgi":
        module = value_of(rest, ("--module", "-w", "--wsgi"))
        ini = next((word for word in positional if word.endswith((".ini", ".yaml", ".yml"))), "")
        made = made._replace(
            workers=value_of(rest, ("--processes", "-p")), config=made.config or ini
        )
        return _aimed(made, module)
    # A switch that is not known swallows a word: what has a colon is the target.
    aims = sorted(
        (word for word in positional if _TARGET.match(word)), key=lambda word: ":" not in word
    )
    return _aimed(made, aims[0] if aims else "")


def _framework(made: Meaning, rest: tuple[str, ...], positional: list[str]) -> Meaning:
    """``fastapi run app/main.py``, ``flask --app pkg:create_app run``, ``sanic server.app``."""
    verb = next((word for word in positional if not _is_file(word)), "")
    given = value_of(rest, ("--app", "-A", "--entrypoint", "-e"))
    if made.program == "fastapi":
        place = next((word for word in positional[1:]), "")
        made = made._replace(host=made.host or ("0.0.0.0" if verb == "run" else ""))
        if verb == "dev":
            made = made._replace(reload=made.reload or "dev")
        if verb not in ("run", "dev"):
            return made._replace(role="other")
        return _aimed(made, given) if given else made._replace(script=place)
    if made.program in ("flask", "quart", "litestar"):
        if verb == "db":
            return made._replace(role="migrate" if "upgrade" in rest else "other", default_port="")
        if verb != "run":
            return made._replace(role=_role_by_words(rest) or "other", default_port="")
    target = given or ("" if made.program in ("flask", "quart", "litestar") else verb)
    if _is_file(target):
        return made._replace(script=target)
    return _aimed(made, target)


def _aimed(made: Meaning, target: str) -> Meaning:
    """The meaning with its target, ``module:attribute`` or ``module:factory()``."""
    module, _, attribute = target.partition(":")
    if not _MODULE.match(module):
        return made
    called = attribute.endswith(")")
    name = attribute.partition("(")[0]
    return made._replace(module=module, attribute=name, is_factory=made.is_factory or called)


def _celery(rest: tuple[str, ...]) -> Meaning:
    verb = next((word for word in rest if word in ("worker", "beat", "flower", "multi", "events",
                                                    "inspect", "status", "purge")), "")  # fmt: skip
    role = {"worker": "worker", "multi": "worker", "beat": "scheduler", "flower": "monitor"}
    app = value_of(rest, ("-A", "--app"))
    made = Meaning(
        "celery", role.get(verb, "other"), workers=value_of(rest, ("-c", "--concurrency"))
    )
    module, _, attribute = app.partition(":")
    return made._replace(module=module, attribute=attribute) if _MODULE.match(module) else made


def _worker(head: str, rest: tuple[str, ...]) -> Meaning:
    verbs = _WORKERS[head]
    if verbs and not set(verbs) & set(rest):
        schedules = "scheduler" in rest
        return Meaning(head, "scheduler" if schedules else "other")
    found = [word for word in rest if _TARGET.match(word) and ("." in word or ":" in word)
             and not word.startswith("-")]  # fmt: skip
    app = value_of(rest, ("--app", "-a", "-A")) if head == "procrastinate" else ""
    made = Meaning(head, "worker", reload="--reload" if {"--reload", "--watch"} & set(rest) else "")
    target = app or (found[0] if found and head != "rq" else "")
    module, _, attribute = target.partition(":")
    if head in ("arq", "saq", "procrastinate") and module and not attribute:
        module, _, attribute = module.rpartition(".")
    return made._replace(module=module, attribute=attribute) if _MODULE.match(module) else made


def _role_by_words(rest: tuple[str, ...]) -> str:
    """A role that a project's own command names among its words: ``shop serve``."""
    if _ASKS.intersection(rest):
        return "other"
    for word in rest:
        if word.startswith("-"):
            continue
        if word in ("serve", "server", "runserver", "api", "web", "start-server", "webserver"):
            return "api"
        if word in ("worker", "workers", "consumer", "consume"):
            return "worker"
        if word in ("scheduler", "beat", "cron", "schedule"):
            return "scheduler"
        if word in ("migrate", "upgrade", "migrations", "upgrade-db", "db-upgrade", "init-db"):
            return "migrate"
    return ""


def _is_file(word: str) -> bool:
    return word.endswith(".py") or "/" in word


def _is_glued(word: str) -> bool:
    """A short option with its value: ``-w4``, ``-b0.0.0.0:80``."""
    return len(word) > 2 and not word.startswith("--") and word[1] in "wbpkct"


def value_of(words: tuple[str, ...], names: tuple[str, ...]) -> str:
    """Value of an option in any of its spellings; the last one counts."""
    found = ""
    for number, word in enumerate(words):
        name, sign, value = word.partition("=")
        if name in names and sign:
            found = value
        elif word in names and number + 1 < len(words):
            found = words[number + 1]
        elif len(word) > 2 and word[:2] in names and not word.startswith("--") and not sign:
            found = word[2:]
    return found
