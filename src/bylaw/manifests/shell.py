"""Shell text as commands: what runs where, and whether its failure counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.manifests.command import UNKNOWN, Command, below
from bylaw.manifests.shell_words import Token, tokens

_OPENERS = frozenset({"if", "while", "until", "elif"})
_SKIPPED = frozenset({"then", "else", "do", "{", "}", "fi", "done", "esac", "time"})
_NEVER_FAIL = frozenset({"true", ":", "/bin/true", "/usr/bin/true", "echo", "printf"})
_PASSES_ON = frozenset({"tee", "cat", "head", "tail"})


class Setting(NamedTuple):
    """What surrounds a piece of shell text.

    Attributes:
        path: file it stands in.
        context: what runs it.
        name: what it belongs to.
        directory: where it runs.
        environment: variables set for it.
        ignored: what keeps its failure from counting.
        stops_at_error: whether the shell stops at the first failure (``-e``).
        pipes_fail: whether any part of a pipe counts (``pipefail``).
        step: number of the step of its job.
    """

    path: str
    context: str
    name: str = ""
    directory: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    ignored: str = ""
    stops_at_error: bool = True
    pipes_fail: bool = False
    step: int = 0


class _Simple(NamedTuple):
    words: list[Token]
    before: str
    depth: int
    guarded: bool


def shell_commands(
    text: str, setting: Setting, line: int = 1, column: int = 1, indent: int = 0,
    fold: bool = False, escape: str = "\\",
) -> tuple[Command, ...]:  # fmt: skip
    """Commands of a piece of shell text.

    Args:
        text: the text.
        setting: what surrounds it.
        line: line of its first character.
        column: column of its first character.
        indent: characters cut from the front of further lines.
        fold: whether line ends are spaces.
        escape: character that joins lines.

    Returns:
        Its simple commands in order; reserved words, comments and heredoc bodies are left out.
    """
    parsed = _simple_commands(tokens(text, line, column, indent, fold, escape))
    return tuple(_commands(parsed, setting))


class Assignment(NamedTuple):
    """A command that only gives a variable its value.

    Attributes:
        line: 1-based line.
        column: 1-based column.
        name: the variable; with ``+`` where the value is put behind the one before.
        value: without quotes.
    """

    line: int
    column: int
    name: str
    value: str


def assignments(found: Iterable[Token]) -> list[Assignment]:
    """Variables that shell text sets by commands of their own.

    Args:
        found: its tokens.
    """
    made: list[Assignment] = []
    for each in _simple_commands(found):
        if _assignments(each.words)[1]:
            continue
        for word in each.words:
            name, _, value = word.value.partition("=")
            made.append(Assignment(each.words[0].line, each.words[0].column, name, value))
    return made


def _simple_commands(found: Iterable[Token]) -> list[_Simple]:
    """Group tokens into simple commands with the operator before each."""
    grouping = _Grouping()
    for token in found:
        grouping.take(token)
    grouping.close(";")
    return grouping.groups


class _Grouping:
    """State of one pass over tokens."""

    def __init__(self) -> None:
        self.groups: list[_Simple] = []
        self.words: list[Token] = []
        self.before = ""
        self.depth = self.cases = 0
        self.guarded = self.skips_word = False

    def take(self, token: Token) -> None:
        """Sort one token."""
        if token.kind == "comment":
            return
        if token.kind == "redirection":
            self.skips_word = True
            if self.words and self.words[-1].raw.isdigit():
                self.words.pop()
        elif token.kind in ("operator", "newline"):
            self.close(token.value)
            self.skips_word = False
            if token.value in "()" and not self.cases:
                self.depth = max(0, self.depth + (1 if token.value == "(" else -1))
        elif self.skips_word:
            self.skips_word = False
        else:
            self.word(token)

    def word(self, token: Token) -> None:
        """Take a word; a reserved one only where a command may start."""
        if not self.words and token.raw in _OPENERS:
            self.guarded = True
        elif not self.words and token.raw in _SKIPPED:
            self.cases -= token.raw == "esac" and self.cases > 0
        else:
            self.cases += not self.words and token.raw == "case"
            self.words.append(token)

    def close(self, operator: str) -> None:
        """End a command; a line end after ``&&``, ``||`` or ``|`` ends nothing."""
        if self.words:
            self.groups.append(_Simple(self.words, self.before, self.depth, self.guarded))
            self.words, self.guarded = [], False
            self.before = operator
        elif operator != "\n" or self.before not in ("&&", "||", "|"):
            self.before = operator


def _commands(parsed: list[_Simple], setting: Setting) -> Iterator[Command]:
    directory, variables = setting.directory, dict(setting.environment)
    stack: list[tuple[int, str]] = []
    stops, pipefail = setting.stops_at_error, setting.pipes_fail
    for number, each in enumerate(parsed):
        while stack and each.depth < stack[-1][0]:
            directory = stack.pop()[1]
        if each.depth and (not stack or stack[-1][0] < each.depth):
            stack.append((each.depth, directory))
        own, words = _assignments(each.words)
        if not words:
            variables.update(own)
            continue
        head = words[0].value
        if head in ("case", "for", "select", "function"):
            continue
        argv = tuple(word.value for word in words)
        if head == "set":
            stops, pipefail = _options(argv, stops, pipefail)
        ignored = setting.ignored or _ignored(parsed, number, stops, pipefail)
        first, last = each.words[0], each.words[-1]
        yield Command(
            setting.path, first.line, first.column, last.end_line,
            " ".join(word.raw for word in each.words), argv, directory,
            (*variables.items(), *own.items()), setting.context, setting.name, ignored, True,
            each.guarded or _decides(parsed, number), setting.step,
        )  # fmt: skip
        yield from _inner(words, setting, directory, variables, ignored)
        if head in ("cd", "pushd"):
            targets = [word for word in argv[1:] if word != "--"]
            directory = below(directory, targets[0]) if targets else UNKNOWN
        elif head == "popd":
            directory = setting.directory
        elif head in ("export", "declare", "readonly"):
            variables.update(
                (name, value) for name, sign, value in (word.partition("=") for word in argv[1:])
                if sign
            )  # fmt: skip


def _inner(
    words: list[Token], setting: Setting, directory: str, variables: dict[str, str], ignored: str
) -> Iterator[Command]:
    """The commands that ``sh -c`` is given."""
    if words[0].value.rpartition("/")[2] not in ("sh", "bash", "zsh"):
        return
    for number, word in enumerate(words[1:-1], 1):
        if word.value.startswith("-") and word.value.endswith("c"):
            text = words[number + 1]
            inside = setting._replace(
                directory=directory, environment=tuple(variables.items()), ignored=ignored,
                stops_at_error="e" in word.value,
            )  # fmt: skip
            yield from shell_commands(text.value, inside, text.line, text.column + 1)
            return


def _assignments(words: list[Token]) -> tuple[dict[str, str], list[Token]]:
    """The variables set before a command's name, and the rest."""
    own: dict[str, str] = {}
    for number, word in enumerate(words):
        name, sign, value = word.value.partition("=")
        if not sign or not name.rstrip("+").isidentifier():
            return own, words[number:]
        own[name.rstrip("+")] = value
    return own, []


def _options(argv: tuple[str, ...], stops: bool, pipefail: bool) -> tuple[bool, bool]:
    for position, word in enumerate(argv[1:], 1):
        if word in ("-o", "+o") or (word.endswith("o") and word[:1] in "+-"):
            named = argv[position + 1 : position + 2]
            pipefail = word[0] == "-" if named == ("pipefail",) else pipefail
        if word[:1] in "+-" and "e" in word[1:] and not word.startswith("--"):
            stops = word[0] == "-"
    return stops, pipefail


def _ignored(parsed: list[_Simple], number: int, stops: bool, pipefail: bool) -> str:
    """What swallows the failure of a command: the rest of its list, its pipe, or the next one."""
    following = parsed[number + 1 :]
    depth = parsed[number].depth
    for offset, each in enumerate(following):
        after = following[offset + 1] if offset + 1 < len(following) else None
        if each.before == "|" and each.depth == depth and not pipefail:
            head = each.words[0].value
            if head in _PASSES_ON and not (after and after.before == "|"):
                return f"| {head}"
            if not (after and after.before == "|"):
                return ""
        elif each.before == "||":
            return _rescue(each, after)
        elif each.before != "&&" and each.before != "|":
            return _next(each, after) if offset == 0 and not stops else ""
    return ""


def _rescue(each: _Simple, after: _Simple | None) -> str:
    argv = [word.value for word in each.words]
    if argv[0] in ("[", "[[", "test") and "5" in argv and "$?" in " ".join(argv):
        return f"|| {' '.join(argv)}"
    if argv[0] in ("exit", "return") and argv[1:2] == ["0"]:
        return f"|| {argv[0]} 0"
    if argv[0] not in _NEVER_FAIL:
        return ""
    if after is not None and (
        after.before == "&&"
        or (after.before == ";" and after.words[0].value in ("exit", "return", "false"))
    ):
        return ""
    if argv[0] in ("echo", "printf"):
        return f"|| {argv[0]}"
    return f"|| {argv[0]}"


def _next(each: _Simple, after: _Simple | None) -> str:
    argv = [word.value for word in each.words]
    if each.before == ";" and argv[:2] == ["exit", "0"]:
        return "; exit 0"
    if each.before == ";" and after is None and argv[0] in ("true", ":"):
        return f"; {argv[0]}"
    return ""


def _decides(parsed: list[_Simple], number: int) -> bool:
    following = parsed[number + 1] if number + 1 < len(parsed) else None
    return following is not None and following.before == "||"
