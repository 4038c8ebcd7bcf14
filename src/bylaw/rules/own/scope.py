"""What the patterns of a binding mean in a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bylaw.facts import schema as F
from bylaw.model.roles import TEST
from bylaw.rules.binding import Binding
from bylaw.rules.context import RuleContext
from bylaw.rules.own.patterns import dotted_path, matching, mentions_tests
from bylaw.rules.rule import RuleInfo


def modules_in(context: RuleContext, patterns: Sequence[str]) -> Iterator[int]:
    """Files that some patterns name; tests only where a pattern asks for them."""
    project = context.project
    meant, tests = matching(patterns), mentions_tests(patterns)
    for module, named in enumerate(project.modules):
        path = project.paths[module]
        names = (named.name, dotted_path(path))
        if (tests or project.roles[module] != TEST) and meant(names, path):
            yield module


def functions_in(context: RuleContext, patterns: Sequence[str]) -> Iterator[int]:
    """Functions and module bodies that some patterns name, by themselves or by their module."""
    project = context.project
    meant, tests = matching(patterns), mentions_tests(patterns)
    for number, function in enumerate(project.functions):
        if not tests and project.roles[project.function_home[number]] == TEST:
            continue
        path, name = project.path_of(number), function[F.F_NAME]
        below = f"{dotted_path(path)}.{name}" if name else dotted_path(path)
        if meant((project.symbol(number), below), path):
            yield number


def nothing_meant(context: RuleContext, info: RuleInfo, binding: Binding, key: str) -> None:
    """Says that a sentence could not be held against anything."""
    named = ", ".join(binding.patterns(key)) or "every module"
    context.not_verified(info, f"{binding.place} binds {named}, and nothing here is called so")


def is_method(function: tuple[object, ...]) -> bool:
    """Whether a function belongs to a class."""
    owner = function[F.F_CLASS]
    return isinstance(owner, int) and owner >= 0
