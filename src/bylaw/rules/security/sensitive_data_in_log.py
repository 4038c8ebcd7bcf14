"""``sensitive-data-in-log``: secrets and personal data that are written into a log."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.facts.watched import LOG_CALLS
from bylaw.finding import Finding
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, SCRIPT, SETTINGS, TEST
from bylaw.model.variables import find_variable
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.handing import (
    Arrival,
    Handing,
    Leaf,
    arrivals,
    last_name,
    outside_name,
    parameter_at,
    role_of,
)
from bylaw.rules.rule import RuleInfo
from bylaw.rules.security.log_evidence import WORDS, doubt, is_told_kind

INFO = RuleInfo(
    name="sensitive-data-in-log",
    summary="A password, token, key, card number, e-mail address or a request's headers are passed "
    "to a logger or to print.",
    clauses=("GOV-4.3", "CON-SEC"),
    severity="error",
    how="flow",
    family="security",
    mend="log an id of the user or of the key instead, or mask the value before it is logged",
    options=(("personal", True, "also report e-mail addresses, as warnings"),),
)

_KEEPING = frozenset(
    {"str", "repr", "format", "encode", "decode", "strip", "lower", "upper", "dict", "list", "join",
     "dumps", "get_secret_value", "fsdecode", "print", "bytes", "items", "copy", "title"}
)  # fmt: skip
"""Functions that give back what they were given, in another form."""
_SECRET = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "token", "jwt", "apikey", "cvv", "ssn",
     "authorization", "passcode"}
)  # fmt: skip
_PAIRS = frozenset(
    {"api key", "private key", "secret key", "access key", "card number", "credit card", "auth key",
     "session key", "signing key", "social security", "set cookie"}
)  # fmt: skip
_TOLD_APART = frozenset(
    {"num", "max", "min", "total", "count", "has", "is", "use", "next", "page", "previous", "last",
     "continuation", "sync", "hashed", "masked", "redacted", "hash", "encrypted", "no", "invalid",
     "expected", "first", "start", "end", "eos", "bos", "pad", "lexer", "current", "stop", "should",
     "public", "csrf", "cancellation", "cancel", "resume", "cursor", "obfuscated", "truncated",
     "require", "requires", "allow", "enable", "show", "missing", "delivery", "lock",
     "fencing", "idempotency", "short", "peek", "reservation", "lease"}
)  # fmt: skip
_WHOLE = re.compile(
    r"(?:^|[._])(?:request|req)(?:\.\w+)?\.(?:headers|cookies|META|POST|environ|form)$|^os\.environ$"
)
_NOBODYS = frozenset({"group", "domain", "support", "service", "noreply", "mailing"})
"""Whose address is no person's."""
_COMMANDS = frozenset({"cli", "commands", "management", "command"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per log call, anchored where the value has its name."""
    personal = context.option(INFO, "personal")
    seen: dict[tuple[int, int], tuple[Arrival, int, int, str]] = {}
    for arrival in arrivals(context, lambda each: _logger(context, each), _keeps):
        function = arrival.handing.function
        key = (function, arrival.handing.place[0])
        worst = _worst(context, arrival, personal)
        if worst is None or key in seen or role_of(context, function) in (TEST, SCRIPT, MIGRATION):
            continue
        seen[key] = (arrival, *worst)
    told = {arrival.witness[0][:2] for arrival, *_ in seen.values()}
    for arrival, grade, unsure, what in seen.values():
        if not _is_told_there(context, arrival, grade, told):
            yield make_finding(
                INFO,
                context.project,
                arrival.handing.function,
                arrival.handing.place,
                f"{what} goes into the log through {arrival.sink}",
                confidence=unsure,
                severity=INFO.severity if grade == 0 else "warning",
                sink=what,
                witness=arrival.witness,
            )


def _is_told_there(
    context: RuleContext, arrival: Arrival, grade: int, told: set[tuple[str, int]]
) -> bool:
    """Whether the log call at the end of the road has a finding, for the same value by its name."""
    named = _grade(parameter_at(context, arrival.handing))
    if named is None or named > grade:
        return False
    return any(step[:2] in told for step in arrival.witness[1:])


def _logger(context: RuleContext, handing: Handing) -> tuple[str, int] | None:
    """The logger an argument is handed to."""
    if handing.title not in LOG_CALLS or handing.call is None:
        return None
    if handing.position in ("exc_info", "stack_info", "stacklevel", "file", "sep", "end"):
        return None
    name = outside_name(context, handing)
    if name in ("print", "pprint.pprint"):
        return None if _is_command(context, handing.function) else (name, 0)
    if name and any(kind == "log" for kind, _ in context.project.stubs.effects(name) or ()):
        return name, 0
    owner = str(handing.call[0]).rpartition(".")[0]
    called = owner.removesuffix("()").rpartition(".")[2].lower()
    is_named = called.endswith(("logger", "log", "logging")) or "get_logger" in owner.lower()
    if is_named and (handing.value is None or handing.value[0] in "XBY"):
        return f"{called}.{handing.title}", 1
    return None


def _is_command(context: RuleContext, function: int) -> bool:
    """Whether a function speaks to who sits at the terminal: a command, not a service."""
    project = context.project
    names = project.path_of(function).removesuffix(".py").split("/")
    if not _COMMANDS.isdisjoint(names) or any("cli" in name.split("_") for name in names):
        return True
    if project.facts[project.function_home[function]][F.FILE_FLAGS] & F.HAS_MAIN_GUARD:
        return True
    decorators = project.functions[function][F.F_DECORATORS]
    return any(path.endswith((".command", ".command()", ".group()")) for path, _, _ in decorators)


def _keeps(leaf: Leaf) -> bool:
    """Whether a leaf reaches the log as it is."""
    return _KEEPING.issuperset(leaf[1])


def _worst(context: RuleContext, arrival: Arrival, personal: bool) -> tuple[int, int, str] | None:
    """The gravest leaf: 0 for secrets or 1 for personal data, its confidence, its text."""
    graded = []
    module = context.project.function_home[arrival.handing.function]
    names_of_constants = _constants(context, module, arrival.leaves)
    for leaf in arrival.leaves:
        text = leaf[0]
        if text[0] == "^" or text in names_of_constants or _is_library(context, module, text):
            continue
        if is_told_kind(arrival.handing.position, text):
            continue
        grade = 0 if _WHOLE.search(text) else _grade(text)
        if grade is not None and not text.endswith("()") and (personal or grade == 0):
            unsure = doubt(context, arrival.handing, leaf, _grade)
            if unsure is not None:
                graded.append((unsure, grade, text))
    if not graded:
        return None
    unsure, worst, shown = min(graded)
    return worst, unsure, shown


def _is_library(context: RuleContext, module: int, text: str) -> bool:
    """Whether a name is an imported library's: what ``jwt.decode`` gives is no token."""
    value = evaluate(context.project, module, text) if text.isidentifier() else None
    return value is not None and value[0] in "MNX" and value[1] == text


def _constants(context: RuleContext, module: int, leaves: tuple[Leaf, ...]) -> set[str]:
    """Constants among the leaves, and local names that hold nothing else.

    ``VAULT_PASSWORD = "vault_password"`` says under what name the password is kept.
    """
    constants = {text for text, _, _ in leaves if _is_constant(context, module, text)}
    held: dict[str, bool] = {}
    for text, _, via in leaves:
        for name in via:
            held[name] = held.get(name, True) and text in constants
    return constants | {name for name, only in held.items() if only}


def _is_constant(context: RuleContext, module: int, text: str) -> bool:
    project = context.project
    base, dot, name = text.rpartition(".")
    if not name.isupper():
        return False
    owner = evaluate(project, module, base) if dot else None
    if owner is not None and owner[0] == "C":
        return project.roles[project.class_home[owner[1]]] != SETTINGS and any(
            each[F.A_NAME] == name and each[F.A_SHAPE] == "Constant"
            for each in project.classes[owner[1]][F.K_ATTRIBUTES]
        )
    variable = find_variable(project, module, text)
    return (
        variable is not None
        and project.roles[variable.module] != SETTINGS
        and variable.binding[F.B_SHAPE] == "const"
    )


def _grade(text: str) -> int | None:
    """How grave it is to show what is called so: 0 secret, 1 personal, None for neither."""
    owner = {word.lower() for word in WORDS.findall(text.rpartition(".")[0])}
    name = last_name(text)
    words = [word.lower() for word in WORDS.findall(name)]
    if not words or not _TOLD_APART.isdisjoint(words[:-1]) or "lock" in owner:
        return None
    if words[-1] in _SECRET or " ".join(words[-2:]) in _PAIRS:
        return None if name.isupper() and words[-1] == "token" else 0
    if words[-1] == "email" or words[-2:] == ["email", "address"]:
        return 1 if _NOBODYS.isdisjoint({*owner, *words}) else None
    return None
