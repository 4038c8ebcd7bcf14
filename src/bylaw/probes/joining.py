"""What was seen by running, held against what was found by reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bylaw.finding import Finding, Step
from bylaw.model.roles import ENTRY, GUNICORN, MIGRATION, SETTINGS
from bylaw.probes.imports.effects import CONSTRUCTED, RULES, counts
from bylaw.probes.outcome import Observation, Outcome, read_outcome
from bylaw.rules.context import RuleContext
from bylaw.rules.registry import INFOS

WRITTEN_AFTER = "test-written-after"
CONFIRMED, NOT_OBSERVED, ONLY_OBSERVED = "confirmed", "not-observed", "only-observed"
_READERS = frozenset(RULES.values())
_OTHERS = {"circular-import": "import-cycle", "double-name": "wrong-package-root"}
_HANDLERS = ("signal.signal", "atexit.register")
_DOES = {
    "env-read": "reads the environment", "database": "uses a database",
    "network": "talks to the network", "filesystem-write": "writes to the file system",
    "process": "starts a process", "thread": "starts a thread", "raise": "raises",
    "exit": "exits", "circular-import": "meets a module that is only half imported",
    "double-name": "runs this file a second time under another name",
}  # fmt: skip


class _Seen(NamedTuple):
    """What a run of the probe says about each file.

    Attributes:
        by_rule: (rule, path) -> observations with a frame in that file.
        imported: files that were executed to their end.
    """

    by_rule: dict[tuple[str, str], list[Observation]]
    imported: frozenset[str]


def with_observations(
    context: RuleContext, findings: Sequence[Finding], text: str, enabled: frozenset[str]
) -> list[Finding]:
    """Marks what the import-time rules found, and adds what they missed.

    A finding of a module that was imported to its end is ``confirmed`` or ``not-observed``; one of
    a module that was not is only marked where it is confirmed. What counts against a module and no
    finding covers becomes a finding of the same rule.

    Args:
        context: the run.
        findings: of all rules.
        text: what the import probe printed about the same tree.
        enabled: rules that run.

    Returns:
        The findings, marked, then those that were only observed.

    Raises:
        UsageError: the text is not of a probe.
    """
    outcome = read_outcome(text, "the file of observations")
    if outcome.probe == "tests":
        return [*findings, *_of_tests(outcome, enabled)]
    seen = _index(outcome.observations)
    marked = [_marked(each, seen) for each in findings]
    covered: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        for path in _files(each):
            covered.setdefault((each.rule, path), []).append(each)
    added: dict[tuple[str, str, int], Finding] = {}
    for observation in outcome.observations:
        rule = RULES.get(observation.kind) or _OTHERS.get(observation.kind, "")
        if rule not in enabled or not _counts(observation) or not observation.stack:
            continue
        if any(_is_at(each, observation) for each in _candidates(rule, observation, covered)):
            continue
        found = _finding(context, rule, observation)
        key = (found.rule, found.path, found.line)
        if key not in added or found.severity < added[key].severity:
            added[key] = found
    return [*marked, *added.values()]


def _files(finding: Finding) -> set[str]:
    """Files a finding is about: a cycle is one thing, whichever of its lines it is shown at."""
    if finding.rule not in _OTHERS.values():
        return {finding.path}
    return {finding.path, *(step.path for step in finding.witness)}


def answered_rules(text: str) -> frozenset[str]:
    """Rules that cannot look by themselves, and that a document of a probe answers.

    Args:
        text: what a probe printed; empty for nothing.
    """
    if not text:
        return frozenset()
    outcome = read_outcome(text, "the file of observations")
    for each in outcome.observations:
        proven = each.kind == "red-green" and each.what.partition(":")[0] not in (
            outcome.reason_codes
        )
        if outcome.probe == "tests" and (proven or each.kind == WRITTEN_AFTER):
            return frozenset({WRITTEN_AFTER})
    return frozenset()


def _of_tests(outcome: Outcome, enabled: frozenset[str]) -> Iterator[Finding]:
    """Findings of the rule that the test probe speaks for."""
    info = INFOS[WRITTEN_AFTER]
    for each in outcome.observations:
        if each.kind == WRITTEN_AFTER and WRITTEN_AFTER in enabled:
            yield Finding(
                info.name, info.clauses, info.severity, "definite", each.path, each.line, 1,
                each.line, each.symbol or each.path, f"{each.what}, seen by running", info.mend,
                each.what, (), observed=ONLY_OBSERVED,
            )  # fmt: skip


def _counts(observation: Observation) -> bool:
    return counts(observation) or (observation.kind in _OTHERS and not observation.remarks("aside"))


def _index(observations: Iterable[Observation]) -> _Seen:
    by_rule: dict[tuple[str, str], list[Observation]] = {}
    imported = set()
    for each in observations:
        if each.kind == "imported":
            imported.add(each.path)
        rule = RULES.get(each.kind) or _OTHERS.get(each.kind)
        if rule is not None:
            for path in {path for path, _, _ in each.stack}:
                by_rule.setdefault((rule, path), []).append(each)
    return _Seen(by_rule, frozenset(imported))


def _marked(finding: Finding, seen: _Seen) -> Finding:
    if finding.rule in _OTHERS.values():
        met = any((finding.rule, path) in seen.by_rule for path in _files(finding))
        return finding._replace(observed=CONFIRMED) if met else finding
    if finding.rule not in _READERS:
        return finding
    there = seen.by_rule.get((finding.rule, finding.path), ())
    if any(_is_at(finding, each) for each in there):
        return finding._replace(observed=CONFIRMED)
    return finding._replace(observed=NOT_OBSERVED) if finding.path in seen.imported else finding


def _candidates(
    rule: str, observation: Observation, covered: dict[tuple[str, str], list[Finding]]
) -> Iterator[Finding]:
    for path in {path for path, _, _ in observation.stack}:
        yield from covered.get((rule, path), ())


def _is_at(finding: Finding, observation: Observation) -> bool:
    """Whether control passed through the statement of a finding when something happened."""
    if finding.rule in _OTHERS.values():
        return True  # a cycle has many lines; one finding about the file is enough
    return any(
        path == finding.path and finding.line <= line <= finding.end_line
        for path, line, _ in observation.stack
    )


def _finding(context: RuleContext, rule: str, observation: Observation) -> Finding:
    info = INFOS[rule]
    stack = observation.stack
    path, line, _ = stack[-1]
    what = observation.what
    by = "".join(f" (by {each})" for each in observation.remarks("by"))
    names = dict(zip(context.project.paths, context.project.modules, strict=True))
    witness = []
    for number, (file, at, function) in enumerate(reversed(stack)):
        module = names[file].name if file in names else file
        inner = function.replace(".<locals>", "")
        symbol = module if function == "<module>" else f"{module}.{inner}"
        note = f"{what}{by}" if number == len(stack) - 1 else "calls"
        witness.append(Step(file, at, symbol, note))
    symbol = names[path].name if path in names else path
    message = f"importing this module {_DOES[observation.kind]}: {what}{by}, seen by running"
    return Finding(
        rule, info.clauses, _severity(rule, observation), "definite", path, line, 1, line, symbol,
        message, info.mend, what, tuple(witness), observed=ONLY_OBSERVED,
    )  # fmt: skip


def _severity(rule: str, observation: Observation) -> str:
    """As the rules have it: by the role of the module, and lighter for what only prepares."""
    severity = INFOS[rule].severity
    role = next(iter(observation.remarks("role")), "")
    lenient = rule in ("import-time-env-read", "import-time-raise")
    light = (
        observation.what.endswith(CONSTRUCTED)
        or observation.what in _HANDLERS
        or role == ENTRY
        or (lenient and role in (SETTINGS, MIGRATION, GUNICORN))
        or (rule == "import-time-database" and role == MIGRATION)
    )
    return "warning" if severity == "error" and light else severity
