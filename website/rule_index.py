"""The index of all rules: one table of plain HTML, which a script lets people filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bylaw.packs.clause import Clause, Pack
from bylaw.rules.rule import RuleInfo


def rule_table(infos: Sequence[RuleInfo], finds: dict[str, str], packs: Sequence[Pack]) -> str:
    """The table of all rules.

    Args:
        infos: what the rules declare.
        finds: the sentence of each rule's page, as HTML.
        packs: the written documents.

    Returns:
        HTML. Without a script it is whole; the script takes what it filters by from the rows.
    """
    rows = "\n".join(_row(info, finds[info.name], packs) for info in infos)
    head = "".join(
        f'<th scope="col">{title}</th>'
        for title in ("Rule", "Finds", "Severity", "How", "Default", "Packs and clauses")
    )
    return (
        '<div class="rule-index" data-filtered markdown="0">\n<table class="rules">\n'
        f"<caption>{len(infos)} rules</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n"
    )


def clauses_of(info: RuleInfo, packs: Sequence[Pack]) -> list[tuple[Pack, list[Clause]]]:
    """Sentences of each pack that a rule has a part in, as the packs tell."""
    found = []
    for pack in packs:
        clauses = [
            clause for clause in pack.clauses
            if any(each.kind in ("rule", "option") and each.name.partition(".")[0] == info.name
                   for each in clause.enforcers)
        ]  # fmt: skip
        if clauses:
            found.append((pack, clauses))
    return found


def _row(info: RuleInfo, finds: str, packs: Sequence[Pack]) -> str:
    cited = clauses_of(info, packs)
    names = [pack.name for pack, _ in cited]
    ids = [clause.id for _, clauses in cited for clause in clauses]
    words = dict.fromkeys((*info.clauses, *info.aliases, *ids))
    shown = "".join(
        f'<div><span class="pack">{pack.name}</span> '
        f"{_sentences([clause.id for clause in clauses])}</div>"
        for pack, clauses in cited
    )
    default = "yes" if info.default else "no"
    data = (
        f'data-how="{info.how}" data-severity="{info.severity}" data-default="{default}" '
        f'data-packs="{escape(" ".join(names))}" data-clauses="{escape(" ".join(words))}"'
    )
    return (
        f"<tr {data}>"
        f'<th scope="row"><a href="{info.name}/"><code>{info.name}</code></a></th>'
        f'<td data-label="Finds">{finds}</td>'
        '<td data-label="Severity">'
        f'<span class="severity {info.severity}">{info.severity}</span></td>'
        f'<td data-label="How">{info.how}</td>'
        f'<td data-label="On by default">{default}</td>'
        f'<td data-label="Packs">{shown or "none"}</td></tr>'
    )


def _sentences(ids: list[str]) -> str:
    most = 3
    shown = " ".join(map(_sentence, ids[:most]))
    rest = len(ids) - most
    if rest <= 0:
        return shown
    others = " ".join(map(_sentence, ids[most:]))
    return f"{shown} <details><summary>and {rest} more</summary>{others}</details>"


def _sentence(clause: str) -> str:
    return f'<a href="../clauses/#{clause}"><code>{escape(clause)}</code></a>'


def anchors_of(infos: Iterable[RuleInfo], packs: Sequence[Pack]) -> dict[str, str]:
    """For each clause or handle that a rule cites, the first sentence it means."""
    clauses = [clause for pack in packs for clause in pack.clauses]
    cited = {name for info in infos for name in info.clauses}
    found = {}
    for name in sorted(cited):
        first = next((clause.id for clause in clauses if clause.is_covered_by(name)), None)
        if first is not None:
            found[name] = first
    return found
