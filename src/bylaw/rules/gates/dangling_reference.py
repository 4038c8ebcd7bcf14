"""``dangling-reference``: a file names a module, file or target of the repository that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.manifests.checks import check_of
from bylaw.manifests.command import UNKNOWN, Command, below, program
from bylaw.manifests.kinds import Manifest
from bylaw.manifests.lines import Makefile
from bylaw.manifests.yaml_shapes import Workflow
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.gates.metadata_references import metadata_references
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="dangling-reference",
    summary="A CI job, Makefile, hook, README or project file names something of this repository "
    "that does not exist.",
    clauses=("EC-R3", "GOV-EVID-4"),
    severity="warning",
    how="tree",
    family="gates",
    mend="name what is there now, or remove the reference",
    needs=frozenset({"manifests"}),
)

_KINDS = ("github", "gitlab", "makefile", "pre-commit")
_MAKES = frozenset({"clone", "checkout", "curl", "wget", "unzip", "tar", "gsutil", "rsync", "cp",
                    "mv", "scp", "pull", "download", "mkdir", "touch", "tee", "ln"})  # fmt: skip
_ADDRESS = re.compile(
    r"(?i)^(?:www\.|localhost\b|(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|app|gov|edu|eu|cloud|co)(?:[/:?#]|$))"
)
"""The address of a site that was written without ``https://``: it leads nowhere, but to no file."""
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(\s*<?([^)\s>#?]+)[^)\n]*\)")
_DOCUMENTS = frozenset({"README.md", "CONTRIBUTING.md", "DEVELOPMENT.md", "DEVELOPING.md"})
_OPTION_FILES = ("-r", "--requirement", "-c", "--constraint")


class _Named(NamedTuple):
    """Something a command names: its kind, the path or name, and how sure it is."""

    kind: str
    name: str
    confidence: int = 0


def find(context: RuleContext) -> Iterator[Finding]:
    """Findings of commands, actions, links and project metadata."""
    for manifest in context.repository.of_kind(*_KINDS):
        makers = _makers(manifest)
        for command in manifest.commands:
            if (command.name if command.context == "ci" else "") in makers:
                continue
            yield from _of_command(context, command)
        if isinstance(manifest.detail, Workflow):
            yield from _uses(context, manifest.path, manifest.detail)
    for manifest in context.repository.of_kind("markdown"):
        if manifest.path.rpartition("/")[2] in _DOCUMENTS:
            yield from _document(context, manifest)
    for path, line, what in metadata_references(context):
        yield file_finding(INFO, path, line, f"{what} does not exist", sink=what)


def _makers(manifest: Manifest) -> set[str]:
    """Jobs that bring files of their own: what they name may come from there."""
    found = set()
    for command in manifest.commands:
        words = {word.rpartition("/")[2] for word in command.argv[:2]}
        if words & _MAKES and command.context == "ci":
            found.add(command.name)
    if isinstance(manifest.detail, Workflow):
        for use in manifest.detail.uses:
            given = dict(use.inputs)
            if "download-artifact" in use.action or "cache" in use.action:
                found.add(use.job)
            if "checkout" in use.action and {"repository", "path"} & set(given):
                found.add(use.job)
    return found


def _of_command(context: RuleContext, command: Command) -> Iterator[Finding]:
    if command.directory == UNKNOWN or command.directory.startswith("/") or command.guarded:
        return
    repository = context.repository
    if command.directory and not repository.is_directory(command.directory):
        return
    for named in _named(context, command):
        place = below(command.directory, named.name)
        if named.kind == "file" and (
            place == UNKNOWN or place.startswith(("/", "..")) or repository.exists(place)
            or not _parent_exists(context, place) or repository.ignored.ignores(place)
        ):  # fmt: skip
            continue
        yield file_finding(
            INFO, command.path, command.line, _message(named), column=command.column,
            end_line=command.end_line, sink=named.name, symbol=command.name,
            confidence=named.confidence,
        )  # fmt: skip


def _message(named: _Named) -> str:
    words = {"file": "{} does not exist", "module": "there is no module {}",
             "target": "the Makefile has no target {}"}  # fmt: skip
    return words[named.kind].format(named.name)


def _parent_exists(context: RuleContext, place: str) -> bool:
    """Whether the folder is there: a file that a build makes often brings its folder along."""
    folder = place.rpartition("/")[0]
    return not folder or context.repository.is_directory(folder)


def _named(context: RuleContext, command: Command) -> Iterator[_Named]:
    words = program(command.argv)
    if not words or any(sign in word for word in words for sign in ("$(", "`")):
        return
    head = words[0].rpartition("/")[2]
    if head.startswith("python") or (words[0].endswith(".py") and words != command.argv):
        yield from _python(context, words)
    elif head in ("bash", "sh", "source", ".") and len(words) > 1:
        script = next((word for word in words[1:] if not word.startswith("-")), "")
        if script.endswith((".sh", ".bash")) and _is_plain(script):
            yield _Named("file", script)
    elif words[0].startswith("./") and words[0].endswith((".sh", ".py", ".bash")):
        if _is_plain(words[0]):
            yield _Named("file", words[0])
    elif head == "make":
        yield from _targets(context, command, words)
    elif head in ("pip", "pip3", "uv") and "install" in words:
        for position, word in enumerate(words[:-1]):
            if word in _OPTION_FILES and _is_plain(words[position + 1]):
                yield _Named("file", words[position + 1])
    check = check_of(command.argv)
    if check is not None and check.tool in ("pytest", "mypy", "ruff", "flake8", "black", "bandit"):
        yield from _checked_paths(check.argv)


def _python(context: RuleContext, words: tuple[str, ...]) -> Iterator[_Named]:
    if words[0].endswith(".py"):
        if _is_plain(words[0]):
            yield _Named("file", words[0])
        return
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-m":
            yield from _module(context, words[at + 1 : at + 2])
            return
        if words[at] == "-c":
            return
        at += 2 if words[at] in ("-W", "-X") else 1
    if at < len(words) and words[at].endswith(".py") and _is_plain(words[at]):
        yield _Named("file", words[at])


def _module(context: RuleContext, words: tuple[str, ...]) -> Iterator[_Named]:
    if not words or "$" in words[0] or "." not in words[0]:
        return
    top = words[0].partition(".")[0]
    by_name = context.project.by_name
    if top not in by_name or words[0] in by_name:
        return
    if not any(name.startswith(f"{words[0]}.") for name in by_name):
        yield _Named("module", words[0])


def _targets(context: RuleContext, command: Command, words: tuple[str, ...]) -> Iterator[_Named]:
    """Targets that the Makefile of the directory has not; only where it says all it has."""
    directory = command.directory
    wanted: list[str] = []
    at = 1
    while at < len(words):
        if words[at] in ("-C", "--directory") and at + 1 < len(words):
            directory = below(directory, words[at + 1])
            at += 1
        elif words[at] in ("-f", "--file", "--makefile"):
            return
        elif words[at] in ("-j", "-l", "-o", "-W"):
            at += words[at + 1 : at + 2] != () and words[at + 1].isdigit()
        elif not words[at].startswith("-") and "=" not in words[at]:
            wanted.append(words[at])
        at += 1
    prefix = f"{directory}/" if directory else ""
    path = next((prefix + name for name in ("GNUmakefile", "makefile", "Makefile")
                 if prefix + name in context.repository.paths), "")  # fmt: skip
    if not path or directory == UNKNOWN:
        return
    makefile = context.repository.manifest(path).detail
    text = context.repository.text(path)
    if not isinstance(makefile, Makefile) or re.search(r"^-?s?include\b|%.*:|\$\(eval", text, re.M):
        return
    known = {target.name for target in makefile.targets}
    if any("$" in name for name in known):
        return
    for target in wanted:
        if _is_plain(target) and target not in known and not context.repository.exists(
            prefix + target
        ):  # fmt: skip
            yield _Named("target", target)


def _checked_paths(words: tuple[str, ...]) -> Iterator[_Named]:
    """Paths that a checker is given, where they can be nothing else."""
    previous = ""
    for word in words:
        path = word.partition("::")[0].removesuffix("/")
        looks = path.endswith(".py") or (("/" in word) and re.fullmatch(r"[\w./-]+", path))
        if looks and _is_plain(path) and not previous.startswith("-") and word[0] not in "-/":
            yield _Named("file", path)
        previous = word


def _is_plain(word: str) -> bool:
    return bool(re.fullmatch(r"[\w.+@-][\w./+@-]*|\./[\w./+@-]+", word)) and not word.startswith(
        "-"
    )


def _uses(context: RuleContext, path: str, workflow: Workflow) -> Iterator[Finding]:
    """Actions and workflows of the repository itself."""
    for use in workflow.uses:
        if not use.action.startswith("./") or "$" in use.action:
            continue
        place = use.action[2:].rstrip("/")
        names = (place, f"{place}/action.yml", f"{place}/action.yaml", f"{place}/Dockerfile")
        found = names[:1] if place.endswith((".yml", ".yaml")) else names[1:]
        if not any(context.repository.exists(each) for each in found) and place.startswith(
            ".github/"
        ):
            message = f"{use.action} does not exist"
            yield file_finding(INFO, path, use.line, message, sink=use.action, symbol=use.job)


def _document(context: RuleContext, manifest: Manifest) -> Iterator[Finding]:
    """Links, modules and targets in a document for people."""
    for command in manifest.commands:
        words = program(command.argv)
        if words[:1] == ("make",) and not command.directory and "/" not in manifest.path:
            for named in _targets(context, command, words):
                yield file_finding(
                    INFO, manifest.path, command.line, _message(named), column=command.column,
                    sink=named.name,
                )  # fmt: skip
        elif words and words[0].startswith("python") and "-m" in words:
            for named in _python(context, words):
                if named.kind == "module":
                    yield file_finding(
                        INFO, manifest.path, command.line, _message(named), sink=named.name,
                        column=command.column, confidence=1,
                    )  # fmt: skip
    fenced = False
    folder = manifest.path.rpartition("/")[0]
    for number, row in enumerate(context.repository.text(manifest.path).split("\n"), 1):
        if row.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced or "](" not in row:
            continue
        for match in _LINK.finditer(re.sub(r"`[^`]*`", "", row)):
            place = _linked(folder, match[1])
            if place and not context.repository.exists(place):
                message = f"{match[1]} does not exist"
                yield file_finding(INFO, manifest.path, number, message, sink=match[1])


def _linked(folder: str, target: str) -> str:
    """The path a relative link leads to; empty for anything else."""
    if re.match(r"^[a-z][a-z0-9+.-]*:|^//|^/|^#", target, re.IGNORECASE) or "%" in target:
        return ""
    if _ADDRESS.match(target):
        return ""
    place = below(folder, target.rstrip("/"))
    return "" if place == UNKNOWN or place.startswith(("..", "/")) else place
