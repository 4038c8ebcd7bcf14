"""Images as Dockerfiles make them: what is in force in a stage, and which file lies where."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.manifests.dockerfile import Dockerfile, Instruction, StageState, apply, stage_state
from bylaw.manifests.dockerfile import find_stage as find_stage
from bylaw.manifests.shell_words import tokens
from bylaw.rules.repository import Repository

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_BRINGS = re.compile(r"\bgit\s+clone\b|\btar\s+-?x|--mount=type=bind")
"""What brings files into an image without a copy."""
_BOUND = re.compile(r"^--mount=type=bind,(?!.*\bfrom=).*?\b(?:source|src)=([\w./-]+)")
"""A file of the build context that a RUN sees."""


class Image(NamedTuple):
    """One stage of a Dockerfile, built from a context.

    Attributes:
        path: the Dockerfile, relative to the root.
        parsed: what it says.
        stage: number of the stage.
        state: what is in force at its end.
        context: build context, relative to the root.
    """

    path: str
    parsed: Dockerfile
    stage: int
    state: StageState
    context: str

    @property
    def directory(self) -> str:
        """The working directory, with build arguments and variables filled in."""
        place = filled(self.state.directory, variables(self))
        return posixpath.normpath(place) if place else "/"

    @property
    def base(self) -> str:
        """The image that the chain of stages starts from."""
        number = self.stage
        while True:
            base = self.parsed.stages[number].base
            above = parent_stage(self.parsed, number)
            if above is None:
                return filled(base, global_arguments(self.parsed))
            number = above

    @property
    def name(self) -> str:
        """Name of the stage; empty for one without."""
        return self.parsed.stages[self.stage].name


def parent_stage(parsed: Dockerfile, number: int) -> int | None:
    """The stage that another one starts from; None where it starts from an image."""
    base = parsed.stages[number].base.lower()
    names = [each.name for each in parsed.stages[:number]]
    return len(names) - 1 - names[::-1].index(base) if base and base in names else None


def chain(image: Image) -> list[int]:
    """Numbers of the stages an image rests on, itself first."""
    found = [image.stage]
    while (above := parent_stage(image.parsed, found[-1])) is not None:
        found.append(above)
    return found


def sources(image: Image) -> list[int]:
    """Numbers of all stages that reach an image, by FROM or by COPY --from."""
    pending, found = [image.stage], []
    while pending:
        number = pending.pop()
        if number in found:
            continue
        found.append(number)
        above = parent_stage(image.parsed, number)
        pending += [] if above is None else [above]
        for each in image.parsed.stages[number].instructions:
            for flag in each.flags:
                if flag.startswith("--from="):
                    other = _named_stage(image.parsed, flag[7:].strip("\"'"))
                    pending += [] if other is None else [other]
    return sorted(found)


def _named_stage(parsed: Dockerfile, name: str) -> int | None:
    for number, stage in enumerate(parsed.stages):
        if stage.name and stage.name == name.lower():
            return number
    return int(name) if name.isdigit() and int(name) < len(parsed.stages) else None


def global_arguments(parsed: Dockerfile) -> dict[str, str]:
    """Build arguments above the first FROM, with their defaults."""
    found: dict[str, str] = {}
    for each in parsed.arguments:
        name, _, value = each.text.strip().partition("=")
        found[name] = filled(value.strip("\"' "), found)
    return found


def variables(image: Image) -> dict[str, str]:
    """Build arguments with defaults and ENV of an image, later ones over earlier."""
    found = global_arguments(image.parsed)
    for each in image.state.instructions:
        if each.keyword == "ARG":
            name, sign, value = each.text.strip().partition("=")
            if sign:
                found[name] = filled(value.strip("\"'"), found)
    for name, value, _ in image.state.environment:
        found[name] = filled(value, found)
    return found


def filled(text: str, known: dict[str, str]) -> str:
    """A text with the variables filled in that are known, or have a default."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        return known.get(name, match[2] if match[2] is not None else match[0])

    return _VARIABLE.sub(value, text) if "$" in text else text


def open_image(
    repository: Repository, path: str, target: str = "", context: str | None = None
) -> Image | None:
    """An image that is built in this repository.

    Args:
        repository: its files.
        path: the Dockerfile, relative to the root.
        target: build stage; empty for the last.
        context: build context; None where nothing says, and the files that are copied decide.

    Returns:
        The image; None where there is no such Dockerfile or stage.
    """
    if path not in repository.paths:
        return None
    parsed = repository.manifest(path).detail
    if not isinstance(parsed, Dockerfile):
        return None
    number = find_stage(parsed, target)
    if number is None:
        return None
    state = stage_state(parsed, number)
    if context is None:
        context = guessed_context(repository, path, parsed)
    return Image(path, parsed, number, state, context)


def guessed_context(repository: Repository, path: str, parsed: Dockerfile) -> str:
    """The folder at or above a Dockerfile that holds most of what it copies."""
    wanted = [
        source
        for stage in parsed.stages
        for each in stage.instructions
        if each.keyword in ("COPY", "ADD") and not any(f.startswith("--from") for f in each.flags)
        for source in copied(each)[0]
        if source not in (".", "./", "/") and not set("$*?[:") & set(source)
    ]
    wanted += [match[1] for stage in parsed.stages for each in stage.instructions
               for flag in each.flags if (match := _BOUND.search(flag))]  # fmt: skip
    folder = posixpath.dirname(path)
    places = [folder]
    while folder:
        folder = posixpath.dirname(folder)
        places.append(folder)
    best = max(
        places,
        key=lambda place: (sum(repository.exists(posixpath.join(place, each.lstrip("/")))
                               for each in wanted), len(place)),
    )  # fmt: skip
    return best


def copied(each: Instruction) -> tuple[tuple[str, ...], str]:
    """Sources and destination of a COPY or ADD."""
    words = list(each.words) if each.is_exec else [
        token.value for token in tokens(each.text.split("\n<<")[0]) if token.kind == "word"
    ]  # fmt: skip
    return (tuple(words[:-1]), words[-1]) if len(words) > 1 else ((), "")


def in_repository(repository: Repository, image: Image, place: str) -> Iterator[str]:
    """Paths in the repository that a path in an image may come from, what was copied last first.

    Args:
        repository: its files.
        image: the image.
        place: absolute path in the image.
    """
    yield from _traced(repository, image, image.stage, posixpath.normpath(place), 0)


def _traced(
    repository: Repository, image: Image, number: int, place: str, depth: int
) -> Iterator[str]:
    if depth > 8:
        return
    known = variables(image)
    own = image.parsed.stages[number].instructions
    for each, directory in reversed(list(_with_directories(image.parsed, number, own, known))):
        if each.keyword not in ("COPY", "ADD") or each.on_build:
            continue
        origin = next(
            (flag[7:].strip("\"'") for flag in each.flags if flag.startswith("--from=")), ""
        )
        given, destination = copied(each)
        destination = filled(destination, known)
        target = posixpath.normpath(posixpath.join(directory or "/", destination))
        stage = _named_stage(image.parsed, origin) if origin else None
        if origin and stage is None:
            continue
        for source in given:
            source = filled(source, known)
            moved = _moved(repository, image, source, target, destination, place, stage)
            if moved is None:
                continue
            if stage is None:
                yield moved
            else:
                yield from _traced(repository, image, stage, moved, depth + 1)
    above = parent_stage(image.parsed, number)
    if above is not None:
        yield from _traced(repository, image, above, place, depth + 1)


def _moved(
    repository: Repository, image: Image, source: str, target: str, destination: str, place: str,
    stage: int | None,
) -> str | None:  # fmt: skip
    """Where a path below a copy's target was before the copy; None for any other path."""
    inside = place == target or place.startswith(f"{target.rstrip('/')}/")
    if not inside:
        return None
    rest = place[len(target) :].lstrip("/")
    name = posixpath.basename(source.rstrip("/"))
    if stage is not None:
        if rest and rest.partition("/")[0] == name and "." in name:
            return posixpath.normpath(source)
        return posixpath.normpath(posixpath.join(source, rest))
    if set("*?[") & set(source):
        if not rest:
            return None
        return posixpath.normpath(posixpath.join(image.context, posixpath.dirname(source), rest))
    local = posixpath.normpath(posixpath.join(image.context, source.lstrip("/")))
    local = "" if local == "." else local
    if not local or repository.is_directory(local):
        return posixpath.normpath(posixpath.join(local, rest)) if rest else local
    if (rest == name and name) or (not rest and not destination.endswith("/")):
        return local
    return None


def _with_directories(
    parsed: Dockerfile, number: int, own: tuple[Instruction, ...], known: dict[str, str]
) -> Iterator[tuple[Instruction, str]]:
    above = parent_stage(parsed, number)
    state = stage_state(parsed, above) if above is not None else None
    state = state or StageState(None, None, None, None, None, "", (), (), ())
    for each in own:
        yield each, filled(state.directory, known)
        state = apply(state, (each,)) if each.keyword == "WORKDIR" else state


def copies_everything(image: Image) -> bool:
    """Whether every copy into an image can be followed; a download or an unknown name cannot."""
    for number in sources(image):
        for each in image.parsed.stages[number].instructions:
            if each.keyword == "ADD" and "://" in each.text:
                return False
            if each.keyword in ("COPY", "ADD") and "$" in filled(each.text, variables(image)):
                return False
            if each.keyword == "RUN" and _BRINGS.search(f"{each.text} {' '.join(each.flags)}"):
                return False
    return True
