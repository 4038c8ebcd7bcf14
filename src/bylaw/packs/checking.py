"""Names in packs that lead nowhere: enforcers nobody builds, and clauses nobody wrote."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence

from bylaw.errors import Diagnostic
from bylaw.packs.choosing import built_rules
from bylaw.packs.clause import BUILT_KINDS, Clause, Enforcer, Pack
from bylaw.packs.known import Known
from bylaw.rules.rule import RuleInfo


def dangling_names(
    packs: Sequence[Pack],
    known: Known,
    rules: Iterable[RuleInfo],
    is_tested: Callable[[str], bool],
) -> tuple[Diagnostic, ...]:
    """Everything a pack or a rule names that is not there.

    Args:
        packs: the packs to check.
        known: the names that exist, and those that are planned.
        rules: the rules that are built; what they cite is looked for in ``packs``.
        is_tested: says whether a rule's page has a case that fails without the rule.

    Returns:
        One error per name: ``dangling-name`` for an enforcer that neither exists nor is planned,
        ``untested-rule`` for a rule without such a case, ``dangling-clause`` for an identifier
        that a rule cites and no pack has, or whose sentences do not name the rule.
    """
    clauses = [clause for pack in packs for clause in pack.clauses]
    problems = [*_enforcers(clauses, known), *_untested(clauses, known, is_tested)]
    for info in rules:
        problems += _citations(info, clauses)
    return tuple(problems)


def _enforcers(clauses: Sequence[Clause], known: Known) -> Iterator[Diagnostic]:
    for clause in clauses:
        for each in clause.enforcers:
            if each.kind in BUILT_KINDS and not known.is_built(each) and known.plan(each) is None:
                message = f"{clause.id} names {each}, which neither exists nor is planned"
                yield Diagnostic("dangling-name", message, hint=_nearest(each, known), exit_code=1)


def _nearest(wanted: Enforcer, known: Known) -> str:
    names = {*known.built.get(wanted.kind, ())}
    names |= {each.name for each in known.planned if each.kind == wanted.kind}
    near = difflib.get_close_matches(wanted.name, sorted(names), 1)
    if near:
        return f"did you mean {wanted.kind}:{near[0]}?"
    return "name one that exists, or add it to planned.toml with the issue that brings it"


def _untested(
    clauses: Sequence[Clause], known: Known, is_tested: Callable[[str], bool]
) -> Iterator[Diagnostic]:
    named: dict[str, str] = {}
    for clause in clauses:
        for rule in built_rules([clause], known):
            named.setdefault(rule, clause.id)
    for rule, clause_id in sorted(named.items()):
        if not is_tested(rule):
            message = f"{clause_id} rests on rule:{rule}, and no bad case on its page shows it"
            hint = f"add a case to docs/rules/{rule}.md"
            yield Diagnostic("untested-rule", message, hint=hint, exit_code=1)


def _citations(info: RuleInfo, clauses: Sequence[Clause]) -> Iterator[Diagnostic]:
    for name in info.clauses:
        meant = [clause for clause in clauses if clause.is_covered_by(name)]
        if not meant:
            message = f"rule:{info.name} cites {name}, which no pack has"
        elif not any(Enforcer("rule", info.name) in clause.enforcers for clause in meant):
            message = f"rule:{info.name} cites {name}, and no sentence of {name} names the rule"
        else:
            continue
        hint = "change the rule's clauses, or what the pack says enforces them"
        yield Diagnostic("dangling-clause", message, hint=hint, exit_code=1)
