"""``boot-command-unresolved``: what a start command starts is not there."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import ASIDE, DEAD, SUPERSEDED, StartCommand
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-command-unresolved",
    summary="A start command names a module, callable or script that is not in the tree, or not "
    "in the image that runs it.",
    clauses=("DC-root-cause.4", "DC-1.1", "DC-5.3", "DC-11.4"),
    severity="error",
    how="tree",
    family="deploy",
    mend="name what is there now, or remove the command",
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command, at the file that gives it."""
    best: dict[tuple[str, int], tuple[tuple[int, int], Finding]] = {}
    commands = inventory_of(context).commands
    # What a mount or another directory brings for one platform is there.
    found = {(each.path, each.line) for each in commands if each.resolved}
    for each in commands:
        if each.resolved or each.lost in (DEAD, SUPERSEDED) or not each.argv:
            continue
        if each.is_development and (each.path, each.line) in found:
            continue
        made = file_finding(
            INFO, each.path, each.line, _message(each), column=each.column,
            severity=_severity(each), confidence=each.confidence, sink=each.meaning.target,
            symbol=each.name or each.path,
        )  # fmt: skip
        rank = (each.confidence, ("error", "warning", "note").index(made.severity))
        known = best.get((each.path, each.line))
        if known is None or rank < known[0]:
            best[(each.path, each.line)] = (rank, made)
    yield from (finding for _, finding in best.values())


def _message(each: StartCommand) -> str:
    what = "the start command"
    if each.lost == ASIDE:
        what = "this command"
    step = each.main
    through = ""
    if step is not None and step.path != each.path:
        through = f" (by {step.path}:{step.line})"
    return f"{what} of role {each.role} cannot run{through}: {each.why}" if each.confidence < 2 \
        else f"{what} of role {each.role} is not verified{through}: {each.why}"  # fmt: skip


def _severity(each: StartCommand) -> str:
    """What nobody deploys breaks a developer's day; what cannot be known is a note."""
    if each.confidence == 2:
        return "note"
    return "warning" if each.lost == ASIDE or each.is_development else ""
