"""From a path to the tier of its change: git, two sides of the model, reasons, obligations."""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.errors import Diagnostic, UsageError
from bylaw.facts.gather import facts_of_source
from bylaw.gates.tier.code_difference import CodeDifference, difference
from bylaw.gates.tier.files import file_reasons, is_documentation
from bylaw.gates.tier.model_difference import model_reasons
from bylaw.gates.tier.module_reasons import (
    ModuleChange,
    dynamic_reasons,
    module_reasons,
    shown_docstrings,
    text_reasons,
)
from bylaw.gates.tier.obligations import obligations_of
from bylaw.gates.tier.side import Side
from bylaw.gates.tier.surfaces import (
    HIGH,
    LOW,
    MEDIUM,
    UNRESOLVED,
    Touched,
    highest,
    in_order,
    unresolved,
)
from bylaw.linking import Linked, Progress, configuration_of, context_of, link_repository, silent
from bylaw.model.graph_building import build_call_graph
from bylaw.model.project import link
from bylaw.model.roles import is_test_path
from bylaw.rules.selection import Options
from bylaw.source.changes import LINK, Changed, changes_between, cut_history
from bylaw.source.directory_kinds import is_generated_head, is_generated_name
from bylaw.source.git import Git, GitError, base_of, changed_files, commit_of, find_git
from bylaw.source.ignore_rules import PYTHON_ENDINGS
from bylaw.source.workers import available_processes

_FOREIGN = frozenset({"vendor", "_vendor", "vendored", "third_party", "extern", "node_modules"})


class Tiering(NamedTuple):
    """What a change touches and what it obliges.

    Attributes:
        tier: ``TIER-LOW``, ``TIER-MEDIUM`` or ``TIER-HIGH``.
        base: hash of the commit the change starts from; empty where none could be found.
        head: hash of the commit the work tree stands on; empty likewise.
        reasons: the most severe first; none for an empty change.
        obligations: slugs of the claims that must be proven, in their order.
        errors: what could not be told.
        change: every file of the change.
        elsewhere: files that changed outside the root, where the change below it is empty.
    """

    tier: str
    base: str
    head: str
    reasons: tuple[Touched, ...]
    obligations: tuple[str, ...]
    errors: tuple[Diagnostic, ...]
    change: tuple[Changed, ...]
    elsewhere: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed; never so where that could not be told."""
        return not self.change and not self.errors


class _Found(NamedTuple):
    git: Git
    base: str
    head: str
    change: list[Changed]


def tier_of(
    root: str, base: str = "", options: Options | None = None, progress: Progress = silent
) -> Tiering:
    """The tier of the change since the merge base, the work tree included.

    Args:
        root: absolute path of the root.
        base: revision it is compared with; empty for the default branch of ``origin``.
        options: cache and processes.
        progress: told what is under way.

    Returns:
        The tier with its reasons. What could not be told is in ``errors``, and the tier is then
        ``TIER-HIGH``.

    Raises:
        UsageError: the base is no revision but an option.
        ConfigProblemsError: the configuration cannot be used.
        StubError: an effect stub does not load.
    """
    if base.startswith("-"):
        raise UsageError(f"no such revision: {base}", hint="name a commit with --base")
    progress("comparing with the base")
    found = _found(root, base)
    if isinstance(found, Diagnostic):
        return _untold(found)
    if not found.change:
        elsewhere = _elsewhere(found)
        return Tiering(LOW, found.base, found.head, (), (), (), (), elsewhere)
    judged = _Judged(root, found, options or Options(), progress)
    reasons = in_order(judged.reasons())
    tier = highest(reasons)
    obligations = obligations_of(
        tier,
        {each.surface for each in reasons},
        adds_text=any(each.after for each in found.change),
        runs_at_import=judged.runs_at_import,
    )
    errors = tuple(_error(each) for each in reasons if each.surface == "unresolved")
    return Tiering(
        tier, found.base, found.head, reasons, obligations, errors, tuple(found.change)
    )  # fmt: skip


def _untold(problem: Diagnostic) -> Tiering:
    reason = unresolved("", problem.message)
    return Tiering(
        HIGH, "", "", (reason,), obligations_of(HIGH, {"unresolved"}), (problem,), ()
    )  # fmt: skip


def _error(reason: Touched) -> Diagnostic:
    message = reason.why.removeprefix(f"{UNRESOLVED}: ")
    return Diagnostic(
        "tier-unresolved", message, reason.path, hint="mend it, or prove what TIER-HIGH obliges"
    )


def _found(root: str, base: str) -> _Found | Diagnostic:
    """The change, or why there is none to look at."""
    git = find_git(root)
    if git is None:
        return Diagnostic(
            "no-git", "the root is in no git repository: what changed cannot be told",
            hint="run it in a clone with history",
        )  # fmt: skip
    try:
        head = commit_of(git, "HEAD")
        start = base_of(git, base)
        tip = commit_of(git, base) if base else start
        cut = cut_history(git, start, head, tip)
        if cut:
            return Diagnostic("shallow-history", cut, hint="git fetch --unshallow")
        return _Found(git, start, head, changes_between(git, start))
    except GitError as error:
        shallow = os.path.exists(f"{git.common}/shallow")
        hint = "git fetch --unshallow" if shallow else "name a commit with --base, or fetch more"
        return Diagnostic("no-base", str(error), hint=hint)


def _elsewhere(found: _Found) -> int:
    """Files that changed outside the root."""
    if not found.git.prefix:
        return 0
    try:
        return len(changed_files(found.git._replace(prefix=""), found.base))
    except GitError:
        return 0


class _Judged:
    """Reasons of one change; the model is made only where the code of the project changed."""

    def __init__(self, root: str, found: _Found, options: Options, progress: Progress) -> None:
        self.root = root
        self.found = found
        self.options = options
        self.progress = progress
        self.runs_at_import = False
        self._modules: list[tuple[Changed, CodeDifference]] = []

    def reasons(self) -> list[Touched]:
        """Every reason, in no order."""
        found: list[Touched] = []
        for each in self.found.change:
            found += self._of_python(each) if _is_python(each) else ()
        folders = {each.path.rpartition("/")[0] for each, _ in self._modules}
        for each in self.found.change:
            found += () if _is_python(each) else file_reasons(each, folders, self._read)
        if self._modules:
            # Two models live until the end: to look for garbage in between finds none.
            was_on = gc.isenabled()
            gc.disable()
            try:
                found += self._by_model(highest(found))
            finally:
                if was_on:
                    gc.enable()
        return found

    def _read(self, path: str) -> bytes:
        """Content of another file below the root; empty where it cannot be read."""
        try:
            with open(f"{self.root}/{path}", "rb") as file:
                return file.read(1 << 20)
        except OSError:
            return b""

    def _of_python(self, each: Changed) -> Iterator[Touched]:
        """What the texts of a Python file say alone; what needs the model is kept for it."""
        if is_test_path(each.path) and is_test_path(each.old_path):
            yield _of_test(each)
        elif is_documentation(each.path) and is_documentation(each.old_path):
            yield Touched("docs", each.path, "", "how documentation is built", LOW)
        elif each.problem:
            yield unresolved(each.path, f"its content is {each.problem}")
        else:
            yield from _generated(each)
            told = difference(each.before, each.after)
            if told.problem:
                yield unresolved(each.path, told.problem)
                return
            if told.is_same_code and not each.is_renamed:
                yield from text_reasons(each, told)
            self.runs_at_import |= told.runs_at_import or told.statements
            if not told.is_same_code or told.docstrings or each.is_renamed:
                self._modules.append((each, told))

    def _by_model(self, tier: str) -> Iterator[Touched]:
        linked = link_repository(
            self.root, configuration_of(self.root), self.options, self.progress
        )
        self.progress("comparing both sides")
        jobs = self.options.jobs or available_processes()
        after = Side(context_of(linked, self.found.base))
        before = Side(context_of(_at_base(linked, self.found.change, jobs), self.found.base))
        reasons: list[Touched] = []
        if any(not told.is_same_code or each.is_renamed for each, told in self._modules):
            reasons += model_reasons(before.context, after.context)
        changes: list[ModuleChange] = []
        for each, told in self._modules:
            change = ModuleChange(each, told, before, after)
            if after.module(each.path) < 0 and before.module(each.old_path) < 0:
                reasons.append(_not_linked(each, linked))
            elif told.is_same_code and not each.is_renamed:
                reasons += shown_docstrings(change)
            else:
                reasons += module_reasons(change)
                changes.append(change)
        if HIGH not in (tier, highest(reasons)):
            reasons += [reason for change in changes for reason in dynamic_reasons(change)]
        yield from reasons


def _at_base(linked: Linked, change: Iterable[Changed], jobs: int) -> Linked:
    """The repository with the base's text of every changed file, nothing checked out."""
    python = [each for each in change if _is_python(each)]
    gone = {each.path for each in python}
    here = frozenset(linked.project.paths)
    old = [
        facts_of_source(each.old_path, each.before, {})
        for each in python
        if each.before is not None
        and (each.path in here if each.mode else _was_analysed(each.old_path))
    ]
    known = zip(linked.project.paths, linked.project.facts, strict=True)
    facts = {path: each for path, each in known if path not in gone}
    facts |= {each.path: marshal.loads(each.blob) for each in old if each.blob is not None}
    paths = sorted(facts)
    roots = [
        each.strip("/").removeprefix("./").removesuffix(".")
        for each in linked.config.project.source
    ]
    project = link(paths, [facts[each] for each in paths], linked.project.stubs, roots)
    return linked._replace(project=project, graph=build_call_graph(project, jobs))


def _was_analysed(path: str) -> bool:
    """Whether a file that is gone was one of the project, as far as its path tells."""
    parts = path.split("/")
    return not _FOREIGN & set(parts) and not any(each.startswith(".") for each in parts)


def _not_linked(each: Changed, linked: Linked) -> Touched:
    """Python that is no part of what is analysed: left out, vendored, hidden."""
    reason = next(
        (
            one.reason
            for one in linked.discovery.skipped
            if each.path == one.path or (one.path.endswith("/") and each.path.startswith(one.path))
        ),
        "it is not analysed",
    )
    if _FOREIGN & set(each.path.split("/")):
        return Touched("dependency", each.path, "", "code of others that runs here", MEDIUM)
    if reason == "hidden directory":
        return Touched("tooling", each.path, "", "in a hidden directory: for developers", LOW)
    return Touched("data", each.path, "", f"not judged as code: {reason}", MEDIUM)


def _is_python(each: Changed) -> bool:
    """Whether it is Python before or after; a link only says where another file is."""
    if each.is_submodule or LINK in (each.mode, each.old_mode):
        return False
    return each.path.endswith(PYTHON_ENDINGS) or each.old_path.endswith(PYTHON_ENDINGS)


def _of_test(each: Changed) -> Touched:
    how = "gone" if not each.mode else "new" if not each.old_mode else "another"
    return Touched("test", each.path, "", f"a test, or what supports tests, is {how}", LOW)


def _generated(each: Changed) -> Iterable[Touched]:
    head = (each.after or each.before or b"")[:2048]
    if is_generated_name(each.path.rpartition("/")[2]) or is_generated_head(head):
        return (Touched("generated", each.path, "", "a generator writes this file", HIGH),)
    return ()
