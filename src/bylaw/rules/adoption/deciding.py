"""Decides what a service is: its application, package, worker, variables, port and health."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.manifests.dependencies import normal
from bylaw.manifests.meaning import meaning_of
from bylaw.rules.adoption.applications import (
    api_commands,
    boot_strings,
    entries,
    made_applications,
    named_application,
    served_applications,
)
from bylaw.rules.adoption.definitions import project_folder, read_definition
from bylaw.rules.adoption.entry_file import unsettled
from bylaw.rules.adoption.needs import variables_of
from bylaw.rules.adoption.packages import Package, loaded_first, package_of, reached
from bylaw.rules.adoption.plan import (
    Application,
    Decision,
    Definition,
    Open,
    Service,
)
from bylaw.rules.adoption.serving import read_serving
from bylaw.rules.adoption.workers import worker_commands, worker_target
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext
from bylaw.rules.dependencies.declared import units_above

ENTRY_NAME = "boot_entry"
LIBRARY = "bylaw-boot>=0.1"
_SERVERS = {"asgi": ("uvicorn", "hypercorn", "granian"),
            "wsgi": ("gunicorn", "granian", "hypercorn", "uvicorn")}  # fmt: skip
_WANTED = {"asgi": "uvicorn>=0.29", "wsgi": "gunicorn>=22"}
_BRINGS_UVICORN = re.compile(r"\bfastapi(\[[\w,-]*\b(standard|all)\b[\w,-]*\]|-cli)|"
                             r"\bextras\s*=\s*\[[^\]]*[\"'](standard|all)[\"']")  # fmt: skip


class Decided(NamedTuple):
    """What adoption found out.

    Attributes:
        service: the service; None where not even its application is known.
        decisions: each answer with its reason.
        opens: what is left to people.
        entry_opens: those of them that stand in the entry file.
        commands: start commands that serve the application, deployed ones first.
    """

    service: Service | None
    decisions: tuple[Decision, ...]
    opens: tuple[Open, ...]
    entry_opens: tuple[Open, ...] = ()
    commands: tuple[StartCommand, ...] = ()


def decide(context: RuleContext, inside: str, named: str) -> Decided:
    """Decides on the one service of a repository, or of a folder in it.

    Args:
        context: what is known.
        inside: folder to look at; empty for all.
        named: ``module:attribute`` of the application, where somebody says so.
    """
    found = _applications(context, inside, named)
    if isinstance(found, Open):
        return Decided(None, (), (found,))
    application = found
    commands = _commands(context, application, inside)
    package = package_of(context, application)
    if not package.name:
        way = "put it into a package of its own (a folder with __init__.py), and adopt again"
        path = context.project.paths[application.module]
        return Decided(None, (Decision("application", application.target, application.why),),
                       (Open(path, 1, package.why, way),))  # fmt: skip
    return _decided(context, application, package, commands)


def _applications(context: RuleContext, inside: str, named: str) -> Application | Open:
    if named:
        made = named_application(context, named)
        way = "name it as module:attribute, as an import would find it"
        return made or Open("", 0, f"there is no {named} in the tree", way)
    found = list(_declared(context, inside))
    found = found or served_applications(context, _inside(context, api_commands(context), inside))
    found = found or made_applications(context)
    found = [each for each in found if _lies(context.project.paths[each.module], inside)]
    distinct = {each.target: each for each in found}
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    if not distinct:
        return Open("", 0, "no application was found: no start command serves one, and no module "
                    "makes one", "name it: --app module:attribute")  # fmt: skip
    told = ", ".join(f"{each.target} ({each.why})" for each in list(distinct.values())[:6])
    return Open("", 0, f"several applications: {told}", "name one: --app module:attribute, or give "
                "the folder of one service")  # fmt: skip


def _declared(context: RuleContext, inside: str) -> Iterator[Application]:
    """Applications that entries of the folder declare."""
    for number, boot in _own_entries(context, inside):
        made = named_application(context, boot.get("app", ""))
        if made is not None:
            yield made._replace(why=f"{context.project.paths[number]} declares it")


def _own_entries(context: RuleContext, inside: str) -> list[tuple[int, dict[str, str]]]:
    return [each for each in entries(context) if _lies(context.project.paths[each[0]], inside)]


def _lies(path: str, inside: str) -> bool:
    return not inside or path == inside or path.startswith(f"{inside}/")


def _inside(
    context: RuleContext, commands: Sequence[StartCommand], inside: str
) -> list[StartCommand]:  # fmt: skip
    """The commands of a folder: by the module they start, else by their file."""
    return [
        each
        for each in commands
        if _lies(context.project.paths[each.module] if each.module >= 0 else each.path, inside)
    ]


def _commands(
    context: RuleContext, application: Application, inside: str
) -> tuple[StartCommand, ...]:
    """The commands that serve an application, those that count on their platform first."""
    found = []
    for each in _inside(context, api_commands(context), inside):
        served = served_applications(context, [each])
        # What does not resolve, or starts an entry already, is a start of this service too.
        if not served or served[0].target == application.target:
            found.append(each)
    return tuple(sorted(found, key=lambda each: (not each.wins, each.is_development,
                                                 each.platform != "docker")))  # fmt: skip


def _decided(
    context: RuleContext, application: Application, package: Package,
    commands: tuple[StartCommand, ...],
) -> Decided:  # fmt: skip
    folder = project_folder(context.repository, application.root)
    definition = read_definition(context, folder, list(commands))
    entry, entry_path, has_entry = _entry(context, package)
    serving, opens = read_serving(context, application, commands)
    worker, unknown = worker_target(context, worker_commands(context), package.name)
    opens += loaded_first(context, entry_path)
    if has_entry:
        # What the entry once took over is its own now.
        opens, unknown = [], []
        declared = boot_strings(context.repository.text(entry_path)) or {}
        worker = declared.get("worker", "")
    loaded = set(reached(context, application.module))
    for number in context.project.by_name.get(worker.partition(":")[0], [])[:1]:
        loaded |= set(reached(context, number))
    variables = tuple(variables_of(context, loaded))
    needs = tuple(_needs(context, definition, application, package))
    service = Service(application, package.name, package.folder, entry, entry_path, has_entry,
                      worker, definition, serving, variables, needs)  # fmt: skip
    entry_opens = (*opens, *unknown)
    everything = [*entry_opens, *_unsettled(service), *_about_definition(service)]
    return Decided(service, tuple(_told(service, package, application)), tuple(everything),
                   entry_opens, commands)  # fmt: skip


def _entry(context: RuleContext, package: Package) -> tuple[str, str, bool]:
    """Name and file of the entry that is, that is declared, or that is to be; and if it is."""
    for number, declared in entries(context):
        if declared.get("package", "") == package.name:
            return context.project.modules[number].name, context.project.paths[number], True
    canonical = meaning_of(tuple(context.boot.canonical.split()))
    name = f"{package.name}.{ENTRY_NAME}"
    if canonical.as_module and canonical.program == "python":
        inside = canonical.module.startswith(f"{package.name}.")
        if inside and canonical.module not in context.project.by_name:
            name = canonical.module
    rest = name.partition(".")[2].replace(".", "/")
    return name, f"{package.folder}/{rest}.py", False


def _needs(
    context: RuleContext, definition: Definition, application: Application, package: Package
) -> list[str]:
    """What the dependencies lack: the library, and a server for the application's interface."""
    names: set[str] = set()
    for unit in units_above(context, f"{package.folder}/x.py"):
        names |= {normal(each.name) for each in unit.all() if each.group == "main"}
    names |= _in_pipfile(context, definition)
    needs = [] if "bylaw-boot" in names else [LIBRARY]
    servers = _SERVERS[application.interface]
    files = ("pyproject.toml", definition.requirements, "Pipfile")
    texts = [context.repository.text(definition.path(each)) for each in files if each]
    brought = application.interface == "asgi" and any(map(_BRINGS_UVICORN.search, texts))
    if not brought and names.isdisjoint(servers):
        needs.append(_WANTED[application.interface])
    return needs


def _in_pipfile(context: RuleContext, definition: Definition) -> set[str]:
    text = context.repository.text(definition.path("Pipfile"))
    inside = re.search(r"^\[packages\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    return {normal(name) for name in re.findall(r"^\"?([\w.-]+)\"?\s*=", inside[1], re.M)} \
        if inside else set()  # fmt: skip


def _unsettled(service: Service) -> list[Open]:
    if service.has_entry:
        return []
    return [unsettled(each) for each in service.variables if not each.is_certain]


def _about_definition(service: Service) -> list[Open]:
    definition = service.definition
    opens = []
    if not definition.python_why:
        what = f"nothing says which Python the service runs on: {definition.python} is assumed"
        opens.append(Open(definition.path("pyproject.toml"), 0, what,
                          "write it to .python-version or requires-python"))  # fmt: skip
    if not definition.manager:
        what = "nothing declares what the service depends on"
        opens.append(Open(definition.path("pyproject.toml"), 0, what,
                          "list it in pyproject.toml or requirements.txt"))  # fmt: skip
    return opens


def _told(service: Service, package: Package, application: Application) -> list[Decision]:
    definition, serving = service.definition, service.serving
    told = [
        Decision("application", application.target, application.why),
        Decision("package", service.package, package.why),
        Decision("command", " ".join(service.command),
                 f"{service.entry_path}{' declares it' if service.has_entry else ''}"),
        Decision("python", definition.python, definition.python_why or "assumed"),
        Decision("installed by", definition.manager or "nothing",
                 definition.path(definition.requirements or "pyproject.toml")),
        Decision("port", serving.port, "what it listened on, or 8000, where PORT is not set"),
        Decision("health", serving.health, "answered by bylaw-boot" if serving.health_first else
                 "of the application, else of bylaw-boot"),
    ]  # fmt: skip
    if service.worker:
        told.append(Decision("worker", service.worker, "started with WORKER_MODE=true"))
    required = [each.name for each in service.variables if each.is_required]
    if required:
        told.append(Decision("required", ", ".join(required), "read without a default"))
    return told
