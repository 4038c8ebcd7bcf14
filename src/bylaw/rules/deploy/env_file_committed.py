"""``env-file-committed``: a file of real values is tracked by git."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts.placeholders import is_placeholder, opens_loopback
from bylaw.finding import Finding
from bylaw.model.environment import is_for_browser
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo
from bylaw.source.manifest_names import is_variables_file

INFO = RuleInfo(
    name="env-file-committed",
    summary="git tracks a .env file with values in it.",
    clauses=("CON-ENV", "CON-SEC"),
    severity="error",
    how="tree",
    family="deploy",
    mend="git rm --cached it, add it to .gitignore, rotate what it held, keep a .env.example",
    needs=frozenset({"tracked"}),
)

_SECRET = re.compile(
    r"(secret|passw(or)?d|token|api_?key|private|credential|access_?key|auth_?key|encryption|"
    r"signing|salt|dsn|database_url|redis_url)",
    re.IGNORECASE,
)
_SERVICE = re.compile(r"://([^@/]*@)?(db|postgres|redis|host\.docker|mysql|database|rabbitmq)"
                      r"(?=[:/]|$)")  # fmt: skip
"""Services of a compose file, which open nothing outside it."""
_BACKEND = ("pyproject.toml", "requirements.txt", "manage.py", "setup.py", "docker-compose.yml")
_FOR_TESTS = frozenset({"test", "testing", "tests", "ci", "e2e"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per file, at its first value; no value is ever shown."""
    tracked = context.repository.tracked()
    if isinstance(tracked, str):
        if any(is_variables_file(name) for name in context.repository.listing()):
            context.not_verified(INFO, tracked)
        return
    for path in sorted(tracked):
        name = path.rpartition("/")[2]
        if is_variables_file(name) and not path.startswith(".github/"):
            yield from _judge(context, path, name)


def _judge(context: RuleContext, path: str, name: str) -> Iterator[Finding]:
    values = list(_values(context.repository.text(path)))
    if not values:
        return
    secrets = [each for each in values if _is_secret(each[1], each[2])]
    line, key, _ = (secrets or values)[0]
    for_tests = not _FOR_TESTS.isdisjoint(name.lower().split("."))
    if secrets:
        message = f"git tracks this file, and {key} looks like a secret that is in use"
        severity = "warning" if for_tests else ""
        yield file_finding(INFO, path, line, message, severity=severity, sink=name)
        return
    count = f"{len(values)} value" + ("s" if len(values) > 1 else "")
    severity = "note" if for_tests or _is_published(context, path, values) else "warning"
    message = f"git tracks this file of {count}; the next secret goes the same way"
    yield file_finding(INFO, path, line, message, severity=severity, sink=name)


def _is_published(context: RuleContext, path: str, values: list[tuple[int, str, str]]) -> bool:
    """Whether a front end's bundler puts the values into what everybody downloads."""
    folder = path.rpartition("/")[0]
    within = f"{folder}/" if folder else ""
    if not context.repository.exists(f"{within}package.json"):
        return False
    served = any(context.repository.exists(f"{within}{name}") for name in _BACKEND)
    return not served or any(is_for_browser(key) for _, key, _ in values)


def _values(text: str) -> Iterator[tuple[int, str, str]]:
    for number, row in enumerate(text.split("\n"), 1):
        stripped = row.strip().removeprefix("export ").strip()
        key, sign, value = stripped.partition("=")
        value = value.strip()
        value = value[1:-1] if value[:1] in "\"'" and value[-1:] == value[:1] else (
            value.partition(" #")[0].strip()
        )  # fmt: skip
        if sign and not stripped.startswith("#") and key.strip().isidentifier() and value:
            yield number, key.strip(), value


def _is_secret(key: str, value: str) -> bool:
    if not _SECRET.search(key) or opens_loopback(value) or _SERVICE.search(value):
        return False
    if key.lower().endswith(("_url", "_uri", "dsn")):
        password = re.search(r"://[^/\s:@]*:([^/\s@]+)@", value)
        return password is not None and not is_placeholder(password[1])
    if is_placeholder(value):
        return False
    if key.lower().endswith(("_file", "_path", "_name", "_id", "_lifetime", "_expire_minutes")):
        return False
    return len(value) >= 8 and not value.isdigit()
