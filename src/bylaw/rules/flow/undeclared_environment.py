"""``undeclared-environment``: a variable the code reads and nothing declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.finding import CONFIDENCES, Finding
from bylaw.model.call_graph import Place, Seed, argument
from bylaw.model.call_index import call_index
from bylaw.model.environment import (
    declared_in_file,
    is_ambient,
    is_example_file,
    is_for_browser,
    is_setting,
    settings_variables,
)
from bylaw.model.evaluate import POSSIBLE, PROBABLE, evaluate
from bylaw.model.named_reads import reads_told_a_name
from bylaw.model.outside_calls import constant_text
from bylaw.model.roles import MIGRATION, SCRIPT, SETTINGS, TEST
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="undeclared-environment",
    summary="A variable the code reads that no settings class, .env.example or contract declares.",
    clauses=("EC-3", "CON-ENV"),
    severity="warning",
    how="flow",
    family="flow",
    mend="declare it in .env.example or in the settings class",
    options=(("known", (), "variables that the platform provides and nobody declares"),),
)


_EXPANDERS = frozenset(
    {"os.path.expandvars", "expandvars.expandvars", "expandvars.expand", "envyaml.EnvYAML",
     "pyaml_env.parse_config", "envsubst.envsubst"}
)  # fmt: skip
"""What replaces ``$NAME`` in a text by the variable of that name."""
_EXPANDING = tuple(sorted(each.rpartition(".")[2] for each in _EXPANDERS))


class _Read(NamedTuple):
    """The first read of a variable.

    Attributes:
        function: number of the function that reads.
        place: where.
        excused: a settings module gives it a default, or only migrations read it.
    """

    function: int
    place: Place
    excused: bool


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per variable, at its first read; declared ones nobody reads are notes."""
    reads, provided = _reads(context)
    declarations = {path: declared_in_file(path, text) for path, text in context.companions.items()}
    fields = settings_variables(context.project)
    declared = _upper(context.declared) | _upper(fields) | _upper(context.option(INFO, "known"))
    for names in declarations.values():
        declared |= _upper(names)
    declared |= _set_by_the_program(context)
    has_contract = bool(context.declared or fields) or any(
        names and is_example_file(path) for path, names in declarations.items()
    )
    for name in sorted(reads):
        if name.upper() in declared or is_ambient(name) or is_setting(name.upper(), fields):
            continue
        yield _undeclared(context, name, reads[name], has_contract)
    read = _upper(reads) | provided | _upper(fields)
    for finding in _unread_lines(context, declarations, read):
        if not is_setting(finding.sink.upper(), fields):
            yield finding


def _upper(names: Iterable[object]) -> set[str]:
    return {str(name).upper() for name in names}


def _set_by_the_program(context: RuleContext) -> set[str]:
    """Variables the program sets for itself or its children: nobody who deploys it needs to."""
    project = context.project
    found = set()
    for number, function in enumerate(project.functions):
        module = project.function_home[number]
        if project.roles[module] in (TEST, SCRIPT):
            continue
        for write in function[F.F_WRITES]:
            if write[F.W_OP] == "environment":
                path = write[F.W_PATH]
                name = path[1:] if path[0] == "=" else constant_text(project, module, path)
                found.add((name or "").upper())
    return found


def _unread_lines(
    context: RuleContext, declarations: Mapping[str, Mapping[str, int]], read: set[str]
) -> Iterator[Finding]:
    """Lines of example files for variables that neither Python nor a deploy file mentions."""
    mentioned = " ".join(
        text for path, text in context.companions.items() if not is_example_file(path)
    )
    handed_on: set[str] | None = None
    confidence = CONFIDENCES[POSSIBLE if _expands_files(context) else PROBABLE]
    for path, names in sorted(declarations.items()):
        if not is_example_file(path) or not _is_for_python(context, path):
            continue
        for name, line in sorted(names.items(), key=lambda each: each[1]):
            if name.upper() in read or name in mentioned:
                continue
            if is_ambient(name) or is_for_browser(name):
                continue
            handed_on = _handed_on(context) if handed_on is None else handed_on
            if name.upper() not in handed_on:
                yield _unread(path, name, line, confidence)


def _handed_on(context: RuleContext) -> set[str]:
    """Names that stand as text in a call: a helper reads the variable it is told to read."""
    return {
        encoded.rpartition("'")[2].upper()
        for function in context.project.functions
        for call in function[F.F_CALLS]
        for encoded in call[F.C_ARGS]
        if "'" in encoded and encoded[-1].isalnum()
    }


def _expands_files(context: RuleContext) -> bool:
    """Whether the program expands variables in texts that are not known: ``domain: $DOMAIN``."""
    project = context.project
    for number, call in call_index(project).named(_EXPANDING):
        module = project.function_home[number]
        if project.roles[module] in (TEST, SCRIPT) or not call[F.C_ARGS]:
            continue
        value = evaluate(project, module, call[F.C_PATH])
        dotted = project.stubs.canonical(str(value[1])) if value and value[0] in "XB" else ""
        given = constant_text(project, module, call[F.C_ARGS][0])
        if given is None and dotted in _EXPANDERS:
            return True
    return False


def _is_for_python(context: RuleContext, path: str) -> bool:
    """Whether there is code of this project at or below the folder of an example file."""
    folder = path.rpartition("/")[0]
    return not folder or any(each.startswith(f"{folder}/") for each in context.project.paths)


def _reads(context: RuleContext) -> tuple[dict[str, _Read], set[str]]:
    """First read of each variable with a constant name, and the names that the code provides."""
    project = context.project
    found: dict[str, list[tuple[tuple[bool, str, int, int], int, Seed, str]]] = {}
    provided: set[str] = set()
    told = reads_told_a_name(context.graph)
    for number, seeds in enumerate(context.graph.seeds):
        role = project.roles[project.function_home[number]]
        if role in (TEST, SCRIPT):
            continue
        for seed in (*seeds, *told.get(number, ())):
            if seed.kind != "env-read" or not seed.key or not _is_name(seed.key):
                continue
            is_loader = seed.sink.startswith(("starlette.config.Config", "dotenv."))
            if is_loader and "__call__" not in seed.sink:
                continue
            if context.situation(number, seed.situation)[F.S_FLAGS] & F.IN_MAIN:
                continue
            if seed.qualifier == "setdefault":
                provided.add(seed.key.upper())
                continue
            order = (role == MIGRATION, project.path_of(number), *seed.place[:2])
            found.setdefault(seed.key, []).append((order, number, seed, role))
    reads = {}
    for name, each in found.items():
        _, number, seed, _ = min(each, key=lambda one: one[0])
        excused = all(role == MIGRATION for *_, role in each) or any(
            role == SETTINGS and _is_optional(context, function, one)
            for _, function, one, role in each
        )
        reads[name] = _Read(number, seed.place, excused)
    return reads, provided


def _is_optional(context: RuleContext, number: int, seed: Seed) -> bool:
    """Whether the service starts without the variable: a default, ``get``, or asked before."""
    flags, handled, *_ = context.situation(number, seed.situation)
    if flags & F.IN_CONDITION or "KeyError" in handled:
        return True
    if seed.sink.endswith((".get", "getenv", "getenvb", ".pop")):
        return True
    defaults_from = 2 if seed.sink.startswith("starlette.") else 1
    for call in context.project.functions[number][F.F_CALLS]:
        if (call[F.C_LINE], call[F.C_COL]) == seed.place[:2]:
            given = argument(call, "default") or argument(call, str(defaults_from))
            if given is not None:
                return True
    return False


def _is_name(key: str) -> bool:
    return key.replace("_", "a").replace("-", "a").isalnum()


def _undeclared(context: RuleContext, name: str, read: _Read, has_contract: bool) -> Finding:
    message = f"{name} is read here and declared nowhere"
    if read.excused:
        message = f"{name} may be set, and no example file says so"
    return make_finding(
        INFO,
        context.project,
        read.function,
        read.place,
        message,
        severity=INFO.severity if has_contract and not read.excused else "note",
        sink=name,
    )


def _unread(path: str, name: str, line: int, confidence: str) -> Finding:
    return Finding(
        INFO.name, INFO.clauses, "note", confidence, path, line, 1, line, path,
        f"{name} is declared here and read nowhere", "remove it, or read it", name,
    )  # fmt: skip
