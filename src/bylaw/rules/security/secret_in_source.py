"""``secret-in-source``: keys and tokens written into source, tests and fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.facts.secrets import HINTS, HOME_MADE, provider_of, trace_of
from bylaw.finding import Finding
from bylaw.model.evaluate import DEFINITE, POSSIBLE, PROBABLE
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="secret-in-source",
    summary="A key, token or password stands in source, tests or fixtures, by its provider's "
    "pattern or by its disorder.",
    clauses=("GOV-4.1", "FS-5.3", "CON-SEC"),
    severity="error",
    how="file",
    family="security",
    mend="revoke it, then read it from the environment; in tests make one up that says it is fake",
)

_LONG = re.compile(r"[\w\-./+=:]{16,}")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per secret and file; its value is never shown."""
    project = context.project
    for module, facts in enumerate(project.facts):
        seen: set[str] = set()
        for literal in facts[F.LITERALS]:
            kind, trace = literal[F.Q_KIND], literal[F.Q_TEXT]
            if kind in ("url", "dialect") or trace in seen:
                continue
            seen.add(trace)
            named = kind == "secret"
            what = literal[F.Q_NAME] if named else kind
            place = (literal[F.Q_LINE], literal[F.Q_COL], literal[F.Q_END])
            aside = project.roles[module] == TEST or _is_for_tests(project.paths[module])
            yield make_finding(
                INFO,
                project,
                project.module_body(module),
                place,
                f"{what} is given what looks like a real secret"
                if named
                else f"what has the form of a {kind} stands here",
                confidence=_confidence(kind, aside),
                severity="warning" if aside else INFO.severity,
                sink=f"{what} {trace}",
            )
    yield from _in_companions(context)


def _is_for_tests(path: str) -> bool:
    """Whether settings are those of the tests: ``settings/test.py``, ``config/testing.py``."""
    stem = path.rpartition("/")[2].removesuffix(".py")
    return not {"test", "testing", "tests"}.isdisjoint(stem.split("_"))


def _confidence(kind: str, in_test: bool) -> int:
    """How sure it is; tests make up what only a name calls a secret, and sign with own keys."""
    if in_test and (kind == "secret" or kind in HOME_MADE):
        return POSSIBLE
    return PROBABLE if kind == "secret" else DEFINITE


def _in_companions(context: RuleContext) -> Iterator[Finding]:
    """Secrets with a provider's pattern in example, image and deploy files."""
    for path, text in sorted(context.companions.items()):
        encoded = text.encode()
        if not any(hint in encoded for hint in HINTS):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found = provider_of(line) if _LONG.search(line) else None
            if found is None:
                continue
            kind, secret = found
            yield Finding(
                INFO.name, INFO.clauses, INFO.severity, "definite", path, number, 1, number, path,
                f"what has the form of a {kind} stands here", INFO.mend,
                f"{kind} {trace_of(secret)}",
            )  # fmt: skip
