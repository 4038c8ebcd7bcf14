"""Dockerfiles as BuildKit reads them: stages, instructions, and the commands in them.

The grammar is that of ``frontend/dockerfile/parser``: the ``escape`` directive counts only above
everything else; comment lines and empty lines inside a continued instruction fall away; RUN, COPY
and ADD take heredocs; a JSON array of strings is exec form and anything else is shell form.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from bylaw.manifests.command import Problem

_DIRECTIVE = re.compile(r"^#\s*(\w+)\s*=\s*(\S+)\s*$")
_HEREDOC = re.compile(r"<<(-?)\s*([\"']?)([A-Za-z_][\w.]*)\2")
_FLAG = re.compile(r"\s*(--[a-z-]+(?:=(?:\"[^\"]*\"|\S+))?)(?=\s|$)")
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_TAKES_FORM = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME"})
KEYWORDS = frozenset({
    "FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT",
    "VOLUME", "USER", "WORKDIR", "ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL",
})  # fmt: skip


class Instruction(NamedTuple):
    """One instruction.

    Attributes:
        keyword: in capitals.
        flags: ``--from=build`` and the like.
        text: what follows the flags: continuation lines, escapes and comment lines kept.
        words: the strings of exec form; empty in shell form.
        is_exec: whether it is in exec form.
        line: 1-based line of the keyword.
        end_line: last line, heredocs included.
        text_line: line ``text`` starts on.
        text_column: column it starts at.
        heredocs: (delimiter, line of the first body line, body) of each.
        on_build: whether it waits for the image to be built upon.
    """

    keyword: str
    flags: tuple[str, ...]
    text: str
    words: tuple[str, ...]
    is_exec: bool
    line: int
    end_line: int
    text_line: int
    text_column: int
    heredocs: tuple[tuple[str, int, str], ...] = ()
    on_build: bool = False


class Stage(NamedTuple):
    """One build stage.

    Attributes:
        name: after ``AS``, in lower case; empty where there is none.
        base: image or earlier stage it starts from.
        line: line of its FROM.
        instructions: those after FROM, in order.
    """

    name: str
    base: str
    line: int
    instructions: tuple[Instruction, ...]


class Dockerfile(NamedTuple):
    """A whole Dockerfile.

    Attributes:
        escape: the escape character.
        arguments: ARG instructions above the first FROM.
        stages: all stages in order.
    """

    escape: str
    arguments: tuple[Instruction, ...]
    stages: tuple[Stage, ...]


class StageState(NamedTuple):
    """What is in force at the end of a stage, inherited through FROM.

    Attributes:
        command: the CMD that counts.
        entrypoint: the ENTRYPOINT that counts.
        healthcheck: the HEALTHCHECK that counts; ``NONE`` is one.
        user: the USER that counts.
        shell: the SHELL that counts.
        directory: the working directory; empty where no WORKDIR is.
        exposed: EXPOSE instructions.
        environment: ENV names with value and instruction.
        instructions: everything the stage rests on, first stage first.
    """

    command: Instruction | None
    entrypoint: Instruction | None
    healthcheck: Instruction | None
    user: Instruction | None
    shell: Instruction | None
    directory: str
    exposed: tuple[Instruction, ...]
    environment: tuple[tuple[str, str, Instruction], ...]
    instructions: tuple[Instruction, ...]


def parse_dockerfile(text: str) -> Dockerfile | Problem:
    """Read a Dockerfile.

    Args:
        text: its text.

    Returns:
        The parsed file, or the first thing BuildKit would refuse.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    escape = _escape(lines)
    found: list[Instruction] = []
    number = 0
    while number < len(lines):
        if not lines[number].strip() or lines[number].lstrip().startswith("#"):
            number += 1
            continue
        read = _instruction(lines, number, escape)
        if isinstance(read, Problem):
            return read
        instruction, number = read
        found.append(instruction)
    return _staged(found, escape)


def _escape(lines: list[str]) -> str:
    """The escape character: a parser directive counts only above all comments and instructions."""
    for line in lines:
        match = _DIRECTIVE.match(line.strip())
        if match is None:
            break
        if match[1].lower() == "escape" and match[2] in ("`", "\\"):
            return match[2]
    return "\\"


def _instruction(lines: list[str], start: int, escape: str) -> tuple[Instruction, int] | Problem:
    first = lines[start]
    keyword, _, _ = first.strip().partition(" ")
    keyword = keyword.partition("\t")[0].rstrip(escape)
    column = len(first) - len(first.lstrip())
    rows, number = _logical(lines, start, escape)
    text = "\n".join(rows)
    rest = text[column + len(keyword) :]
    offset = column + len(keyword)
    upper = keyword.upper()
    if upper not in KEYWORDS:
        return Problem(start + 1, f"unknown instruction {keyword[:40]}")
    on_build = upper == "ONBUILD"
    if on_build:
        inner = rest.split(None, 1)
        if not inner or inner[0].upper() not in KEYWORDS:
            return Problem(start + 1, "ONBUILD without an instruction")
        offset += rest.index(inner[0]) + len(inner[0])
        rest = rest[rest.index(inner[0]) + len(inner[0]) :]
        upper = inner[0].upper()
    flags, rest, skipped = _flags(rest)
    blank = len(rest) - len(rest.lstrip(" \t"))
    consumed = text[: offset + skipped + blank]
    line = start + 1 + consumed.count("\n")
    heredocs: list[tuple[str, int, str]] = []
    if upper in _TAKES_HEREDOC:
        number = _heredocs(lines, number, rest, heredocs)
    words = _exec_words(rest, escape) if upper in _TAKES_FORM else None
    if upper == "HEALTHCHECK" and rest.strip()[:3].upper() == "CMD":
        words = _exec_words(rest.strip()[3:], escape)
    made = Instruction(
        upper, flags, rest.lstrip(" \t"), words or (), words is not None, start + 1, number, line,
        len(consumed) - consumed.rfind("\n"), tuple(heredocs), on_build,
    )  # fmt: skip
    return made, number


def _logical(lines: list[str], start: int, escape: str) -> tuple[list[str], int]:
    """The lines of one instruction; those that fall away are kept empty so that places hold."""
    rows = [lines[start]]
    number = start + 1
    while _continues(rows[-1], escape) and number < len(lines):
        row = lines[number]
        number += 1
        # An empty or comment line inside is no end, and no text.
        falls_away = not row.strip() or row.lstrip().startswith("#")
        rows.append(escape if falls_away else row)
    while len(rows) > 1 and rows[-1] == escape:
        rows.pop()
        number -= 1
        rows[-1] = rows[-1].rstrip()
    return rows, number


def _continues(row: str, escape: str) -> bool:
    stripped = row.rstrip(" \t")
    if not stripped.endswith(escape):
        return False
    return escape != "\\" or (len(stripped) - len(stripped.rstrip("\\"))) % 2 == 1


def _flags(rest: str) -> tuple[tuple[str, ...], str, int]:
    """Options before the text: they may stand on continuation lines of their own."""
    flags: list[str] = []
    at = 0
    while True:
        while rest.startswith(("\\\n", "`\n", " ", "\t", "\n"), at):
            at += 2 if rest[at] in "\\`" else 1
        match = _FLAG.match(rest, at)
        if match is None:
            return tuple(flags), rest[at:], at
        flags.append(match[1])
        at = match.end()


def _heredocs(
    lines: list[str], number: int, text: str, found: list[tuple[str, int, str]]
) -> int:  # fmt: skip
    """Read the bodies that follow an instruction; where one never ends, it takes the rest."""
    if "<<" not in text:
        return number
    for match in _HEREDOC.finditer(text):
        if text[: match.start()].endswith("<"):
            continue
        body: list[str] = []
        first = number + 1
        while number < len(lines):
            row = lines[number]
            number += 1
            if (row.lstrip("\t") if match[1] else row) == match[3]:
                break
            body.append(row.lstrip("\t") if match[1] else row)
        found.append((match[3], first, "\n".join(body) + "\n"))
    return number


def _exec_words(rest: str, escape: str) -> tuple[str, ...] | None:
    joined = re.sub(re.escape(escape) + r"[ \t]*\n", "", rest).strip()
    if not joined.startswith("["):
        return None
    try:
        words = json.loads(joined)
    except ValueError:
        return None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return tuple(words)
    return None


def _staged(found: list[Instruction], escape: str) -> Dockerfile | Problem:
    arguments: list[Instruction] = []
    stages: list[Stage] = []
    inside: list[Instruction] = []
    for each in found:
        if each.keyword == "FROM" and not each.on_build:
            words = each.text.replace(f"{escape}\n", " ").split()
            if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
                return Problem(each.line, "FROM takes an image, and perhaps AS and a name")
            inside = []
            name = words[2].lower() if len(words) == 3 else ""
            stages.append(Stage(name, words[0], each.line, ()))
        elif not stages:
            if each.keyword != "ARG":
                return Problem(each.line, f"{each.keyword} stands above the first FROM")
            arguments.append(each)
        else:
            inside.append(each)
            stages[-1] = stages[-1]._replace(instructions=tuple(inside))
    if not stages:
        return Problem(1, "there is no FROM in it")
    return Dockerfile(escape, tuple(arguments), tuple(stages))


def find_stage(dockerfile: Dockerfile, target: str = "") -> int | None:
    """Number of the stage that ``target`` names, the last one where it is empty."""
    if not target:
        return len(dockerfile.stages) - 1
    for number, stage in enumerate(dockerfile.stages):
        if stage.name == target.lower():
            return number
    return int(target) if target.isdigit() and int(target) < len(dockerfile.stages) else None


def stage_state(dockerfile: Dockerfile, number: int) -> StageState:
    """What is in force at the end of a stage.

    Args:
        dockerfile: the parsed file.
        number: number of the stage.

    Returns:
        Its state, with what it inherits from the stages it starts from. A new ENTRYPOINT resets
        a CMD that is inherited.
    """
    stage = dockerfile.stages[number]
    above = [each.name for each in dockerfile.stages[:number]]
    state = StageState(None, None, None, None, None, "", (), (), ())
    if stage.base.lower() in above:
        last = len(above) - 1 - above[::-1].index(stage.base.lower())
        state = stage_state(dockerfile, last)
        state = apply(state, [each for each in state.instructions if each.on_build], fires=True)
    return apply(state, stage.instructions)


def apply(
    state: StageState, instructions: tuple[Instruction, ...] | list[Instruction],
    fires: bool = False,
) -> StageState:  # fmt: skip
    """The state after more instructions; those of ONBUILD only where ``fires`` is set."""
    own_command = False
    for each in instructions:
        if each.on_build and not fires:
            state = state._replace(instructions=(*state.instructions, each))
            continue
        if not fires:
            state = state._replace(instructions=(*state.instructions, each))
        if each.keyword == "CMD":
            own_command = True
            state = state._replace(command=each)
        elif each.keyword == "ENTRYPOINT":
            kept = state.command if own_command else None
            state = state._replace(entrypoint=each, command=kept)
        elif each.keyword in ("HEALTHCHECK", "USER", "SHELL"):
            state = _with(state, each)
        elif each.keyword == "WORKDIR":
            state = state._replace(directory=_inside(state.directory, each.text.strip()))
        elif each.keyword == "EXPOSE":
            state = state._replace(exposed=(*state.exposed, each))
        elif each.keyword == "ENV":
            added = tuple((name, value, each) for name, value in env_pairs(each.text))
            state = state._replace(environment=(*state.environment, *added))
    return state


def _with(state: StageState, each: Instruction) -> StageState:
    if each.keyword == "USER":
        return state._replace(user=each)
    return (
        state._replace(shell=each) if each.keyword == "SHELL" else state._replace(healthcheck=each)
    )


def _inside(directory: str, given: str) -> str:
    given = given.strip("\"'").rstrip("/") or "/"
    if given.startswith(("/", "$")):
        return given
    return f"{directory or ''}/{given}".replace("//", "/")


def env_pairs(text: str) -> list[tuple[str, str]]:
    """Names and values of an ENV: ``A=1 B="2 3"``, or the older ``A value``."""
    from bylaw.manifests.shell_words import tokens

    words = [each for each in tokens(text) if each.kind == "word"]
    if words and "=" not in words[0].raw:
        return [(words[0].value, text.strip().partition(" ")[2].strip())]
    return [
        (name, value) for name, sign, value in (word.value.partition("=") for word in words) if sign
    ]
