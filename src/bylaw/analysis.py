"""One run, end to end: files, facts, model, rules, findings."""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from bylaw.activation import Activation, activate, conflict_findings, packs_line
from bylaw.config import Config, ConfigProblemsError, load_config
from bylaw.errors import BylawError, Diagnostic, UsageError
from bylaw.facts import schema as F
from bylaw.facts.gather import FileFacts
from bylaw.facts.interpreters import newer_places
from bylaw.facts.store import gather_facts, store_path
from bylaw.finding import Finding, Suppressed
from bylaw.findings.settle import DEFAULT_BASELINE, Settled, baseline_path, covers, settle
from bylaw.further import count_further
from bylaw.installed import known_rules
from bylaw.model.call_graph import CallGraph
from bylaw.model.graph_building import build_call_graph
from bylaw.model.project import Project, known_roots, link
from bylaw.model.stub_table import load_stubs
from bylaw.packs.demands import NAMES
from bylaw.packs.own.enabled import as_bound, enabled_documents, with_bindings
from bylaw.probes.joining import with_observations
from bylaw.result import CheckResult, NotVerified, Skipped, Summary
from bylaw.rules.binding import Binding
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.context import Boot, RuleContext
from bylaw.rules.delegated.beside import Delegated, collect_beside, start_beside
from bylaw.rules.delegated.merge import apply_noqa, delegated_findings
from bylaw.rules.delegated.ruff_run import find_ruff
from bylaw.rules.overlaps import without_overlaps
from bylaw.rules.repository import Repository
from bylaw.rules.running import run_rules
from bylaw.rules.selection import Options, asked_by_name, with_severity
from bylaw.rules.tool import syntax_not_supported
from bylaw.source.atomic import cache_directory
from bylaw.source.discovery import Discovery, discover
from bylaw.source.elsewhere import root_marks, watch_also
from bylaw.source.git import find_git, marks
from bylaw.source.project_root import find_root
from bylaw.source.workers import available_processes

Progress = Callable[[str], None]


class Linked(NamedTuple):
    """A linked repository: what every command that looks at code starts from.

    Attributes:
        root: absolute path of the root.
        config: its configuration.
        discovery: the walk.
        project: the linked project.
        graph: its call graph.
        facts: what became of each file.
        errors: what made the run incomplete.
        bindings: what the documents of the team bind.
    """

    root: str
    config: Config
    discovery: Discovery
    project: Project
    graph: CallGraph
    facts: list[FileFacts]
    errors: list[Diagnostic]
    bindings: tuple[Binding, ...] = ()


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


def _silent(message: str) -> None:
    return None


def roots_of(paths: Sequence[str]) -> tuple[str, list[str]]:
    """The root of the first path, and all paths relative to it.

    Raises:
        UsageError: a path does not exist, or lies outside the root of the first.
    """
    given = list(paths) or ["."]
    try:
        os.getcwd()
    except OSError:
        raise UsageError(
            "the current directory does not exist any more", hint="change to one that does"
        ) from None
    for path in given:
        if not os.path.exists(path):
            raise UsageError(f"no such file or directory: {path}", hint="check the PATH argument")
    root = find_root(given[0])
    relative = []
    for path in given:
        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
        if inside == ".." or inside.startswith(f"..{os.sep}"):
            raise UsageError(
                f"{path} is not below the root {root}", hint="check one repository at a time"
            )
        relative.append("" if inside == "." else inside.replace(os.sep, "/"))
    return root, relative


def link_repository(
    root: str, config: Config, options: Options, progress: Progress = _silent,
    discovery: Discovery | None = None,
) -> Linked:  # fmt: skip
    """Discovers, extracts and links a repository.

    Args:
        root: absolute path of the root.
        config: its configuration.
        options: of the run.
        progress: told what is under way.
        discovery: the walk, where it was made already.

    Returns:
        The linked repository; problems with single files are in ``errors``.

    Raises:
        StubError: an effect stub does not load.
    """
    found = discovery or discover(root, exclude=config.project.exclude)
    cache = cache_directory() if options.use_cache else ""
    progress(f"reading {len(found.files)} files")
    stubs = load_stubs(cache, root, config.stubs.tables, config.stubs.files)
    gathered = gather_facts(root, found.files, cache, options.jobs)
    progress(f"linking {len(found.files)} files")
    readable = [each for each in gathered.facts if each.blob is not None]
    project = link(
        [each.path for each in readable],
        [marshal.loads(each.blob or b"") for each in readable],
        stubs,
        _declared_roots(config),
    )
    graph = build_call_graph(project, options.jobs or available_processes())
    errors = [_file_error(each) for each in gathered.facts if _is_failure(each)]
    return Linked(root, config, found, project, graph, gathered.facts, errors)


def _is_failure(facts: FileFacts) -> bool:
    return facts.problem is not None and facts.problem[0] not in ("generated", "template")


_HINTS = {
    "syntax": "mend the file, or install an interpreter that is new enough for it",
    "encoding": "save the file as UTF-8 or give it a coding cookie (PEP 263)",
    "null-bytes": "the file is not text: remove it or exclude it in bylaw.toml",
    "too-deep": "exclude the file in bylaw.toml: [project] exclude",
    "unreadable": "check that the file is there and may be read",
    "internal-error": "file it with the project, if you can with the file",
}


def _file_error(facts: FileFacts) -> Diagnostic:
    code, message, line = facts.problem or ("", "", 1)
    exit_code = 2 if code == "internal-error" else 3
    hint = _HINTS.get(code, "")
    return Diagnostic(code, f"not analysed: {message}", facts.path, line, hint, exit_code)


def check(
    paths: Sequence[str], options: Options, progress: Progress = _silent
) -> tuple[CheckResult, Discovery | None]:
    """Runs every enabled rule on the repository of ``paths``.

    Args:
        paths: what to report on; the root of the first one is analysed whole.
        options: of the run.
        progress: told what is under way.

    Returns:
        The result, also when the run could not be made (``errors`` says why), and the walk it
        rests on.
    """
    result, run = check_run(paths, options, progress)
    return result, run.linked.discovery if run else None


def check_run(
    paths: Sequence[str], options: Options, progress: Progress = _silent
) -> tuple[CheckResult, Run | None]:
    """As ``check``, with everything the result rests on; None where the run could not be made."""
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
    code = max(error.exit_code for error in errors) if errors else 2
    code = 2 if any(error.exit_code == 2 for error in errors) else code
    return CheckResult(root, summary, (), (), tuple(errors), (), code)


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
    findings += conflict_findings(activation, config, packs_line(root, config))
    findings += delegated_findings(context, delegated.findings, findings, enabled)
    if options.observations:
        findings = with_observations(context, findings, options.observations, enabled)
    findings = without_overlaps(findings, options.min_confidence)
    remarks = _comments(linked) | applied.comments
    generated = {each.path for each in linked.facts if each.problem and each.blob is not None}
    kept = [each for each in findings if not _is_left_alone(known, each, generated)]
    severe = [with_severity(config, each, known.infos) for each in kept]
    findings = as_bound(severe, linked.bindings)
    raw, silenced = apply_noqa(findings, remarks)
    settled = settle(root, inside, raw, silenced, remarks, enabled, options, errors, known.names)
    lacking = tuple(NotVerified(*each) for each in applied.unverified)
    asked_rules = asked_by_name(config, options, NAMES, known)
    result = _result(linked, settled, lacking, asked_rules)
    result = result._replace(further=count_further(context, activation, options, inside))
    return Run(
        result, linked, tuple(asked), inside, activation, options, delegated, raw, silenced,
        remarks,
    )  # fmt: skip


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


def relink(linked: Linked, facts: Iterable[FileFacts], jobs: int) -> Linked:
    """The same repository with other facts for some of its files.

    Args:
        linked: the repository as it is.
        facts: what the changed files say now.
        jobs: processes to use.

    Returns:
        The repository as it would be.
    """
    changed = {each.path: each for each in facts}
    known = dict(zip(linked.project.paths, linked.project.facts, strict=True))
    gathered = [changed.get(each.path, each) for each in linked.facts]
    readable = [each for each in gathered if each.blob is not None]
    project = link(
        [each.path for each in readable],
        [
            marshal.loads(each.blob or b"") if each.path in changed else known[each.path]
            for each in readable
        ],
        linked.project.stubs,
        _declared_roots(linked.config),
    )
    graph = build_call_graph(project, jobs)
    errors = [_file_error(each) for each in gathered if _is_failure(each)]
    return linked._replace(project=project, graph=graph, facts=gathered, errors=errors)


def _declared_roots(config: Config) -> list[str]:
    return [each.strip("/").removeprefix("./").removesuffix(".") for each in config.project.source]


def _exit_code(findings: Iterable[Finding], errors: Iterable[Diagnostic]) -> int:
    codes = {error.exit_code for error in errors}
    if 2 in codes:
        return 2
    if 3 in codes:
        return 3
    return 1 if any(finding.severity != "note" for finding in findings) else 0


def nothing_analysed(found: Discovery) -> Diagnostic:
    """What a run says that found nothing to read."""
    message = "nothing was analysed: no Python file found below the root"
    if found.files or found.skipped:
        message = "nothing was analysed: every Python file was skipped"
    return Diagnostic("nothing-analysed", message, hint="give the path of a Python backend")


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


def context_of(
    linked: Linked, base: str = "", demands: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> RuleContext:
    """What rules may ask about a linked repository.

    Args:
        linked: the repository.
        base: revision the change is compared with; empty for origin's default branch.
        demands: options that packs set; those of the configuration win.
    """
    options = {name: dict(each) for name, each in demands.items()}
    for rule in linked.config.rules:
        options[rule.name] = {**options.get(rule.name, {}), **dict(rule.options)}
    declared = [name for name, _ in linked.config.probe_environment]
    companions = {}
    for path in linked.discovery.companions:
        text = _read_companion(linked.root, path)
        if text is not None:
            companions[path] = text
    repository = Repository(linked.root, linked.discovery.manifests, base)
    return RuleContext(
        linked.root, linked.project, linked.graph, companions, options, {}, declared, repository,
        linked.config.layers, dict(linked.config.decisions), linked.bindings,
        _boot(linked.config),
    )  # fmt: skip


def _boot(config: Config) -> Boot:
    return Boot(config.path, config.boot_canonical, config.boot_overrides)


def _read_companion(root: str, path: str) -> str | None:
    try:
        with open(f"{root}/{path}", "rb") as file:
            return file.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return None


def _unparsed(linked: Linked, enabled: frozenset[str]) -> list[Finding]:
    """One finding for each file about which nothing can be said."""
    info = syntax_not_supported.INFO
    if info.name not in enabled:
        return []
    found = []
    for each in linked.facts:
        if _is_failure(each):
            _, message, line = each.problem or ("", "", 1)
            text = f"this file does not parse: {message}"
            found.append(
                Finding(
                    info.name, info.clauses, info.severity, "definite", each.path, line, 1, line,
                    each.path, text, info.mend, message,
                )
            )  # fmt: skip
    return found
