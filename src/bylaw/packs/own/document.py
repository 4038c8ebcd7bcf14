"""A Markdown document as a pack: its sentences, what binds them, and what it says of itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.errors import BylawError, Diagnostic
from bylaw.packs.own.binding_sentences import Sentence, binding_sentences
from bylaw.packs.own.blocks import Bound, read_block
from bylaw.packs.own.commands import prescribed_commands
from bylaw.packs.own.markdown import Piece, pieces_of
from bylaw.rules.binding import Binding
from bylaw.rules.registry import INFOS
from bylaw.rules.rule import Infos

_LARGEST = 1 << 21
_HEADER = re.compile(r"^\W*(role|goal)\W*:\W*(?=\S)(.+)$", re.IGNORECASE | re.MULTILINE)


class DocumentError(BylawError):
    """A document cannot be read."""

    code = "pack"


class Clause(NamedTuple):
    """One binding sentence with its identifier.

    Attributes:
        id: ``<pack>/<section>.<n>``, or the one its block gives.
        sentence: the sentence.
        bindings: what binds it; none where nothing does.
    """

    id: str
    sentence: Sentence
    bindings: tuple[Binding, ...]


class Document(NamedTuple):
    """One document.

    Attributes:
        path: relative to the root.
        name: name of the pack: the file's, without its ending.
        title: its first heading; empty where it has none.
        role: what stands behind ``Role:``; empty where nothing does.
        goal: what stands behind ``Goal:``.
        text: as it was read.
        pieces: what it consists of.
        clauses: its binding sentences.
        problems: blocks that cannot be understood.
    """

    path: str
    name: str
    title: str
    role: str
    goal: str
    text: str
    pieces: tuple[Piece, ...]
    clauses: tuple[Clause, ...]
    problems: tuple[Diagnostic, ...]

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What binds any of its sentences, in its order."""
        return tuple(each for clause in self.clauses for each in clause.bindings)

    @property
    def is_kit_pack(self) -> bool:
        """Whether it is a pack of source 004's kit, by its place or by its role and goal."""
        return self.path.startswith(".ai/rules/") or bool(self.role and self.goal)

    @property
    def verifications(self) -> tuple[Clause, ...]:
        """Commands of the block ``Verification`` of a pack of the kit: claims to be."""
        if not self.is_kit_pack:
            return ()
        return tuple(
            clause for clause in self.clauses
            if clause.sentence.form == "command"
            and any("verification" in each.lower() for each in clause.sentence.headings[-1:])
        )  # fmt: skip


def load_document(root: str, path: str, infos: Infos = INFOS) -> Document:
    """Reads a document of the repository.

    Args:
        root: absolute path of the root.
        path: the document, relative to the root or absolute.
        infos: every rule that may be bound.

    Raises:
        DocumentError: it is not there, or is no text.
    """
    place = os.path.join(root, path)
    try:
        with open(place, "rb") as file:
            data = file.read(_LARGEST)
        return read_document(path, data.decode("utf-8"), infos)
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read: {error.strerror}", path=path, hint="name a Markdown file"
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            f"{path} is not valid UTF-8 at line {line}",
            path=path,
            line=line,
            hint="save it as UTF-8",
        ) from error  # fmt: skip


def read_document(path: str, text: str, infos: Infos = INFOS) -> Document:
    """Reads a document from its text.

    Args:
        path: its name; it gives the pack its own.
        text: its text.
        infos: every rule that may be bound, those of plug-ins among them.

    Returns:
        The document; blocks that are broken stand in ``problems``.
    """
    name = os.path.basename(path)
    name = name.rpartition(".")[0].lstrip(".") or name.lstrip(".")
    pieces = pieces_of(text)
    sentences = [*binding_sentences(pieces, path), *prescribed_commands(pieces, path)]
    sentences.sort(key=lambda each: each.line)
    problems: list[Diagnostic] = []
    bound = _bound(path, pieces, sentences, problems, infos)
    clauses = _clauses(path, name, sentences, bound)
    problems += _repeated(path, clauses)
    header = {match[1].lower(): match[2].strip() for match in _HEADER.finditer(text)}
    first = next((piece.text for piece in pieces if piece.form == "heading"), "")
    return Document(
        path, name, first.strip(), header.get("role", ""), header.get("goal", ""), text, pieces,
        tuple(clauses), tuple(problems),
    )  # fmt: skip


def _bound(
    path: str,
    pieces: Sequence[Piece],
    sentences: list[Sentence],
    problems: list[Diagnostic],
    infos: Infos,
) -> dict[Sentence, list[Bound]]:
    """Blocks by the sentence before them; what no vocabulary found becomes a sentence thereby."""
    found: dict[Sentence, list[Bound]] = {}
    before: Piece | None = None
    for piece in pieces:
        if piece.form == "fence" and piece.info.split()[:1] == ["bylaw"]:
            entries = read_block(path, piece, problems, infos)
            sentence = _sentence_before(before, piece, sentences)
            if sentence is None:
                problems.append(_problem(path, piece.line - 1))
            elif entries:
                found.setdefault(sentence, []).extend(entries)
        elif piece.form != "fence":
            before = piece
    sentences.sort(key=lambda each: each.line)
    return found


def _repeated(path: str, clauses: Sequence[Clause]) -> Iterator[Diagnostic]:
    """Names that blocks give to two sentences."""
    first: dict[str, int] = {}
    for clause in clauses:
        line = clause.bindings[0].at if clause.bindings else clause.sentence.line
        if clause.id in first:
            message = f"{clause.id} is there twice: line {first[clause.id]} has it already"
            yield Diagnostic("binding", message, path, line, "give one of them another id", 2)
        first.setdefault(clause.id, line)


def _problem(path: str, line: int) -> Diagnostic:
    message = "no sentence stands before this block"
    return Diagnostic("binding", message, path, line, "write the rule above it", 2)


def _sentence_before(
    before: Piece | None, block: Piece, sentences: list[Sentence]
) -> Sentence | None:
    """The last binding sentence of the piece before a block, or all of that piece."""
    if before is None or not before.text.strip():
        return None
    own = [each for each in sentences if before.line <= each.line <= before.end_line]
    own = [each for each in own if each.form != "command"]
    if own:
        return own[-1]
    titles = tuple(each.title for each in before.headings)
    text = " ".join(before.text.split())
    made = Sentence(text, before.line, before.end_line, "must", "sentence", titles)
    sentences.append(made)
    return made


def _clauses(
    path: str, name: str, sentences: Sequence[Sentence], bound: dict[Sentence, list[Bound]]
) -> list[Clause]:
    counts: dict[str, int] = {}
    clauses = []
    for sentence in sentences:
        section = slug(sentence.headings[-1]) if sentence.headings else ""
        handle = f"{name}/{section}" if section else name
        counts[handle] = counts.get(handle, 0) + 1
        entries = bound.get(sentence, [])
        given = next((each.id for each in entries if each.id), "")
        own = given or f"{handle}.{counts[handle]}"
        bindings = tuple(
            Binding(
                each.kind,
                own,
                sentence.text,
                sentence.strength,
                path,
                sentence.line,
                each.line,
                each.values,
            )
            for each in entries
        )
        clauses.append(Clause(own, sentence, bindings))
    return clauses


def slug(title: str) -> str:
    """The anchor that GitHub gives a heading.

    Args:
        title: its text.
    """
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")
