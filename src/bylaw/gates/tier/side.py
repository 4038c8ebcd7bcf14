"""One side of a change: the linked repository before or after it, and what tiers ask of it."""

from __future__ import annotations

from functools import cached_property

from bylaw.facts import schema as F
from bylaw.gates.tier.contracts import contract_classes
from bylaw.gates.tier.entries import Entry, entries_of, label_of
from bylaw.gates.tier.reaching import Reaching
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.backend.class_bodies import own_attributes
from bylaw.model.backend.shapes import is_call
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import is_test_path
from bylaw.rules.context import RuleContext


class Side:
    """The repository before or after a change; each answer is worked out when it is asked for.

    Args:
        context: what the linked repository says.
    """

    def __init__(self, context: RuleContext) -> None:
        self.context = context
        self.backend = context.backend
        self.project = context.project

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {path: number for number, path in enumerate(self.project.paths)}

    @cached_property
    def entries(self) -> dict[int, Entry]:
        """Functions that are entered from outside."""
        return entries_of(self.context)

    @cached_property
    def reaching(self) -> Reaching:
        """Who calls whom."""
        return Reaching(self.backend, self.entries)

    def module(self, path: str) -> int:
        """Number of the module of a file, or -1 where it is not linked."""
        return self._numbers.get(path, -1)

    def functions(self, path: str, name: str) -> list[int]:
        """Numbers of the functions of a name in a file, those within them included."""
        module = self.module(path)
        if module < 0:
            return []
        offset = self.project.function_offset[module]
        return [
            offset + inner
            for inner, function in enumerate(self.project.facts[module][F.FUNCTIONS])
            if function[F.F_NAME] == name or function[F.F_NAME].startswith(f"{name}.")
        ]

    def classes(self, path: str, name: str) -> list[int]:
        """Numbers of the classes of a name in a file."""
        module = self.module(path)
        if module < 0:
            return []
        offset = self.project.class_offset[module]
        return [
            offset + inner
            for inner, record in enumerate(self.project.facts[module][F.CLASSES])
            if record[F.K_NAME] == name
        ]

    @cached_property
    def tables(self) -> dict[int, str]:
        """Names of tables by the class that declares them; their abstract bases have them too."""
        found: dict[int, str] = {}
        for table in self.backend.tables:
            if table.number >= 0:
                for each in resolution_order(self.project, table.number, evaluate):
                    found.setdefault(each, table.name)
        return found

    @cached_property
    def table_attributes(self) -> dict[int, set[str]]:
        """Attributes that tables are made of, by class; those of abstract bases too."""
        return _table_attributes(self.backend)

    @cached_property
    def settings(self) -> dict[int, str]:
        """Names of settings classes by number, their bases included."""
        return {
            each: settings.name
            for settings in self.backend.settings
            if settings.number >= 0
            for each in resolution_order(self.project, settings.number, evaluate)
        }

    @cached_property
    def contracts(self) -> dict[int, str]:
        """Classes that clients see the fields of, each with what shows them."""
        return contract_classes(self.backend, frozenset(self.tables))

    @cached_property
    def view_classes(self) -> dict[int, str]:
        """Classes that handle routes, the project's own bases included, each with one route."""
        found: dict[int, str] = {}
        for route in self.backend.routes:
            if route.owner >= 0 and not is_test_path(route.path):
                for each in resolution_order(self.project, route.owner, evaluate):
                    found.setdefault(each, label_of(route))
        return found


def _table_attributes(backend: BackendModel) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for table in backend.tables:
        names = {each.attribute for each in table.columns}
        names |= {each.attribute for each in table.relationships}
        if table.number < 0:
            continue
        for each in resolution_order(backend.project, table.number, evaluate):
            own = own_attributes(backend.index, each)
            made = {one.name for one in own if is_call(one.value)}
            found.setdefault(each, set()).update(names | made)
    return found
