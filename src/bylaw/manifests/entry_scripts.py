"""The part of a shell script that a given call runs: its branch, its functions, its arguments."""

from __future__ import annotations

from collections.abc import Sequence

from bylaw.manifests.command import Command
from bylaw.manifests.script_branches import Call, Path, Place, taken
from bylaw.manifests.script_values import Values
from bylaw.manifests.shell import Assignment, Setting, assignments, shell_commands
from bylaw.manifests.shell_words import Token, tokens

_ALL = ("$@", "${@}", "$*")
_DECLARES = ("export", "declare", "readonly", "local", "typeset")


def script_commands(
    text: str,
    setting: Setting,
    arguments: Sequence[str] | None = None,
    line: int = 1,
    column: int = 1,
) -> tuple[Command, ...]:
    """Commands that a script runs when it is called with some arguments.

    Args:
        text: the script.
        setting: what surrounds it; its variables decide branches as the arguments do.
        arguments: words after its name; None where they are not known, and every branch counts.
        line: line of its first character.
        column: column of its first character.

    Returns:
        Its commands in order, ``$1``, ``$@`` and the variables it sets itself filled in; of a
        ``case`` or an ``if`` whose word is known only the branch that is taken, of functions only
        what is called.
    """
    commands = shell_commands(text, setting, line, column)
    if arguments is None:
        return commands
    pieces = tokens(text, line, column)
    spans, functions = _functions(pieces)
    places = frozenset((each.line, each.column) for each in pieces)
    found = _Called(commands, assignments(pieces), functions, places)
    found.note(dict(setting.environment), arguments)
    found.run(_outside(pieces, spans), list(arguments), 0, ())
    return tuple(found.made)


class _Called:
    """Commands in the order a call runs them; functions are entered, ``shift`` is followed."""

    def __init__(
        self, commands: Sequence[Command], given: Sequence[Assignment],
        functions: dict[str, list[Token]], places: frozenset[Place],
    ) -> None:  # fmt: skip
        events: list[Command | Assignment] = [*commands, *given]
        self.events = sorted(events, key=lambda each: (each.line, each.column))
        self.given = given
        self.functions = functions
        self.places = places
        self.values = Values()
        self.known: dict[str, str] = {}
        self.made: list[Command] = []
        self.is_over = False

    def note(self, known: dict[str, str], arguments: Sequence[str]) -> None:
        """Keep the variables that decide branches: not those that the script sets as it goes."""
        names = [each.name for each in self.given]
        call = Call(arguments, known)
        for each in self.given:
            value = call.value(each.value)
            known.pop(each.name, None)
            if value and names.count(each.name) == 1:
                known[each.name] = value
        self.known = known

    def run(self, pieces: list[Token], arguments: list[str], depth: int, path: Path) -> None:
        """Take the commands of some tokens, called with some arguments."""
        places = taken(pieces, Call(arguments, self.known), path)
        was_taken = False
        for each in self.events:
            place = (each.line, each.column)
            # What ``sh -c`` is given has places of its own, and goes with the command before.
            was_taken = place in places or (was_taken and place not in self.places)
            if self.is_over or not was_taken:
                continue
            inside = places.get(place, self.values.path)
            self.values.enter(inside)
            body = None if isinstance(each, Assignment) else self.functions.get(each.argv[0])
            if isinstance(each, Assignment):
                value = " ".join(_expanded([each.value], arguments))
                self.values.assign(each.name, value)
            elif body is not None and depth < 4:
                given = _expanded(each.argv[1:], arguments)
                self.run(body, given, depth + 1, inside)
            elif each.argv[0] == "shift":
                arguments = arguments[1:]
            else:
                self.take(each, arguments, not inside)

    def take(self, each: Command, arguments: list[str], sure: bool) -> None:
        """Take one command, its words filled in; note what it does to variables."""
        argv = self.values.words(_expanded(each.argv, arguments))
        if each.argv[0] in _DECLARES:
            for word in each.argv[1:]:
                name, sign, value = word.partition("=")
                if sign:
                    self.values.assign(name, value)
        if argv:
            self.made.append(each._replace(argv=argv))
            self.is_over = sure and argv[0] == "exec" and len(argv) > 1


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


def _expanded(words: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Words with the arguments in the place of ``$@`` and ``$1``."""
    found: list[str] = []
    call = Call(arguments, {})
    for word in words:
        if word in _ALL:
            found += arguments
        else:
            first = call.value(word)
            found.append(word if first is None else first)
    return found
