"""``bylaw gate --explain ID``: one word of the answer, derived down to what was run and seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bylaw.errors import UsageError
from bylaw.evidence.claim import CLAIMS, slug_of
from bylaw.evidence.item import Item
from bylaw.gates.quality_gates import GATES, GateResult, claims_of
from bylaw.gates.reason import Reason, meaning
from bylaw.report.gate_text import approval
from bylaw.report.layout import visible
from bylaw.report.tally import plural

if TYPE_CHECKING:
    from bylaw.evidence.inputs.freshness import Freshness
    from bylaw.gates.answer import Answer

_SHOWN = 10


def explained(
    answer: Answer, items: Mapping[str, Item], ages: Mapping[str, Freshness], name: str
) -> str:
    """How one word of the answer comes about.

    Args:
        answer: of the gate.
        items: items the claims rest on, by id.
        ages: what became of each, by claim.
        name: a gate, a claim, a reason code, an item, an approval, ``tier`` or ``verdict``.

    Raises:
        UsageError: nothing in the answer has that name.
    """
    lines = list(_lines(answer, items, ages, name))
    if not lines:
        hint = "a gate, a claim, a reason code, an item, an approval, tier or verdict"
        raise UsageError(f"nothing in the answer is called {name}", hint=hint)
    return "".join(f"{visible(line)}\n" for line in lines)


def _lines(
    answer: Answer, items: Mapping[str, Item], ages: Mapping[str, Freshness], name: str
) -> Iterator[str]:
    verdict, matter = answer.verdict, answer.matter
    if name in ("verdict", verdict.verdict):
        yield f"{verdict.verdict} ({verdict.status})"
        for each in (*verdict.reasons, *verdict.warnings):
            yield from _reason(each)
        return
    if name in ("tier", matter.tier):
        yield f"{matter.tier}, since {matter.base[:12] or 'an unknown commit'}"
        for touched in matter.touched:
            yield f"  {touched.surface}  {touched.path} {touched.symbol}  {touched.why}"
        return
    gates = {gate.id for gate in verdict.gates}
    for gate in verdict.gates:
        if gate.id == name:
            yield from _gate(gate, answer)
    slug = slug_of(name)
    for standing in matter.standings:
        if slug == standing.claim or name == standing.evidence:
            yield from _claim(answer, items, ages, standing.claim)
    for each in (*verdict.reasons, *verdict.warnings):
        if name in (each.reason_code, each.reason_code.partition(":")[0]) and name not in gates:
            yield from _reason(each)
    for given in answer.approvals:
        if given.id == name:
            yield f"{given.state}: {approval(given)}"


def _gate(gate: GateResult, answer: Answer) -> Iterator[str]:
    yield f"{gate.id} {gate.title}: {gate.result}"
    known = {each.id: each for each in GATES}
    rules = known[gate.id].rules if gate.id in known else ()
    claims = ", ".join(claims_of(gate.id, answer.matter))
    yield f"  fed by {claims or 'no claim'}" + (f"; rules {', '.join(rules)}" if rules else "")
    for each in gate.reasons:
        yield from _reason(each)


def _reason(each: Reason) -> Iterator[str]:
    yield f"  {each.reason_code}: {meaning(each.reason_code)}"
    if each.signals_used:
        more = len(each.signals_used) - _SHOWN
        listed = ", ".join(each.signals_used[:_SHOWN]) + (f", and {more} more" if more > 0 else "")
        yield f"    told by  {listed}"
    for step in each.recovery_steps:
        yield f"    way out  {step}"


def _claim(
    answer: Answer, items: Mapping[str, Item], ages: Mapping[str, Freshness], claim: str
) -> Iterator[str]:
    standing = answer.matter.standing(claim)
    assert standing is not None
    means = CLAIMS[claim].means if claim in CLAIMS else "A command of this repository's documents."
    yield f"claim/{claim}: {standing.result}  {means}"
    yield f"  obliged    {'yes' if standing.obliged else 'no'}, {answer.matter.tier}"
    if standing.waived:
        yield f"  waived     {standing.waived}"
    item, age = items.get(standing.evidence), ages.get(claim)
    if item is None or age is None:
        yield "  evidence   none"
        return
    yield f"  evidence   {item.id}, {standing.provenance}, {standing.recorded} {standing.message}"
    yield f"  ran        {' '.join(item.draft.command)}"
    tool = item.draft.tool
    yield f"  with       {tool.name} {tool.version}, {item.draft.environment.interpreter}"
    how = f": {age.how}" if age.how else ""
    yield f"  on         {plural(age.files, 'file')} ({age.set}{how})"
    yield f"  freshness  {age.state}"
    for cause in age.causes[:_SHOWN]:
        yield f"    {cause.kind} {cause.path} {cause.detail}"
    for code in standing.reason_codes:
        yield f"  because    {code}"
    yield f"  more       bylaw evidence {item.id}"
