"""Drafts the project's definition: what it depends on, and how its package is built."""

from __future__ import annotations

import re

from bylaw.manifests.dependencies import locked_names
from bylaw.rules.adoption.definition_files import (
    is_plain,
    new_definition,
    split_requirement,
    with_build_system,
    with_dependencies,
    with_packages,
    with_requirements,
)
from bylaw.rules.adoption.definitions import parsed_toml, table
from bylaw.rules.adoption.draft import Draft
from bylaw.rules.adoption.packages import shipped
from bylaw.rules.adoption.plan import Service
from bylaw.rules.context import RuleContext

_LOCKS = {"uv": ("uv.lock", "uv lock"), "poetry": ("poetry.lock", "poetry lock"),
          "pdm": ("pdm.lock", "pdm lock"), "pipenv": ("Pipfile.lock", "pipenv lock")}  # fmt: skip


def draft_definition(context: RuleContext, service: Service, made: Draft) -> None:
    """Adds what is missing, as far as it can be decided.

    Args:
        context: what is known.
        service: what is decided.
        made: the draft.
    """
    path = service.definition.path("pyproject.toml")
    if service.needs:
        _draft_dependencies(service, made)
    if not service.definition.is_defined:
        _draft_build(context, service, made, path)
    lock, command = _LOCKS.get(service.definition.manager, ("", ""))
    text = context.repository.whole(service.definition.path(lock)) if lock else ""
    names = {split_requirement(each)[0] for each in (*service.needs, "bylaw-boot")}
    missing = sorted(names - locked_names(lock, text)) if text else []
    if missing:
        made.leave(service.definition.path(lock), 0, f"{lock} does not hold {', '.join(missing)}",
                   command)  # fmt: skip


def _draft_dependencies(service: Service, made: Draft) -> None:
    definition = service.definition
    needs = service.needs
    path = definition.path("pyproject.toml")
    if definition.manager == "requirements":
        listed = definition.path(definition.requirements)
        source = re.sub(r"\.txt$", ".in", listed)
        if made.exists(source):
            made.edit(source, lambda text: with_requirements(text, needs))
            made.leave(listed, 0, f"{definition.requirements} is compiled from {source}",
                       "compile it again")  # fmt: skip
        elif "--hash" in made.text(listed):
            made.leave(listed, 0, f"it pins hashes, and lacks {', '.join(needs)}",
                       "add them with their hashes")  # fmt: skip
        else:
            made.edit(listed, lambda text: with_requirements(text, needs))
        return
    if definition.manager == "pipenv":
        new = with_packages(made.text(definition.path("Pipfile")), needs)
        if new is not None:
            made.put(definition.path("Pipfile"), new)
            return
    elif made.exists(path):
        new = with_dependencies(made.text(path), needs)
        if new is not None:
            made.put(path, new)
            return
    elif not definition.manager:
        return
    where = path if made.exists(path) else definition.path("setup.py")
    made.leave(where, 0, f"the dependencies lack {', '.join(needs)}", "add them")


def _draft_build(context: RuleContext, service: Service, made: Draft, path: str) -> None:
    """A ``[build-system]``, so that the package can be installed."""
    definition = service.definition
    text = made.text(path)
    document = parsed_toml(text)
    if text.strip() and not document:
        made.leave(path, 1, "it is no TOML", "mend it, and adopt again")
        return
    for tool, key, wrong in (("uv", "package", False), ("poetry", "package-mode", False)):
        if table(document, "tool", tool).get(key) is wrong:
            way = f"delete {key} = false of [tool.{tool}], and adopt again"
            made.leave(path, 0, f"[tool.{tool}] says that the project is no package", way)
            return
    if "build-system" in document:
        return
    if not table(document, "project") and not table(document, "tool", "poetry"):
        text = _described(service, made) + (f"\n{text.lstrip()}" if text.strip() else "")
    packages, modules = shipped(context, service.application)
    packages = sorted({*packages, service.package})
    where = service.application.root.removeprefix(definition.folder).strip("/")
    if table(document, "tool", "poetry"):
        text = _named_packages(text, service, where)
    made.put(path, with_build_system(text, packages, modules, where))


def _described(service: Service, made: Draft) -> str:
    definition = service.definition
    listed = definition.requirements
    plain = listed and is_plain(made.text(definition.path(listed)))
    if listed and not plain:
        path = definition.path("pyproject.toml")
        what = f"{listed} holds more than requirements, so that no build can read it"
        made.leave(path, 0, what, "list the direct dependencies in [project] dependencies")
    needs = () if listed else service.needs
    return new_definition(definition.name, definition.oldest, listed if plain else "", needs)


def _named_packages(text: str, service: Service, where: str) -> str:
    """Poetry finds the package by itself only where it has the project's name."""
    poetry = table(parsed_toml(text), "tool", "poetry")
    same = re.sub(r"[-.]+", "_", service.definition.name).lower() == service.package.lower()
    if "packages" in poetry or same:
        return text
    inside = f', from = "{where}"' if where else ""
    row = f'packages = [{{ include = "{service.package}"{inside} }}]\n'
    return re.sub(r"(^\[tool\.poetry\][^\n]*\n)", lambda match: match[1] + row, text, count=1,
                  flags=re.M)  # fmt: skip
