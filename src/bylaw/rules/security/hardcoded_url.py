"""``hardcoded-url``: addresses of services written where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.roles import CODE, ENTRY
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="hardcoded-url",
    summary="The address of a service stands as a literal outside settings, tests and "
    "documentation.",
    clauses=("CON-CFG",),
    severity="warning",
    how="file",
    family="security",
    default=False,
    mend="make it a setting and read it from there",
    options=(("strict", False, "also report addresses of public services, wherever they stand"),),
)

_HOST = re.compile(r"^[a-z][\w+]*://(?:[^@/]*@)?(\[[^\]]+\]|[^:/?#{\s]*)")
_OWN = re.compile(
    r"(?i)^(?:localhost|0\.0\.0\.0|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[::|"
    r"host\.docker\.internal|[\w-]+$)|\.(?:internal|local|svc|lan|corp|intranet)$"
)
_NO_SERVICE = re.compile(
    r"(?i)(?:^|\.)(?:w3\.org|example\.(?:com|org|net)|schema\.org|xmlsoap\.org|purl\.org|"
    r"json-schema\.org|openxmlformats\.org|oasis-open\.org|ietf\.org|iana\.org|readthedocs\.io|"
    r"python\.org|openapis\.org|test|invalid)$|^(?:schemas|docs|www|help|support|developers?)\."
)
_THIS_PROCESS = re.compile(r"^\w+://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]):?$")
"""This machine, at a port that the code found out: what it started itself."""
_COMMANDS = frozenset({"cli", "commands", "management", "command"})
_FIXED = frozenset({"metadata.google.internal", "169.254.169.254", "169.254.170.2"})
"""Where a cloud says who you are: the same address on every machine."""
_USED = frozenset({"network", "database"})
_CARRIES = re.compile(
    r"(?i)(?:url|uri|host|endpoint|dsn|address|server|broker|backend|base|origin)s?$"
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per literal."""
    project = context.project
    strict = context.option(INFO, "strict")
    for module, facts in enumerate(project.facts):
        if not facts[F.LITERALS] or project.roles[module] not in (CODE, ENTRY):
            continue
        if not _COMMANDS.isdisjoint(project.paths[module].removesuffix(".py").split("/")):
            continue
        used = _used_places(context, module)
        for literal in facts[F.LITERALS]:
            if literal[F.Q_KIND] != "url":
                continue
            if literal[F.Q_CALL_LINE] and _stays_inside(facts, literal):
                continue
            judged = _judge(literal, used, strict)
            if judged is None:
                continue
            why, confidence = judged
            place = (literal[F.Q_LINE], literal[F.Q_COL], literal[F.Q_END])
            yield make_finding(
                INFO,
                project,
                project.module_body(module),
                place,
                f"{literal[F.Q_TEXT]} {why}",
                confidence=confidence,
                sink=literal[F.Q_TEXT],
            )


def _used_places(context: RuleContext, module: int) -> set[tuple[int, int]]:
    """Where the file's calls use the network or a database."""
    project = context.project
    first = project.function_offset[module]
    return {
        seed.place[:2]
        for number in range(first, first + len(project.facts[module][F.FUNCTIONS]))
        for seed in context.graph.seeds[number]
        if seed.kind in _USED
    }


def _stays_inside(facts: tuple[Any, ...], literal: tuple[Any, ...]) -> bool:
    """Whether the client that is given the address talks to something in this process."""
    place = (literal[F.Q_CALL_LINE], literal[F.Q_CALL_COL])
    return any(
        argument.startswith(("transport=", "app="))
        for function in facts[F.FUNCTIONS]
        for call in function[F.F_CALLS]
        if call[F.C_LINE : F.C_END] == place
        for argument in call[F.C_ARGS]
    )


def _judge(
    literal: tuple[Any, ...], used: set[tuple[int, int]], strict: bool
) -> tuple[str, int] | None:
    """Why a literal should be a setting, and how sure that is; None where it may stay."""
    text, name = literal[F.Q_TEXT], literal[F.Q_NAME]
    match = _HOST.match(text)
    host = match[1] if match is not None else ""
    if not host or host in _FIXED or name.startswith("==") or _NO_SERVICE.search(host):
        return None
    called = (literal[F.Q_CALL_LINE], literal[F.Q_CALL_COL]) in used
    own = bool(_OWN.search(host)) or not text.startswith(("http", "ws"))
    if called and (own or strict):
        return "is used as it stands here", 0
    if _THIS_PROCESS.match(text):
        return None
    if own and _CARRIES.search(name):
        return f"is what {name} is unless somebody changes the code", 1
    if strict:
        return "is the address of a service", 1
    return None
