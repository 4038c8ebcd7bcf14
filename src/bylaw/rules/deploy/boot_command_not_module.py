"""``boot-command-not-module``: the service is not started as a module of its own package."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.config.lines import configured_line
from bylaw.finding import Finding
from bylaw.manifests.meaning import Meaning, meaning_of
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.resolve import is_first_party
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-command-not-module",
    summary="A deployed start command is neither `python -m` of the project's package nor a "
    "command that the project installs.",
    clauses=("DC-1.4", "DC-11"),
    severity="warning",
    how="tree",
    family="deploy",
    mend="give the package a module that starts it, and run python -m package.module",
    default=False,
    options=(("roles", ["api"], "Roles whose commands are judged."),),
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command that wins, and one for a canonical command that is none."""
    roles = context.option(INFO, "roles")
    inventory = inventory_of(context)
    if inventory.canonical is not None and context.boot.path:
        message = _wrong(context, meaning_of(inventory.canonical))
        if message:
            path = context.boot.path
            line = configured_line(context.repository.text(path), path, ("boot", "canonical"))
            yield file_finding(INFO, path, line, f"the canonical command {message}",
                               sink="canonical", symbol="boot.canonical")  # fmt: skip
    seen = set()
    for each in inventory.winning(*roles):
        place = (each.path, each.line)
        if each.is_development or place in seen or not each.argv:
            continue
        message = _wrong(context, each.meaning)
        if message:
            seen.add(place)
            yield file_finding(INFO, each.path, each.line, f"it {message}", column=each.column,
                               sink=each.meaning.program, symbol=each.name or each.path,
                               severity="note" if each.meaning.as_module else "")  # fmt: skip


def _wrong(context: RuleContext, meaning: Meaning) -> str:
    """What is started in the place of the package; empty where nothing is wrong."""
    if meaning.program in scripts(context) or meaning.program == "":
        return ""
    if meaning.program == "python" and meaning.as_module:
        known = is_first_party(context, meaning.module)
        return "" if known else f"runs {meaning.module}, which is no package of the project"
    if meaning.as_module:
        return f"runs {meaning.program} as a module, not the project's package"
    if meaning.script:
        return f"runs {meaning.script} by its path"
    if meaning.module:
        return f"starts {meaning.program}, which imports {meaning.module} by itself"
    return ""
