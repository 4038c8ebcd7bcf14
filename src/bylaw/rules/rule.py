"""The words a rule declares about itself, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.finding import HELP_URL


class RuleInfo(NamedTuple):
    """Identity and defaults of one rule.

    Attributes:
        name: kebab-case name; the identity, never reused.
        summary: one sentence: what the rule finds.
        clauses: ids of the clauses it enforces.
        severity: default severity of its findings.
        how: where findings come from: ``flow``, ``model``, ``file``, ``tree``, ``change``,
            ``ruff``, ``probe`` or ``tool``.
        family: folder it lives in (``import_time``, ``flow``, ``structure``, ``deploy``, ...).
        mend: one line that says how to mend a finding.
        aliases: identifiers of the source documents (``AP-PY10``).
        default: whether it runs without being selected.
        options: option name -> (default value, what it does).
        needs: what it reads beyond Python: ``manifests``, ``tracked`` (files git tracks) or
            ``base`` (the base revision); a stored report depends on no more than that.
        plugin: the distribution it comes with and its version; empty for a shipped rule.
        page: file with its page; empty where it is among the shipped ones, or there is none.
        url: address of its page; empty for a shipped rule, whose name is the address.
    """

    name: str
    summary: str
    clauses: tuple[str, ...]
    severity: str
    how: str
    family: str
    mend: str
    aliases: tuple[str, ...] = ()
    default: bool = True
    options: tuple[tuple[str, object, str], ...] = ()
    needs: frozenset[str] = frozenset()
    plugin: str = ""
    page: str = ""
    url: str = ""

    @property
    def help_url(self) -> str:
        """Address of the rule's page; empty for a plug-in's rule that names none."""
        return self.url if self.plugin else f"{HELP_URL}{self.name}"


Infos = Mapping[str, RuleInfo]
"""Rules by name."""
