"""The rules of one run: those shipped with Bylaw and those of installed plug-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.rules.registry import INFOS, RULES, Rule
from bylaw.rules.rule import RuleInfo


class Catalogue(NamedTuple):
    """Every rule there is, by name.

    Attributes:
        rules: those that can run.
        infos: what they declare.
        broken: rules that a plug-in announces and that cannot run; the problem names the plug-in.
        problems: everything wrong with installed plug-ins.
        watched: files and folders that decide which rules of plug-ins there are.
    """

    rules: Mapping[str, Rule] = RULES
    infos: Mapping[str, RuleInfo] = INFOS
    broken: Mapping[str, Diagnostic] = {}
    problems: tuple[Diagnostic, ...] = ()
    watched: tuple[str, ...] = ()

    @property
    def configurable(self) -> Mapping[str, RuleInfo | None]:
        """What a configuration may name; None for a rule whose options are not known."""
        if not self.broken:
            return self.infos
        return {**self.infos, **dict.fromkeys(self.broken)}

    @property
    def names(self) -> frozenset[str]:
        """Names that are no mistake, also those of rules that cannot run."""
        return frozenset(self.configurable)
