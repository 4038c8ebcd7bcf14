"""Modules that somebody starts from a terminal, by the folder they stand in."""

from __future__ import annotations

from bylaw.rules.context import RuleContext

COMMAND_FOLDERS = frozenset({"cli", "commands", "command"})
_DJANGO = "management"


def is_in_commands(
    context: RuleContext, path: str, folders: frozenset[str] = COMMAND_FOLDERS
) -> bool:
    """Whether a module belongs to the commands of a project.

    Args:
        context: what the rule may ask.
        path: of the file, relative to the root.
        folders: names that say so of a folder or of the module.

    Returns:
        Whether its path has one of the names, or stands in a folder ``management`` as Django has
        it, beside the ``commands``; any other folder called so may serve requests.
    """
    parts = path.removesuffix(".py").split("/")
    if not folders.isdisjoint(parts):
        return True
    if _DJANGO not in parts[:-1]:
        return False
    above = "/".join(parts[: parts.index(_DJANGO) + 1])
    return above in _with_commands(context)


def _with_commands(context: RuleContext) -> frozenset[str]:
    found: frozenset[str] | None = context.memo.get("management folders")
    if found is None:
        found = frozenset(
            path.partition("/commands/")[0]
            for path in context.project.paths
            if f"{_DJANGO}/commands/" in path
        )
        context.memo["management folders"] = found
    return found
