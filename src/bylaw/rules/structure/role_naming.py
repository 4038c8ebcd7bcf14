"""``role-naming``: a name that does not show the role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.class_lookup import outside_bases
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project
from bylaw.model.roles import CODE, TEST
from bylaw.model.test_fixtures import is_fixture
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.layers.transport_models import is_generic, transport_models
from bylaw.rules.rule import RuleInfo
from bylaw.rules.structure.layer_violation import LAYER_WORDS, layer_of

INFO = RuleInfo(
    name="role-naming",
    summary="A module, class, function or fixture is not named the way its role is.",
    clauses=("NC-modules", "NC-classes", "NC-functions", "NC-test", "NC-constants"),
    severity="warning",
    how="model",
    family="structure",
    mend="rename it as the naming table has it",
    default=False,
    options=(
        ("transport", False, "request and response models are judged: ...Request, ...Response"),
    ),
)
RUFF_CODES = ("N801", "N802", "N818")
_SUFFIXES = {"service": "Service", "repository": "Repository"}
_HANDLER_WORDS = frozenset(
    {"api", "apis", "routes", "router", "routers", "endpoints", "views", "controllers", "handlers"}
)
_MIXED = re.compile(r"_*[a-z]\w*[A-Z]")
_MOCKS = ("Mock()", "MagicMock()", "AsyncMock()", "create_autospec()")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per name."""
    project = context.project
    for number in range(len(project.classes)):
        yield from _class(context, number)
    for module, role in enumerate(project.roles):
        if role == TEST:
            yield from _test_module(context, module)
    yield from _packages(context)
    yield from _handlers(context)
    if context.option(INFO, "transport"):
        yield from _transport(context)
    for number, function in enumerate(project.functions):
        if is_fixture(function) and project.roles[project.function_home[number]] == TEST:
            yield from _fixture(context, number)


def _class(context: RuleContext, number: int) -> Iterator[Finding]:
    project = context.project
    module, record = project.class_home[number], project.classes[number]
    name = record[F.K_NAME].rpartition(".")[2]
    if project.roles[module] == TEST:
        tests = [method for method, _ in record[F.K_METHODS] if method.startswith("test")]
        if tests and not name.startswith("Test") and record[F.K_NAME] == name:
            yield _named(context, module, record, f"test class {name} is not called Test...")
        return
    if project.roles[module] != CODE or name.startswith("_") or "." in record[0]:
        return
    yield from _attributes(context, number)
    layer = layer_of(project, module)
    suffix = _SUFFIXES.get(layer, "")
    if (layer and not suffix) or not _is_actor(project, number, record):
        return
    if not layer and not project.modules[module].is_package:
        spoken = {LAYER_WORDS.get(word) for word in _words(project, module)}
        for home, end in _SUFFIXES.items():
            if name.endswith(end) and name != end and home not in spoken:
                what = f"class {name} stands in a module that is not called {home}.py"
                yield _named(context, module, record, what)
    elif layer and not name.endswith(suffix):
        what = f"class {name} in a module of the layer {layer} is not called ...{suffix}"
        yield _named(context, module, record, what)


def _words(project: Project, module: int) -> set[str]:
    """What the name of a module and its folders say, also at the end of ``user_service``."""
    parts = project.paths[module].lower().removesuffix(".py").split("/")
    return {word for part in parts for word in (part, part.rpartition("_")[2])}


def _attributes(context: RuleContext, number: int) -> Iterator[Finding]:
    """One finding per class whose attributes are in mixed case; a library may ask for such."""
    project = context.project
    module, record = project.class_home[number], project.classes[number]
    names = [each[F.A_NAME] for each in record[F.K_ATTRIBUTES]]
    names += [each for each, _ in record[F.K_SELF]]
    mixed = sorted({each for each in names if _MIXED.match(each)})
    if mixed and not record[F.K_DECORATORS] and not outside_bases(project, number, evaluate):
        what = f"{', '.join(mixed)} of class {record[F.K_NAME]}: not in snake_case"
        yield _named(context, module, record, what)


def _is_actor(project: Project, number: int, record: tuple[Any, ...]) -> bool:
    """Whether a class does things rather than holds data or names an error."""
    if record[F.K_DECORATORS] or outside_bases(project, number, evaluate):
        return False
    functions = project.facts[project.class_home[number]][F.FUNCTIONS]
    public = [index for method, index in record[F.K_METHODS] if not method.startswith("_")]
    return any(functions[index][F.F_CALLS] for index in public)


def _test_module(context: RuleContext, module: int) -> Iterator[Finding]:
    project = context.project
    name = project.paths[module].rpartition("/")[2]
    if not project.facts[module][F.FILE_FLAGS] & F.HAS_TESTS:
        return
    if name.startswith("test_") or name in ("conftest.py", "tests.py"):
        return
    body = project.module_body(module)
    message = f"test module {name} is not called test_<module>.py"
    yield make_finding(INFO, project, body, (1, 1, 1), message, sink="module")


def _packages(context: RuleContext) -> Iterator[Finding]:
    """Packages, each at its first module; ruff N999 looks at the name of the outermost only."""
    project = context.project
    seen: set[str] = set()
    for module in sorted(range(len(project.paths)), key=project.paths.__getitem__):
        _, package, is_package = project.modules[module]
        package = package if is_package else package.rpartition(".")[0]
        if project.roles[module] != CODE or package in seen:
            continue
        seen.add(package)
        name = package.rpartition(".")[2]
        if name != name.lower():
            body = project.module_body(module)
            message = f"package {name} is not called in snake_case"
            yield make_finding(INFO, project, body, (1, 1, 1), message, sink=package)


def _handlers(context: RuleContext) -> Iterator[Finding]:
    """Modules of the service that hold handlers and whose name does not say so."""
    project = context.project
    first: dict[int, str] = {}
    for route in context.backend.routes:
        if route.kind == "http" and route.function >= 0:
            home = project.function_home[route.function]
            if route.app.rpartition(".")[0] != project.modules[home].name:
                first.setdefault(home, route.handler)
    for module, handler in sorted(first.items()):
        if project.roles[module] == CODE and _words(project, module).isdisjoint(_HANDLER_WORDS):
            body, shown = project.module_body(module), handler.rpartition(".")[2]
            message = f"handler {shown} stands in a module called neither routes.py nor api.py"
            yield make_finding(INFO, project, body, (1, 1, 1), message, confidence=1, sink="routes")


def _transport(context: RuleContext) -> Iterator[Finding]:
    """Models that routes only take as a body, or only give, by another name."""
    project, backend = context.project, context.backend
    given = {number for route in backend.routes for number in route.models}
    taken = {each.model for route in backend.routes for each in route.parameters
             if each.source == "body"}  # fmt: skip
    for number in sorted(transport_models(backend)):
        suffix = "Response" if number in given else "Request"
        if number in given & taken or number not in given | taken or is_generic(backend, number):
            continue
        record = project.classes[number]
        if not record[F.K_NAME].endswith(suffix):
            what = f"model {record[F.K_NAME]} is not called ...{suffix}"
            yield _named(context, project.class_home[number], record, what)


def _fixture(context: RuleContext, number: int) -> Iterator[Finding]:
    project = context.project
    function = project.functions[number]
    name = function[F.F_NAME].rpartition(".")[2]
    values = function[F.F_VALUES]
    if name.startswith(("fake_", "mock_", "_")) or not values:
        return
    if all(value.endswith(_MOCKS) for value in values):
        place = (function[F.F_LINE], function[F.F_COL], function[F.F_LINE])
        message = f"fixture {name} gives a mock and is not called mock_... or fake_..."
        yield make_finding(INFO, project, number, place, message, sink="fixture")


def _named(context: RuleContext, module: int, record: tuple[Any, ...], message: str) -> Finding:
    place = (record[F.K_LINE], record[F.K_COL], record[F.K_LINE])
    body = context.project.module_body(module)
    return make_finding(
        INFO, context.project, body, place, message, confidence=1, sink=record[F.K_NAME]
    )


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """Methods of unittest are named by unittest."""
    in_test = context.project.roles[module] == TEST
    return "" if in_test and found.code == "N802" else INFO.severity
