"""The verdict on one screen of a terminal, and as Markdown that is read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS
from bylaw.gates.answer import Answer, Approved
from bylaw.gates.quality_gates import GateResult
from bylaw.gates.reason import Reason, meaning
from bylaw.gates.standing import FRESH, Standing
from bylaw.gates.verdict import BLOCKED, FIX, READY
from bylaw.report.layout import Line, Span, draw, visible
from bylaw.report.markdown import plain
from bylaw.report.tally import plural

_REASONS_SHOWN = 8
_SURFACES_SHOWN = 4
_PARTS = {READY: "good", FIX: "error", NOT_VERIFIED: "warning", BLOCKED: "error"}


def render_gate_text(answer: Answer, *, color: bool, width: int) -> str:
    """One screen: verdict, what changed, what was proven and what not, the one command.

    Args:
        answer: of the gate.
        color: with colours, wrapped at ``width``.
        width: columns of the terminal.
    """
    return draw(_lines(answer), color=color, width=width)


def _lines(answer: Answer) -> Iterator[Line]:
    verdict = answer.verdict
    head = Span(verdict.verdict, _PARTS[verdict.verdict])
    yield Line((head, Span(f"  {said(answer)}")))
    yield _row("change", changed(answer))
    for label, claims in proofs(answer.matter.standings):
        yield _row(label, claims)
    yield _row("gates", gates_line(verdict.gates))
    for given in answer.approvals:
        yield _row("waived" if given.state == "active" else given.state, approval(given))
    groups = grouped(verdict.reasons)
    shown = groups[:_REASONS_SHOWN]
    if groups or verdict.warnings:
        yield Line()
    for each in (*shown, *grouped(verdict.warnings)):
        yield from _group(each)
    if len(groups) > len(shown):
        yield Line((Span(f"  and {len(groups) - len(shown)} more: --format json", "label"),))
    for error in answer.errors:
        yield Line((Span(f"  {visible(error.message)}", "warning"), Span(f"  {error.hint}")))
    if verdict.next_command:
        yield Line()
        yield Line((Span("next  ", "label"), Span(visible(verdict.next_command), "help")))


def said(answer: Answer) -> str:
    """The verdict in a sentence."""
    verdict, obliged = answer.verdict, [each for each in answer.matter.standings if each.obliged]
    if verdict.verdict == READY:
        return "nothing changed" if answer.matter.is_empty else "all that it obliges is proven"
    if verdict.verdict == FIX:
        return f"{plural(len(verdict.reasons), 'reason')}, each to be mended or answered for"
    if verdict.verdict == BLOCKED:
        return "this tool may not decide"
    missing = [each for each in obliged if not each.holds]
    return f"{len(missing)} of {plural(len(obliged), 'claim')} not proven"


class Group(NamedTuple):
    """Reasons that say the same of several things.

    Attributes:
        code: the code they share, without its key where there are several.
        reasons: the reasons.
    """

    code: str
    reasons: tuple[Reason, ...]


def grouped(reasons: Sequence[Reason]) -> list[Group]:
    """Reasons by what they say and the way out, in their order."""
    found: dict[tuple[str, tuple[str, ...]], list[Reason]] = {}
    for each in reasons:
        steps = each.recovery_steps[:1]
        found.setdefault((each.reason_code.partition(":")[0], steps), []).append(each)
    return [
        Group(stem if len(same) > 1 else same[0].reason_code, tuple(same))
        for (stem, _), same in found.items()
    ]


def _group(group: Group) -> Iterator[Line]:
    first = group.reasons[0]
    about = ", ".join(each.surface for each in group.reasons if each.surface not in group.code)
    yield Line((Span(f"  {group.code}", "rule"), Span(f"  {meaning(first.reason_code)}")))
    if about:
        yield Line((Span(f"    {visible(about)}", "place"),), hang=6)
    if first.recovery_steps:
        yield Line((Span(f"    {visible(first.recovery_steps[0])}", "help"),), hang=6)


def _row(label: str, text: str) -> Line:
    return Line((Span(f"  {label:<13}", "label"), Span(visible(text))), hang=15)


def changed(answer: Answer) -> str:
    """What changed: ``3 files, TIER-HIGH: contract app/routes.py, ...``."""
    matter = answer.matter
    if matter.is_empty:
        return "nothing: the change is empty"
    seen: list[str] = []
    for each in matter.touched:
        text = f"{each.surface} {each.symbol or each.path}"
        if text not in seen:
            seen.append(text)
    more = f" and {len(seen) - _SURFACES_SHOWN} more" if len(seen) > _SURFACES_SHOWN else ""
    listed = ", ".join(seen[:_SURFACES_SHOWN]) + more
    return f"{plural(answer.files, 'file')}, {matter.tier}" + (f": {listed}" if listed else "")


def proofs(standings: Sequence[Standing]) -> Iterator[tuple[str, str]]:
    """Labels and claims: what was proven, what failed, what is not verified."""
    groups: dict[str, list[str]] = {PASS: [], FAIL: [], NOT_VERIFIED: []}
    for each in standings:
        if each.obliged or each.result == FAIL:
            groups[each.result].append(_claim(each))
    labels = {PASS: "proven", FAIL: "failed", NOT_VERIFIED: "not verified"}
    for result, claims in groups.items():
        if claims:
            yield labels[result], ", ".join(claims)


def _claim(standing: Standing) -> str:
    remarks = [standing.waived] if standing.waived else []
    if standing.evidence and standing.freshness != FRESH:
        remarks.append(standing.freshness)
    return standing.claim + (f" ({', '.join(remarks)})" if remarks else "")


def gates_line(gates: Iterable[GateResult]) -> str:
    """Gates by result, those that do not apply last: ``pass PQG-1 PQG-3 · fail PQG-4``."""
    order = (FAIL, NOT_VERIFIED, PASS, "not-applicable")
    by_result: dict[str, list[str]] = {each: [] for each in order}
    for gate in gates:
        by_result[gate.result].append(gate.id)
    return " · ".join(f"{result} {' '.join(ids)}" for result, ids in by_result.items() if ids)


def approval(each: Approved) -> str:
    """One approval in a line."""
    until = f", until {each.expires}" if each.expires else ""
    return f"{each.id} {each.subject} ({each.scope}) by {each.approver}{until}: {each.reason}"


def render_gate_markdown(answer: Answer) -> str:
    """A comment on a change: verdict, change, proofs, the one command; the rest folded away.

    Args:
        answer: of the gate.
    """
    verdict = answer.verdict
    lines = [f"## Bylaw: {verdict.verdict}", "", f"**{plain(said(answer).capitalize())}.**",
             "", f"- **Change**: {plain(changed(answer))}"]  # fmt: skip
    lines += [f"- **{label.capitalize()}**: {plain(text)}"
              for label, text in proofs(answer.matter.standings)]  # fmt: skip
    lines += [f"- **{'Waived' if each.state == 'active' else each.state.capitalize()}**: "
              f"{plain(approval(each))}" for each in answer.approvals]  # fmt: skip
    if verdict.next_command:
        lines += ["", "Next:", "", "```console", f"$ {visible(verdict.next_command)}", "```"]
    reasons = [*verdict.reasons, *verdict.warnings]
    if reasons:
        head = ["", f"<details><summary>{plural(len(reasons), 'reason')}</summary>", "",
                "| Reason | About | Way out |", "|---|---|---|"]  # fmt: skip
        lines += [*head, *map(_markdown_reason, reasons), "", "</details>"]
    lines += ["", plain(gates_line(verdict.gates)) + ".", plain(score(answer)) + "."]
    lines += [f"- {plain(each.message)}" for each in answer.errors]
    return "\n".join(lines) + "\n"


def _markdown_reason(each: Reason) -> str:
    steps = "<br>".join(plain(step) for step in each.recovery_steps)
    return f"| {plain(each.reason_code)} | {plain(meaning(each.reason_code))} | {steps} |"


def score(answer: Answer) -> str:
    """The scorecard in a line; it decides nothing."""
    card = answer.card
    short = f", short of: {', '.join(card.critical)}" if card.critical else ""
    return (
        f"Scorecard {card.reached / 1000:.2f} of {card.threshold / 1000:.2f} asked for{short} "
        "(a trend, no verdict)"
    )
