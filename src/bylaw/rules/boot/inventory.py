"""The inventory: all start commands of a repository, which one wins where, and why."""

from __future__ import annotations

from bylaw.config.lines import configured_line
from bylaw.manifests.meaning import meaning_of
from bylaw.manifests.workload import Words, Workload, split_words
from bylaw.rules.boot.asides import gather_asides
from bylaw.rules.boot.effective import start_command
from bylaw.rules.boot.images import Image
from bylaw.rules.boot.items import ASIDE, SUPERSEDED, Inventory, StartCommand, Unsupported
from bylaw.rules.boot.platforms import gather
from bylaw.rules.context import RuleContext


def inventory_of(context: RuleContext) -> Inventory:
    """All start commands; read once per run.

    Args:
        context: what is known; its repository gives the files, its project the modules.
    """
    if "boot" not in context.memo:
        context.memo["boot"] = _inventory(context)
    known: Inventory = context.memo["boot"]
    return known


def _inventory(context: RuleContext) -> Inventory:
    commands: list[StartCommand] = []
    unsupported: list[Unsupported] = []
    images: list[Image] = []
    for each in gather(context):
        if isinstance(each, StartCommand):
            commands.append(each)
        elif isinstance(each, Image):
            images.append(each)
        else:
            unsupported.append(each)
    opened = {step.path for each in commands for step in each.steps if step.path != each.path}
    commands += gather_asides(context, opened)
    commands = _overridden(context, commands)
    unsupported += [
        Unsupported(path, 1, "not supported: what it starts is not read")
        for path in context.repository.names("unsupported")
    ]
    canonical = tuple(split_words(context.boot.canonical)) or None
    ordered = sorted(set(commands), key=lambda each: (
        each.platform, each.path, each.line, each.column, each.name, not each.wins, each.reason,
        each.argv,
    ))  # fmt: skip
    return Inventory(tuple(ordered), canonical, tuple(sorted(set(unsupported))), tuple(images))


def _overridden(context: RuleContext, commands: list[StartCommand]) -> list[StartCommand]:
    """Dashboard overrides that the configuration declares: they outrank every file."""
    for number, override in enumerate(context.boot.overrides):
        words = Words(split_words(override.command), override.command, True, 1)
        line = _line(context, number)
        workload = Workload(override.platform, context.boot.path, line, "dashboard", "web")
        words = words._replace(line=line)
        made = start_command(
            context, workload, None, "declared as [[boot.override]]: the dashboard outranks files",
            words=words,
        )  # fmt: skip
        if made is None:
            continue
        role = meaning_of(made.argv).role or "api"
        made = made._replace(role=role, is_development=False)
        told = next((each.workload for each in commands if each.platform == override.platform
                     and each.wins and each.lost != ASIDE and each.role == role), None)  # fmt: skip
        if told is not None:
            # The dashboard changes the command; what the file says of its health still counts.
            made = made._replace(workload=told, health=told.health, ports=told.ports)
        why = f"{context.boot.path}:{line} declares an override of the dashboard"
        commands = [
            each._replace(wins=False, reason=why, lost=SUPERSEDED)
            if each.platform == override.platform and each.wins and each.lost != ASIDE
            and each.role == role else each
            for each in commands
        ]  # fmt: skip
        commands.append(made)
    return commands


def _line(context: RuleContext, number: int) -> int:
    path = context.boot.path
    if not path:
        return 1
    keys = ("boot", "override", number, "command")
    return configured_line(context.repository.text(path), path, keys)
