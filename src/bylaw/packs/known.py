"""Which enforcers exist, and which are planned: what a clause's status is derived from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bylaw.packs.built import BUILT
from bylaw.packs.clause import BUILT_KINDS, Enforcer
from bylaw.packs.reading import DATA, PackError, read_table
from bylaw.rules.rule import RuleInfo

LATER = "later"
_KEYS = frozenset({"issue", "design", "words"})


class Plan(NamedTuple):
    """What brings a name that nothing answers to yet.

    Attributes:
        issue: number of the issue, or ``later`` where none is open.
        design: design document that names it.
        words: how the document puts it, where that differs from the name.
    """

    issue: str
    design: str
    words: str = ""


class Known(NamedTuple):
    """The names that exist and the names that are planned, per kind.

    Attributes:
        built: kind -> names.
        planned: enforcer -> what brings it.
    """

    built: Mapping[str, frozenset[str]]
    planned: Mapping[Enforcer, Plan]

    def is_built(self, enforcer: Enforcer) -> bool:
        """Whether something of that name does its work today."""
        return enforcer.name in self.built.get(enforcer.kind, ())

    def plan(self, enforcer: Enforcer) -> Plan | None:
        """What brings an enforcer; None where it exists, or where nobody plans it."""
        return None if self.is_built(enforcer) else self.planned.get(enforcer)


def known_names(
    rules: Iterable[RuleInfo], others: Mapping[str, Iterable[str]] | None = None, folder: str = DATA
) -> Known:
    """Joins what exists with the list of what is planned.

    Args:
        rules: the rules that are built; their options count as names too.
        others: kind -> names of what other rooms have built; the shipped list where not given.
        folder: where ``planned.toml`` lies.

    Raises:
        PackError: the list of plans cannot be read.
    """
    infos = tuple(rules)
    given = BUILT if others is None else others
    built = {kind: frozenset(names) for kind, names in given.items()}
    built["rule"] = frozenset(info.name for info in infos)
    built["option"] = frozenset(
        f"{info.name}.{option}" for info in infos for option, _, _ in info.options
    )
    return Known(built, dict(_plans(read_table(folder, "planned.toml"))))


def _plans(document: Mapping[str, Any]) -> Iterable[tuple[Enforcer, Plan]]:
    for kind, names in document.items():
        if kind not in BUILT_KINDS:
            raise PackError(f"planned.toml: unknown kind {kind}", hint=", ".join(BUILT_KINDS))
        for name, entry in names.items():
            if not {"issue", "design"} <= set(entry) <= _KEYS:
                raise PackError(f"planned.toml: {kind} {name} needs an issue and a design document")
            yield Enforcer(kind, name), Plan(**entry)
