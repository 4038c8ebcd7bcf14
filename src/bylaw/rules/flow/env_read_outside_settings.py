"""``env-read-outside-settings``: configuration is read from the environment in many places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding, Step
from bylaw.model.call_graph import Place, Seed, argument
from bylaw.model.environment import is_ambient
from bylaw.model.outside_calls import constant_text
from bylaw.model.roles import CODE, SETTINGS
from bylaw.rules.command_folders import is_in_commands
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.developer_scripts import standing_of
from bylaw.rules.flow.entry_modules import EntryModules
from bylaw.rules.flow.settings_choice import chooses_settings
from bylaw.rules.flow.settings_helpers import SettingsHelpers
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="env-read-outside-settings",
    summary="Configuration is read from the environment by a module that is not a settings module.",
    clauses=("CON-CFG", "FS-5.3"),
    severity="warning",
    how="flow",
    family="flow",
    mend="declare it in the settings, and take it from there",
    needs=frozenset({"manifests"}),
    options=(("modules", (), "paths of further modules whose job is to read the environment"),),
)

_MANY = 4
_NAMES = ("settings", "config", "environ", "getenv", "get_env", "feature_flag", "constants", "_env",
          "env_", "logging", "telemetry", "sentry", "version")  # fmt: skip
_ABOUT_LOGS = re.compile(
    r"(?:(?:setup|set_up|init|configure|config|custom|app|core)_)?(?:log|logs|loggers?)"
    r"(?:_(?:config|conf|configuration|configurator|setup|init|utils?|handlers?|formatters?))?"
)
"""How modules that set logging up are called; ``audit_log`` and ``log_parser`` are not."""
_LEADS_TO_SETTINGS = re.compile(r"_(?:SETTINGS|CONFIG)(?:_(?:FILE|PATH|MODULE|DIR))?$")
"""Says where the settings are, which has to be read before they are."""
_ASIDE_FOLDERS = frozenset({"cli", "commands", "docker", "deploy", "examples",
                             "terraform", "infra", "ops", "loadtest", "loadtests",
                             "load_test", "load_tests", "locust", "benchmark", "benchmarks",
                             "evals"})  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per read of a variable, or per call of a helper that reads what it is told."""
    project = context.project
    judged = [_is_judged(context, module) for module in range(len(project.paths))]
    helpers: dict[int, tuple[str, str]] = {}
    own = _set_here(context)
    entries, helped = EntryModules(context), SettingsHelpers(context)
    for number, seeds in enumerate(context.graph.seeds):
        module = project.function_home[number]
        seen: set[tuple[int, str]] = set()
        for seed in seeds:
            if seed.kind != "env-read" or seed.qualifier == "setdefault":
                continue
            if context.situation(number, seed.situation)[F.S_FLAGS] & F.IN_MAIN:
                continue
            if seed.key is None:
                name = _told(context, number, seed)
                if name:
                    helpers[number] = (name, seed.sink)
            elif judged[module] and _counts(seed.key) and not _is_library(seed):
                if seed.key in own or _has_own_mapping(context, module, seed):
                    continue
                key = (seed.place[0], seed.key)
                if key not in seen and not _is_legal(context, entries, number, seed):
                    seen.add(key)
                    if helped.has(number):
                        continue
                    yield _finding(context, number, seed.place, seed.key, seed.sink, ())
    yield from _told_reads(context, helpers, judged, entries)


def _is_legal(context: RuleContext, entries: EntryModules, number: int, seed: Seed) -> bool:
    """Whether a read is part of starting, stands in a script, or finds the settings."""
    if entries.sets_up(number) or chooses_settings(context, number, seed):
        return True
    return standing_of(context, context.project.function_home[number]) != CODE


def _set_here(context: RuleContext) -> set[str]:
    """Variables that the code outside tests sets: how it tells itself, or a child, something."""
    project = context.project
    return {
        write[F.W_PATH][1:]
        for number, function in enumerate(project.functions)
        if project.roles[project.function_home[number]] == CODE
        for write in function[F.F_WRITES]
        if write[F.W_OP] == "environment"
    }


def _is_judged(context: RuleContext, module: int) -> bool:
    """Whether a module is service code, and nothing shows that reading settings is its job."""
    project = context.project
    path = project.paths[module]
    if project.roles[module] != CODE or path in context.option(INFO, "modules"):
        return False
    parts = path.removesuffix(".py").lower().split("/")
    aside = is_in_commands(context, path.lower(), _ASIDE_FOLDERS)
    if aside or any(name in parts[-1] for name in _NAMES):
        return False
    if _ABOUT_LOGS.fullmatch(parts[-1]):
        return False
    if parts[-1] in ("__main__", "wsgi", "asgi", "celery", "manage"):
        return False
    if any(part in ("settings", "config", "conf") for part in parts[:-1]):
        return False
    return not _gathers(context, module)


def _gathers(context: RuleContext, module: int) -> bool:
    """Whether a module's body puts many variables into names of its own: settings by another name.

    A class whose fields read the environment is the same.
    """
    body = context.project.module_body(module)
    seeds = context.graph.seeds[body]
    names = {seed.key for seed in seeds if seed.kind == "env-read" and seed.key}
    return len(names) >= _MANY


def _counts(name: str) -> bool:
    """Whether a variable configures the service: the platform's own are nobody's settings.

    ``APP__RUN_ID`` and ``_STAGE`` are how a process hands something to its children.
    """
    handed_down = name.startswith("_") or "__" in name
    if _LEADS_TO_SETTINGS.search(name):
        return False
    return not is_ambient(name) and not handed_down and name.replace("_", "a").isalnum()


def _is_library(seed: Seed) -> bool:
    """Whether a settings class or a file of variables does the reading, not a call by name."""
    return seed.sink.startswith(("pydantic", "dotenv"))


def _has_own_mapping(context: RuleContext, module: int, seed: Seed) -> bool:
    """Whether starlette's ``Config(environ={...})`` is asked, which holds what it was given."""
    if not seed.sink.startswith("starlette.config"):
        return False
    first = context.project.function_offset[module]
    return any(
        argument(call, "environ") is not None
        for function in context.project.functions[
            first : first + len(context.project.facts[module][F.FUNCTIONS])
        ]
        for call in function[F.F_CALLS]
        if call[F.C_PATH].endswith("Config")
    )


def _told(context: RuleContext, number: int, seed: Seed) -> str:
    """Name of the parameter that says which variable a function reads."""
    function = context.project.functions[number]
    names = [param[F.P_NAME] for param in function[F.F_PARAMS]]
    for call in function[F.F_CALLS]:
        if (call[F.C_LINE], call[F.C_COL], call[F.C_END]) == seed.place:
            given = argument(call, "0") or ""
            for name, annotation, _ in function[F.F_PARAMS]:
                if given in (f"={name}", f"{annotation}!") and name in names:
                    return str(name)
    return ""


def _told_reads(
    context: RuleContext,
    helpers: dict[int, tuple[str, str]],
    judged: list[bool],
    entries: EntryModules,
) -> Iterator[Finding]:
    """Calls outside the settings that tell a helper which variable to read."""
    if not helpers:
        return
    project = context.project
    for caller, edges in enumerate(context.graph.edges):
        module = project.function_home[caller]
        if not judged[module]:
            continue
        for edge in edges:
            if edge.callee not in helpers:
                continue
            parameter, sink = helpers[edge.callee]
            name = _passed(context, caller, edge.place, edge.callee, parameter)
            if name and _counts(name) and not entries.sets_up(caller):
                helper = edge.callee
                step = Step(
                    project.path_of(helper), project.functions[helper][F.F_LINE],
                    project.symbol(helper), f"reads it with {sink}",
                )  # fmt: skip
                yield _finding(context, caller, edge.place, name, sink, (step,))


def _passed(
    context: RuleContext, caller: int, place: Place, callee: int, parameter: str
) -> str | None:
    project = context.project
    function = project.functions[callee]
    names = [param[F.P_NAME] for param in function[F.F_PARAMS]]
    bound = function[F.F_CLASS] >= 0 and not function[F.F_FLAGS] & F.STATIC
    position = names.index(parameter) - int(bound)
    for call in project.functions[caller][F.F_CALLS]:
        if call[F.C_LINE : F.C_FLAGS] == place:
            given: Any = argument(call, parameter) or argument(call, str(position))
            return constant_text(project, project.function_home[caller], given)
    return None


def _finding(
    context: RuleContext,
    number: int,
    place: Place,
    name: str,
    sink: str,
    road: tuple[Step, ...],
) -> Finding:
    project = context.project
    first = Step(project.path_of(number), place[0], project.symbol(number), f"asks for {name}")
    settings = any(role == SETTINGS for role in project.roles)
    where = "outside the settings" if settings else "and there is no settings module"
    return make_finding(
        INFO,
        project,
        number,
        place,
        f"{name} is read from the environment {where}",
        confidence=1 if road else 0,
        sink=name,
        witness=(first, *road),
    )
