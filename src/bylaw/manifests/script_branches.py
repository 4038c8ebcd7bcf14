"""Which branch of a shell script a call takes: by its arguments and by known variables."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bylaw.manifests.shell_words import Token

_NAMED = re.compile(r"^\$(?:(\w+)|\{(\w+)(?:(:?[-=+?])([^}]*))?\})$")
_OPENS = ("while", "until", "for", "case")
_CLOSES = ("done", "esac")
Place = tuple[int, int]
"""Line and column of a word."""
Path = tuple[Place, ...]
"""Undecided branches, the outer ones first, each by the place of its first word."""


class Call(NamedTuple):
    """What is known of one call of a script.

    Attributes:
        arguments: words after its name.
        variables: variables in force when it is called that it does not set itself.
    """

    arguments: Sequence[str]
    variables: Mapping[str, str]

    def value(self, word: str) -> str | None:
        """What a reference to an argument or a variable stands for; None where it is not known."""
        match = _NAMED.match(word)
        if match is None:
            return None
        name, sign, default = match[1] or match[2], match[3] or "", match[4] or ""
        if name == "1":
            given = self.arguments[0] if self.arguments else ""
            return given or (default if "-" in sign else "")
        given = self.variables.get(name, "")
        return None if "$" in given or not given or "+" in sign else given


def taken(pieces: list[Token], call: Call, path: Path = ()) -> dict[Place, Path]:
    """Where what runs stands: of a ``case`` or an ``if`` that the call decides, one branch.

    Args:
        pieces: tokens of the script, or of a part of it.
        call: what is known of the call.
        path: the undecided branches that the part itself stands in.

    Returns:
        Of each token that may run, the undecided branches it stands in; none where it runs
        whatever else is the case.
    """
    places: dict[Place, Path] = {}
    at = 0
    doubts: list[Place] = []
    while at < len(pieces):
        raw = pieces[at].raw
        place = (pieces[at].line, pieces[at].column)
        inside = (*path, *doubts)
        chosen = call.value(pieces[at + 1].value) if at + 1 < len(pieces) else None
        if raw == "case" and chosen is not None:
            end = _end(pieces, at, "case", "esac")
            places |= taken(_branch(pieces[at + 3 : end], chosen), call, inside)
            at = end + 1
        elif raw == "if":
            end = _end(pieces, at, "if", "fi")
            for each, decided in _bodies(pieces[at:end], call):
                first = (each[0].line, each[0].column) if each else place
                places |= taken(each, call, inside if decided else (*inside, first))
            at = end + 1
        else:
            if raw in _OPENS:
                doubts.append(place)
            elif raw in _CLOSES and doubts:
                doubts.pop()
            elif raw == ";;" and doubts:
                # The next branch of a ``case`` that nothing decides.
                doubts[-1] = place
            follows = at > 0 and pieces[at - 1].value in ("&&", "||", "|")
            places[place] = (*path, *doubts, place) if follows else (*path, *doubts)
            at += 1
    return places


def _bodies(pieces: list[Token], call: Call) -> list[tuple[list[Token], bool]]:
    """What an ``if`` may run, and whether it will: the branch the call decides, or all."""
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
            verdict = _decided(part[1:], call)
            if verdict is None:
                found.append((part[1:], False))
        elif word == "then" and verdict is True:
            return [*found, (part[1:], not found)]
        elif word == "else" or verdict is None:
            found.append((part[1:], word == "else" and not found))
    return found


def _decided(condition: list[Token], call: Call) -> bool | None:
    """What a test of arguments and variables says; None where that is not known."""
    parts: list[list[str]] = [[]]
    for each in condition:
        if each.kind == "operator" and each.value == "&&":
            parts.append([])
        elif each.kind == "operator" and each.value != ";":
            return None
        elif each.kind == "word" and each.value not in ("[", "]", "[[", "]]", "test"):
            parts[-1].append(each.value)
    answers = [_test(words, call) for words in parts]
    if False in answers:
        return False
    return None if None in answers else True


def _test(words: list[str], call: Call) -> bool | None:
    first = call.value(words[0]) if words else None
    if len(words) == 3 and first is not None and words[1] in ("=", "==", "!="):
        if "$" in words[2] or "*" in words[2]:
            return None
        return (first == words[2]) == (words[1] != "!=")
    if len(words) == 3 and words[0] == "$#" and words[2].isdigit():
        number, other = len(call.arguments), int(words[2])
        return {"-eq": number == other, "-gt": number > other, "-ne": number != other,
                "-lt": number < other, "-ge": number >= other}.get(words[1])  # fmt: skip
    if len(words) == 2 and words[0] in ("-z", "-n"):
        given = call.value(words[1])
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
