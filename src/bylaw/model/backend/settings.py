"""Settings: classes that read the environment, and modules that do."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import (
    Attribute,
    inherited,
    inner_class,
    outside_names,
    own_attributes,
)
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Settings, SettingsField
from bylaw.model.backend.references import classes_in, text_of
from bylaw.model.backend.shapes import (
    Expression,
    entry,
    is_call,
    is_none,
    keyword,
    last_name,
    render,
    text,
    texts,
)
from bylaw.model.call_graph import Seed, argument
from bylaw.model.class_lookup import resolution_order
from bylaw.model.environment import SETTINGS_BASES
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import SCRIPT, TEST

_NOT_FIELDS = frozenset({"model_config", "Config"})
_SINKS = (("starlette", "starlette"), ("decouple", "decouple"), ("environs", "environs"),
          ("environ.", "environs"))  # fmt: skip
_OPTIONAL = (".get", "getenv", "getenvb", ".pop", ".setdefault")
_DEEPEST = 4


def read_settings(index: DeclaredIndex) -> tuple[Settings, ...]:
    """Every settings class and every module that reads variables by name.

    Args:
        index: the declarations.

    Returns:
        Settings with their variables, sorted by path and line.
    """
    found = [*_classes(index), *_modules(index)]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.name)))


def _classes(index: DeclaredIndex) -> Iterator[Settings]:
    project = index.project
    for number, record in enumerate(project.classes):
        if not record[F.K_BASES] or project.roles[project.class_home[number]] == TEST:
            continue
        if SETTINGS_BASES.isdisjoint(outside_names(index, number)):
            continue
        prefix = _option(index, number, "env_prefix")
        delimiter = _option(index, number, "env_nested_delimiter")
        fields = tuple(_fields(index, number, prefix, delimiter, 0))
        path = project.paths[project.class_home[number]]
        name = project.class_name(number)
        yield Settings("pydantic", name, number, prefix, fields, path, record[F.K_LINE])


def _option(index: DeclaredIndex, number: int, name: str) -> str:
    """An option of ``model_config`` or ``Config``; ``*`` where it is computed."""
    for each in resolution_order(index.project, number, evaluate):
        holders = [*own_attributes(index, each)]
        inner = inner_class(index, each, "Config")
        if inner >= 0:
            holders += [one for one in own_attributes(index, inner) if one.name == name]
        for attribute in holders:
            shape: Expression = None
            if attribute.name == name:
                shape = attribute.value
            elif attribute.name == "model_config" and is_call(attribute.value):
                shape = keyword(attribute.value, name)
            elif attribute.name == "model_config":
                shape = entry(attribute.value, name)
            if shape is not None:
                known = text_of(index, attribute.module, shape)
                return "*" if "${" in known else known
    return ""


def _fields(
    index: DeclaredIndex, number: int, prefix: str, delimiter: str, depth: int
) -> Iterator[SettingsField]:
    for attribute in inherited(index, number, frozenset()):
        if attribute.name.startswith("_") or attribute.name in _NOT_FIELDS:
            continue
        if attribute.annotation is None:
            continue
        models = classes_in(index, attribute.module, attribute.annotation)
        if delimiter and models and depth < _DEEPEST and _is_model(index, models[0]):
            inside = f"{prefix}{attribute.name}{delimiter}"
            yield from _fields(index, models[0], inside, delimiter, depth + 1)
            continue
        yield _field(index, attribute, prefix)


def _is_model(index: DeclaredIndex, number: int) -> bool:
    return any(name.endswith(".BaseModel") for name in outside_names(index, number))


def _field(index: DeclaredIndex, attribute: Attribute, prefix: str) -> SettingsField:
    value = attribute.value
    given: list[str] = []
    required = value is None
    if is_call(value) and last_name(value) == "Field":
        for name in ("validation_alias", "alias", "env"):
            given += _aliases(index, attribute.module, keyword(value, name))
        first = value[2][0] if value[2] else keyword(value, "default")
        required = (first is None or first == ":...") and is_none(keyword(value, "default_factory"))
    names = tuple(dict.fromkeys(each.upper() for each in given))
    return SettingsField(
        attribute.name, names or (f"{prefix}{attribute.name}".upper(),),
        render(attribute.annotation), required, index.project.paths[attribute.module],
        attribute.line,
    )  # fmt: skip


def _aliases(index: DeclaredIndex, module: int, shape: Expression) -> list[str]:
    if shape is None:
        return []
    if is_call(shape):
        return [found for each in shape[2] if (found := text(each)) is not None]
    known = text(shape)
    return [known] if known is not None else list(texts(shape))


def _modules(index: DeclaredIndex) -> Iterator[Settings]:
    """Modules that read variables by name, one entry for each way of reading."""
    project = index.project
    found: dict[tuple[int, str], list[tuple[int, Seed]]] = {}
    for number, seeds in enumerate(index.graph.seeds):
        home = project.function_home[number]
        if project.roles[home] in (TEST, SCRIPT):
            continue
        for seed in seeds:
            if seed.kind == "env-read" and seed.key and seed.key.replace("_", "a").isalnum():
                found.setdefault((home, _kind(project.bindings[home], seed)), []).append(
                    (number, seed)
                )
    for (home, kind), reads in sorted(found.items()):
        fields: dict[tuple[str, ...], SettingsField] = {}
        for number, seed in sorted(reads, key=lambda each: each[1].place):
            field = _read_field(index, home, number, seed)
            fields.setdefault(field.variables, field)
        first = min(field.line for field in fields.values())
        yield Settings(
            kind, project.modules[home].name, -1, "", tuple(fields.values()),
            project.paths[home], first,
        )  # fmt: skip


def _kind(bindings: dict[str, tuple[object, ...]], seed: Seed) -> str:
    for start, kind in _SINKS:
        if seed.sink.startswith(start):
            return kind
    if "INSTALLED_APPS" in bindings or "ROOT_URLCONF" in bindings:
        return "django"
    return "environment"


def _read_field(index: DeclaredIndex, home: int, number: int, seed: Seed) -> SettingsField:
    project = index.project
    line = seed.place[0]
    name = ""
    if number == project.module_body(home):
        for binding in project.facts[home][F.BINDINGS]:
            if binding[F.B_KIND] == "v" and binding[F.B_LINE] == line:
                name = binding[F.B_NAME]
    required = not seed.sink.endswith(_OPTIONAL)
    for call in project.functions[number][F.F_CALLS]:
        if (call[F.C_LINE], call[F.C_COL]) != seed.place[:2]:
            continue
        position = "2" if seed.sink.startswith("starlette") else "1"
        if argument(call, "default") is not None or argument(call, position) is not None:
            required = False
    return SettingsField(name, (str(seed.key),), "", required, project.paths[home], line)
