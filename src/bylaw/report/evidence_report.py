"""Items of evidence, for people and for programs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.evidence.item import FAIL, PASS, SCHEMA, Item
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.ledger.statement import run_object
from bylaw.report.json_report import json_text
from bylaw.report.layout import Line, Span, columns, draw, visible
from bylaw.report.tally import plural

_PARTS = {PASS: "good", FAIL: "error"}
_WIDEST = 40


def render_items(
    items: Sequence[Item], total: int, root: str, blobs: Blobs, format_: str, *,
    color: bool, width: int,
) -> str:  # fmt: skip
    """Prints a list of items.

    Args:
        items: newest first.
        total: how many there are.
        root: absolute path of the root.
        blobs: where their outputs lie.
        format_: ``text`` or ``json``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
    """
    if format_ == "json":
        return _document(root, total, [item_object(each, root, blobs) for each in items], ())
    rows = [
        (each.id, each.result, each.draft.started[:19].replace("T", " "),
         each.draft.provenance, f"claim/{each.claim}")
        for each in items
    ]  # fmt: skip
    widths = columns(rows, _WIDEST) if rows else []
    lines = []
    for row, item in zip(rows, items, strict=True):
        padded = [visible(cell).ljust(size) for cell, size in zip(row, widths, strict=True)]
        said = ", ".join(item.draft.reason_codes) or item.draft.message
        lines.append(Line((Span(f"{padded[0]}  "), Span(padded[1], _PARTS.get(item.result, "note")),
                           Span(f"  {padded[2]}  {padded[3]}  {padded[4]}  "),
                           Span(visible(said, 200), "label"))))  # fmt: skip
    if total > len(items):
        lines.append(Line((Span(f"{plural(total, 'item')}; --last 0 lists all", "label"),)))
    return draw(lines, color=color, width=width)


def render_item(
    item: Item, root: str, blobs: Blobs, format_: str, *, color: bool, width: int
) -> str:
    """Prints all that one item says.

    Args:
        item: the item.
        root: absolute path of the root.
        blobs: where its outputs lie.
        format_: ``text`` or ``json``.
        color: with colours, and wrapped at ``width``.
        width: columns of the terminal.
    """
    if format_ == "json":
        return _document(root, 1, [item_object(item, root, blobs)], ())
    draft = item.draft
    lines = [
        Line((Span(item.id, "title"), Span(f"  claim/{visible(item.claim)}  "),
              Span(item.result, _PARTS.get(item.result, "note")))),
        *(Line((Span(f"  {name:<14}", "label"), Span(visible(value))), 16)
          for name, value in _told(item) if value),
    ]  # fmt: skip
    for each in draft.outputs:
        path = os.path.relpath(blobs.path_of(each.digest), root)
        extra = f", {each.redactions} secrets taken out" if each.redactions else ""
        extra += f", {each.cut:,} bytes cut off" if each.cut else ""
        told = f"{each.kind}, {each.size:,} bytes{extra}: {path}"
        lines.append(Line((Span("  output        ", "label"), Span(visible(told))), 16))
    lines.append(Line((Span("  signature     ", "label"), Span("bylaw ledger check", "help"))))
    return draw(lines, color=color, width=width)


def render_no_evidence(problems: Sequence[Diagnostic]) -> str:
    """The JSON of a call that could not be answered.

    Args:
        problems: why.
    """
    return _document("", 0, [], problems)


def item_object(item: Item, root: str, blobs: Blobs) -> dict[str, Any]:
    """An item as JSON: what was run, its place in the chain, the paths of its outputs."""
    run = run_object(item.draft)
    for each in run["outputs"]:
        each["path"] = os.path.relpath(blobs.path_of(each["digest"]), root).replace(os.sep, "/")
    return {"id": item.id, "repository": item.repository, "previous": item.previous,
            "envelope": item.envelope, **run}  # fmt: skip


def _document(
    root: str, total: int, items: list[dict[str, Any]], problems: Sequence[Diagnostic]
) -> str:
    return json_text({"schema": SCHEMA, "root": root, "total": total, "items": items,
                      "errors": [each.entry() for each in problems]})  # fmt: skip


def _told(item: Item) -> list[tuple[str, str]]:
    draft, inputs, scope = item.draft, item.draft.inputs, item.draft.scope
    code = "" if draft.exit_code is None else str(draft.exit_code)
    narrowed = f", {inputs.how}" if inputs.how else ""
    words = draft.command
    return [
        ("message", draft.message),
        ("reasons", ", ".join(draft.reason_codes)),
        ("next", draft.next_command),
        (
            "command",
            words[0] if draft.shell and words else shlex.join(words),
        ),
        ("directory", draft.cwd),
        ("exit code", code),
        ("ran", f"{draft.started} to {draft.ended}"),
        ("counts", ", ".join(f"{name} {count}" for name, count in draft.counts)),
        ("tool", f"{draft.tool.name} {draft.tool.version}".strip()),
        ("inputs", f"{inputs.digest} ({inputs.set}{narrowed})"),
        ("git tree", f"{inputs.tree} ({inputs.state})" if inputs.tree else inputs.state),
        ("interpreter", draft.environment.interpreter),
        ("platform", draft.environment.platform),
        ("variables", ", ".join(name for name, _ in draft.environment.variables)),
        ("scope", " ".join(each for each in (scope.tier, scope.ticket, scope.base) if each)),
        ("provenance", draft.provenance),
        ("envelope", item.envelope),
        ("follows", item.previous),
    ]
