"""Drafts every file of a service: the entry, its definition, and each way of deploying it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from bylaw.manifests.workload import Deployment
from bylaw.rules.adoption.deciding import Decided
from bylaw.rules.adoption.definition_draft import draft_definition
from bylaw.rules.adoption.draft import Draft, marked
from bylaw.rules.adoption.entry_file import entry_text
from bylaw.rules.adoption.image_draft import draft_images
from bylaw.rules.adoption.plan import Open, Service
from bylaw.rules.adoption.platform_files import blueprint_text, compose_text
from bylaw.rules.adoption.process_file import edited_processes, process_text
from bylaw.rules.adoption.serving import REPLACED, lost_steps
from bylaw.rules.adoption.workers import worker_commands
from bylaw.rules.adoption.yaml_edit import edited_blueprint, edited_compose
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext

PARTS = ("entry", "definition", "dockerfile", "procfile", "render", "compose", "config")


def draft(context: RuleContext, decided: Decided, skipped: frozenset[str]) -> Draft:
    """What adoption would write.

    Args:
        context: what is known.
        decided: what is decided; its service must be known.
        skipped: parts that nobody wants, of ``PARTS``.
    """
    made = Draft(context.repository)
    service = decided.service
    if service is None:
        return made
    steps = {"entry": _entry, "definition": _definition, "dockerfile": draft_images,
             "procfile": _processes, "render": _blueprint, "compose": _compose,
             "config": _config}  # fmt: skip
    for part in PARTS:
        if part not in skipped:
            steps[part](context, decided, service, made)
    made.opens += _elsewhere(decided, service)
    made.opens += marked(context.repository, _looked_at(context, decided, service))
    return made


def starts_otherwise(command: StartCommand, service: Service) -> bool:
    """Whether a command is another one than the service's."""
    return command.meaning.module != service.entry or not command.meaning.as_module


def _entry(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    if service.has_entry:
        return
    init = f"{service.package_folder}/__init__.py"
    folder = posixpath.dirname(service.entry_path)
    while folder != posixpath.dirname(service.package_folder):
        init = f"{folder}/__init__.py"
        if not made.exists(init):
            made.put(init, f'"""A package: {folder.rpartition("/")[2]}."""\n')
        folder = posixpath.dirname(folder)
    made.put(service.entry_path, entry_text(service, decided.entry_opens))


def _definition(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    draft_definition(context, service, made)


def _processes(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    path = service.definition.path("Procfile")
    there = [each for each in context.repository.names("procfile")
             if each in (path, "Procfile")]  # fmt: skip
    if not there:
        if not context.repository.exists(service.definition.path("heroku.yml")):
            made.put(path, process_text(service))
        return
    path = there[0]
    own = [each for each in decided.commands if each.path == path]
    opens = [each for each in lost_steps(own) if own and starts_otherwise(own[0], service)]
    made.opens += opens
    workers = [each.name for each in _replaced_workers(context, service) if each.path == path]
    made.edit(path, lambda text: edited_processes(text, service, workers, opens))


def _replaced_workers(context: RuleContext, service: Service) -> list[StartCommand]:
    """Commands that start the worker which the entry starts now."""
    module = service.worker.partition(":")[0]
    return [each for each in worker_commands(context)
            if service.worker and each.module >= 0
            and context.project.modules[each.module].name == module]  # fmt: skip


def _blueprint(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    there = context.repository.names("render")
    if not there:
        made.put("render.yaml", blueprint_text(service, *_image(decided, service, made)))
        return
    names = [each.workload.name for each in decided.commands
             if each.platform == "render" and each.workload.path == there[0]]  # fmt: skip
    deployment = context.repository.manifest(there[0]).detail
    if isinstance(deployment, Deployment):
        # One that names a Dockerfile which only comes now starts nothing yet.
        names += [each.name for each in deployment.workloads
                  if each.kind == "web" and each.dockerfile in made.files]  # fmt: skip
    made.edit(there[0], lambda text: edited_blueprint(text, names, service))


def _image(decided: Decided, service: Service, made: Draft) -> tuple[str, str]:
    """The Dockerfile that new files name, and its build context; the first where several serve."""
    images = {each.place.image.path: each.place.image.context for each in decided.commands
              if each.place.image is not None and each.wins
              and not each.is_development}  # fmt: skip
    usual = service.definition.path("Dockerfile")
    if not images or usual in images:
        return usual, images.get(usual, service.definition.folder)
    path = min(images)
    if len(images) > 1:
        made.leave(
            path,
            1,
            f"several Dockerfiles serve it: {', '.join(sorted(images))}",
            f"the new files name {path}: name another, or delete this one's rivals",
        )
    return path, images[path]


def _compose(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    there = context.repository.names("compose")
    if not there:
        text = compose_text(service, *_image(decided, service, made))
        made.put(service.definition.path("compose.yaml"), text)
        return
    workers = _replaced_workers(context, service)
    for path in there:
        names = [each.workload.name for each in decided.commands
                 if each.platform == "compose" and each.path == path and each.wins
                 and not each.is_development and starts_otherwise(each, service)]  # fmt: skip
        background = [each.workload.name for each in workers if each.path == path]
        if names or background:
            made.edit(path, lambda text, names=names, background=background:  # type: ignore[misc]
                      edited_compose(text, names, background, service))  # fmt: skip


def _config(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    """The one command, declared: whatever starts something else is a finding from now on."""
    if context.boot.canonical:
        return
    command = json.dumps(" ".join(service.command))
    path = context.boot.path or "bylaw.toml"
    if path.endswith("pyproject.toml"):
        made.edit(path, lambda text: _with_table(text, "tool.bylaw.boot", command))
    else:
        made.edit(path, lambda text: _with_table(text, "boot", command))


def _with_table(text: str, name: str, command: str) -> str:
    line = f"canonical = {command}\n"
    header = re.search(rf"^\[{re.escape(name)}\][^\n]*\n", text, re.M)
    if header:
        return text[: header.end()] + line + text[header.end() :]
    told = "# The one way to start the service; another one is a finding (boot-command-drift).\n"
    start = f"{text.rstrip()}\n\n" if text.strip() else ""
    return f"{start}{told}[{name}]\n{line}"


def _elsewhere(decided: Decided, service: Service) -> Iterator[Open]:
    """Start commands in files that adoption does not write, and on dashboards."""
    seen = set()
    for each in decided.commands:
        own = each.platform in REPLACED and each.name != "dashboard"
        if own or not each.wins or each.is_development or not starts_otherwise(each, service):
            continue
        if (each.path, each.line) in seen:
            continue
        seen.add((each.path, each.line))
        where = "the dashboard" if each.name == "dashboard" else each.platform
        yield Open(each.path, each.line, f"{where} starts {' '.join(each.argv)}",
                   f"make it {' '.join(service.command)}")  # fmt: skip


def _looked_at(context: RuleContext, decided: Decided, service: Service) -> list[str]:
    repository = context.repository
    definition = service.definition
    kinds = ("dockerfile", "procfile", "render", "compose", "pyproject")
    own = [service.entry_path, definition.path(definition.requirements or "pyproject.toml")]
    return [*repository.names(*kinds), *own]
