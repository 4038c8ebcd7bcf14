"""YAML with positions: mappings, sequences and scalars as they stand in the file.

Only composed, never constructed: a tag is a name here, so no tag of any tool can run or fail, and
``on:`` stays the word it is. Anchors are the same node twice; ``<<`` is merged on lookup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from bylaw.manifests.command import Problem

_LOADER: type[yaml.Loader] | type[yaml.CLoader] = getattr(yaml, "CLoader", yaml.Loader)
_TRUE = frozenset({"true", "yes", "on"})


class Block(NamedTuple):
    """The text of a scalar as it stands in the file.

    Attributes:
        text: without the indentation.
        line: 1-based line of its first character.
        column: 1-based column of its first character.
        indent: characters cut from each further line.
        fold: whether its line ends are spaces.
    """

    text: str
    line: int
    column: int
    indent: int
    fold: bool


class Document(NamedTuple):
    """One file of YAML.

    Attributes:
        root: the first document; None where the file is empty.
        lines: lines of the text.
    """

    root: yaml.Node | None
    lines: tuple[str, ...]


def parse_yaml(text: str) -> Document | Problem:
    """Read the first document of a text.

    Args:
        text: the text.

    Returns:
        Its nodes, or what is wrong and where.
    """
    clean = text.removeprefix("\ufeff")
    found = _composed(clean, 1)
    if isinstance(found, Problem):
        return found
    return Document(root=found[0] if found else None, lines=tuple(clean.split("\n")))


def parse_documents(text: str) -> list[yaml.Node] | Problem:
    """Read all documents of a text: the nodes of those that are not empty, or what is wrong."""
    found = _composed(text.removeprefix("\ufeff"), None)
    return found if isinstance(found, Problem) else [each for each in found if each is not None]


def _composed(text: str, limit: int | None) -> list[yaml.Node | None] | Problem:
    """The first documents of a text, empty ones as None."""
    found: list[yaml.Node | None] = []
    try:
        loader = _LOADER(text)
        try:
            while (limit is None or len(found) < limit) and loader.check_node():
                found.append(loader.get_node())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(mark.line + 1 if mark else 1, error.problem or "this is not YAML")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return Problem(1, " ".join(str(error).split())[:200] or "this is not YAML")
    return found


def line_of(node: yaml.Node) -> int:
    """1-based line of a node."""
    return int(node.start_mark.line) + 1


def column_of(node: yaml.Node) -> int:
    """1-based column of a node."""
    return int(node.start_mark.column) + 1


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Key, its node and the value of each entry of a mapping, merged ones last."""
    if not isinstance(node, yaml.MappingNode):
        return
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value == "<<" and not key.style:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        else:
            yield key.value, key, value
    own = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
    for each in merged:
        if each is node:
            continue
        for name, key, value in pairs(each):
            if name not in own:
                yield name, key, value


def get(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """The value below some keys, None where one is missing."""
    for wanted in keys:
        node = next((value for key, _, value in pairs(node) if key == wanted), None)
    return node


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """Elements of a sequence; nothing for anything else."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def scalar(node: yaml.Node | None) -> str | None:
    """Text of a scalar, None for anything else."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def is_true(node: yaml.Node | None) -> bool:
    """Whether a scalar is a plain yes."""
    return isinstance(node, yaml.ScalarNode) and node.value.lower() in _TRUE


def strings(node: yaml.Node | None) -> list[str]:
    """A scalar as a list of one, a sequence as its scalars."""
    if isinstance(node, yaml.ScalarNode):
        return [node.value] if node.value else []
    return [each.value for each in items(node) if isinstance(each, yaml.ScalarNode)]


def variables(node: yaml.Node | None) -> tuple[tuple[str, str], ...]:
    """A mapping of variables, or a list of ``NAME=value``, as pairs."""
    if isinstance(node, yaml.SequenceNode):
        split = (each.partition("=") for each in strings(node))
        return tuple((name, value) for name, _, value in split)
    return tuple((name, scalar(value) or "") for name, _, value in pairs(node))


def block_of(node: yaml.ScalarNode, lines: tuple[str, ...]) -> Block:
    """The text of a scalar with exact places, for what is itself a language.

    Args:
        node: the scalar.
        lines: lines of the file.

    Returns:
        The text; for a quoted scalar with escapes, its value at the place of the quote.
    """
    start, end = node.start_mark, node.end_mark
    if node.style in ("|", ">"):
        last = end.line if end.column == 0 else end.line + 1
        rows = list(lines[start.line + 1 : last])
        filled = [row for row in rows if row.strip()]
        indent = min((len(row) - len(row.lstrip(" ")) for row in filled), default=0)
        text = "\n".join(row[indent:].rstrip("\r") for row in rows)
        return Block(text, start.line + 2, indent + 1, indent, node.style == ">")
    if not node.style and start.line != end.line:
        rows = [lines[start.line][start.column :], *lines[start.line + 1 : end.line]]
        rows.append(lines[end.line][: end.column])
        rows = [re.sub(r"\s#.*", "", row.rstrip("\r")) for row in rows]
        return Block("\n".join(rows), start.line + 1, start.column + 1, 0, True)
    shift = 2 if node.style else 1
    return Block(node.value, start.line + 1, start.column + shift, 0, False)
