"""Changes that need no failing test, each with its own evidence."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from bylaw.probes.proof.change import Change, FileChange
from bylaw.probes.proof.changed_tests import parsed, plain_dump
from bylaw.probes.proof.session import PASSED, Ran


def still_exemption(change: Change) -> tuple[str, str] | None:
    """The exemption that reading the change proves; None where there is none.

    Returns:
        Its name and its evidence.
    """
    if not change.sources:
        return "no-source-change", "no Python that tests are about differs from the base"
    if all(_same_meaning(each) for each in change.sources):
        return "same-code", "every changed file has the same tree without comments and docstrings"
    if all(_only_removes(each) for each in change.sources):
        return "deletion-only", "the change only takes definitions and statements away"
    return None


def _same_meaning(file: FileChange) -> bool:
    if file.before is None or file.after is None:
        return False
    before, after = parsed(file.before), parsed(file.after)
    if before is None or after is None:
        return False
    return plain_dump(before) == plain_dump(after)


def _only_removes(file: FileChange) -> bool:
    """Whether whole statements are gone, and no other statement is new or another one."""
    if file.after is None or _same_meaning(file):
        return True
    before, after = parsed(file.before), parsed(file.after)
    return before is not None and after is not None and _is_part(after, before)


def _is_part(after: ast.AST, before: ast.AST) -> bool:
    """Whether the statements of one body are, in order, among those of another.

    Only definitions of modules and classes may go: a statement taken out of a function changes what
    the function does.
    """
    rest = list(getattr(before, "body", ()))
    for node in getattr(after, "body", ()):
        wanted = plain_dump(node)
        while rest:
            other = rest.pop(0)
            if plain_dump(other) == wanted:
                break
            both = isinstance(node, ast.ClassDef) and isinstance(other, ast.ClassDef)
            if both and node.name == other.name and _is_part(node, other):
                break
        else:
            return False
    return True


def refactor_exemption(
    units: Mapping[str, frozenset[int]], head: Ran, base: Ran
) -> tuple[str, str] | None:
    """The exemption of a change whose unchanged tests reach it and pass on both sides.

    Args:
        units: changed lines that can run, by path, without those that only define.
        head: the run of the head.
        base: the run of the same tests on the base.

    Returns:
        Its name and evidence; None where a changed line is not reached by such a test.
    """
    proving = set()
    reached: dict[str, set[int]] = {}
    for identity, told in head.tests.items():
        other = base.tests.get(identity)
        if told.outcome not in PASSED or other is None or other.outcome not in PASSED:
            continue
        hits = {path: told.reached.get(path, frozenset()) & units[path] for path in units}
        if any(hits.values()):
            proving.add(identity)
            for path, lines in hits.items():
                reached.setdefault(path, set()).update(lines)
    total = sum(len(each) for each in units.values())
    found = sum(len(each) for each in reached.values())
    if not total or found < total:
        return None
    text = (
        f"{len(proving)} unchanged tests reach all {total} changed statements and pass on base and "
        "head"
    )
    return "refactor", text
