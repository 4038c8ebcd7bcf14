"""Which packs and which sentences are meant by a name on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from bylaw.errors import UsageError
from bylaw.packs.clause import Clause, Pack
from bylaw.packs.known import Known


def chosen_packs(packs: Sequence[Pack], name: str | None) -> tuple[Pack, ...]:
    """The pack of a name, or all of them where no name is given.

    Raises:
        UsageError: no pack has the name; the hint has the nearest one.
    """
    if name is None:
        return tuple(packs)
    found = tuple(pack for pack in packs if pack.name == name)
    if not found:
        names = [pack.name for pack in packs]
        near = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
        raise UsageError(f"unknown pack: {name}", hint=hint)
    return found


def clauses_named(name: str, packs: Iterable[Pack]) -> tuple[tuple[Pack, Clause], ...]:
    """The sentences that an identifier names: a sentence, a handle for several, or an alias.

    Args:
        name: ``EC-4.1``, ``EC-4``, ``GOV-EVID-4``, ``AP-PY10``, ...
        packs: the packs to look in.
    """
    found = [(pack, each) for pack in packs for each in pack.clauses if each.is_covered_by(name)]
    return tuple(found)


def built_rules(clauses: Iterable[Clause], known: Known) -> list[str]:
    """The rules that enforce any of some sentences today, also through an option."""
    enforcers = [each for clause in clauses for each in clause.enforcers]
    return sorted(
        {
            each.name.partition(".")[0]
            for each in enforcers
            if each.kind in ("rule", "option") and known.is_built(each)
        }
    )
