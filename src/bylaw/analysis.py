"""One run, end to end: files, facts, model, rules, findings."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from bylaw.activation import Activation, activate, conflict_findings
from bylaw.config import Config, ConfigProblemsError, load_config
from bylaw.errors import BylawError, Diagnostic, exit_code_of
from bylaw.facts import schema as F
from bylaw.facts.gather import FileFacts
from bylaw.facts.interpreters import newer_places
from bylaw.facts.store import store_path
from bylaw.finding import Finding, Suppressed
from bylaw.findings.settle import DEFAULT_BASELINE, Settled, baseline_path, settle
from bylaw.further import count_further
from bylaw.installed import known_rules
from bylaw.linking import (
    Linked,
    Progress,
    context_of,
    is_failure,
    link_repository,
    nothing_analysed,
    roots_of,
    silent,
)
from bylaw.model.project import known_roots
from bylaw.packs.demands import NAMES
from bylaw.packs.own.enabled import as_bound, enabled_documents, with_bindings
from bylaw.result import CheckResult, NotVerified, Skipped, Summary
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated.beside import Delegated, collect_beside, start_beside
from bylaw.rules.delegated.merge import apply_noqa, delegated_findings
from bylaw.rules.delegated.ruff_run import find_ruff
from bylaw.rules.overlaps import without_overlaps
from bylaw.rules.running import run_rules
from bylaw.rules.selection import Options, asked_by_name, with_severity
from bylaw.rules.tool import syntax_not_supported
from bylaw.source.atomic import cache_directory
from bylaw.source.discovery import Discovery, discover
from bylaw.source.elsewhere import root_marks, watch_also
from bylaw.source.git import find_git, marks
from bylaw.source.project_root import covers, find_root
from bylaw.source.workers import available_processes


class Run(NamedTuple):
    """One run: its result, and what it takes to judge the same tree with other contents.

    Attributes:
        result: what is reported.
        linked: the repository as it was linked.
        asked: the paths of the call, as given.
        inside: the same relative to the root; the empty one stands for all.
        activation: what the run asked for.
        options: of the run.
        delegated: what ruff said.
        raw: findings before suppressions and baseline.
        noqa: findings that ``# noqa`` silences.
        comments: comment facts per path.
    """

    result: CheckResult
    linked: Linked
    asked: tuple[str, ...]
    inside: list[str]
    activation: Activation
    options: Options
    delegated: Delegated
    raw: list[Finding]
    noqa: list[Suppressed]
    comments: dict[str, Any]


def check_run(
    paths: Sequence[str], options: Options, progress: Progress = silent
) -> tuple[CheckResult, Run | None]:
    """Runs every enabled rule on the repository of ``paths``.

    Args:
        paths: what to report on; the root of the first one is analysed whole.
        options: of the run.
        progress: told what is under way.

    Returns:
        The result, also when the run could not be made (``errors`` says why), and everything it
        rests on; None where there is nothing.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        run = _check(paths, options, progress)
        return run.result, run
    except ConfigProblemsError as problems:
        return _failed(paths, list(problems.problems)), None
    except BylawError as error:
        return _failed(paths, [error.diagnostic()]), None
    finally:
        if collecting:
            gc.enable()


def _failed(paths: Sequence[str], errors: list[Diagnostic]) -> CheckResult:
    try:
        root = find_root(paths[0] if paths else ".")
    except BylawError:
        root = os.path.abspath(paths[0] if paths else ".")
    except OSError:
        root = ""
    summary = Summary(0, 0, (), 0, 0, 0, 0, 0)
    return CheckResult(root, summary, (), (), tuple(errors), (), exit_code_of(errors))


def _check(paths: Sequence[str], options: Options, progress: Progress) -> Run:
    root, inside = roots_of(paths)
    known = known_rules()
    written = load_config(root, known.configurable)
    own = enabled_documents(written, root, known.infos)
    config = with_bindings(written, own.bindings, known.infos)
    activation = activate(config, options, known)
    enabled = activation.enabled
    found = discover(root, exclude=config.project.exclude)
    watched = [*_deciding(root, paths, config, options), *known.watched, *own.watched]
    found = watch_also(found, root, watched)
    looked_at = enabled.union(*activation.further.values())
    found = watch_also(found, root, _asked_files(root, found, looked_at, options, known))
    cache = os.path.dirname(store_path(cache_directory(), root)) if options.use_cache else ""
    ruff = start_beside(root, found.files, enabled, cache)
    linked = link_repository(root, config, options, progress, found)
    linked = linked._replace(bindings=own.bindings)
    progress("applying rules")
    return conclude(linked, paths, inside, activation, options, lambda: collect_beside(ruff))


def conclude(
    linked: Linked,
    asked: Sequence[str],
    inside: list[str],
    activation: Activation,
    options: Options,
    ruff: Callable[[], Delegated],
) -> Run:
    """Applies the rules to a linked repository, and everything that stands before the report.

    Args:
        linked: the repository.
        asked: the paths of the call, as given.
        inside: the same relative to the root.
        activation: what the run asks for.
        options: of the run.
        ruff: gives what ruff reports, asked last, since it works beside us.

    Returns:
        The run.
    """
    root, config, enabled = linked.root, linked.config, activation.enabled
    known = activation.known
    errors = [*known.problems, *linked.errors, *_nothing_seen(linked, asked, inside)]
    context = context_of(linked, options.base, activation.options)
    jobs = options.jobs or available_processes()
    applied = run_rules(context, enabled, jobs, known.rules)
    delegated = ruff()
    errors += [*applied.problems(), *delegated.problems]
    findings = applied.findings + _unparsed(linked, enabled)
    findings += conflict_findings(activation, config, root)
    findings += delegated_findings(context, delegated.findings, findings, enabled)
    findings = _observed(context, findings, options, enabled)
    findings = without_overlaps(findings, options.min_confidence)
    remarks = _comments(linked) | applied.comments
    generated = {each.path for each in linked.facts if each.problem and each.blob is not None}
    kept = [each for each in findings if not _is_left_alone(known, each, generated)]
    severe = [with_severity(config, each, known.infos) for each in kept]
    findings = as_bound(severe, linked.bindings)
    raw, silenced = apply_noqa(findings, remarks)
    settled = settle(root, inside, raw, silenced, remarks, enabled, options, errors, known.names)
    answered = _answered(options)
    lacking = tuple(NotVerified(*each) for each in applied.unverified if each.rule not in answered)
    asked_rules = asked_by_name(config, options, NAMES, known)
    result = _result(linked, settled, lacking, asked_rules)
    result = result._replace(further=count_further(context, activation, options, inside))
    return Run(
        result, linked, tuple(asked), inside, activation, options, delegated, raw, silenced,
        remarks,
    )  # fmt: skip


def _observed(
    context: RuleContext, findings: list[Finding], options: Options, enabled: frozenset[str]
) -> list[Finding]:
    """The findings, joined with what a probe saw where the run was given that."""
    if not options.observations:
        return findings
    from bylaw.probes.joining import with_observations

    return with_observations(context, findings, options.observations, enabled)


def _answered(options: Options) -> frozenset[str]:
    """Rules that could not look themselves, and that a probe has looked for."""
    if not options.observations:
        return frozenset()
    from bylaw.probes.joining import answered_rules

    return answered_rules(options.observations)


def _is_left_alone(known: Catalogue, finding: Finding, generated: set[str]) -> bool:
    """Generated code is nobody's to mend; that it was changed by hand is."""
    return finding.path in generated and known.infos[finding.rule].how != "change"


def _comments(linked: Linked) -> dict[str, Any]:
    return {
        path: facts[F.COMMENTS]
        for path, facts in zip(linked.project.paths, linked.project.facts, strict=True)
        if facts[F.COMMENTS]
    }


def _result(
    linked: Linked, settled: Settled, lacking: tuple[NotVerified, ...], asked: frozenset[str]
) -> CheckResult:
    found = linked.discovery
    skipped = sorted([*found.skipped, *_skipped(linked.facts)])
    summary = Summary(
        len(found.files), len(linked.project.paths), tuple(skipped), len(settled.findings),
        settled.silenced, settled.baselined, linked.graph.resolved, linked.graph.unresolved,
    )  # fmt: skip
    code = _exit_code(settled.findings, settled.errors)
    if code < 2 and asked.intersection(each.rule for each in lacking):
        code = 3
    return CheckResult(
        linked.root, summary, settled.findings, settled.suppressed, settled.errors,
        known_roots(linked.project), code, not_verified=lacking,
    )  # fmt: skip


def _exit_code(findings: Iterable[Finding], errors: Iterable[Diagnostic]) -> int:
    failed = any(finding.severity != "note" for finding in findings)
    return exit_code_of(errors) or int(failed)


def _nothing_seen(linked: Linked, asked: Sequence[str], inside: list[str]) -> list[Diagnostic]:
    if not linked.project.paths:
        return [nothing_analysed(linked.discovery)]
    if not any(covers(inside, path) for path in linked.project.paths):
        return [_nothing_asked(asked)]
    return []


def _nothing_asked(paths: Sequence[str]) -> Diagnostic:
    message = f"nothing was analysed below {', '.join(paths)}"
    hint = "no analysed Python file lies there: look for it among the skipped and ignored ones"
    return Diagnostic("nothing-analysed", message, hint=hint)


def _deciding(root: str, paths: Sequence[str], config: Config, options: Options) -> list[str]:
    """Files outside the walk that the report of a run depends on."""
    baseline = baseline_path(root, options) or os.path.join(root, DEFAULT_BASELINE)
    ruff = find_ruff()
    return [
        *root_marks(root, paths or ["."]), os.path.abspath(baseline), *config.stubs.files,
        *([ruff] if ruff else []), *newer_places(root),
    ]  # fmt: skip


def _skipped(facts: Iterable[FileFacts]) -> list[Skipped]:
    words = {"syntax": "does not parse", "encoding": "not valid text", "null-bytes": "null bytes",
             "too-deep": "nested too deeply", "unreadable": "unreadable"}  # fmt: skip
    return [
        Skipped(each.path, words.get(each.problem[0], each.problem[0]))
        for each in facts
        if each.problem is not None
    ]


def _asked_files(
    root: str, found: Discovery, enabled: frozenset[str], options: Options, known: Catalogue
) -> list[str]:
    """Deploy files and the state of git: watched only where a rule that runs reads them."""
    needs = frozenset().union(*(known.infos[name].needs for name in enabled))
    files = list(found.manifests) if "manifests" in needs else []
    git = find_git(root) if needs - {"manifests"} else None
    if git is not None:
        files += marks(git, options.base, needs - {"manifests"})
    return files


def _unparsed(linked: Linked, enabled: frozenset[str]) -> list[Finding]:
    """One finding for each file about which nothing can be said."""
    info = syntax_not_supported.INFO
    if info.name not in enabled:
        return []
    found = []
    for each in linked.facts:
        if is_failure(each):
            _, message, line = each.problem or ("", "", 1)
            text = f"this file does not parse: {message}"
            found.append(
                Finding(
                    info.name, info.clauses, info.severity, "definite", each.path, line, 1, line,
                    each.path, text, info.mend, message,
                )
            )  # fmt: skip
    return found
