"""What a document names of its repository, and what of that is not there."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.manifests.lines import read_markdown
from bylaw.packs.own.document import Document, slug
from bylaw.packs.own.markdown import Piece
from bylaw.packs.own.targets import Targets, resolved_parts
from bylaw.packs.own.tree import Tree
from bylaw.rules.registry import INFOS, aliases

_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"^@?(?:\./|\.\./)*[\w.@+-]+(?:/[\w.@+()\[\]-]+)*/?$")
_MODULE = re.compile(r"^[a-z_]\w*(?:\.[A-Za-z_]\w*)+$")
_PLACEHOLDER = re.compile(
    r"[<>{}*$…]|\.\.\.|\b(?:path/to|foo|bar|baz|example|your|my[-_]|xxx|nnnn|yyyy|feature_?name|"
    r"some[-_]|module_?name)\b",
    re.IGNORECASE,
)
_KNOWN = """
    py pyi md mdc mdx rst txt toml yaml yml json jsonc ini cfg sh bash zsh ps1 sql js jsx ts tsx
    mjs cjs css scss html vue svelte go rs java kt swift rb php c h cpp hpp cs tf lock env example
    xml proto graphql prisma ipynb csv Dockerfile mk conf
"""
_ENDINGS = frozenset(_KNOWN.split())
_EXAMPLE_COLUMN = re.compile(r"^\W*(?:examples?|e\.g\.|sample)\b", re.IGNORECASE)
_BARE_ENDINGS = frozenset({"md", "mdc", "sh", "toml", "yaml", "yml", "ini", "cfg", "mk"})
_NOT_THERE = re.compile(
    r"\b(?:remov|delet|renam|no longer|former|previous|old|deprecat|creat|add(?:s|ed|ing)?\b|"
    r"generat|new\b|e\.g|for example|such as|like|copy|write|output|produc|move|touch|gitignore|"
    r"ignored|optional|"
    r"if (?:present|it exists|any)|when present|does not exist|doesn't exist|avoid|instead of|"
    r"wrong|bad|template|scaffold|named|download|save|store|rather than|pattern|upstream|"
    r"external|separate repo|~/|never|do not|don't|init)",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"\b(?:to create|to add|to-?do|planned|roadmap|future|proposed|next steps)\b", re.IGNORECASE
)
"""Headings of what is not there yet."""
_ANCHOR = re.compile(r"(?:`([\w./-]+\.md)`\s+)?\banchor\s+`([\w-]+)`", re.IGNORECASE)
_IGNORE = re.compile(
    r"bylaw:\s*ignore\[([\w, -]+)\]|\bbylaw explain ([\w.-]+)|\brule:([a-z][\w-]+)"
)
_RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_OWN_SCRIPTS = frozenset({"test", "start", "stop", "restart", "install", "ci", "publish"})


class Dangling(NamedTuple):
    """Something a document names that is not there.

    Attributes:
        kind: ``path``, ``link``, ``anchor``, ``module``, ``command`` or ``rule``.
        name: as the document has it.
        line: 1-based line.
        hint: the nearest name that is there; empty where there is none.
    """

    kind: str
    name: str
    line: int
    hint: str = ""


class _Place(NamedTuple):
    """What a reference is looked up in, and the folder it is made from."""

    tree: Tree
    targets: Targets
    folder: str


def dangling_references(document: Document, tree: Tree) -> tuple[Dangling, ...]:
    """What a document names that is not there, each thing once, where it is named first.

    Args:
        document: the document.
        tree: the files of its root.
    """
    found: dict[tuple[str, str], Dangling] = {}
    place = _Place(tree, Targets(tree), os.path.dirname(document.path))
    for piece in document.pieces:
        for each in _of_piece(piece, document, place):
            found.setdefault((each.kind, each.name), each)
    for command in read_markdown(document.path, document.text):
        for each in _of_command(
            command.argv, command.line, place._replace(folder=command.directory)
        ):
            found.setdefault((each.kind, each.name), each)
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.kind, each.name)))


def _of_piece(piece: Piece, document: Document, place: _Place) -> Iterator[Dangling]:
    tree, folder = place.tree, place.folder
    if piece.form == "fence":
        if piece.info.split()[:1] != ["bylaw"]:
            return
        yield from _rules(piece.text, piece.line)
        return
    for link in piece.links:
        yield from _link(link.target, link.line, document, tree, folder)
    yield from _rules(piece.text, piece.line)
    for match in _ANCHOR.finditer(piece.text):
        line = piece.line + piece.text[: match.start()].count("\n")
        holder = tree.text(_found(match[1], tree, folder)) if match[1] else document.text
        if match[1] and not holder and not tree.has(match[1], folder):
            yield Dangling("anchor", f"{match[1]}#{match[2]}", line)
        elif holder.count(match[2]) < (1 if match[1] else 2):
            yield Dangling("anchor", match[2], line)
    if any(_TO_COME.search(each.title) for each in piece.headings[-2:]):
        return
    rows = piece.text.split("\n")
    text = _without_examples(piece)
    for match in _CODE.finditer(text):
        number = piece.text[: match.start()].count("\n")
        around = " ".join(rows[max(0, number - 1) : number + 2]).replace(match[0], "")
        yield from _code(match[1].strip(), piece.line + number, around, place)


def _without_examples(piece: Piece) -> str:
    """The text of a piece; of a row, without the cells of a column of examples."""
    if piece.form != "row":
        return piece.text
    cells = piece.text.split(" | ")
    for at, column in enumerate(piece.columns[: len(cells)]):
        if _EXAMPLE_COLUMN.match(column):
            cells[at] = " " * len(cells[at])
    return " | ".join(cells)


def _found(path: str, tree: Tree, folder: str) -> str:
    """Where a named file is, from the document's folder or the root."""
    beside = f"{folder}/{path}" if folder else path
    if beside in tree.files:
        return beside
    return next((each for each in sorted(tree.files) if f"/{each}".endswith(f"/{path}")), path)


def _link(
    target: str, line: int, document: Document, tree: Tree, folder: str
) -> Iterator[Dangling]:
    if re.match(r"^[a-z][a-z0-9+.-]*:|^//|^www\.", target, re.I) or _PLACEHOLDER.search(target):
        return
    path, _, anchor = target.partition("#")
    path = path.partition("?")[0].replace("%20", " ")
    if not path:
        if anchor and anchor.lower() not in _anchors(document.pieces, document.text):
            yield Dangling("anchor", f"#{anchor}", line)
        return
    inside = os.path.normpath(os.path.join("" if path.startswith("/") else folder, path.strip("/")))
    if inside.startswith(".."):
        return
    if not os.path.exists(os.path.join(tree.root, inside)):
        yield Dangling("link", target, line, _nearest(path, tree))
    elif anchor and inside.endswith((".md", ".mdx")):
        from bylaw.packs.own.markdown import pieces_of

        text = tree.text(inside)
        if anchor.lower() not in _anchors(pieces_of(text), text):
            yield Dangling("anchor", target, line)


def _anchors(pieces: tuple[Piece, ...], text: str) -> set[str]:
    """Anchors of a document: its headings, numbered where they repeat, and those it names."""
    found: set[str] = set()
    for piece in pieces:
        if piece.form == "heading":
            own, number = slug(piece.text), 0
            while (own if not number else f"{own}-{number}") in found:
                number += 1
            found.add(own if not number else f"{own}-{number}")
    found.update(each.lower() for each in re.findall(r"(?:name|id)=[\"']([^\"']+)", text))
    return found


def _rules(text: str, line: int) -> Iterator[Dangling]:
    for match in _IGNORE.finditer(text):
        names = (match[1] or match[2] or match[3]).split(",")
        for name in (each.strip() for each in names):
            if name and name not in INFOS and name not in aliases():
                near = difflib.get_close_matches(name, [*INFOS], 1)
                at = line + text[: match.start()].count("\n")
                yield Dangling("rule", name, at, near[0] if near else "")


def _code(text: str, line: int, around: str, place: _Place) -> Iterator[Dangling]:
    """What stands in backticks: a path, a module, a command."""
    tree, targets, folder = place
    if _PLACEHOLDER.search(text):
        return
    bare = re.sub(r":\d+(?:[-:]\d+)?$|::[\w:\[\]-]+$|#[\w-]+$", "", text)
    if " " in text:
        try:
            words = tuple(shlex.split(text))
        except ValueError:
            return
        yield from _of_command(words, line, place._replace(folder=""))
    elif _PATH.match(bare) and not _NOT_THERE.search(around) and _is_path(bare, tree):
        path = bare.removeprefix("@").removeprefix("./")
        if not tree.has(path, folder):
            yield Dangling("path", text, line, _nearest(path, tree))
    elif _MODULE.match(bare) and not _NOT_THERE.search(around):
        count = resolved_parts(tree, targets, bare)
        if 2 <= count < len(bare.split(".")):
            yield Dangling("module", text, line)


def _is_path(text: str, tree: Tree) -> bool:
    """Whether a word can be nothing but a path of the repository."""
    bare = text.removeprefix("@").removeprefix("./")
    ending = bare.rpartition(".")[2] if "." in bare.rpartition("/")[2] else ""
    if "/" not in bare.rstrip("/"):
        if bare.startswith(".") or "@" in bare:
            return False
        return ending == "md" or (ending in _BARE_ENDINGS and bare.count(".") == 1)
    first = bare.partition("/")[0]
    if "." in first and not first.startswith("."):
        return False
    return ending in _ENDINGS or first in tree.folders


def _nearest(path: str, tree: Tree) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    same = sorted(each for each in tree.files if each.endswith(f"/{name}") or each == name)
    if same:
        return same[0]
    near = difflib.get_close_matches(path, sorted(tree.files), 1, 0.8)
    return near[0] if near else ""


def _of_command(words: tuple[str, ...], line: int, place: _Place) -> Iterator[Dangling]:
    tree, targets, directory = place
    words = tuple(each for each in words if not re.match(r"^[A-Z_]+=", each))
    if len(words) > 2 and words[0] in ("uv", "poetry", "pdm", "hatch", "pipenv", "rye"):
        words = words[2:] if words[1] == "run" else words
    if len(words) < 1 or any(_PLACEHOLDER.search(word) for word in words[:4]):
        return
    head = words[0]
    shown = " ".join(words)
    rest = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    missing = ""
    if head == "make" and rest and "-C" not in words and "-f" not in words:
        known = targets.make_targets
        if known is not None and rest[0] not in known and not tree.has(rest[0]):
            missing = rest[0] if known else "Makefile"
    elif head == "just" and rest and rest[0] not in targets.recipes:
        missing = rest[0].partition("::")[0] if "::" not in rest[0] else ""
    elif head in _RUNNERS and len(rest) > 1 and rest[0] == "run":
        offered = rest[1] in targets.scripts or rest[1] in _OWN_SCRIPTS
        missing = "" if offered or "--filter" in words or "-F" in words else rest[1]
    elif head.startswith("python"):
        yield from _python(words, line, place)
        return
    elif (head in ("bash", "sh", "source") and rest) or head.startswith("./"):
        script = head if head.startswith("./") else rest[0]
        if script.endswith((".sh", ".py", ".bash")) and not tree.has(script, directory):
            missing = script
    if missing:
        yield Dangling("command", shown, line, f"there is no {missing}")


def _python(words: tuple[str, ...], line: int, place: _Place) -> Iterator[Dangling]:
    tree, targets, directory = place
    shown = " ".join(words)
    names: list[str] = []
    if "-m" in words[:-1]:
        names = [words[words.index("-m") + 1]]
    elif "-c" in words[:-1]:
        code = words[words.index("-c") + 1]
        names = re.findall(r"(?:^|;\s*)(?:from|import) ([\w.]+)", code)
    elif len(words) > 1 and words[1].endswith(".py") and not tree.has(words[1], directory):
        yield Dangling("command", shown, line, f"there is no {words[1]}")
    for name in names:
        parts = name.split(".")
        if len(parts) < 2 or parts[0] in sys.stdlib_module_names:
            continue
        count = resolved_parts(tree, targets, name)
        known = count == len(parts) or (count == 0 and targets.declares(parts[0]))
        if not known:
            yield Dangling("module", name, line)
