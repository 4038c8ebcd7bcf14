"""``package-not-installed``: an image runs a package that nothing installs."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import BackendImage, backend_images, final_line
from bylaw.rules.boot.images import copies_everything, variables
from bylaw.rules.boot.installs import NO, image_installs
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="package-not-installed",
    summary="An image runs a package of the repository that it does not install, or two package "
    "definitions disagree.",
    clauses=("DC-4.2", "DC-2.2", "DC-7.1"),
    severity="warning",
    how="tree",
    family="deploy",
    mend="declare the package in pyproject.toml and install it in the image: pip install .",
    options=(
        ("strict", False, "A package that is only found through the working directory counts."),
    ),
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per image, and one per pair of definitions."""
    for each in backend_images(context):
        yield from _image(context, each)
    yield from _definitions(context)


def _image(context: RuleContext, each: BackendImage) -> Iterator[Finding]:
    started = [one for one in each.commands if one.module >= 0 and "." in one.meaning.module]
    if not started or image_installs(context, each.image) != NO:
        return
    if not copies_everything(each.image):
        return
    package = started[0].meaning.module.partition(".")[0]
    definition = _definition(context, each.image.context)
    helped = "PYTHONPATH" in variables(each.image)
    how = "PYTHONPATH" if helped else "the working directory"
    message = f"{package} is found through {how} only: nothing installs it"
    if definition:
        message += f", although {definition} defines it"
    counts = context.option(INFO, "strict") or definition or helped
    yield file_finding(
        INFO, each.image.path, final_line(each.image), message, severity="" if counts else "note",
        sink=package, symbol=each.image.name, confidence=1,
    )  # fmt: skip


def _definition(context: RuleContext, folder: str) -> str:
    """The file that says how the package of a build context is built; empty for none."""
    for name in ("pyproject.toml", "setup.py", "setup.cfg"):
        path = f"{folder}/{name}".lstrip("/")
        text = context.repository.text(path)
        if name != "pyproject.toml" and text and ("name" in text):
            return path
        if "[build-system]" in text and not re.search(r"^package(-mode)?\s*=\s*false", text, re.M):
            return path
    return ""


def _definitions(context: RuleContext) -> Iterator[Finding]:
    """``setup.py`` or ``setup.cfg`` beside a pyproject that names another package or version."""
    repository = context.repository
    for path in repository.names("setup-py", "setup-cfg"):
        folder = posixpath.dirname(path)
        main = _project(repository.text(f"{folder}/pyproject.toml".lstrip("/")))
        if not main:
            continue
        text = repository.text(path)
        for key in ("name", "version"):
            # In Python only an argument of the call counts, and only where it is a literal.
            form = (
                rf"^\s+{key}=[\"']([\w.-]+)[\"']"
                if path.endswith(".py")
                else (rf"^{key}\s*=\s*([\w.-]+)\s*$")
            )
            match = re.search(form, text, re.M)
            known = main.get(key)
            if match is None or not isinstance(known, str) or "attr:" in match[0]:
                continue
            if _normal(match[1]) != _normal(known):
                line = text.count("\n", 0, match.start(1)) + 1
                message = f"{key} is {match[1]} here and {known} in pyproject.toml"
                yield file_finding(INFO, path, line, message, sink=key, confidence=1)


def _project(text: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    project = document.get("project") or document.get("tool", {}).get("poetry") or {}
    return project if isinstance(project, dict) else {}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
