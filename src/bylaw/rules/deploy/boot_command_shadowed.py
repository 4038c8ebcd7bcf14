"""``boot-command-shadowed``: a start command that its platform never uses."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import ASIDE, DEAD, SUPERSEDED, Inventory, StartCommand
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-command-shadowed",
    summary="A start command is never used by its platform, because another one outranks it.",
    clauses=("DC-root-cause",),
    severity="warning",
    how="tree",
    family="deploy",
    mend="keep one of the two: the platform's declared runtime says which",
    needs=frozenset({"manifests"}),
)

_BY_DESIGN = ("compose", "kubernetes", "fly", "cloud-run", "heroku")
"""Platforms whose files are made to give an image another command."""


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command and platform."""
    inventory = inventory_of(context)
    for each in inventory.commands:
        if each.wins or each.lost in ("", ASIDE) or each.is_development:
            continue
        if each.lost == DEAD and each.platform == "render" and each.workload.kind == "web":
            if each.path.endswith("Procfile") and _heroku_is_used(context):
                continue
        elif each.lost not in (DEAD, SUPERSEDED) and each.platform in _BY_DESIGN:
            continue
        yield file_finding(
            INFO, each.path, each.line,
            f"{each.platform} never uses this command of role {each.role}: {each.reason}",
            column=each.column, severity=_severity(inventory, each), sink=each.platform,
            symbol=each.name or each.path,
        )  # fmt: skip


def _heroku_is_used(context: RuleContext) -> bool:
    """Whether something says that the Procfile has a platform of its own to read it."""
    repository = context.repository
    if repository.names("app-json", "heroku") or repository.exists("runtime.txt"):
        return True
    words = ("heroku", "dokku", "honcho", "piku", "scalingo", "clever-tools")
    return any(word in repository.text(path).lower()
               for path in repository.names("procfile", "github", "gitlab", "makefile", "script",
                                            "markdown")
               for word in words)  # fmt: skip


def _severity(inventory: Inventory, each: StartCommand) -> str:
    """Dead text misleads whoever edits it; a command that lives on elsewhere is only a note."""
    lives = any(
        other.wins and (other.path, other.line) == (each.path, each.line)
        and other.platform not in (each.platform, "docker")
        and not (other.platform == "heroku" and each.path.endswith("Procfile"))
        for other in inventory.commands
    )  # fmt: skip
    return "note" if lives else ""
