"""Which layer a module or a function stands in, and why: the answer all layer rules share.

A name is a promise and what the code does is a fact. A module that is named as a service and works
as one is certain; one that only has the name is probable; one that only behaves like one is
possible, because a helper that a handler calls behaves no differently.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.items import Component
from bylaw.model.evaluate import DEFINITE, POSSIBLE, PROBABLE
from bylaw.rules.context import RuleContext
from bylaw.rules.layers.providers import is_started, transport_functions

ROUTER, SERVICE, REPOSITORY = "router", "service", "repository"
SCHEMA, MODEL, TRANSPORT, ENTRY, ADAPTER = "schema", "model", "transport", "entry", "adapter"
DOMAIN = (SERVICE, REPOSITORY)

_WORDS = {
    SERVICE: ("service", "services", "usecase", "usecases", "interactor", "interactors",
              "domain"),
    REPOSITORY: ("repository", "repositories", "repo", "repos", "crud", "dao", "daos"),
    SCHEMA: ("schema", "schemas", "dto", "dtos", "serializer", "serializers"),
    MODEL: ("model", "models", "entity", "entities", "tables"),
    TRANSPORT: (
        "router", "routers", "routes", "endpoint", "endpoints", "view", "views", "controller",
        "controllers", "handlers", "middleware", "middlewares", "dependency", "dependencies",
        "deps", "decorators", "permissions", "forms", "urls", "auth", "authentication",
        "templatetags", "context", "cookies", "csrf", "oauth",
    ),
    ENTRY: ("task", "tasks", "worker", "workers", "job", "jobs", "cli", "scheduler", "cron",
            "scheduled", "commands", "main", "app"),
    ADAPTER: ("client", "clients", "adapter", "adapters", "gateway", "gateways", "provider",
              "providers", "transport", "backends", "db", "database", "session", "engine",
              "factory", "factories"),
    "": ("types", "enums", "constants", "exceptions", "errors", "config", "settings", "signals",
         "events", "utils", "sorting", "filters", "guard", "validators"),
}  # fmt: skip
_ROLE_OF = {word: role for role, words in _WORDS.items() for word in words}
_CLASSES = (
    (re.compile(r"(Service|UseCase|Interactor)(Base|Impl|V\d+)?$"), SERVICE),
    (re.compile(r"(Repository|Repositories|Repo|DAO|Dao)(Base|Impl|V\d+)?$"), REPOSITORY),
    (re.compile(r"^(Repository|Repo)[A-Z]"), REPOSITORY),
    (re.compile(r"(Client|Adapter|Gateway|Provider|Transport|Backend|Driver)$"), ADAPTER),
    (re.compile(r"Middleware$"), TRANSPORT),
)
_GIVEN = frozenset({"test", "migration", "script", "settings", "entry"})


class Standing(NamedTuple):
    """Where a module or function stands.

    Attributes:
        role: ``router service repository schema model transport entry adapter``, a role that
            modules are given (``test settings ...``), or empty where nothing tells.
        reason: one clause: why.
        line: line of the evidence.
        confidence: 0 named and proven, 1 named, 2 only proven.
    """

    role: str
    reason: str
    line: int
    confidence: int

    @property
    def is_domain(self) -> bool:
        """Whether it is a service or a repository, by more than what it happens to do."""
        return self.role in DOMAIN and self.confidence < POSSIBLE


class Standings:
    """Standing of every module and function, each computed when it is asked for."""

    def __init__(self, context: RuleContext) -> None:
        self.project = context.project
        self.transport = transport_functions(context.backend)
        self._components: dict[int, list[Component]] = {}
        for each in context.backend.components:
            self._components.setdefault(each.module, []).append(each)
        self._modules: dict[int, Standing] = {}

    def of_module(self, module: int) -> Standing:
        """Standing of a module."""
        if module not in self._modules:
            self._modules[module] = self._read(module)
        return self._modules[module]

    def of_function(self, number: int) -> Standing:
        """Standing of a function: what the framework calls first, then its class, then its file."""
        project = self.project
        function = project.functions[number]
        module = project.function_home[number]
        around = self.of_module(module)
        if around.role in _GIVEN:
            return around
        outer = self._outermost(number)
        line = function[F.F_LINE]
        for each in (number, outer):
            if each in self.transport:
                return Standing(TRANSPORT, self.transport[each], line, DEFINITE)
            if is_started(project.functions[each]):
                return Standing(ENTRY, "a queue, a schedule or a command starts it", line, DEFINITE)
        owner = project.functions[outer][F.F_CLASS]
        if owner >= 0:
            found = self.of_class(project.class_offset[module] + owner)
            if found.role:
                return found
        return around

    def of_class(self, number: int) -> Standing:
        """Standing of a class by its own name; an empty role where that tells nothing."""
        record = self.project.classes[number]
        name = record[F.K_NAME].rpartition(".")[2]
        for pattern, role in _CLASSES:
            if pattern.search(name):
                return Standing(role, f"{name} is named so", record[F.K_LINE], PROBABLE)
        return Standing("", "", record[F.K_LINE], POSSIBLE)

    def _outermost(self, number: int) -> int:
        """The function or method around a nested function."""
        project = self.project
        offset = project.function_offset[project.function_home[number]]
        while project.functions[number][F.F_PARENT] > 0:
            number = offset + project.functions[number][F.F_PARENT]
        return number

    def _read(self, module: int) -> Standing:
        components = self._components.get(module, [])
        by_role = {each.role: each for each in components}
        for each in components:
            if each.role in _GIVEN or each.role == ROUTER:
                return Standing(each.role, each.reason, each.line, DEFINITE)
        role, named = named_role(self.project.modules[module].name)
        if role in DOMAIN:
            proven = by_role.get(SERVICE) or by_role.get(REPOSITORY)
            if proven is not None and proven.role == role:
                return Standing(role, f"{named} and {proven.reason}", proven.line, DEFINITE)
            return Standing(role, named, 1, PROBABLE)
        for each in components:
            if each.role in (MODEL, SCHEMA):
                return Standing(each.role, each.reason, each.line, DEFINITE)
        if role:
            return Standing(role, named, 1, PROBABLE)
        for each in components:
            return Standing(each.role, each.reason, each.line, POSSIBLE)
        return Standing("", "", 1, POSSIBLE)


def named_role(name: str) -> tuple[str, str]:
    """Role that the name of a module promises, with the words that do; both empty for none.

    Its own name counts before its folders, the nearest folder before those around it. A folder
    counts in the plural only: ``service/models.py`` may be a feature called service.
    """
    *folders, stem = name.lower().split(".")
    first, _, _ = stem.partition("_")
    for word in (stem, stem.rpartition("_")[2]):
        if word in _ROLE_OF and (word != "domain" or word == stem):
            return _ROLE_OF[word], f"{stem} is named so"
    if _ROLE_OF.get(first) == REPOSITORY:
        return REPOSITORY, f"{stem} is named so"
    for folder in reversed(folders):
        word = folder.rpartition("_")[2]
        role = _ROLE_OF.get(word, "") if word != "domain" or word == folder else ""
        if role and folder.endswith(("s", "crud", "domain")):
            return role, f"it lies in {folder}"
    return "", ""


def standings(context: RuleContext) -> Standings:
    """The standings of a run, shared by all rules that ask."""
    found = context.memo.get("standings")
    if found is None:
        found = context.memo["standings"] = Standings(context)
    assert isinstance(found, Standings)
    return found
