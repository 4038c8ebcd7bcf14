"""Commands that a document prescribes: shell blocks where it says what has to pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bylaw.manifests.command import Command
from bylaw.manifests.lines import read_markdown
from bylaw.packs.own.binding_sentences import Sentence
from bylaw.packs.own.markdown import Piece

_VERIFIES = re.compile(
    r"\b(verif\w*|before (?:you |any |every |each )?(?:commit|push|merg|submit|open|finish|rais|"
    r"creat|complet)\w*|pre-?commit|must (?:pass|include|run|succeed)|required checks?|"
    r"quality gates?|gates?|ci (?:checks?|job|must)|definition of done|(?:all|these) checks|"
    r"import hygiene|validation)\b",
    re.IGNORECASE,
)
_ASIDE = frozenset({"cd", "export", "echo", "source", ".", "set", "pushd", "popd", "git", "mkdir"})


def prescribed_commands(pieces: Sequence[Piece], path: str) -> Iterator[Sentence]:
    """Each command of a block that a heading, or the text above it, says has to pass.

    Args:
        pieces: the document.
        path: its name.
    """
    said = ""
    for piece in pieces:
        if piece.form != "fence":
            said = piece.text if piece.form == "paragraph" else said
            said = "" if piece.form == "heading" else said
            continue
        titles = [each.title for each in piece.headings[-2:]]
        leads = piece.leads[-1] if piece.leads else ""
        if not any(_VERIFIES.search(each) for each in (*titles, leads, _last_line(said))):
            continue
        names = tuple(each.title for each in piece.headings)
        for line, shown in _commands_by_line(piece, path).items():
            yield Sentence(shown, line, line, "must", "command", names)


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2] if text.rstrip().endswith(":") else ""


def _commands_by_line(piece: Piece, path: str) -> dict[int, str]:
    """What is run on each line of a block, without moving about.

    The block is read alone: the text above it may say "before", which elsewhere means what was.
    """
    above = "\n" * (piece.line - 2)
    found: dict[int, list[Command]] = {}
    for command in read_markdown(path, f"{above}```{piece.info}\n{piece.text}```\n"):
        found.setdefault(command.line, []).append(command)
    shown = {}
    for line, commands in found.items():
        words = [" ".join(each.argv) for each in commands if each.argv[0] not in _ASIDE]
        if words:
            shown[line] = " && ".join(words)
    return shown
