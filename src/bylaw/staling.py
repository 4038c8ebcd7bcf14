"""``bylaw stale``: what became of the evidence of each claim."""

from __future__ import annotations

import glob
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bylaw.errors import BylawError, Diagnostic
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.claim import claim_named
from bylaw.evidence.inputs.elsewhere import GIT, NO_SETTINGS, SETTINGS
from bylaw.evidence.inputs.freshness import FRESH, Freshness, Now, Plan, freshness_of
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.remembered import Memory
from bylaw.evidence.inputs.replayed import FOREVER, keep
from bylaw.evidence.inputs.tree import Tree, take_tree
from bylaw.evidence.item import ASSERTED, Item, counting_item
from bylaw.evidence.ledger.store import Ledger, open_ledger
from bylaw.evidence.running import utc_now, written_time
from bylaw.linking import configuration_of
from bylaw.planning import bound_of, held_plans
from bylaw.proving import Prover
from bylaw.rules.repository import Repository
from bylaw.rules.selection import Options
from bylaw.source.discovery import Discovery, discover, stamp_of
from bylaw.source.stat_index import take
from bylaw.tiering import Tiering, tier_of
from bylaw.verifying import EVERY

_NO_CHANGE = Tiering("", "", "", (), (), (), ())
_OF_CHANGE = "changed-tests-green"


class Staleness(NamedTuple):
    """What became of the evidence.

    Attributes:
        tree: the tree it was held against.
        claims: one answer for each claim.
        items: the item each was given for, where there is one.
        plans: what would be run for those.
        errors: what could not be told.
        elsewhere: what beside the tree it was held against.
        interpreter: path of the project's; empty where nobody asked.
    """

    tree: Tree
    claims: tuple[Freshness, ...]
    items: Mapping[str, Item]
    plans: Mapping[str, Plan]
    errors: tuple[Diagnostic, ...] = ()
    elsewhere: frozenset[Elsewhere] = frozenset()
    interpreter: str = ""

    @property
    def exit_code(self) -> int:
        """0 where all is fresh, else 3."""
        return 0 if all(each.state == FRESH for each in self.claims) and not self.errors else 3


def staleness_of(root: str, words: Sequence[str]) -> Staleness:
    """What became of the evidence of claims.

    Args:
        root: absolute path of the root.
        words: claims, with or without ``claim/``; none for all.

    Raises:
        UsageError: there is no such claim.
        ConfigProblemsError: the configuration cannot be used.
        LedgerError: the ledger cannot be read.
    """
    config = configuration_of(root)
    bound = bound_of(config, root)
    own = {slug: each.claim for slug, each in bound.items()}
    named = [claim_named(each, own).slug for each in words] or [*EVERY, *sorted(own)]
    with open_ledger(root, create=False) as ledger:
        items = {claim: counting_item(ledger.history(claim)) for claim in named}
        held = {claim: item for claim, item in items.items() if item is not None}
        tree = take_tree(root)
        asked = [claim for claim, item in held.items() if item.draft.provenance != ASSERTED]
        tiering = _change(root, held.get(_OF_CHANGE))
        found = discover(root, exclude=config.project.exclude) if asked else None
        plans: dict[str, Plan] = {}
        interpreter = ""
        if found is not None:
            project = Project(root, config, Repository(root, found.manifests, tiering.base))
            prover = Prover(project, Options(base=tiering.base), lambda _: None)
            plans = held_plans(held, project, prover, bound, tiering)
            interpreter = project.environment.interpreter.path
        now = Now(written_time(utc_now()), plans)
        answers = tuple(freshness_of(items, tree, now, ledger.blobs))
        elsewhere = elsewhere_of(root, held, ledger)
    return Staleness(tree, answers, held, plans, tiering.errors, elsewhere, interpreter)


def elsewhere_of(root: str, items: Mapping[str, Item], ledger: Ledger) -> frozenset[Elsewhere]:
    """What beside the tree items were held against.

    Args:
        root: absolute path of the root.
        items: the items, by claim.
        ledger: where their manifests are kept.
    """
    memory = Memory(root, cached=True)
    found: set[Elsewhere] = set()
    for item in items.values():
        try:
            found.update(memory.summary(item.draft.inputs.manifest, ledger.blobs.get).elsewhere)
        except BylawError:
            # Its absence is told already, and must be looked for again.
            found.add(Elsewhere(GIT, "", ""))
    return frozenset(found)


def _change(root: str, item: Item | None) -> Tiering:
    """The change that decides which tests reach it, where an item asks for that."""
    if item is None or not item.draft.scope.base:
        return _NO_CHANGE
    return tier_of(root, item.draft.scope.base)


def keep_answer(words: list[str], found: Staleness, text: str) -> None:
    """Stores what was said, to be said again as long as nothing it depends on changes.

    Args:
        words: the command line after the program's name.
        found: what became of the evidence.
        text: what was said.
    """
    watched = watched_beside(found.elsewhere, found.interpreter)
    if watched is None or found.errors or found.tree.restless:
        return
    ends = [end_of(item, found.plans.get(claim)) for claim, item in found.items.items()]
    now_ns = time.time_ns()
    until_ns = min((each for each in ends if each > now_ns), default=FOREVER)
    store_answer(words, found.tree, watched, until_ns, found.exit_code, text)


def store_answer(
    words: list[str], tree: Tree, watched: Iterable[str], until_ns: int, code: int, text: str
) -> None:
    """Stores an answer about a tree.

    Args:
        words: the command line after the program's name.
        tree: what it is about.
        watched: files and folders beside the tree that it depends on.
        until_ns: when it ends to hold in any case.
        code: exit code.
        text: what was said.
    """
    root = tree.root
    places = sorted({os.path.relpath(os.path.join(root, each), root) for each in watched})
    stamps = [(path, stamp_of(os.path.join(root, path))) for path in places]
    beside = take(Discovery([], [], [], [], stamps), time.time_ns())
    keep(words, root, tree.whole, beside, until_ns, code, text)


def watched_beside(elsewhere: Iterable[Elsewhere], interpreter: str) -> set[str] | None:
    """Files and folders beside the tree that freshness depends on.

    Args:
        elsewhere: what evidence was held against beside the tree.
        interpreter: path of the project's; empty where nobody asked.

    Returns:
        Their paths; None where it depends on something that is no file.
    """
    watched = {".bylaw/ledger.db", ".bylaw/ledger.db-wal", ".env.example", *sys.path}
    watched.update(os.environ.get("PATH", "").split(os.pathsep))
    if interpreter:
        watched |= {interpreter, os.path.dirname(interpreter)}
        environment = os.path.dirname(os.path.dirname(interpreter))
        watched.add(f"{environment}/pyvenv.cfg")
        watched.update(glob.glob(f"{glob.escape(environment)}/lib*/python*/site-packages"))
    for each in elsewhere:
        if each.kind == GIT or (each.kind == SETTINGS and each.digest != NO_SETTINGS):
            return None
        if each.kind != SETTINGS:
            watched.add(each.path or ".")
    return {each for each in watched if each}


def end_of(item: Item, plan: Plan | None) -> int:
    """When an item is, or was, too old."""
    limits = [each for each in (item.draft.oldest, plan.oldest if plan else 0) if each]
    if not limits:
        return FOREVER
    ended = datetime.fromisoformat(item.draft.ended).timestamp()
    return int((ended + min(limits)) * 1_000_000_000)
