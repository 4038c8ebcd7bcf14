"""Changes an existing Dockerfile as little as possible: what it starts, and as whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bylaw.manifests.dockerfile import Instruction
from bylaw.rules.adoption.entry_file import todo_lines
from bylaw.rules.adoption.image_file import command_line, health_line, user_lines
from bylaw.rules.adoption.plan import DEFAULT_PORT, Open, Service
from bylaw.rules.boot.images import Image, chain, copied, sources
from bylaw.rules.boot.installs import NO

_LEAVES_OUT = re.compile(r"\b(?:uv\s+sync|poetry\s+install|pdm\s+(?:sync|install))\b[^&|;]*?"
                         r"--(?:no-install-project|no-root|no-self)\b[^&|;\n]*")  # fmt: skip
_LEFT_OUT = re.compile(r"\s--(?:no-install-project|no-root|no-self)\b")
_INSTALLED = ["# Installed where it lies: the sources are the one copy of the package."]
_INIT = frozenset({"tini", "dumb-init", "catatonit", "docker-init"})
_INSTALL = re.compile(r"pip3?\s+install\b[^&|;]*")
_LOCAL = re.compile(r"^(\.{1,2}/?|/[\w./-]+)(\[[\w,-]+\])?$")
_TAKES_VALUE = frozenset({"-r", "--requirement", "-c", "--constraint", "-t", "--target", "-f",
                          "--find-links", "--root", "--prefix", "-i", "--index-url",
                          "--cache-dir", "--extra-index-url"})  # fmt: skip


class Judged(NamedTuple):
    """What is known about an image before it is changed.

    Attributes:
        image: the image.
        installs: whether something in it installs the project: ``yes no unknown``.
        is_healthy: whether its health check asks the service for the right path, at its port,
            with what the image has.
        is_root: whether its process runs as root.
    """

    image: Image
    installs: str
    is_healthy: bool
    is_root: bool


def edited_image(text: str, judged: Judged, service: Service, opens: Sequence[Open]) -> str:
    """The text of a Dockerfile that starts the service with the one command.

    Args:
        text: of the file.
        judged: what is known about its final stage.
        service: what is decided.
        opens: what is not, as far as it concerns this image; marked above the command.
    """
    image, rows = judged.image, text.split("\n")
    own = image.parsed.stages[image.stage].instructions
    dropped: dict[int, list[str]] = {}
    for each in own:
        if not each.on_build:
            dropped.update(_changed(rows, each, judged, service.serving.port))
    for number in chain(image)[1:]:
        for each in image.parsed.stages[number].instructions:
            dropped.update(_installed_once(rows, each))
    added = {_last_line(image, image.stage): _added(judged, service, opens)}
    earlier = _left_out(image) if judged.installs == NO else None
    if earlier is not None:
        line = _last_line(image, earlier[0])
        added[line] = [*_INSTALLED, f"RUN {earlier[1]}", *added.get(line, [])]
    kept: list[str] = []
    for number, row in enumerate(rows):
        kept += dropped.get(number, [row])
        kept += added.get(number, [])
    made = "\n".join(kept)
    return made if made.endswith("\n") else f"{made}\n"


def _last_line(image: Image, stage: int) -> int:
    """Number, from 0, of the last line of a stage."""
    made = image.parsed.stages[stage]
    return (made.instructions[-1].end_line if made.instructions else made.line) - 1


def _left_out(image: Image) -> tuple[int, str] | None:
    """The stage that installs the dependencies alone, and the command that leaves nothing out."""
    for stage in sources(image):
        for each in image.parsed.stages[stage].instructions:
            for match in _LEAVES_OUT.finditer(each.text) if each.keyword == "RUN" else ():
                return stage, " ".join(_LEFT_OUT.sub(" ", match[0]).replace("\\", " ").split())
    return None


def needs_edit(judged: Judged, service: Service) -> bool:
    """Whether the image starts anything else, or without what the one command takes."""
    state = judged.image.state
    same = state.command is not None and state.command.words == service.command
    free = state.entrypoint is None or _is_kept(state.entrypoint)
    return not (same and free and judged.is_healthy and not judged.is_root
                and (judged.installs != NO or judged.image.directory == "/"))  # fmt: skip


def _changed(
    rows: Sequence[str], each: Instruction, judged: Judged, port: str
) -> dict[int, list[str]]:
    """What becomes of the lines of an instruction, by their numbers from 0; empty if it stays."""
    gone: dict[int, list[str]] = {at: [] for at in range(each.line - 1, each.end_line)}
    if _is_replaced(each, judged):
        return gone
    if each.keyword == "EXPOSE" and each.text.strip().isdigit() and each.text.strip() != port:
        return {each.line - 1: [f"EXPOSE {port}"]}
    return _installed_once(rows, each)


def _installed_once(rows: Sequence[str], each: Instruction) -> dict[int, list[str]]:
    """The lines of a RUN that would install a second copy of the sources; empty if it stays."""
    if each.keyword != "RUN" or each.heredocs or each.on_build:
        return {}
    editable = _editable(rows, each)
    if editable is None:
        return {}
    return {**{at: [] for at in range(each.line, each.end_line)}, each.line - 1: editable}


def _is_replaced(each: Instruction, judged: Judged) -> bool:
    if each.keyword == "ENTRYPOINT":
        return not _is_kept(each)
    return each.keyword == "CMD" or (each.keyword == "HEALTHCHECK" and not judged.is_healthy)


def _is_kept(each: Instruction) -> bool:
    """Whether an ENTRYPOINT only hands on what it is given: none, or an init process."""
    if not each.is_exec:
        return False
    names = {word.rpartition("/")[2] for word in each.words if not word.startswith("-")}
    return names <= _INIT


def copies_package(each: Instruction) -> bool:
    """Whether a RUN installs the sources as a copy of their own."""
    text = f"{each.text} {' '.join(each.words)}"
    return each.keyword == "RUN" and _where_they_lie(text) != text


def _editable(rows: Sequence[str], each: Instruction) -> list[str] | None:
    """A RUN that would install a second copy of the sources, so that it uses the first one.

    Of two copies the working directory would decide which one runs.
    """
    text = "\n".join(rows[each.line - 1 : each.end_line])
    made = _where_they_lie(text)
    return made.split("\n") if made != text else None


def _where_they_lie(text: str) -> str:
    """Commands in which pip installs every local folder editable."""
    return _INSTALL.sub(lambda match: _installing(match[0]), text)


def _installing(command: str) -> str:
    before, made = "", ""
    for part in re.split(r"(\s+)", command):
        is_local = _LOCAL.match(part) and before not in _TAKES_VALUE
        made += f"-e {part}" if is_local and before not in ("-e", "--editable") else part
        before = part if part.strip() else before
    return made


def _added(judged: Judged, service: Service, opens: Sequence[Open]) -> list[str]:
    image = judged.image
    lines = []
    if judged.installs == NO and image.directory != "/" and _left_out(image) is None:
        lines += _install(image, service)
    if service.serving.port != DEFAULT_PORT and "PORT" not in _variables(image):
        lines.append(f"ENV PORT={service.serving.port}")
    if judged.is_root:
        lines += user_lines()
    if not judged.is_healthy:
        lines.append(health_line(service))
    lines += [row for each in opens for row in todo_lines(each)]
    entry = image.state.entrypoint
    own = image.parsed.stages[image.stage].instructions
    if entry is not None and entry not in own and not _is_kept(entry):
        # Inherited from another stage, it would be handed the command as arguments.
        lines.append("ENTRYPOINT []")
    return [*lines, command_line(service)]


def _variables(image: Image) -> set[str]:
    return {name for name, _, _ in image.state.environment}


def _install(image: Image, service: Service) -> list[str]:
    """What installs the package in the last stage, as the user that is in force there."""
    definition = service.definition
    wanted = "pyproject.toml"
    # Paths of a COPY are those of the build context.
    start = len(image.context) + 1 if image.context else 0
    whole = any(source in (".", "./") for each in image.parsed.stages[image.stage].instructions
                if each.keyword in ("COPY", "ADD") for source in copied(each)[0])  # fmt: skip
    lines = [*_INSTALLED]
    if not whole:
        files = [wanted, *([definition.requirements] if definition.requirements else [])]
        lines.append(f"COPY {' '.join(definition.path(each)[start:] for each in files)} ./")
        top = service.package_folder[start:]
        if not _copies(image, top):
            inside = service.package_folder.removeprefix(definition.folder).lstrip("/")
            lines.append(f"COPY {top} {inside}")
    known = image.state.user
    rooted = known is not None and known.text.strip() not in ("root", "0")
    lines = ["USER root", *lines] if rooted else lines
    lines.append("RUN pip install --no-cache-dir --no-deps -e .")
    return [*lines, f"USER {known.text.strip()}"] if rooted and known is not None else lines


def _copies(image: Image, folder: str) -> bool:
    return any(source.strip("./") == folder
               for each in image.parsed.stages[image.stage].instructions
               if each.keyword in ("COPY", "ADD") for source in copied(each)[0])  # fmt: skip
