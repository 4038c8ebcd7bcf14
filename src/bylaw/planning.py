"""What would be run for each claim: the works of its adapters, and the plans items are held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bylaw.config import Config
from bylaw.evidence.adapters.answers import COMMANDS, OLDEST, RULES
from bylaw.evidence.adapters.choosing import work_for
from bylaw.evidence.adapters.commands import Bound, bound_claims, pack_of
from bylaw.evidence.adapters.commands import work as command_work
from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.reaching_tests import asking_for
from bylaw.evidence.adapters.unbuilt import unbuilt
from bylaw.evidence.adapters.work import Refusal, Work
from bylaw.evidence.inputs.freshness import Plan
from bylaw.evidence.item import ASSERTED, Item, Tool
from bylaw.evidence.performing import recorded_command, recorded_variables
from bylaw.evidence.recording import environment_for, plan_for
from bylaw.installed import known_rules
from bylaw.packs.own.enabled import enabled_documents
from bylaw.proving import IMAGES, PARTS, PROBES, Prover
from bylaw.tiering import Tiering
from bylaw.version import __version__

IN_PROCESS = frozenset({*RULES, *PROBES, *PARTS, IMAGES})
"""Claims that Bylaw answers in its own process."""


class Planned(NamedTuple):
    """What is run for some claims.

    Attributes:
        works: by claim, but for those of ``IN_PROCESS``.
        plans: by claim.
    """

    works: Mapping[str, Work | Refusal]
    plans: Mapping[str, Plan]


def bound_of(config: Config, root: str) -> Mapping[str, Bound]:
    """Claims that the documents of a team bind, by slug."""
    return bound_claims(enabled_documents(config, root, known_rules().infos).bindings)


def planned(
    wanted: Sequence[str], project: Project, prover: Prover, bound: Mapping[str, Bound],
    tiering: Tiering,
) -> Planned:  # fmt: skip
    """What would be run for claims on the tree as it is.

    Args:
        wanted: slugs of claims.
        project: the project.
        prover: links the repository where the change's tests are looked for.
        bound: claims of the team's own documents.
        tiering: the change.
    """
    works: dict[str, Work | Refusal] = {}
    asking = Asking(tiering.base)
    if "changed-tests-green" in wanted:
        asking = _asking(prover, tiering)
    for claim in wanted:
        if claim in IN_PROCESS or claim in works:
            continue
        if claim in bound:
            works[claim] = command_work(project, bound[claim])
        else:
            works[claim] = unbuilt(claim, project) or work_for(claim, project, asking)
    _share(works)
    plans = {claim: _plan(each, project, bound.get(claim)) for claim, each in works.items()}
    plans |= {claim: _own_plan(claim, project) for claim in wanted if claim in IN_PROCESS}
    return Planned(works, plans)


def held_plans(
    items: Mapping[str, Item], project: Project, prover: Prover, bound: Mapping[str, Bound],
    tiering: Tiering,
) -> dict[str, Plan]:  # fmt: skip
    """What would be run now for claims that have evidence.

    Args:
        items: the item of each claim.
        project: the project.
        prover: links the repository where the change's tests are looked for.
        bound: claims of the team's own documents.
        tiering: the change.

    Returns:
        By claim; none where the item is an assertion.
    """
    asked = [claim for claim, item in items.items() if item.draft.provenance != ASSERTED]
    plans = dict(planned(asked, project, prover, bound, tiering).plans)
    for claim in asked:
        if plans[claim].command != items[claim].draft.command:
            # One run may have proven several claims, or one alone.
            alone = planned([claim], project, prover, bound, tiering).plans[claim]
            if alone.command == items[claim].draft.command:
                plans[claim] = alone
    return plans


def _asking(prover: Prover, tiering: Tiering) -> Asking:
    if not tiering.base:
        return Asking()
    there = [each.path for each in tiering.change if each.mode]
    gone = any(not each.mode or each.is_renamed for each in tiering.change)
    return asking_for(prover.linked.project, there, tiering.base, gone)


def _share(works: dict[str, Work | Refusal]) -> None:
    """A work that proves the whole suite as well is run once for both."""
    for claim in ("coverage-floor", "changed-tests-green"):
        work = works.get(claim)
        if isinstance(work, Work) and isinstance(works.get("tests-green"), Work) and (
            "tests-green" in work.claims
        ):  # fmt: skip
            works["tests-green"] = work


def _plan(work: Work | Refusal, project: Project, bound: Bound | None) -> Plan:
    if isinstance(work, Refusal):
        environment = environment_for(project, project.variables().items())
        return plan_for((), False, "", Tool(work.tool, ""), environment)
    environment = environment_for(project, recorded_variables(work, project))
    return plan_for(recorded_command(work, project), work.shell, work.steps[0].cwd, work.tool,
                    environment, pack_of(bound) if bound is not None else "")  # fmt: skip


def _own_plan(claim: str, project: Project) -> Plan:
    words = COMMANDS.get(claim, "bylaw run image-builds")
    if claim in RULES:
        words = f"bylaw check . --select {','.join(RULES[claim])}"
    environment = environment_for(project, project.variables().items())
    return plan_for(words.split(), False, "", Tool("bylaw", __version__), environment,
                    oldest=OLDEST.get(claim, 0))  # fmt: skip
