"""The rules of installed plug-ins, joined with the shipped ones; nothing is imported without any.

A plug-in is code of somebody else that the user installed beside Bylaw. Whatever it does wrong is
told with its name and takes no other rule with it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from bylaw.errors import Diagnostic
from bylaw.finding import CONFIDENCES, SEVERITIES, Finding
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.context import RuleContext
from bylaw.rules.registry import INFOS, RULES, Rule
from bylaw.rules.rule import RuleInfo
from bylaw.source.entry_points import EntryPoint, entry_points, search_path

if TYPE_CHECKING:
    from bylaw import plugin

CODE = "plugin"
_HOW = ("flow", "model", "file", "tree")


class PluginError(Exception):
    """What a plug-in hands over is not what its documentation asks for."""


def known_rules() -> Catalogue:
    """Every rule there is now: the shipped ones, and those of installed plug-ins.

    Returns:
        The rules; what is wrong with a plug-in is in ``problems``.
    """
    paths = search_path()
    found, unreadable = entry_points(paths)
    if not found and not unreadable:
        return Catalogue(watched=tuple(paths))
    rules, broken, wanted = _loaded(found)
    lost = [
        _problem(each.distribution, f"its entry points cannot be read: {each.reason}")
        for each in unreadable
    ]
    everything = dict(sorted({**RULES, **rules}.items()))
    problems = [*lost, *dict.fromkeys(each for group in broken.values() for each in group)]
    return Catalogue(
        everything,
        {name: rule.info for name, rule in everything.items()},
        {name: group[0] for name, group in broken.items() if name not in everything},
        tuple(problems),
        (*paths, *_files(found), *wanted),
    )


def _problem(origin: str, message: str) -> Diagnostic:
    name = origin.partition(" ")[0]
    hint = f"mend or update the plug-in, or remove it: python -m pip uninstall {name}"
    return Diagnostic(CODE, f"plug-in {origin}: {message}", hint=hint, exit_code=2)


def _loaded(
    found: list[EntryPoint],
) -> tuple[dict[str, Rule], dict[str, list[Diagnostic]], list[str]]:
    """The rules that can run, for each other one what is wrong with it, and files they read."""
    files: list[str] = []
    rules: dict[str, Rule] = {}
    broken: dict[str, list[Diagnostic]] = {}
    claims: dict[str, list[EntryPoint]] = {}
    for each in found:
        claims.setdefault(each.name, []).append(each)
    for each in found:
        others = [other.origin for other in claims[each.name] if other is not each]
        try:
            if each.name in INFOS:
                raise PluginError(f"{each.name} is the name of a rule that ships with Bylaw")
            if others:
                raise PluginError(f"{each.name} is also a rule of {', '.join(others)}")
            rules[each.name], more = _load(each)
            files += more
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's code
            said = str(error) if isinstance(error, PluginError) else _told(error)
            problem = _problem(each.origin, f"the rule {each.name} cannot be used: {said}")
            broken.setdefault(each.name, []).append(problem)
    return rules, broken, files


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _load(entry: EntryPoint) -> tuple[Rule, tuple[str, ...]]:
    """Imports what an entry point names; gives also the files of the root that it reads.

    Raises:
        PluginError: it is no rule, or says something about itself that no rule may.
    """
    from importlib import import_module

    from bylaw.plugin import Rule as PublicRule

    with _aside():
        target: object = import_module(entry.module)
        for part in entry.attribute.split(".") if entry.attribute else ():
            target = getattr(target, part)
    if not isinstance(target, PublicRule):
        raise PluginError(f"{entry.module}:{entry.attribute} is no bylaw.plugin.Rule")
    info = _info(entry, target.info)
    page = (info.page,) if info.page else ()
    return Rule(info, _finder(target, info)), (*page, *target.info.files)


@contextlib.contextmanager
def _aside() -> Iterator[None]:
    """What a plug-in prints goes to standard error: standard output is the report's."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _info(entry: EntryPoint, given: plugin.RuleInfo) -> RuleInfo:
    wrong = list(_mistakes(entry, given))
    if wrong:
        raise PluginError("; ".join(wrong))
    return RuleInfo(
        given.name, given.summary, tuple(given.clauses), given.severity, given.how, "plug-ins",
        given.mend, tuple(given.aliases), given.default,
        tuple((each.name, each.default, each.summary) for each in given.options),
        plugin=entry.origin, page=given.page, url=given.url,
    )  # fmt: skip


def _mistakes(entry: EntryPoint, info: plugin.RuleInfo) -> Iterator[str]:
    """Everything a rule says of itself that it may not."""
    if info.name != entry.name:
        yield f"its entry point is called {entry.name}, its RuleInfo {info.name}"
    if not _is_kebab(entry.name):
        yield "its name is not lower-case words joined by hyphens"
    if info.severity not in SEVERITIES:
        yield f"its severity {info.severity!r} is none of {', '.join(SEVERITIES)}"
    if info.how not in _HOW:
        yield f"its how {info.how!r} is none of {', '.join(_HOW)}"
    if not info.summary or not info.mend:
        yield "its summary or its mend is empty"
    names = [option.name for option in info.options]
    if len({*names, "enabled", "severity"}) != len(names) + 2:
        yield "two options have one name, or one is called enabled or severity"
    for path in info.files:
        if os.path.isabs(path) or ".." in path.split("/"):
            yield f"its file {path} does not lie below the root"
    for option in info.options:
        if not _is_kebab(str(option.name)):
            yield f"its option {option.name!r} is not lower-case words joined by hyphens"
        if type(option.default) not in (bool, int, float, str, tuple):
            yield f"the default of its option {option.name} has no type that TOML knows"


def _is_kebab(name: str) -> bool:
    words = name.split("-")
    plain = all(word.isascii() and word.isalnum() and word == word.lower() for word in words)
    return plain and not name[0].isdigit()


def _finder(rule: plugin.Rule, info: RuleInfo) -> Callable[[RuleContext], Iterator[Finding]]:
    def find(inner: RuleContext) -> Iterator[Finding]:
        from bylaw.plugin import Context

        context = Context(inner, rule.info)
        try:
            with _aside():
                found = [_checked(each, info) for each in rule.find(context)]
        except SystemExit as error:
            raise PluginError(f"it ended the process: {_told(error)}") from error
        for reason in context.unverified:
            inner.not_verified(info, reason)
        return iter(found)

    return find


def _checked(finding: object, info: RuleInfo) -> Finding:
    """A finding that any report can show.

    Raises:
        PluginError: it is none, or not of this rule.
    """
    if not isinstance(finding, Finding):
        raise PluginError(f"it yields {type(finding).__name__} where a Finding is due")
    if finding.rule != info.name:
        raise PluginError(f"it yields a finding of {finding.rule}")
    if finding.severity not in SEVERITIES or finding.confidence not in CONFIDENCES:
        raise PluginError(f"{finding.severity} {finding.confidence} is no severity and confidence")
    return finding


def _files(found: Iterable[EntryPoint]) -> Iterator[str]:
    """Files of plug-ins that a stored report depends on: metadata, code and pages."""
    for folder in sorted({each.folder for each in found}):
        yield os.path.join(folder, "entry_points.txt")
        yield os.path.join(folder, "METADATA")
    folders = set()
    for entry in found:
        module = sys.modules.get(entry.module)
        path = getattr(module, "__file__", None)
        if not isinstance(path, str):
            continue
        yield path
        if module is not None and module.__package__:
            folders.add(os.path.dirname(path))
    top = {entry.module.partition(".")[0] for entry in found}
    for name, each in sorted(sys.modules.items()):
        if name.partition(".")[0] in top and isinstance(getattr(each, "__file__", None), str):
            yield str(each.__file__)
    for folder in sorted(folders):
        for place, _, names in os.walk(folder):
            yield from (os.path.join(place, each) for each in sorted(names) if each[-3:] == ".py")
