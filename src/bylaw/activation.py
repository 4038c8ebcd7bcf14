"""Which rules run: the defaults, or what the enabled packs demand; and where packs disagree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from bylaw.config import Config
from bylaw.finding import Finding
from bylaw.packs.demands import (
    NAMES,
    Question,
    bound_clauses,
    options_by_pack,
    questions,
    rules_by_pack,
)
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.registry import INFOS
from bylaw.rules.selection import Options, enabled_rules

CONFLICT = "pack-conflict"
_LOCK = "convention-drift"


class Conflict(NamedTuple):
    """A question that two enabled packs answer differently, and nobody has decided.

    Attributes:
        question: what they disagree about.
        packs: names of the packs, in order of precedence.
    """

    question: Question
    packs: tuple[str, ...]


class Activation(NamedTuple):
    """What a run asks for.

    Attributes:
        enabled: names of the rules that run.
        options: rule -> options that packs set; the configuration's own win.
        conflicts: what the packs leave open.
        further: pack -> rules it would add; only where nothing is configured.
        known: every rule there is.
    """

    enabled: frozenset[str]
    options: Mapping[str, Mapping[str, Any]]
    conflicts: tuple[Conflict, ...]
    further: Mapping[str, frozenset[str]]
    known: Catalogue


def activate(config: Config, options: Options, known: Catalogue) -> Activation:
    """Says which rules run and how strict they are.

    Args:
        config: the configuration, with what the team's own documents bind; a name that is no
            shipped pack is one of them.
        options: of the run; a pack's name stands for its rules.
        known: every rule there is.

    Raises:
        UsageError: an unknown rule, alias or pack was named.
    """
    chosen = options._replace(select=_expanded(options.select), ignore=_expanded(options.ignore))
    packs = [name for name in config.packs if name in NAMES]
    if not packs:
        # Documents of a team's own add to the defaults; only a shipped one replaces them.
        enabled = enabled_rules(config, chosen, known)
        wanted = NAMES if options.count_further and not (config.path or options.select) else ()
        further = {name: frozenset(rules_by_pack()[name]) - enabled for name in wanted}
        return Activation(enabled, {}, (), further, known)
    settled = [(each, *_settled(each, packs, dict(config.decisions))) for each in questions()]
    demanded = {rule for name in packs for rule in rules_by_pack()[name]}
    demanded -= {rule for _, _, off in settled for rule in off}
    if config.decisions:
        demanded.add(_LOCK)
    conflicts = tuple(Conflict(each, open_) for each, open_, _ in settled if open_)
    enabled = enabled_rules(config, chosen, known, demanded)
    return Activation(enabled, _options(packs), conflicts, {}, known)


def _expanded(names: Collection[str]) -> tuple[str, ...]:
    """Rules in the place of packs."""
    found: list[str] = []
    for each in names:
        found += rules_by_pack()[each] if each in NAMES else [each]
    return tuple(found)


def _options(packs: Collection[str]) -> dict[str, dict[str, Any]]:
    """Options of several packs; the first pack that sets one wins, lists are joined."""
    found: dict[str, dict[str, Any]] = {}
    for pack in packs:
        for rule, options in options_by_pack().get(pack, {}).items():
            mine = found.setdefault(rule, {})
            for name, value in options.items():
                if isinstance(value, list) and isinstance(mine.get(name), list):
                    mine[name] = list(dict.fromkeys([*mine[name], *value]))
                else:
                    mine.setdefault(name, value)
    return found


def _settled(
    question: Question, packs: Collection[str], decisions: Mapping[str, object]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packs that leave a question open, and the rules that the answer that holds turns off."""
    bound = bound_clauses()
    answers = [each for each in question.answers if each.pack in packs and each.clause in bound]
    decided = decisions.get(question.key)
    values = {each.value for each in answers}
    if decided is None and len(values) < 2:
        holds = next(iter(values), "")
    else:
        holds = str(decided) if decided is not None else question.stricter
    off = tuple(rule for each in question.answers if each.value == holds for rule in each.off)
    open_ = tuple(each.pack for each in answers) if decided is None and len(values) > 1 else ()
    return tuple(dict.fromkeys(open_)), off


def conflict_findings(activation: Activation, config: Config, root: str) -> list[Finding]:
    """One finding for each question that the enabled packs leave open.

    Args:
        activation: what the run asks for.
        config: the configuration.
        root: absolute path of the root.
    """
    if CONFLICT not in activation.enabled or not activation.conflicts:
        return []
    info = INFOS[CONFLICT]
    line = _packs_line(root, config)
    found = []
    for question, packs in activation.conflicts:
        told = "; ".join(
            f"{each.clause} asks for {each.value}"
            for each in question.answers
            if each.pack in packs and each.clause in bound_clauses()
        )
        message = (
            f"{' and '.join(packs)} disagree about {question.asks}: {told}; "
            f"{question.stricter} holds until `{question.key}` is decided"
        )
        values = " or ".join(dict.fromkeys(f'"{each.value}"' for each in question.answers))
        mend = f"write {question.key} = {values} under [decisions]"
        found.append(
            Finding(
                CONFLICT, info.clauses, info.severity, "definite", config.path, line, 1, line,
                config.path, message, mend, question.key,
            )
        )  # fmt: skip
    return found


def _packs_line(root: str, config: Config) -> int:
    """Line of the list of enabled packs."""
    from bylaw.config.lines import configured_line

    with open(f"{root}/{config.path}", encoding="utf-8") as file:
        return configured_line(file.read(), config.path, ("packs", "enable"))
