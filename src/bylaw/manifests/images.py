"""The commands in a Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.manifests.command import Command
from bylaw.manifests.dockerfile import Dockerfile, Instruction, StageState, apply, stage_state
from bylaw.manifests.shell import Setting, shell_commands

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/bin/ash"})


def image_commands(path: str, parsed: Dockerfile) -> tuple[Command, ...]:
    """Commands that build an image, start it and ask for its health.

    Args:
        path: the file, relative to the root.
        parsed: the file.

    Returns:
        RUN as ``image-build``, CMD and ENTRYPOINT as ``image-start``, HEALTHCHECK as
        ``image-health``, each with the working directory and variables in force there.
    """
    return tuple(_commands(path, parsed))


def _commands(path: str, parsed: Dockerfile) -> Iterator[Command]:
    for number, stage in enumerate(parsed.stages):
        # What the stage starts from, without its own instructions.
        bare = parsed._replace(
            stages=(*parsed.stages[:number], stage._replace(instructions=()))
        )  # fmt: skip
        state = stage_state(bare, number)
        for each in stage.instructions:
            name = stage.name or str(number)
            yield from _of_instruction(path, name, state, each, parsed.escape)
            state = apply(state, (each,))


def _of_instruction(
    path: str, name: str, state: StageState, each: Instruction, escape: str
) -> Iterator[Command]:
    context = {"RUN": "image-build", "CMD": "image-start", "ENTRYPOINT": "image-start",
               "HEALTHCHECK": "image-health"}.get(each.keyword)  # fmt: skip
    if context is None or (each.keyword == "HEALTHCHECK" and each.text.strip().upper() == "NONE"):
        return
    variables = tuple((key, value) for key, value, _ in state.environment)
    directory = state.directory or "/"
    pipefail = state.shell is not None and "pipefail" in state.shell.words
    setting = Setting(path, context, name, directory, variables, "", False, pipefail)
    if each.is_exec:
        words = each.words
        if len(words) > 2 and words[0] in _SHELLS and words[1].startswith("-") and "c" in words[1]:
            yield from shell_commands(words[2], setting, each.line)
        elif words:
            yield Command(
                path, each.line, 1, each.end_line, " ".join(words), words, directory, variables,
                context, name, is_shell=False,
            )  # fmt: skip
        return
    text, column = each.text, each.text_column
    if each.keyword == "HEALTHCHECK":
        text, column = text[3:], column + 3
    if each.heredocs and text.lstrip().startswith("<<"):
        for _, line, body in each.heredocs:
            first = body.partition("\n")[0]
            if not first.startswith("#!") or "sh" in first:
                yield from shell_commands(body, setting, line)
        return
    yield from shell_commands(text, setting, each.text_line, column, escape=escape)
