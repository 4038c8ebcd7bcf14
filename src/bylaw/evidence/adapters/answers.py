"""Claims that Bylaw answers itself: what its probes and its rules say, as a verdict."""

from __future__ import annotations

import os
import shlex
import shutil
from collections import Counter
from collections.abc import Collection, Iterable

from bylaw.errors import Diagnostic
from bylaw.evidence.adapters.work import Verdict, counted
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS
from bylaw.finding import Finding
from bylaw.probes.outcome import Outcome
from bylaw.result import CheckResult

RULES = {
    "import-hygiene": (
        "import-time-database", "import-time-env-read", "import-time-filesystem",
        "import-time-network", "import-time-process", "import-time-raise",
    ),
    "manifests-agree": (
        "boot-command-drift", "boot-command-shadowed", "boot-command-unresolved",
        "boot-health-mismatch", "boot-port-mismatch",
    ),
    "generated-untouched": ("generated-code-edited",),
    "conventions-kept": ("convention-drift",),
}  # fmt: skip
"""Rules whose silence proves a claim."""
_OF_PART = {"negative-path": ("no-negative-path",), "resilience": ("no-resilience",)}
_PLACEHOLDERS = frozenset({"FILE", "REF", "REVISION", "PYTHON", "PATH"})
_DAY = 86_400
COMMANDS = {
    "imports-pure": "bylaw probe imports", "boot-proven": "bylaw probe boot",
    "secrets-clean": "bylaw probe secrets", "dependencies-audited": "bylaw probe dependencies",
    "red-green": "bylaw probe tests --only red-green",
    "determinism": "bylaw probe tests --only determinism",
    "negative-path": "bylaw probe tests --only negative-path",
    "resilience": "bylaw probe tests --only resilience",
}  # fmt: skip
"""The command that shows all a probe saw."""
OLDEST = {"dependencies-audited": _DAY}
"""Seconds after which what the outside world said does not count any more."""


def of_rules(claim: str, result: CheckResult) -> Verdict:
    """What a run of rules says about a claim.

    Args:
        claim: its slug, one of ``RULES``.
        result: of the run.
    """
    names = RULES[claim]
    command = f"bylaw check . --select {','.join(names)}"
    lacking = [each for each in result.not_verified if each.rule in names]
    found = [each for each in result.findings if each.rule in names and each.severity != "note"]
    silenced = sum(each.finding.rule in names for each in result.suppressed)
    counts = counted(findings=len(found), suppressed=silenced, files=result.summary.analysed)
    if found:
        return Verdict(FAIL, ("findings",), _first(found), command, counts)
    if lacking:
        text = f"{lacking[0].rule} could not look: {lacking[0].reason}"
        return Verdict(NOT_VERIFIED, ("could-not-look",), text, command, counts)
    if result.errors:
        error = result.errors[0]
        text = f"{error.path}: {error.message}".removeprefix(": ")
        return Verdict(NOT_VERIFIED, (error.code,), text, command, counts)
    text = f"{len(names)} rules find nothing in {result.summary.analysed} files"
    return Verdict(PASS, (), text, "", counts)


def _first(found: list[Finding]) -> str:
    first = found[0]
    number = f"{len(found)} findings, the first" if len(found) > 1 else "one finding"
    return f"{number} {first.rule} at {first.path}:{first.line}: {first.message}"[:300]


def of_probe(claim: str, outcome: Outcome, root: str) -> Verdict:
    """What the document of a probe says about a claim.

    Args:
        claim: its slug.
        outcome: of the probe; of several parts, where the test probe ran them together.
        root: absolute path of the root.
    """
    mine = outcome.reason_codes
    others = {code for part, codes in _OF_PART.items() if part != claim for code in codes}
    if claim in _OF_PART:
        mine = tuple(each for each in mine if each not in others)
    questions = [each for each in outcome.open_questions if each in mine]
    broken = [each for each in mine if each not in outcome.open_questions]
    kinds = Counter(each.kind for each in outcome.observations if each.kind not in others)
    counts = counted(**dict(kinds.most_common(20)))
    if broken:
        message = _seen(outcome, broken) or f"{', '.join(broken)}"
        return Verdict(FAIL, mine, message, COMMANDS[claim], counts)
    if questions:
        error = next((each for each in outcome.errors if each.hint), None)
        error = error or next(iter(outcome.errors), Diagnostic(questions[0], questions[0]))
        command = runnable(error.hint, root) or COMMANDS[claim]
        return Verdict(NOT_VERIFIED, mine, error.message[:300], command, counts)
    return Verdict(PASS, (), _passed(claim, kinds), "", counts)


def _seen(outcome: Outcome, broken: Collection[str]) -> str:
    """The first observation of what failed."""
    matching = [each for each in outcome.observations if each.kind in broken]
    shown = matching or [each for each in outcome.observations if each.path][:1]
    if not shown:
        return ""
    first = shown[0]
    place = f"{first.path}:{first.line}: " if first.path else ""
    return f"{', '.join(sorted(broken))}: {place}{first.what}"[:300]


def _passed(claim: str, kinds: Counter[str]) -> str:
    number = kinds.get(claim, 0)
    if claim in _OF_PART:
        if number:
            return f"{number} changed functions have such a test"
        return "no changed function asks for such a test"
    if claim == "imports-pure":
        return f"{kinds.get('imported', 0)} imports have no effect"
    return "the probe found nothing"


def runnable(command: str, root: str) -> str:
    """A command, if its program is there to run; empty for anything else, as for a sentence."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    while "&&" in words and words[:1] == ["cd"]:
        words = words[words.index("&&") + 1 :]
    while words and "=" in words[0] and not words[0].startswith("="):
        words = words[1:]
    if not words or _PLACEHOLDERS & set(words):
        return ""
    if words[0] == "bylaw" or shutil.which(words[0]):
        return command
    return command if os.access(os.path.join(root, words[0]), os.X_OK) else ""


def parts_of(claims: Iterable[str]) -> list[frozenset[str]]:
    """How the parts of the test probe are run: those that look at one run share it."""
    wanted = set(claims)
    shared = frozenset(wanted & set(_OF_PART))
    alone = [frozenset({each}) for each in ("red-green", "determinism") if each in wanted]
    return [*([shared] if shared else []), *alone]
