"""Settings modules that a framework imports by name and that have no other place to read."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.import_graph import import_edges
from bylaw.model.roles import SETTINGS
from bylaw.rules.context import RuleContext

_OF_DJANGO = frozenset({"INSTALLED_APPS", "ROOT_URLCONF"})


def django_settings(context: RuleContext) -> frozenset[int]:
    """Modules that Django's settings are made of; computed once per run.

    Those with the names that Django asks for, and the settings modules that these import, or that
    import these, directly or by way of each other.

    Args:
        context: what the rule may ask.

    Returns:
        Numbers of the modules.
    """
    found: frozenset[int] | None = context.memo.get("django-settings")
    if found is None:
        found = context.memo["django-settings"] = frozenset(_found(context))
    return found


def _found(context: RuleContext) -> set[int]:
    project = context.project
    made = {
        module
        for module, facts in enumerate(project.facts)
        if project.roles[module] == SETTINGS
        and any(binding[F.B_NAME] in _OF_DJANGO for binding in facts[F.BINDINGS])
    }
    if not made:
        return made
    beside: dict[int, set[int]] = {}
    for edge in import_edges(project):
        if project.roles[edge.importer] == project.roles[edge.imported] == SETTINGS:
            beside.setdefault(edge.importer, set()).add(edge.imported)
            beside.setdefault(edge.imported, set()).add(edge.importer)
    pending = sorted(made)
    for module in pending:
        for each in sorted(beside.get(module, set()) - made):
            made.add(each)
            pending.append(each)
    return made
