"""Whether an image installs the project it runs, and which commands a project installs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from bylaw.config.lines import find_lines, line_of
from bylaw.manifests.command import Command, program
from bylaw.manifests.images import image_commands
from bylaw.rules.boot.images import Image, sources
from bylaw.rules.context import RuleContext

YES, NO, UNKNOWN = "yes", "no", "unknown"
_LOCAL = re.compile(r"^(\.{1,2}(/[\w./-]*)?|/[\w./-]+|[\w.-]+/[\w./-]*)(\[[\w,-]+\])?$|^\./|\.whl$")
_TAKES_VALUE = frozenset({"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "-f",
                          "--extra-index-url", "--find-links", "-t", "--target", "--prefix",
                          "--python", "-p", "--trusted-host", "--cache-dir", "--root", "--group",
                          "--extra", "--timeout", "--retries", "--platform"})  # fmt: skip


class ScriptEntry(NamedTuple):
    """A command that a project installs.

    Attributes:
        name: name of the command.
        target: ``module:function``.
        path: file that declares it.
        line: 1-based line.
    """

    name: str
    target: str
    path: str
    line: int


def scripts(context: RuleContext) -> dict[str, ScriptEntry]:
    """Commands that the projects of the repository install, by name; read once per run."""
    if "boot-scripts" not in context.memo:
        found = {each.name: each for each in _scripts(context)}
        context.memo["boot-scripts"] = found
    known: dict[str, ScriptEntry] = context.memo["boot-scripts"]
    return known


def _scripts(context: RuleContext) -> Iterator[ScriptEntry]:
    repository = context.repository
    for path in repository.names("pyproject"):
        text = repository.text(path)
        if "scripts" not in text:
            continue
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
        lines = find_lines(text)
        for keys in (("project", "scripts"), ("tool", "poetry", "scripts")):
            table: Any = document
            for key in keys:
                table = table.get(key) if isinstance(table, dict) else None
            for name, target in table.items() if isinstance(table, dict) else ():
                if isinstance(target, str):
                    yield ScriptEntry(name, target, path, line_of(lines, (*keys, name)) or 1)
    for path in repository.names("setup-cfg", "setup-py"):
        text = repository.text(path)
        if "console_scripts" not in text:
            continue
        for match in re.finditer(r"^[\s\"'\[]*([\w.-]+)\s*=\s*([\w.]+:[\w.]+)", text, re.M):
            yield ScriptEntry(match[1], match[2], path, text.count("\n", 0, match.start(1)) + 1)


def image_installs(context: RuleContext, image: Image) -> str:
    """Whether some stage that reaches an image installs the project: ``yes no unknown``."""
    key = f"boot-installs:{image.path}:{image.stage}:{image.context}"
    if key not in context.memo:
        context.memo[key] = _installs(context, image)
    answer: str = context.memo[key]
    return answer


def _installs(context: RuleContext, image: Image) -> str:
    reached = {image.parsed.stages[each].name or str(each) for each in sources(image)}
    answers = set()
    for command in image_commands(image.path, image.parsed):
        if command.context == "image-build" and command.name in reached:
            answers.add(install_kind(context, command, image.context))
    if YES in answers:
        return YES
    return UNKNOWN if UNKNOWN in answers or "/" in image.base else NO


def install_kind(context: RuleContext, command: Command, folder: str) -> str:
    """Whether a command installs the project of a folder; ``unknown`` where a script may."""
    words = program(command.argv)
    if not words:
        return NO
    head = words[0].rpartition("/")[2]
    if head.startswith("python") and words[1:3] == ("-m", "pip"):
        head, words = "pip", words[2:]
    rest = words[1:]
    if re.fullmatch(r"pip[\d.]*", head) or (head == "uv" and rest[:1] == ("pip",)):
        return _pip(rest)
    if head == "uv" and rest[:1] == ("sync",):
        if "--no-install-project" in rest or "--no-install-workspace" in rest:
            return NO
        return YES if _is_package(context, folder) else NO
    if head == "poetry" and rest[:1] in (("install",), ("sync",)):
        unpackaged = re.search(r"package-mode\s*=\s*false", _pyproject(context, folder))
        return NO if {"--no-root", "--only-root=false"} & set(rest) or unpackaged else YES
    if head in ("pdm", "hatch", "flit", "rye", "pixi") and set(rest) & {"install", "sync"}:
        return NO if {"--no-self", "--no-editable=false"} & set(rest) else YES
    if any(word.endswith("setup.py") for word in words[:2]):
        return YES if {"install", "develop"} & set(rest) else NO
    if head == "pipenv":
        return UNKNOWN
    if head == "make" or (head.endswith(".sh") and "install" in head):
        return UNKNOWN
    return NO


def _pip(rest: tuple[str, ...]) -> str:
    if "install" not in rest and "wheel" not in rest:
        return NO
    at = 0
    while at < len(rest):
        word = rest[at]
        if word in _TAKES_VALUE:
            at += 2
            continue
        if word in ("-e", "--editable") or _LOCAL.match(word):
            return YES
        if "$" in word or "*" in word:
            return UNKNOWN
        at += 1
    return NO


def _pyproject(context: RuleContext, folder: str) -> str:
    return context.repository.text(f"{folder}/pyproject.toml".lstrip("/"))


def _is_package(context: RuleContext, folder: str) -> bool:
    """Whether uv installs the project of a folder, and not only what it depends on."""
    text = _pyproject(context, folder)
    if re.search(r"^package\s*=\s*false", text, re.M):
        return False
    return "[build-system]" in text or bool(re.search(r"^package\s*=\s*true", text, re.M))
