"""What a start command comes down to: wrapper scripts opened, ``exec "$@"`` filled in."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import NamedTuple

from bylaw.manifests.command import UNKNOWN, Command, below
from bylaw.manifests.entry_scripts import script_commands
from bylaw.manifests.meaning import Meaning, meaning_of, unwrapped
from bylaw.manifests.shell import Setting
from bylaw.manifests.workload import Words
from bylaw.rules.boot.images import Image, copies_everything, filled, in_repository, variables
from bylaw.rules.repository import Repository

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_SCRIPT = (".sh", ".bash")
_BINARIES = ("/usr/local/bin", "/usr/bin", "/bin", "/")
_ANYBODYS = frozenset({"entrypoint", "docker-entrypoint", "start", "run", "init", "boot", "setup",
                       "entry", "startup", "healthcheck", "bootstrap", "launch"})  # fmt: skip
QUIET = frozenset({"set", "cd", "echo", "export", "source", ".", "true", ":", "sleep", "exit", "[",
                    "[[", "test", "trap", "printf", "mkdir", "chown", "chmod", "until", "while",
                    "wait", "ulimit", "umask", "alias", "unset", "local", "read",
                    "return", "break", "continue"})  # fmt: skip
"""Words of the shell itself, which start nothing."""
_SERVES = ("api", "supervisor", "worker", "scheduler", "monitor", "frontend")


class Place(NamedTuple):
    """Where a start command runs.

    Attributes:
        path: file that gives it.
        directory: absolute in an image, else relative to the root.
        environment: variables in force.
        image: the image it runs in; None outside one, or where it is not built here.
        mounts: (path in the repository, path in the image) that hide what the image holds.
        is_foreign: whether it runs in an image that is not built here.
    """

    path: str
    directory: str
    environment: tuple[tuple[str, str], ...]
    image: Image | None = None
    mounts: tuple[tuple[str, str], ...] = ()
    is_foreign: bool = False


class Step(NamedTuple):
    """One simple command of a start.

    Attributes:
        argv: its words without wrappers.
        meaning: what it means.
        path: file it stands in.
        line: 1-based line.
        column: 1-based column.
        directory: where it runs.
        environment: variables in force.
        is_shell: whether a shell expands its variables.
        replaces: whether it replaces the shell (``exec``), or is started without one.
    """

    argv: tuple[str, ...]
    meaning: Meaning
    path: str
    line: int
    column: int
    directory: str
    environment: tuple[tuple[str, str], ...]
    is_shell: bool
    replaces: bool


class Expansion(NamedTuple):
    """A start command, opened.

    Attributes:
        steps: in order.
        missing: a script that is not there, or why it could not be followed.
        is_certain: whether ``missing`` says that it is not there, rather than not known.
    """

    steps: tuple[Step, ...]
    missing: str = ""
    is_certain: bool = False

    @property
    def main(self) -> Step | None:
        """The step that keeps running: the last that serves or replaces the shell."""
        ranks = [_SERVES.index(each.meaning.role) for each in self.steps
                 if each.meaning.role in _SERVES]  # fmt: skip
        # Of several that keep running side by side, the one that serves requests names the whole.
        role = _SERVES[min(ranks)] if ranks else ""
        serving = [each for each in self.steps if ranks and each.meaning.role == role]
        replacing = [each for each in self.steps if each.replaces]
        telling = [each for each in self.steps if each.argv and each.argv[0] not in QUIET]
        for group in (serving, replacing, telling, list(self.steps)):
            if group:
                # Of two branches that serve, the one for developers is not what is deployed.
                return ([each for each in group if not each.meaning.reload] or group)[-1]
        return None


def expand(repository: Repository, words: Words, place: Place) -> Expansion:
    """Open a start command.

    Args:
        repository: the files.
        words: the command.
        place: where it runs.

    Returns:
        Its simple commands, those of scripts in their place.
    """
    opened = _Opening(repository, place)
    setting = Setting(place.path, "start", "", place.directory, place.environment)
    if words.is_shell:
        commands = script_commands(words.text, setting, (), words.line, words.column)
    else:
        commands = (Command(
            place.path, words.line, words.column, words.line, words.text, words.argv,
            place.directory, place.environment, "start", "", is_shell=False,
        ),)  # fmt: skip
    opened.take(commands, 0)
    return Expansion(tuple(opened.steps), opened.missing, opened.is_certain)


class _Opening:
    def __init__(self, repository: Repository, place: Place) -> None:
        self.repository = repository
        self.place = place
        self.steps: list[Step] = []
        self.missing = ""
        self.is_certain = False

    def take(self, commands: Sequence[Command], depth: int) -> None:
        """Take simple commands; those that are scripts of the repository are opened."""
        for each in commands:
            if each.guarded and each.argv[0] in QUIET:
                continue
            argv = unwrapped(each.argv)
            script, arguments = _script(argv)
            inner = _shell_text(argv)
            if inner and each.argv == argv and each.is_shell:
                continue
            if inner:
                setting = Setting(each.path, "start", "", each.directory, each.environment)
                # The word after the text is the shell's own name.
                found = script_commands(inner, setting, argv[4:], each.line, each.column)
                self.take(found, depth + 1)
                continue
            if not argv or (script and self.opened(each, script, arguments, depth)):
                continue
            replaces = each.argv[0] == "exec" or not each.is_shell
            self.steps.append(Step(
                argv, meaning_of(argv), each.path, each.line, each.column, each.directory,
                each.environment, each.is_shell, replaces,
            ))  # fmt: skip

    def opened(self, command: Command, script: str, arguments: tuple[str, ...], depth: int) -> bool:
        """Put the commands of a script in the place of its call, where it can be found."""
        path = find_file(self.repository, self.place, command.directory, script)
        if not path:
            self.note_missing(script, command)
            return False
        text = self.repository.text(path)
        first = text.partition("\n")[0]
        if first.startswith("#!") and "sh" not in first:
            return False
        if depth > 4:
            return False
        setting = Setting(path, "start", posixpath.basename(path), command.directory,
                          command.environment)  # fmt: skip
        self.take(script_commands(text.replace("\r\n", "\n"), setting, arguments), depth + 1)
        return True

    def note_missing(self, script: str, command: Command) -> None:
        """Remember a script that could not be opened, and how sure that is."""
        image = self.place.image
        named = script.endswith(_SCRIPT) or ("/" in script and "entrypoint" in script)
        if "$" in script or self.missing or not named:
            return
        if image is None:
            known = not self.place.is_foreign and command.directory != UNKNOWN
            self.is_certain = known and not script.startswith("/")
            self.missing = f"{script} is not in the repository"
            return
        own = "/" not in image.base and copies_everything(image)
        self.is_certain = own and not self.place.mounts and not _made_by_build(image, script)
        self.missing = f"{script} is not in the repository, and nothing copies it into the image"


def _made_by_build(image: Image, script: str) -> bool:
    """Whether a RUN or a heredoc of the image names the script, and may have made it."""
    name = posixpath.basename(script)
    texts = (each.text + "".join(body for _, _, body in each.heredocs)
             for stage in image.parsed.stages for each in stage.instructions
             if each.keyword in ("RUN", "COPY", "ADD"))  # fmt: skip
    return any(name in text for text in texts)


def _shell_text(argv: tuple[str, ...]) -> str:
    """What ``sh -c`` is given; empty for any other command."""
    if len(argv) > 2 and argv[0].rpartition("/")[2] in _SHELLS and argv[1].startswith("-"):
        return argv[2] if "c" in argv[1] and not argv[1].startswith("--") else ""
    return ""


def _script(argv: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The shell script that a command runs, and its arguments."""
    if not argv:
        return "", ()
    head = argv[0].rpartition("/")[2]
    if head in _SHELLS:
        rest = [number for number, word in enumerate(argv) if number and not word.startswith("-")]
        if not rest or any("c" in word for word in argv[1 : rest[0]] if not word.startswith("--")):
            return "", ()
        return argv[rest[0]], argv[rest[0] + 1 :]
    if argv[0] in (".", "source"):
        return (argv[1], argv[2:]) if len(argv) > 1 and argv[1].endswith(_SCRIPT) else ("", ())
    if argv[0].endswith(_SCRIPT):
        return argv[0], argv[1:]
    named = head.startswith(("entrypoint", "docker-entrypoint", "start", "run", "boot"))
    looks = "." not in head and ("/" in argv[0] or named) and "bin/python" not in argv[0]
    return (argv[0], argv[1:]) if looks else ("", ())


def find_file(repository: Repository, place: Place, directory: str, given: str) -> str:
    """The file of the repository that a path means where a command runs; empty for none.

    Args:
        repository: the files.
        place: where the command runs.
        directory: working directory of the command.
        given: the path as written.
    """
    if place.image is None and not place.mounts:
        inside = below(directory, given) if not given.startswith("/") else ""
        if inside and inside != UNKNOWN and _is_file(repository, inside):
            return inside
        elsewhere = place.is_foreign or directory == UNKNOWN or directory.startswith("/")
        return _by_end(repository, posixpath.join(directory, given)) if elsewhere else ""
    for found in candidates(repository, place, directory, given):
        if _is_file(repository, found):
            return found
    return _by_end(repository, given) if place.image is None and place.is_foreign else ""


def candidates(repository: Repository, place: Place, directory: str, given: str) -> list[str]:
    """Paths of the repository that a path in a container may stand for."""
    known = variables(place.image) if place.image else {}
    given = filled(given, {**known, **dict(place.environment)})
    if "/" not in given and not given.endswith((*_SCRIPT, ".py")):
        places = [f"{each.rstrip('/')}/{given}" for each in _BINARIES]
    else:
        places = [posixpath.normpath(posixpath.join(directory or "/", given))]
        if "/" not in given:
            places += [f"{each.rstrip('/')}/{given}" for each in _BINARIES]
    found: list[str] = []
    for each in places:
        for source, target in place.mounts:
            if each == target or each.startswith(f"{target.rstrip('/')}/"):
                rest = each[len(target) :].lstrip("/")
                found.append(posixpath.normpath(posixpath.join(source, rest)).removeprefix("./"))
        if place.image is not None:
            found += in_repository(repository, place.image, each)
    return [each for each in found if not each.startswith("..")]


def _by_end(repository: Repository, given: str) -> str:
    """The one script of the repository that a path on another machine ends with."""
    parts = [each for each in given.split("/") if each not in ("", ".", UNKNOWN)]
    scripts = repository.names("script")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        if "/" not in tail and tail.partition(".")[0] in _ANYBODYS:
            # Every second image has one of that name.
            return ""
        found = [path for path in scripts if path == tail or path.endswith(f"/{tail}")]
        if found:
            return found[0] if len(found) == 1 else ""
    return ""


def _is_file(repository: Repository, path: str) -> bool:
    return repository.exists(path) and not repository.is_directory(path)
