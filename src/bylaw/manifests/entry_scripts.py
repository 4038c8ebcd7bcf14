"""The part of a shell script that a given call runs: its branch, its functions, its arguments."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from bylaw.manifests.command import Command
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.shell_words import Token, tokens

_FIRST = re.compile(r"^\$(?:1|\{1(?::?-([^}]*))?\})$")
Place = tuple[int, int]
"""Line and column of a word."""
_ALL = ("$@", "${@}", "$*")


def script_commands(
    text: str, setting: Setting, arguments: Sequence[str] | None = None
) -> tuple[Command, ...]:
    """Commands that a script runs when it is called with some arguments.

    Args:
        text: the script.
        setting: what surrounds it.
        arguments: words after its name; None where they are not known, and every branch counts.

    Returns:
        Its commands in order, ``$1`` and ``$@`` filled in; of a ``case "$1"`` only the branch
        that is taken, of functions only what is called.
    """
    commands = shell_commands(text, setting)
    if arguments is None:
        return commands
    pieces = tokens(text)
    spans, functions = _functions(pieces)
    found = _Called(commands, functions)
    found.run(_outside(pieces, spans), list(arguments), 0)
    return tuple(found.made)


class _Called:
    """Commands in the order a call runs them; functions are entered, ``shift`` is followed."""

    def __init__(self, commands: Sequence[Command], functions: dict[str, list[Token]]) -> None:
        self.commands = commands
        self.functions = functions
        self.made: list[Command] = []
        self.is_over = False

    def run(self, pieces: list[Token], arguments: list[str], depth: int) -> None:
        """Take the commands of some tokens, called with some arguments."""
        certain: set[Place] = set()
        taken = _taken(pieces, arguments, certain)
        for each in self.commands:
            if self.is_over or (each.line, each.column) not in taken:
                continue
            body = self.functions.get(each.argv[0])
            if body is not None and depth < 4:
                self.run(body, _expanded(each.argv[1:], arguments), depth + 1)
            elif each.argv[0] == "shift":
                arguments = arguments[1:]
            else:
                self.made.append(each._replace(argv=tuple(_expanded(each.argv, arguments))))
                replaces = each.argv[0] == "exec" and len(each.argv) > 1
                self.is_over = replaces and (each.line, each.column) in certain


def _functions(pieces: list[Token]) -> tuple[list[tuple[int, int]], dict[str, list[Token]]]:
    """Spans of function definitions, and the tokens of each body."""
    spans: list[tuple[int, int]] = []
    bodies: dict[str, list[Token]] = {}
    at = 0
    while at < len(pieces):
        start = at
        name = ""
        if pieces[at].raw == "function" and at + 1 < len(pieces):
            name, at = pieces[at + 1].raw.removesuffix("()"), at + 1
        following = [each.value for each in pieces[at + 1 : at + 3]]
        if following == ["(", ")"] and pieces[at].kind == "word":
            name, at = name or pieces[at].raw, at + 2
        at += 1
        if not name:
            continue
        while at < len(pieces) and pieces[at].kind == "newline":
            at += 1
        if at >= len(pieces) or pieces[at].raw != "{":
            continue
        depth, first = 1, at + 1
        at += 1
        while at < len(pieces) and depth:
            depth += {"{": 1, "}": -1}.get(pieces[at].raw, 0)
            at += 1
        spans.append((start, at))
        bodies[name] = pieces[first : at - 1]
    return spans, bodies


def _outside(pieces: list[Token], spans: list[tuple[int, int]]) -> list[Token]:
    return [each for number, each in enumerate(pieces)
            if not any(start <= number < end for start, end in spans)]  # fmt: skip


def _taken(
    pieces: list[Token], arguments: Sequence[str], certain: set[Place], known: bool = True
) -> set[Place]:
    """Places of what runs: of a ``case`` or an ``if`` on the first argument, one branch.

    ``certain`` gets those that run whatever else is the case.
    """
    places: set[Place] = set()
    at = loops = 0
    while at < len(pieces):
        raw = pieces[at].raw
        chosen = _first(pieces[at + 1].value, arguments) if at + 1 < len(pieces) else None
        if raw == "case" and chosen is not None:
            end = _end(pieces, at, "case", "esac")
            branch = _branch(pieces[at + 3 : end], chosen)
            places |= _taken(branch, arguments, certain, known and not loops)
            at = end + 1
        elif raw == "if":
            end = _end(pieces, at, "if", "fi")
            bodies = _bodies(pieces[at:end], arguments)
            for each, decided in bodies:
                sure = known and decided and not loops
                places |= _taken(each, arguments, certain, sure)
            at = end + 1
        else:
            loops += {"while": 1, "until": 1, "for": 1, "done": -1}.get(raw, 0)
            place = (pieces[at].line, pieces[at].column)
            places.add(place)
            if known and not loops and pieces[at - 1].value not in ("&&", "||", "|"):
                certain.add(place)
            at += 1
    return places


def _bodies(pieces: list[Token], arguments: Sequence[str]) -> list[tuple[list[Token], bool]]:
    """What an ``if`` may run, and whether it will: the branch its arguments decide, or all."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for each in pieces:
        depth += {"if": 1, "fi": -1}.get(each.raw, 0)
        if depth == 1 and each.raw in ("if", "elif", "then", "else"):
            parts.append([each])
        else:
            parts[-1].append(each)
    found: list[tuple[list[Token], bool]] = []
    verdict: bool | None = None
    for part in parts[1:]:
        word = part[0].raw
        if word in ("if", "elif"):
            verdict = _decided(part[1:], arguments)
            if verdict is None:
                found.append((part[1:], False))
        elif word == "then" and verdict is True:
            return [*found, (part[1:], not found)]
        elif word == "else" or verdict is None:
            found.append((part[1:], word == "else" and not found))
    return found


def _decided(condition: list[Token], arguments: Sequence[str]) -> bool | None:
    """What a test of the first argument or of their number says; None for any other test."""
    parts: list[list[str]] = [[]]
    for each in condition:
        if each.kind == "operator" and each.value == "&&":
            parts.append([])
        elif each.kind == "operator" and each.value != ";":
            return None
        elif each.kind == "word" and each.value not in ("[", "]", "[[", "]]", "test"):
            parts[-1].append(each.value)
    answers = [_test(words, arguments) for words in parts]
    if False in answers:
        return False
    return None if None in answers else True


def _first(word: str, arguments: Sequence[str]) -> str | None:
    """What a reference to the first argument stands for; None for any other word."""
    match = _FIRST.match(word)
    if match is None:
        return None
    return arguments[0] if arguments and arguments[0] else match[1] or ""


def _test(words: list[str], arguments: Sequence[str]) -> bool | None:
    first = _first(words[0], arguments) if words else None
    if len(words) == 3 and first is not None and words[1] in ("=", "==", "!="):
        if "$" in words[2] or "*" in words[2]:
            return None
        return (first == words[2]) == (words[1] != "!=")
    if len(words) == 3 and words[0] == "$#" and words[2].isdigit():
        number, other = len(arguments), int(words[2])
        return {"-eq": number == other, "-gt": number > other, "-ne": number != other,
                "-lt": number < other, "-ge": number >= other}.get(words[1])  # fmt: skip
    if len(words) == 2 and words[0] in ("-z", "-n"):
        given = _first(words[1], arguments)
        return None if given is None else bool(given) == (words[0] == "-n")
    return None


def _end(pieces: list[Token], start: int, opener: str, closer: str) -> int:
    depth = 0
    for number in range(start, len(pieces)):
        depth += {opener: 1, closer: -1}.get(pieces[number].raw, 0)
        if depth == 0 and number > start:
            return number
    return len(pieces)


def _branch(pieces: list[Token], word: str) -> list[Token]:
    """The body of the first pattern that matches."""
    at = 0
    while at < len(pieces):
        patterns: list[str] = []
        while at < len(pieces) and pieces[at].value != ")":
            if pieces[at].kind == "word":
                patterns.append(pieces[at].value)
            at += 1
        at += 1
        start, depth = at, 0
        while at < len(pieces) and (pieces[at].value != ";;" or depth):
            depth += {"case": 1, "esac": -1}.get(pieces[at].raw, 0)
            at += 1
        if any(fnmatch.fnmatchcase(word, each) for each in patterns):
            return pieces[start:at]
        at += 1
    return []


def _expanded(words: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Words with the arguments in the place of ``$@`` and ``$1``."""
    found: list[str] = []
    for word in words:
        if word in _ALL:
            found += arguments
        else:
            first = _first(word, arguments)
            found.append(word if first is None else first)
    return found
