"""The inventory of start commands, as a table, as JSON and as a drawing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from bylaw.errors import Diagnostic
from bylaw.manifests.meaning import meaning_of
from bylaw.report.json_report import json_text
from bylaw.report.tally import plural
from bylaw.rules.boot.items import Inventory, StartCommand
from bylaw.source.project_root import covers

SCHEMA = "bylaw.boot/1"
EMPTY = Inventory((), None, ())


def render_inventory(
    inventory: Inventory, errors: Sequence[Diagnostic], format_: str, inside: Sequence[str] = ("",)
) -> str:
    """Prints which command wins on which platform, and why.

    Args:
        inventory: the start commands.
        errors: what made the inventory incomplete.
        format_: ``text``, ``json`` or ``mermaid``.
        inside: paths below the root to print; an empty string for all.

    Returns:
        The report, the same for the same tree.
    """
    chosen = inventory._replace(
        commands=tuple(each for each in inventory.commands if covers(inside, each.path)),
        unsupported=tuple(each for each in inventory.unsupported if covers(inside, each.path)),
    )
    if format_ == "json":
        return _json(chosen, errors)
    return _mermaid(chosen) if format_ == "mermaid" else _text(chosen, errors)


def _json(inventory: Inventory, errors: Sequence[Diagnostic]) -> str:
    canonical = None
    if inventory.canonical is not None:
        meaning = meaning_of(inventory.canonical)
        canonical = {"argv": list(inventory.canonical), "module": meaning.module or None}
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "commands": [command_object(each) for each in inventory.commands],
        "canonical": canonical,
        "unsupported": [each._asdict() for each in inventory.unsupported],
    }
    if errors:
        document["errors"] = [each.entry() for each in errors]
    return json_text(document)


def command_object(command: StartCommand) -> dict[str, Any]:
    """One start command for programs."""
    return {
        "platform": command.platform, "role": command.role, "argv": list(command.argv),
        "module": command.meaning.module or None, "form": command.form, "path": command.path,
        "line": command.line, "wins": command.wins, "reason": command.reason,
        "resolved": command.resolved, "why": command.why,
    }  # fmt: skip


def _shown(command: StartCommand) -> str:
    if not command.argv:
        return "(not known)"
    return shlex.join(command.argv) if command.form == "exec" else " ".join(command.argv)


def _text(inventory: Inventory, errors: Sequence[Diagnostic]) -> str:
    lines: list[str] = []
    if inventory.canonical is not None:
        lines += [f"canonical  {shlex.join(inventory.canonical)}", ""]
    platform = ""
    for each in inventory.commands:
        if each.platform != platform:
            platform = each.platform
            lines += ["", platform] if lines and lines[-1] else [platform]
        mark = "wins" if each.wins else "    "
        lines.append(f"  {mark}  {each.role:<9}  {_shown(each)}")
        name = f" ({each.name})" if each.name else ""
        lines.append(f"        {each.path}:{each.line}{name}, {each.form} form: {each.reason}")
        if each.inherits:
            lines.append(f"        from {each.inherits}")
        if not each.resolved:
            lines.append(f"        not resolved: {each.why}")
    if inventory.unsupported:
        lines += ["", "not supported"]
        lines += [f"  {each.path}:{each.line}  {each.why}" for each in inventory.unsupported]
    winning = sum(each.wins for each in inventory.commands)
    lost = sum(not each.resolved for each in inventory.commands)
    count = plural(len(inventory.commands), "start command")
    lines += ["", f"{count}, {winning} winning, {lost} not resolved"]
    lines += [f"{each.path}:{each.line}: {each.message}" for each in errors]
    return "\n".join(lines).lstrip("\n") + "\n"


def _mermaid(inventory: Inventory) -> str:
    """Platforms, the files they read, and what each starts; a dotted edge loses."""
    lines = ["flowchart LR"]
    numbers: dict[tuple[str, str], str] = {}

    def node(kind: str, text: str) -> str:
        known = numbers.get((kind, text))
        if known is None:
            known = numbers[(kind, text)] = f"{kind}{len(numbers)}"
            quoted = text.replace('"', "'").replace("<", "&lt;").replace(">", "&gt;")
            lines.append(f'  {known}["{quoted}"]')
        return known

    edges: list[str] = []
    for each in inventory.commands:
        file = node("f", f"{each.path}:{each.line}")
        start, end = node("p", each.platform), node("c", _shown(each)[:100])
        arrow = "-->" if each.wins else "-.->"
        edges.append(f"  {start} {arrow}|{each.role}| {file}")
        edges.append(f"  {file} {arrow} {end}")
    return "\n".join([*lines, *dict.fromkeys(edges)]) + "\n"
