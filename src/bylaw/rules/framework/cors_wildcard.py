"""``cors-wildcard``: browsers may call the service from any site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import argument
from bylaw.model.call_index import call_index
from bylaw.model.evaluate import evaluate
from bylaw.model.outside_calls import constant_text
from bylaw.model.roles import TEST
from bylaw.model.variables import find_variable
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo
from bylaw.rules.source_lines import enclosing_test

INFO = RuleInfo(
    name="cors-wildcard",
    summary="CORS allows every origin; together with credentials that is an error.",
    clauses=("FS-5.4",),
    severity="warning",
    how="file",
    family="framework",
    mend="list the origins of your own front ends",
)
_ORIGINS = ("allow_origins", "origins", "allow_origin_regex", "resources")
_CREDENTIALS = ("allow_credentials", "supports_credentials")
_ANYTHING = frozenset({"*", ".*", "^.*$", ".+", "https?://.*", "https?://.+", "http.*", "^.*"})
_ADDERS = ("add_middleware", "Middleware")
_MAKERS = ("CORSMiddleware", "CORS", "cross_origin")
_SETTINGS = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per middleware, extension or Django setting."""
    project = context.project
    for number, call in call_index(project).named((*_ADDERS, *_MAKERS)):
        module = project.function_home[number]
        if project.roles[module] == TEST:
            continue
        if _sets_cors(context, module, call) and _is_open(context, module, call):
            place = (call[F.C_LINE], call[F.C_COL], call[F.C_END])
            credentials = _with_credentials(context, module, call)
            made = _finding(context, number, place, credentials)
            if call[F.C_FLAGS] & F.DECORATOR and not credentials:
                made = made._replace(severity="note", message="any site may call this route")
            yield made
    yield from _settings(context)


def _sets_cors(context: RuleContext, module: int, call: tuple[Any, ...]) -> bool:
    name = call[F.C_PATH].rpartition(".")[2].rpartition("|")[2]
    if name in _ADDERS:
        given = argument(call, "0") or argument(call, "middleware_class") or ""
        return given.rpartition(".")[2].rpartition("|")[2] == "CORSMiddleware"
    if name not in _MAKERS:
        return False
    value = evaluate(context.project, module, call[F.C_PATH])
    return value is not None and value[0] == "X" and "cors" in value[1].lower()


def _is_open(context: RuleContext, module: int, call: tuple[Any, ...]) -> bool:
    named = [each for each in _ORIGINS if argument(call, each) is not None]
    spread = any(each.startswith("*") for each in call[F.C_ARGS])
    if not named and call[F.C_PATH].rpartition(".")[2] in ("CORS", "cross_origin"):
        return not spread and not _is_configured(context)
    return any(_text(context, module, argument(call, each)) in _ANYTHING for each in named)


def _is_configured(context: RuleContext) -> bool:
    """Whether Flask's configuration lists the origins, which is what flask-cors falls back on."""
    found: bool | None = context.memo.get("cors-origins")
    if found is None:
        project = context.project
        named = [each.get("CORS_ORIGINS") for each in project.bindings]
        named += [
            attribute
            for record in project.classes
            for attribute in record[F.K_ATTRIBUTES]
            if attribute[F.A_NAME] == "CORS_ORIGINS"
        ]
        found = any(each is not None and "'*" not in each for each in named)
        context.memo["cors-origins"] = found
    return found


def _text(context: RuleContext, module: int, given: str | None) -> str:
    """What an argument stands for, by way of a constant of a module where it is one."""
    text = constant_text(context.project, module, given)
    if text is None and given and given[0] not in "?:*=#$%&'":
        variable = find_variable(context.project, module, given)
        kept = variable.binding[F.B_ANNOTATION] if variable is not None else None
        text = kept[1:] if isinstance(kept, str) and kept.startswith("'") else None
    return text or ""


def _with_credentials(context: RuleContext, module: int, call: tuple[Any, ...]) -> bool:
    return any(argument(call, each) == ":True" for each in _CREDENTIALS)


def _settings(context: RuleContext) -> Iterator[Finding]:
    """The settings of django-cors-headers."""
    project = context.project
    for module, bindings in enumerate(project.bindings):
        if project.roles[module] == TEST:
            continue
        for name in _SETTINGS:
            binding = bindings.get(name)
            if binding is not None and binding[F.B_ANNOTATION] == ":True":
                line = binding[F.B_LINE]
                if "DEBUG" in enclosing_test(context, project.paths[module], line):
                    continue
                shared = bindings.get("CORS_ALLOW_CREDENTIALS")
                if "CORS_URLS_REGEX" in bindings:  # for those URLs only, which somebody chose
                    continue
                credentials = shared is not None and shared[F.B_ANNOTATION] == ":True"
                body = project.module_body(module)
                yield _finding(context, body, (line, 1, line), credentials)


def _finding(
    context: RuleContext, number: int, place: tuple[int, int, int], credentials: bool
) -> Finding:
    what = "any site may call this service"
    if credentials:
        what += " with the cookies of whoever is looking at it"
    return make_finding(
        INFO,
        context.project,
        number,
        place,
        what,
        severity="error" if credentials else "",
        sink="credentials" if credentials else "origins",
    )
