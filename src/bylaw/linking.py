"""From a path to a linked repository, and to what rules may ask about it."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from bylaw.config import Config, load_config
from bylaw.errors import Diagnostic, UsageError
from bylaw.facts.gather import FileFacts
from bylaw.facts.store import gather_facts
from bylaw.installed import known_rules
from bylaw.model.call_graph import CallGraph
from bylaw.model.graph_building import build_call_graph
from bylaw.model.project import Project, link
from bylaw.model.stub_table import load_stubs
from bylaw.rules.binding import Binding
from bylaw.rules.context import Boot, RuleContext
from bylaw.rules.repository import Repository
from bylaw.rules.selection import Options
from bylaw.source.atomic import cache_directory
from bylaw.source.discovery import Discovery, discover
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


def silent(message: str) -> None:
    """Progress that nobody wants to see."""


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


def configuration_of(root: str) -> Config:
    """The configuration of a repository, in which installed plug-ins have their say.

    Args:
        root: absolute path of the root.

    Raises:
        ConfigProblemsError: it cannot be used.
    """
    return load_config(root, known_rules().configurable)


def link_repository(
    root: str, config: Config, options: Options, progress: Progress = silent,
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
    errors = [_file_error(each) for each in gathered.facts if is_failure(each)]
    return Linked(root, config, found, project, graph, gathered.facts, errors)


def is_failure(facts: FileFacts) -> bool:
    """Whether a file could not be read; generated ones and templates are left out on purpose."""
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
    errors = [_file_error(each) for each in gathered if is_failure(each)]
    return linked._replace(project=project, graph=graph, facts=gathered, errors=errors)


def _declared_roots(config: Config) -> list[str]:
    return [each.strip("/").removeprefix("./").removesuffix(".") for each in config.project.source]


def nothing_analysed(found: Discovery) -> Diagnostic:
    """What a run says that found nothing to read."""
    message = "nothing was analysed: no Python file found below the root"
    if found.files or found.skipped:
        message = "nothing was analysed: every Python file was skipped"
    return Diagnostic("nothing-analysed", message, hint="give the path of a Python backend")


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
