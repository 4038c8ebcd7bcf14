"""Which rules run, and how severe their findings are: defaults, configuration, command line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from bylaw.config import Config
from bylaw.errors import UsageError
from bylaw.finding import CONFIDENCES, Finding
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.registry import aliases
from bylaw.rules.rule import RuleInfo

ALL = "all"
_SHIPPED = Catalogue()


class Options(NamedTuple):
    """Options of one run of ``bylaw check``.

    Attributes:
        select: rules to run instead of the default ones; ``all`` for every rule.
        ignore: rules not to run.
        min_confidence: least confidence a finding needs to be reported.
        baseline: path of the baseline; empty for the default one where it exists.
        update_baseline: remove stale entries from it.
        grow_baseline: add today's findings to it.
        use_cache: read and write the user's cache directory.
        jobs: processes to use; None for as many as the machine allows.
        base: revision the change is compared with; empty for origin's default branch.
        count_further: say what packs that are not enabled would add.
        observations: text of what ``bylaw probe imports`` printed; empty for none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: str = "probable"
    baseline: str = ""
    update_baseline: bool = False
    grow_baseline: bool = False
    use_cache: bool = True
    jobs: int | None = None
    base: str = ""
    count_further: bool = False
    observations: str = ""


def enabled_rules(
    config: Config, options: Options, known: Catalogue, demanded: Collection[str] | None = None
) -> frozenset[str]:
    """Names of the rules that run.

    Args:
        config: the configuration; what it says about a single rule wins.
        options: of the run; rules that are selected run whatever the configuration says.
        known: every rule there is.
        demanded: rules that enabled packs ask for; None where no pack is enabled, and every
            rule runs that does so by default. Whoever installs a plug-in asks for its rules.

    Raises:
        UsageError: a name that is neither a rule nor an alias; the message has the nearest one.
    """
    if options.min_confidence not in CONFIDENCES:
        raise UsageError(
            f"unknown confidence {options.min_confidence}", hint=f"one of {', '.join(CONFIDENCES)}"
        )
    if options.select:
        names = resolve_names(options.select, known)
    else:
        names = set()
        for name, info in known.infos.items():
            enabled = config.rule(name).enabled
            if enabled is None:
                asked = demanded is None or info.how == "tool" or bool(info.plugin)
                enabled = info.default if asked else name in (demanded or ())
            if enabled:
                names.add(name)
    return frozenset(names - resolve_names(options.ignore, known))


def asked_by_name(
    config: Config, options: Options, groups: Collection[str], known: Catalogue
) -> frozenset[str]:
    """Rules that somebody named, or enabled: where they cannot look, the run is incomplete.

    Args:
        config: the configuration.
        options: of the run.
        groups: names that stand for many rules, and name none.
        known: every rule there is.
    """
    every = {ALL, *groups}
    named = resolve_names((each for each in options.select if each not in every), known)
    enabled = {rule.name for rule in config.rules if rule.enabled}
    return frozenset(named | enabled)


def resolve_names(given: Iterable[str], known: Catalogue = _SHIPPED) -> set[str]:
    """Rules named directly, by an alias, or by ``all``; a plug-in's that cannot run is left out.

    Args:
        given: the names.
        known: the rules there are.

    Returns:
        Names of rules that can run.

    Raises:
        UsageError: an unknown name.
    """
    names: set[str] = set()
    table: dict[str, tuple[str, ...]] | None = None
    for each in given:
        if each == ALL:
            names.update(known.infos)
        elif each in known.infos:
            names.add(each)
        elif each in known.broken:
            continue
        else:
            table = aliases(known.infos) if table is None else table
            if each not in table:
                near = difflib.get_close_matches(each, [*known.infos, *table], 1)
                hint = f"did you mean {near[0]}?" if near else "bylaw rules lists them"
                raise UsageError(f"unknown rule: {each}", hint=hint)
            names.update(table[each])
    return names


def with_severity(config: Config, finding: Finding, infos: Mapping[str, RuleInfo]) -> Finding:
    """The finding with the severity the configuration sets for its rule.

    Notes stay notes, but for those of a rule that has nothing else to say.
    """
    severity = config.rule(finding.rule).severity
    remark = finding.severity == "note" and infos[finding.rule].severity != "note"
    if severity is None or remark:
        return finding
    return finding._replace(severity=severity)
