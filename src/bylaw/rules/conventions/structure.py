"""Conventions that the shape of the code proves: layout, root package, settings, layers, start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.config import Layer
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext
from bylaw.rules.conventions.evidence import Convention, Evidence, settled

_LAYERED = frozenset({"router", "service", "repository", "schema", "model"})
_FOLDERS = {
    "routers": "router", "routes": "router", "endpoints": "router", "views": "router",
    "controllers": "router", "blueprints": "router", "services": "service",
    "usecases": "service", "use_cases": "service", "repositories": "repository",
    "repository": "repository", "crud": "repository", "dao": "repository", "models": "model",
    "entities": "model", "schemas": "schema", "serializers": "schema",
}  # fmt: skip
_FILES = {
    "router": "router", "routers": "router", "routes": "router", "views": "router",
    "view": "router", "endpoints": "router", "controller": "router", "service": "service",
    "services": "service",
    "repository": "repository", "crud": "repository", "models": "model", "model": "model",
    "schemas": "schema", "schema": "schema", "serializers": "schema",
}  # fmt: skip
_ORDER = ("router", "service", "repository", "model")


class Start(NamedTuple):
    """A command that starts the backend somewhere.

    Attributes:
        command: as written.
        path: file.
        line: line.
    """

    command: str
    path: str
    line: int


def root_package(context: RuleContext) -> Convention:
    """Which package the backend is: the one with the most modules."""
    return settled("root-package", "which package the backend is", _root_packages(context))


def home_of(package: Convention) -> str:
    """Folder the root package lies in; empty for the root of the repository."""
    if package.proof is None:
        return ""
    folder = package.proof.path.rpartition("/")[0]
    return folder.rpartition("/")[0] if package.proof.path.endswith("/__init__.py") else folder


def structure_conventions(context: RuleContext, home: str) -> list[Convention]:
    """Layout, and where settings come from."""
    return [
        settled("layout", "how modules are grouped", layouts(context), home),
        settled("settings", "what reads the environment", _settings(context), home),
    ]


def _production(context: RuleContext) -> Iterator[tuple[int, str]]:
    project = context.project
    for module, path in enumerate(project.paths):
        if project.roles[module] not in (TEST, SCRIPT, MIGRATION):
            yield module, path


def _root_packages(context: RuleContext) -> Iterator[Evidence]:
    project = context.project
    files = set(project.paths)
    homes: dict[tuple[str, str], str] = {}
    count: Counter[tuple[str, str]] = Counter()
    for module, path in _production(context):
        name = project.modules[module]
        if "." in name.name or name.is_package:
            key = (name.root, name.name.partition(".")[0])
            count[key] += 1
            start = f"{name.root}/{key[1]}/__init__.py".lstrip("/")
            homes.setdefault(key, start if start in files else path)
    largest = max(count.values(), default=0)
    for key, number in sorted(count.items(), key=lambda each: (-each[1], each[0])):
        if number * 10 >= largest:
            why = f"{number} modules" if number > 1 else "1 module"
            yield Evidence(key[1], homes[key], 1, f"{why} below it", number)


def layouts(context: RuleContext) -> Iterator[Evidence]:
    """Folders that group by feature, by layer, or as applications of Django."""
    by_folder: dict[str, dict[str, str]] = {}
    for _, path in _production(context):
        folder, _, name = path.rpartition("/")
        by_folder.setdefault(folder, {})[name.removesuffix(".py")] = path
    for folder, files in sorted(by_folder.items()):
        last = folder.rpartition("/")[2]
        roles = {_FILES[each] for each in files if each in _FILES}
        if "apps" in files and ("models" in files or "views" in files):
            yield Evidence("django-apps", files["apps"], 1, "an application of Django", 2)
        elif len(roles) >= 2 and folder:
            shown = ", ".join(sorted(each for each in files if each in _FILES))
            path = next(files[each] for each in sorted(files) if each in _FILES)
            yield Evidence("features", path, 1, f"one folder holds {shown}", len(roles))
        elif last in _FOLDERS:
            several = sorted(each for each in files if each != "__init__")
            if several:
                why = f"{last}/ holds modules of one layer"
                yield Evidence("layers", files[several[0]], 1, why, min(len(several), 4))


def _settings(context: RuleContext) -> Iterator[Evidence]:
    names = {"pydantic": "pydantic-settings", "environment": "os.environ"}
    production = {path for _, path in _production(context)}
    for each in context.backend.settings:
        if each.path not in production or not each.fields:
            continue
        count = f"{len(each.fields)} variable{'s' if len(each.fields) != 1 else ''}"
        why = f"{each.name.rpartition('.')[2]} reads {count}"
        weight = len(each.fields) * (1 if each.kind == "environment" else 2)
        yield Evidence(names.get(each.kind, each.kind), each.path, each.line, why, weight)


def layers_found(context: RuleContext) -> list[Layer]:
    """Layers by the folders that modules of one role live in, the outermost first.

    Returns:
        Nothing where fewer than two layers have folders.
    """
    modules: dict[str, set[str]] = {}
    for module, path in _production(context):
        role = _FOLDERS.get(path.rpartition("/")[0].rpartition("/")[2])
        named = context.project.modules[module]
        package = named.name if named.is_package else named.name.rpartition(".")[0]
        if role in _ORDER and package:
            modules.setdefault(role, set()).add(f"{package}.*")
    titles = {"repository": "repositories"}
    found = [
        Layer(titles.get(role, f"{role}s"), tuple(sorted(modules[role])))
        for role in _ORDER
        if role in modules
    ]
    return found if len(found) > 1 else []


def starts(context: RuleContext) -> list[Start]:
    """Commands that start a server, where deploy files give one, each once."""
    found: dict[str, Start] = {}
    for command in context.repository.commands("dockerfile", "procfile", "compose"):
        if command.context in ("image-start", "procfile", "compose") and _serves(command.argv):
            found.setdefault(command.text, Start(command.text, command.path, command.line))
    return sorted(found.values(), key=lambda each: (each.path, each.line))


def _serves(argv: tuple[str, ...]) -> bool:
    servers = ("uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "fastapi", "flask", "uwsgi",
               "waitress-serve")  # fmt: skip
    words = [word.rpartition("/")[2] for word in argv]
    return any(word in servers for word in words[:5]) or "runserver" in words
