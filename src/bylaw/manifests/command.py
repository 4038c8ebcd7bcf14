"""One command that some file of the repository tells a machine or a reader to run."""

from __future__ import annotations

import posixpath
from typing import NamedTuple

UNKNOWN = "?"
"""A directory that depends on something only known when the command runs."""

WRAPPERS = {
    "uv": ("run",),
    "poetry": ("run",),
    "pipenv": ("run",),
    "pdm": ("run",),
    "hatch": ("run",),
    "rye": ("run",),
    "pixi": ("run",),
    "coverage": ("run",),
}
_PLAIN_WRAPPERS = frozenset({
    "exec", "time", "sudo", "nohup", "env", "command", "tini", "dumb-init", "nice",
    "xvfb-run", "ddtrace-run", "opentelemetry-instrument", "newrelic-admin",
})  # fmt: skip
_TAKES_USER = frozenset({"gosu", "su-exec", "s6-setuidgid", "chpst"})
_TAKES_VALUE = frozenset({
    "--with", "--group", "--extra", "--python", "-p", "--project", "--directory", "--env-file",
    "--package", "--index", "--source", "--rcfile", "-u", "--with-requirements", "--no-group",
    "--only-group", "--with-editable", "--include", "--omit", "--data-file", "--context", "-e",
})  # fmt: skip


class Command(NamedTuple):
    """One simple command, its words and where it stands.

    Attributes:
        path: file it stands in, relative to the root.
        line: 1-based line of its first word.
        column: 1-based column of its first word, in characters.
        end_line: 1-based last line.
        text: as written, on one line.
        argv: words without quotes; variables stay as they are spelled.
        directory: where it runs, relative to the root; absolute inside an image; ``UNKNOWN``
            where that cannot be told.
        environment: variables set for it, with their values as written.
        context: what runs it: ``ci``, ``image-build``, ``image-start``, ``compose``,
            ``procfile``, ``make``, ``script``, ``document`` or ``pre-commit``.
        name: the job, service, stage, target or heading it belongs to.
        ignored: what keeps its failure from counting (``|| true``); empty where nothing does.
        is_shell: whether a shell reads it, so that variables expand.
        guarded: it decides a branch: the word of an ``if`` or ``while``, or the left of ``||``.
        step: number of the step of its job, from 0; 0 elsewhere.
    """

    path: str
    line: int
    column: int
    end_line: int
    text: str
    argv: tuple[str, ...]
    directory: str
    environment: tuple[tuple[str, str], ...]
    context: str
    name: str
    ignored: str = ""
    is_shell: bool = True
    guarded: bool = False
    step: int = 0


class Problem(NamedTuple):
    """Why a file could not be read as what it is.

    Attributes:
        line: 1-based line.
        message: what is wrong there.
    """

    line: int
    message: str


def below(directory: str, given: str) -> str:
    """The directory that ``cd given`` leads to.

    Args:
        directory: where the command runs.
        given: the word after ``cd``, or a working directory.

    Returns:
        A path relative to the root, absolute, or ``UNKNOWN``.
    """
    if any(sign in given for sign in "$`*{<") or given.startswith(("~", "-")):
        return UNKNOWN
    if given.startswith("/"):
        return posixpath.normpath(given)
    if directory == UNKNOWN:
        return UNKNOWN
    joined = posixpath.normpath(posixpath.join(directory, given))
    return "" if joined == "." else joined


def program(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words of what really runs: without ``uv run``, ``poetry run``, ``exec``, ``env A=b``.

    Args:
        argv: words of a command.

    Returns:
        Its tail that starts with the program; empty where nothing is left.
    """
    words = list(argv)
    while words:
        head = words[0].rpartition("/")[2]
        if head in WRAPPERS and len(words) > 1 and words[1] in WRAPPERS[head]:
            if head == "coverage":
                return _coverage(words)
            words = _without_options(words[2:])
        elif head in ("uvx", "pipx"):
            words = _without_options(words[2 if head == "pipx" else 1 :])
            return (words[0].partition("@")[0], *words[1:]) if words else ()
        elif head in _PLAIN_WRAPPERS:
            words = _without_options(words[1:])
            while words and "=" in words[0] and head == "env":
                words = words[1:]
        elif head in _TAKES_USER:
            words = _without_options(words[1:])[1:]
        elif head in ("-", "!", "--"):
            words = words[1:]
        else:
            break
    return tuple(words)


def _coverage(words: list[str]) -> tuple[str, ...]:
    """``coverage run -m pytest`` runs pytest the way ``python`` would."""
    rest = _without_options(words[2:], keep=("-m", "--module"))
    return ("python", *("-m" if word == "--module" else word for word in rest))


def _without_options(words: list[str], keep: tuple[str, ...] = ()) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in keep:
        if words[at] in ("-m", "--module"):
            return ["python", "-m", *words[at + 1 :]]
        at += 2 if words[at] in _TAKES_VALUE else 1
    return words[at:]


_RUN_VALUES = frozenset({
    "-p", "--publish", "-e", "--env", "--env-file", "-v", "--volume", "--name", "--network",
    "--net", "-w", "--workdir", "-u", "--user", "-l", "--label", "--entrypoint", "--mount", "-m",
    "--memory", "--cpus", "--restart", "--add-host", "--platform", "-h", "--hostname", "--link",
    "--expose", "--gpus", "--shm-size", "--ulimit", "--tmpfs", "--cap-add", "--cap-drop",
    "--pull", "--ip", "--device", "--dns", "--log-driver", "--log-opt", "--health-cmd",
    "--health-interval", "--health-timeout", "--health-retries", "--security-opt",
    "--volumes-from", "--network-alias", "--stop-timeout", "--stop-signal", "--cidfile", "--pid",
    "--ipc", "--runtime", "-c",
})  # fmt: skip
"""Options of ``docker run`` that take the next word."""


def in_container(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words that ``docker run IMAGE WORDS`` starts; none for anything else.

    Args:
        argv: words of a command.
    """
    if argv[:1] not in (("docker",), ("podman",), ("nerdctl",)) or argv[1:2] != ("run",):
        return ()
    entrypoint: tuple[str, ...] = ()
    at = 2
    while at < len(argv) and argv[at].startswith("-"):
        name, _, value = argv[at].partition("=")
        takes = name in _RUN_VALUES and not value
        if name == "--entrypoint":
            entrypoint = (value or argv[at + 1],) if value or at + 1 < len(argv) else ()
        at += 2 if takes else 1
    return (*entrypoint, *argv[at + 1 :])
