"""Whether evidence still says something about the tree as it is, and if not, exactly why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from bylaw.errors import BylawError
from bylaw.evidence.inputs.elsewhere import GIT, INSTALLED, SETTINGS, Layout, layout_of, look
from bylaw.evidence.inputs.manifest import Elsewhere, File, Manifest, read_manifest
from bylaw.evidence.inputs.remembered import Memory
from bylaw.evidence.inputs.tree import Tree
from bylaw.evidence.item import ASSERTED, Draft, Environment, Inputs, Item, Tool

FRESH, STALE, NEVER = "fresh", "stale", "absent"


class Plan(NamedTuple):
    """What would be run for a claim now; each field as an item's draft has it.

    Attributes:
        command: its words.
        shell: whether a shell reads it.
        cwd: directory below the root.
        tool: what would answer.
        environment: where it would run.
        pack: digest of configuration and documents that bind the claim.
        oldest: seconds after which an answer no longer counts; 0 where only content decides.
    """

    command: tuple[str, ...]
    shell: bool
    cwd: str
    tool: Tool
    environment: Environment
    pack: str = ""
    oldest: int = 0


class Now(NamedTuple):
    """What is so at the moment, beside the tree.

    Attributes:
        clock: UTC, as items write it.
        plans: what would be run, by slug of the claim.
    """

    clock: str
    plans: Mapping[str, Plan]


class Cause(NamedTuple):
    """One reason why evidence is stale.

    Attributes:
        kind: ``file-changed``, ``file-added``, ``file-removed``, ``mode-changed``,
            ``elsewhere-changed``, ``history-changed``, ``packages-changed``, ``command``,
            ``tool``, ``environment``, ``pack``, ``age``, ``clock`` or ``manifest``.
        path: the file; empty where it is about none.
        detail: what was, and what is.
    """

    kind: str
    path: str
    detail: str


class Freshness(NamedTuple):
    """What became of the evidence for one claim.

    Attributes:
        claim: slug.
        item: the newest item; empty where there is none.
        state: ``fresh``, ``stale`` or ``absent``.
        set: ``tree`` or ``observed``; empty where there is no item.
        how: how the set was found.
        files: how many files count by their content.
        causes: why it is stale; empty otherwise.
    """

    claim: str
    item: str
    state: str
    set: str
    how: str
    files: int
    causes: tuple[Cause, ...]


class Blobs(Protocol):
    """Where bytes are kept by their content."""

    def get(self, digest: str) -> bytes:
        """The bytes.

        Raises:
            BylawError: they are missing, or are not what their name says.
        """


def freshness_of(
    items: Mapping[str, Item | None], tree: Tree, now: Now, blobs: Blobs, *, cached: bool = True
) -> list[Freshness]:
    """What became of the evidence for each claim.

    Args:
        items: the newest item of each claim, by slug; None where there is none.
        tree: the tree as it is.
        now: everything else as it is.
        blobs: where manifests are kept.
        cached: whether what an earlier call read may be used again.

    Returns:
        One answer for each claim, sorted by slug.
    """
    compared = _Comparison(tree, blobs, Memory(tree.root, cached))
    found = []
    for claim, item in sorted(items.items()):
        if item is None:
            found.append(Freshness(claim, "", NEVER, "", "", 0, ()))
            continue
        causes = [*_of_plan(item.draft, now), *compared.causes(item.draft.inputs)]
        inputs = item.draft.inputs
        found.append(
            Freshness(claim, item.id, STALE if causes else FRESH, inputs.set, inputs.how,
                      compared.size(inputs), tuple(causes))
        )  # fmt: skip
    compared.memory.save()
    return found


class _Comparison:
    """Compares manifests with one tree; what several items share is looked at once."""

    def __init__(self, tree: Tree, blobs: Blobs, memory: Memory) -> None:
        self.memory = memory
        self._tree, self._blobs = tree, blobs
        self._layout: Layout | None = None
        self._now: dict[str, File] = {}
        self._looks: dict[tuple[str, str], str] = {}
        self._answers: dict[str, tuple[Cause, ...]] = {}

    def causes(self, inputs: Inputs) -> tuple[Cause, ...]:
        """Why a set of inputs is no longer what it was."""
        if inputs.manifest not in self._answers:
            try:
                self._answers[inputs.manifest] = tuple(self._compare(inputs))
            except BylawError as error:
                self._answers[inputs.manifest] = (Cause("manifest", "", error.message),)
        return self._answers[inputs.manifest]

    def size(self, inputs: Inputs) -> int:
        """How many files of a set count by their content."""
        try:
            return self.memory.summary(inputs.manifest, self._blobs.get).files
        except BylawError:
            return 0

    def _compare(self, inputs: Inputs) -> Iterator[Cause]:
        told: set[str] = set()
        if inputs.whole != self._tree.whole:
            for cause in self._compare_files(read_manifest(self._blobs.get(inputs.manifest))):
                told.add(cause.path)
                yield cause
        for each in self.memory.summary(inputs.manifest, self._blobs.get).elsewhere:
            found = self._look(each)
            if found != each.digest and each.path not in told:
                yield _elsewhere_cause(each, found)

    def _compare_files(self, manifest: Manifest) -> Iterator[Cause]:
        if not self._now:
            self._now = {each.path: each for each in self._tree.files}
        before = {each.path: each for each in manifest.files}
        for path in sorted(before.keys() | self._now.keys()):
            old, new = before.get(path), self._now.get(path)
            if old is None:
                yield Cause("file-added", path, "it was not there")
            elif new is None:
                yield Cause("file-removed", path, "it is gone")
            elif old.mode != new.mode:
                yield Cause("mode-changed", path, f"mode {old.mode} became {new.mode}")
            elif old.digest not in ("", new.digest):
                yield Cause("file-changed", path, "its content is another one")

    def _look(self, each: Elsewhere) -> str:
        key = each.kind, each.path
        if key not in self._looks:
            if self._layout is None:
                self._layout = layout_of(file.path for file in self._tree.files)
            self._looks[key] = look(
                each.kind, each.path, self._tree.root, self._layout, self.memory.digests
            )
        return self._looks[key]


def _elsewhere_cause(each: Elsewhere, found: str) -> Cause:
    if each.kind == GIT:
        return Cause("history-changed", "", "commits, branches, tags or the index of git changed")
    if each.kind == INSTALLED:
        return Cause("packages-changed", each.path, "other packages are installed")
    if each.kind == SETTINGS:
        return Cause("elsewhere-changed", each.path, "one of these came, went or changed")
    if found == "absent" or each.digest == "absent":
        detail = "it was not there" if each.digest == "absent" else "it is gone"
    else:
        detail = "it is not what it was"
    return Cause("elsewhere-changed", each.path, detail)


def _of_plan(draft: Draft, now: Now) -> Iterator[Cause]:
    """What changed beside the files."""
    yield from _of_time(draft, now)
    plan = now.plans.get(draft.claim)
    if plan is None:
        if draft.provenance != ASSERTED:
            yield Cause("command", "", "nothing would run for this claim any more")
        return
    if (draft.command, draft.shell, draft.cwd) != (plan.command, plan.shell, plan.cwd):
        was, would = _told(draft.command, draft.cwd), _told(plan.command, plan.cwd)
        yield Cause("command", "", f"was {was}, would be {would}")
    if draft.tool != plan.tool:
        yield Cause("tool", "", f"was {_tool(draft.tool)}, is {_tool(plan.tool)}")
    yield from _of_environment(draft.environment, plan.environment)
    if draft.pack != plan.pack:
        yield Cause("pack", "", "the configuration or the documents that bind the claim changed")


def _of_environment(was: Environment, would: Environment) -> Iterator[Cause]:
    for field in ("interpreter", "platform"):
        old, new = getattr(was, field), getattr(would, field)
        if old != new:
            yield Cause("environment", "", f"the {field} was {old or 'none'}, is {new or 'none'}")
    if was.lock != would.lock:
        yield Cause("environment", "", "the lock files changed")
    before, after = dict(was.variables), dict(would.variables)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            # What it holds may be a secret.
            yield Cause("environment", "", f"the variable {name} is not what it was")


def _of_time(draft: Draft, now: Now) -> Iterator[Cause]:
    try:
        started, ended, clock = map(datetime.fromisoformat, (draft.started, draft.ended, now.clock))
        age = (clock - ended).total_seconds()
        is_ordered = started <= ended
    except (ValueError, TypeError):
        yield Cause("clock", "", "its times cannot be read")
        return
    if age < 0 or not is_ordered:
        yield Cause("clock", "", f"it ended at {draft.ended}, and it is {now.clock}")
        return
    plan = now.plans.get(draft.claim)
    limits = [each for each in (draft.oldest, plan.oldest if plan else 0) if each]
    if limits and age > min(limits):
        yield Cause("age", "", f"it is {int(age)} seconds old, and counts for {min(limits)}")


def _told(command: tuple[str, ...], cwd: str) -> str:
    return f"`{' '.join(command)}`" + (f" in {cwd}" if cwd else "")


def _tool(tool: Tool) -> str:
    return f"{tool.name} {tool.version}".strip() + (f" ({tool.digest[:19]})" if tool.digest else "")
