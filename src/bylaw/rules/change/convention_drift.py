"""``convention-drift``: a change brings a second tool beside the one that is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.conventions.evidence import UNKNOWN, Evidence
from bylaw.rules.conventions.families import FAMILIES
from bylaw.rules.conventions.imported import evidence_of, evidence_of_text
from bylaw.rules.conventions.structure import layouts
from bylaw.rules.conventions.tools import TOOLS, tool_evidence
from bylaw.rules.repository import Change, Repository
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="convention-drift",
    summary="A change brings a second framework, ORM, test runner, dependency manager, checker or "
    "layout beside the one that bylaw.toml locks.",
    clauses=("GOV-RCL",),
    severity="warning",
    how="change",
    family="change",
    mend="use the one that is locked, or change [decisions] in bylaw.toml on purpose",
    needs=frozenset({"base", "manifests"}),
)
_TITLES = {
    "web-framework": "web framework", "orm": "ORM", "migration-tool": "migration tool",
    "test-runner": "test runner", "dependency-manager": "dependency manager", "linter": "linter",
    "formatter": "formatter", "type-checker": "type checker", "layout": "layout",
}  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per answer that the change adds and the lock does not have."""
    locked = {
        question: value.lower()
        for question, value in context.decisions.items()
        if question in _TITLES and isinstance(value, str) and value.lower() != UNKNOWN
    }
    if not locked:
        return
    change = context.repository.change()
    if isinstance(change, str):
        context.not_verified(INFO, change)
        return
    yield from _imported(context, change, locked)
    yield from _tools(context, change, locked)
    if "layout" in locked:
        yield from _laid_out(context, change, locked["layout"])


def _imported(context: RuleContext, change: Change, locked: Mapping[str, str]) -> Iterator[Finding]:
    """Second frameworks, by the imports that the change adds."""
    changed = change.changed()
    for family in FAMILIES:
        own = locked.get(family.question)
        if own is None:
            continue
        allowed = {own, *family.along.get(own, ())}
        seen: set[str] = set()
        for each in evidence_of(context, family):
            if each.value in allowed or each.value in seen or each.path not in changed:
                continue
            if each.value not in evidence_of_text(family, change.before(each.path) or ""):
                seen.add(each.value)
                yield _finding(family.question, each, own)


def _tools(context: RuleContext, change: Change, locked: Mapping[str, str]) -> Iterator[Finding]:
    """Second tools, by the files that the change adds or edits."""
    before = _Before(context.repository, change)
    for question in (*TOOLS, "test-runner"):
        own = locked.get(question)
        if own is None:
            continue
        known = {each.value for each in tool_evidence(before, question)} | {own}
        for each in _first(tool_evidence(context.repository, question), known):
            if each.path in change.changed():
                yield _finding(question, each, own)


def _laid_out(context: RuleContext, change: Change, own: str) -> Iterator[Finding]:
    """Folders that the change adds and that group modules in another way."""
    for each in layouts(context):
        if each.value == own or each.path not in change.changed():
            continue
        folder = each.path.rpartition("/")[0]
        if not any(path.startswith(f"{folder}/") for path in change.held()):
            yield _finding("layout", each, own)


class _Before(Repository):
    """The deploy and project files of a repository as the base revision holds them."""

    def __init__(self, repository: Repository, change: Change) -> None:
        held = change.held()
        paths = [path for path in repository.paths if path in held]
        super().__init__(repository.root, paths, repository.base)
        self._now = repository
        self._since = change

    def text(self, path: str) -> str:
        """Text of a file at the base; empty where it was not there."""
        if path in self._since.changed():
            return self._since.before(path) or ""
        return self._now.text(path)

    def exists(self, path: str) -> bool:
        """Whether a file was there at the base."""
        return path in self._since.held()


def _first(evidence: Iterable[Evidence], known: set[str]) -> Iterator[Evidence]:
    seen = set(known)
    for each in evidence:
        if each.value not in seen:
            seen.add(each.value)
            yield each


def _finding(question: str, each: Evidence, own: str) -> Finding:
    message = (
        f"this change brings {each.value} ({each.why}); the {_TITLES[question]} that is locked "
        f"is {own}"
    )
    return file_finding(INFO, each.path, each.line, message, sink=f"{question} {each.value}")
