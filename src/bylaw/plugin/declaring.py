"""What a plug-in says about a rule: its identity, its options and the function that finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from bylaw.finding import Finding

if TYPE_CHECKING:
    from bylaw.plugin.asking import Context

Value = TypeVar("Value", bool, int, float, str, tuple[str, ...])


class Option(NamedTuple, Generic[Value]):
    """One option of a rule, set in ``[rules.NAME]``; its type is that of the default.

    Attributes:
        name: its key, lower-case words joined by hyphens.
        default: value where the configuration says nothing.
        summary: what it does, in one line.
    """

    name: str
    default: Value
    summary: str


class RuleInfo(NamedTuple):
    """Identity and defaults of one rule.

    Attributes:
        name: lower-case words joined by hyphens, the same as the name of its entry point. Begin
            it with a word of your own (``acme-no-print``): names that ship with Bylaw are taken.
        summary: one sentence: what the rule finds.
        mend: one line: how to mend a finding.
        severity: ``error``, ``warning`` or ``note``; the configuration may set another.
        how: where findings come from: ``file`` one file, ``model`` the linked project, ``flow``
            the effect system, ``tree`` files that are not Python.
        clauses: ids of sentences of your own documents that it enforces.
        aliases: other identifiers that ``--select`` and ``bylaw explain`` know it by.
        default: whether it runs without being selected or enabled.
        options: its options.
        files: files it reads beyond Python (``pyproject.toml``), relative to the root.
        page: file with its page in Markdown, for ``bylaw explain``; empty for none.
        url: address of its page, for reports; empty for none.
    """

    name: str
    summary: str
    mend: str
    severity: str = "warning"
    how: str = "model"
    clauses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    default: bool = True
    options: tuple[Option[Any], ...] = ()
    files: tuple[str, ...] = ()
    page: str = ""
    url: str = ""


class Rule(NamedTuple):
    """One rule: what an entry point of the group ``bylaw.rules`` names.

    Attributes:
        info: identity and defaults.
        find: given what may be asked, yields what is wrong. It is called once per run, reads
            nothing but its context, and its findings depend on nothing else.
    """

    info: RuleInfo
    find: Callable[[Context], Iterable[Finding]]
