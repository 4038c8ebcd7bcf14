"""Rules of one's own in Python: everything a plug-in may import.

A plug-in is a distribution with entry points of the group ``bylaw.rules``, one per rule, each
named as its rule and leading to a ``Rule``::

    [project.entry-points."bylaw.rules"]
    acme-no-print = "acme_rules.no_print:RULE"

What is imported from here is public and typed; every other module of Bylaw is private and may
change in any release. The tutorial and the reference are in ``docs/plugins.md``.
"""

from __future__ import annotations

from bylaw.finding import Finding, Step
from bylaw.plugin.asking import Context
from bylaw.plugin.code import Call, Class, Function, Import, Module
from bylaw.plugin.declaring import Option, Rule, RuleInfo
from bylaw.plugin.effects import Effect, Route
from bylaw.plugin.values import Argument, Located, Parameter, Place

__all__ = [
    "Argument",
    "Call",
    "Class",
    "Context",
    "Effect",
    "Finding",
    "Function",
    "Import",
    "Located",
    "Module",
    "Option",
    "Parameter",
    "Place",
    "Route",
    "Rule",
    "RuleInfo",
    "Step",
]
