"""Whether a start command can run: its module, its callable, its script, where it will look."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.manifests.command import UNKNOWN
from bylaw.manifests.dependencies import normal
from bylaw.manifests.meaning import Meaning
from bylaw.model.import_roots import STANDARD
from bylaw.rules.boot.expand import Place, Step, candidates, find_file
from bylaw.rules.boot.images import copies_everything, filled, variables
from bylaw.rules.boot.installs import NO, YES, image_installs, scripts
from bylaw.rules.context import RuleContext
from bylaw.rules.dependencies.declared import is_opaque, providers, units


class Resolution(NamedTuple):
    """What became of looking for what a command starts.

    Attributes:
        resolved: whether it is there.
        why: what was found, or what is missing.
        confidence: of a miss: 0 definite, 1 probable, 2 only not known.
        module: number of the file that is started, -1 where none of ours is.
    """

    resolved: bool
    why: str
    confidence: int = 2
    module: int = -1


def resolve(context: RuleContext, step: Step, place: Place) -> Resolution:
    """Look for what a step starts.

    Args:
        context: what is known.
        step: the step that keeps running.
        place: where it runs.
    """
    meaning = step.meaning
    if any("$" in each for each in (meaning.module, meaning.attribute, meaning.script)):
        return Resolution(False, f"{meaning.target} is only known when it starts")
    if meaning.module:
        return _module(context, step, place, meaning)
    if meaning.script:
        return _script(context, step, place, meaning.script)
    return _program(context, step, place)


def _module(context: RuleContext, step: Step, place: Place, meaning: Meaning) -> Resolution:
    dotted = meaning.module
    if meaning.program == "celery" and not meaning.attribute and "." in dotted:
        inner, _, last = dotted.rpartition(".")
        if dotted not in context.project.by_name and inner in context.project.by_name:
            dotted, meaning = inner, meaning._replace(attribute=last)
    number = _where(context, step, place, dotted, meaning.app_dir)
    if number is not None:
        return _attribute(context, number, meaning)
    claims = context.project.by_name.get(dotted, [])
    claims = claims or _namespaces(context, dotted)
    if not claims and _is_outside(place, step):
        claims = _deeper(context, dotted)
    if claims:
        return _elsewhere(context, step, place, meaning, claims)
    return _missing(context, place, dotted, meaning)


def _where(
    context: RuleContext, step: Step, place: Place, dotted: str, app_dir: str
) -> int | None:  # fmt: skip
    """The file of a module, found where the interpreter will look first."""
    paths = _paths(context)
    known = dict(step.environment)
    known = {**(variables(place.image) if place.image else {}), **known}
    folders = [posixpath.join(step.directory or "", app_dir)] if app_dir else [step.directory]
    folders += [each for each in filled(known.get("PYTHONPATH", ""), known).split(":") if each]
    inside = dotted.replace(".", "/")
    for folder in folders:
        if folder == UNKNOWN:
            continue
        for ending in (".py", "/__init__.py", "/__main__.py"):
            for found in _files(context, place, folder, inside + ending):
                if found in paths:
                    return paths[found]
    return None


def _files(context: RuleContext, place: Place, folder: str, given: str) -> list[str]:
    if place.image is None and not place.mounts:
        return [posixpath.normpath(posixpath.join(folder, given)).lstrip("/")]
    return candidates(context.repository, place, folder, given)


def _paths(context: RuleContext) -> dict[str, int]:
    if "boot-paths" not in context.memo:
        context.memo["boot-paths"] = {p: number for number, p in enumerate(context.project.paths)}
    known: dict[str, int] = context.memo["boot-paths"]
    return known


def _namespaces(context: RuleContext, dotted: str) -> list[int]:
    found = [numbers for name, numbers in context.project.by_name.items()
             if name.startswith(f"{dotted}.")]  # fmt: skip
    return found[0] if found else []


def _is_outside(place: Place, step: Step) -> bool:
    """Whether the command runs where the tree lies somewhere that is not known."""
    return place.is_foreign or (place.image is None and step.directory.startswith("/"))


def _deeper(context: RuleContext, dotted: str) -> list[int]:
    """The one module whose name ends with a name: the directory of the command says the rest."""
    found = [numbers[0] for name, numbers in context.project.by_name.items()
             if name.endswith(f".{dotted}")]  # fmt: skip
    return found if len(found) == 1 else []


def _by_end(context: RuleContext, given: str) -> str:
    """The file of the repository that an absolute path ends with; empty for none."""
    parts = given.strip("/").split("/")
    for start in range(1, len(parts)):
        tail = "/".join(parts[start:])
        if context.repository.exists(tail) and not context.repository.is_directory(tail):
            return tail
    return ""


def _attribute(context: RuleContext, number: int, meaning: Meaning) -> Resolution:
    path = context.project.paths[number]
    name = meaning.attribute.partition(".")[0]
    facts = context.project.facts[number]
    if not name or name in context.project.bindings[number] or facts[F.STARS]:
        return Resolution(True, path, 0, number)
    text = context.repository.text(path)
    if re.search(rf"\b{re.escape(name)}\b", text) or "globals()" in text:
        return Resolution(True, path, 0, number)
    return Resolution(False, f"{path} has no {name}", 0, number)


def _elsewhere(
    context: RuleContext, step: Step, place: Place, meaning: Meaning, claims: list[int]
) -> Resolution:
    """A module that is in the tree, and not where the command looks for it."""
    number = claims[0]
    path = context.project.paths[number]
    image = place.image
    if image is not None:
        answer = image_installs(context, image)
        if answer == YES:
            return _attribute(context, number, meaning)._replace(why=f"{path}, installed")
        added = dict(step.environment).get("PYTHONPATH") or "PYTHONPATH" in variables(image)
        known = answer == NO and copies_everything(image) and not place.mounts and not added
        if not known or "$" in step.directory:
            return _attribute(context, number, meaning)
        where = f"{image.path} copies it to no place below {step.directory or '/'}"
        return Resolution(False, f"{path} is in the tree, but {where}", 1, number)
    if place.is_foreign or step.directory == UNKNOWN or step.directory.startswith(("/", "$")):
        return _attribute(context, number, meaning)
    return _attribute(context, number, meaning)


def is_first_party(context: RuleContext, dotted: str) -> bool:
    """Whether a module belongs to the repository, by its own name or its package's."""
    return dotted in context.project.by_name or dotted.partition(".")[0] in context.project.tops


def _missing(context: RuleContext, place: Place, dotted: str, meaning: Meaning) -> Resolution:
    top = dotted.partition(".")[0]
    if top in STANDARD or _is_declared(context, dotted):
        return Resolution(True, "a package outside the repository", 0)
    what = f"there is no module {dotted} in the tree"
    if place.is_foreign:
        return Resolution(False, f"{what}, and the image is not built here")
    image = place.image
    if image is not None and ("/" in image.base or not copies_everything(image)):
        return Resolution(False, f"{what}; the image may bring it")
    first_party = top in context.project.tops
    served = meaning.role == "api" and bool(meaning.attribute)
    if first_party or served:
        return Resolution(False, what, 0)
    return Resolution(False, what, 1 if "." in dotted and not _opaque(context) else 2)


def _is_declared(context: RuleContext, dotted: str) -> bool:
    """Whether a dependency of the project may hold a module."""
    top = dotted.partition(".")[0]
    names = {normal(each) for each in providers(context).get(top, ())} | {normal(top)}
    parts = dotted.split(".")
    names |= {normal("-".join(parts[:2]))} if len(parts) > 1 else set()
    declared = (each.name for unit in units(context).values() for each in unit.all())
    return any(each in names for each in declared)


def _opaque(context: RuleContext) -> bool:
    known = units(context)
    return not known or any(is_opaque(context, unit) for unit in known.values())


def _script(context: RuleContext, step: Step, place: Place, script: str) -> Resolution:
    repository = context.repository
    folder = step.directory
    if step.meaning.app_dir:
        folder = posixpath.join(folder, step.meaning.app_dir)
    found = find_file(repository, place, folder, script)
    if found:
        return Resolution(True, found, 0, _paths(context).get(found, -1))
    if place.image is None and not place.mounts and folder not in (UNKNOWN,):
        inside = posixpath.normpath(posixpath.join(folder, script))
        if repository.is_directory(inside):
            return Resolution(True, inside, 0)
    what = f"{script} is not in the repository"
    image = place.image
    if place.is_foreign or folder == UNKNOWN or (image is None and script.startswith("/")):
        inside = posixpath.join("." if folder == UNKNOWN else folder, script)
        found = _by_end(context, inside)
        if found:
            return Resolution(True, found, 1, _paths(context).get(found, -1))
        return Resolution(False, f"{what}; the image or machine may hold it")
    if image is not None:
        if "/" in image.base or not copies_everything(image) or place.mounts:
            return Resolution(False, f"{what}; the image may bring it")
        return Resolution(False, f"{what} at the place {image.path} would run it", 1)
    return Resolution(False, f"{posixpath.join(folder, script)} is not in the repository", 0)


_DISCOVERED = tuple(
    f"{folder}{name}.py" for folder in ("", "app/") for name in ("main", "app", "api")
)
"""Where ``fastapi run`` looks when it is given nothing, in this order."""


def _program(context: RuleContext, step: Step, place: Place) -> Resolution:
    meaning = step.meaning
    if meaning.program == "fastapi" and meaning.role == "api":
        found = (find_file(context.repository, place, step.directory, each)
                 for each in _DISCOVERED)  # fmt: skip
        path = next((each for each in found if each), "")
        if path:
            return Resolution(True, path, 0, _paths(context).get(path, -1))
    entry = scripts(context).get(meaning.program)
    if entry is not None:
        module = entry.target.partition(":")[0]
        claims = context.project.by_name.get(module, [])
        if claims:
            return Resolution(True, f"{entry.path} installs it", 0, claims[0])
        if module.partition(".")[0] in context.project.tops:
            return Resolution(False, f"{entry.path} names {module}, which is not there", 0)
        return Resolution(True, f"{entry.path} installs it", 0)
    if not step.argv or step.argv[0].startswith("$"):
        return Resolution(False, "what runs is only known when it starts")
    return Resolution(True, f"{meaning.program} is a program outside the repository", 0)
