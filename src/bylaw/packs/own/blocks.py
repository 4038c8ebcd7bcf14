"""Reads the blocks ``bylaw`` of a document: YAML, one entry per kind of binding."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from bylaw.errors import Diagnostic
from bylaw.manifests.command import Problem
from bylaw.manifests.yaml_nodes import line_of, parse_yaml
from bylaw.packs.own.kinds import COMMAND, KINDS, LAYERS, MANUAL, RULE, entry_problems
from bylaw.packs.own.markdown import Piece
from bylaw.rules.registry import INFOS
from bylaw.rules.rule import Infos

CODE = "binding"
_RULE_LINE = re.compile(r"^(\s*(?:-\s+)?rule:\s*)([\w-]+)\s*(\{.*\})\s*$")
_TEXT_LINE = re.compile(r"^(\s*(?:-\s+)?command:\s*)(?![|>\"'])(\S.*?)\s*$")


class Bound(NamedTuple):
    """One entry of a block.

    Attributes:
        kind: kind of binding.
        id: identifier the block gives its sentence; empty where it gives none.
        line: 1-based line of the entry.
        values: what it says.
    """

    kind: str
    id: str
    line: int
    values: tuple[tuple[str, Any], ...]


class _Entry(NamedTuple):
    """A key of a block with its value and its line."""

    key: str
    value: Any
    line: int


def read_block(
    path: str, piece: Piece, problems: list[Diagnostic], infos: Infos = INFOS
) -> list[Bound]:
    """Reads one block.

    Args:
        path: the document.
        piece: the block.
        problems: everything that is wrong with it is added here.
        infos: every rule that may be bound, those of plug-ins among them.

    Returns:
        Its entries; those that are wrong are left out.
    """
    text = "\n".join(_quoted(row) for row in piece.text.split("\n"))
    parsed = parse_yaml(text)
    if isinstance(parsed, Problem):
        line = min(piece.line + parsed.line, piece.end_line) - 1
        hint = "write `kind: {key: value}`, as docs/packs.md shows"
        problems.append(_problem(path, line, f"the block is not YAML: {parsed.message}", hint))
        return []
    entries = list(_entries(parsed.root, piece.line))
    given = next((str(each.value) for each in entries if each.key == "id"), "")
    found = []
    for entry in entries:
        if entry.key != "id":
            wrong = list(_wrong(path, entry, infos))
            problems += wrong
            if not wrong:
                found.append(Bound(entry.key, given, entry.line, _values(entry)))
    if not found and not any(each.line >= piece.line for each in problems):
        hint = f"write one of {', '.join(KINDS)}"
        problems.append(_problem(path, piece.line, "the block binds nothing", hint))
    return found


def _quoted(row: str) -> str:
    """Puts what YAML would take apart into quotes: options behind a rule's name, a command."""
    match = _RULE_LINE.match(row)
    if match:
        return f"{match[1]}{{name: {match[2]}, options: {match[3]}}}"
    match = _TEXT_LINE.match(row)
    if match:
        quoted = match[2].replace("'", "''")
        return f"{match[1]}'{quoted}'"
    return row


def _entries(root: yaml.Node | None, first: int) -> Iterator[_Entry]:
    if isinstance(root, yaml.SequenceNode):
        for each in root.value:
            yield from _entries(each, first)
    elif isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            yield _Entry(str(key.value), _plain(value), first + line_of(key) - 1)
    elif isinstance(root, yaml.ScalarNode) and root.value:
        yield _Entry(str(root.value), "", first + line_of(root) - 1)


def _plain(node: yaml.Node) -> Any:
    """What a node stands for; dates and the like stay texts."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    kind = node.tag.rpartition(":")[2]
    text = str(node.value)
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else text
    except ValueError:
        return text


def _wrong(path: str, entry: _Entry, infos: Infos) -> Iterator[Diagnostic]:
    """What is wrong with an entry, and the nearest name that is right."""
    if entry.key not in KINDS:
        near = _nearest(entry.key, [*KINDS])
        hint = near or f"known here: {', '.join(KINDS)}"
        yield _problem(path, entry.line, f"unknown kind of binding `{entry.key}`", hint)
        return
    value = entry.value
    if entry.key == RULE:
        value = _rule_value(value)
        if value is None:
            hint = "write `rule: NAME {option: value}`"
            yield _problem(path, entry.line, "`rule` names no rule", hint)
            return
        if value["name"] not in infos:
            near = _nearest(value["name"], [*infos])
            hint = near or "list the rules with `bylaw rules`"
            yield _problem(path, entry.line, f"unknown rule `{value['name']}`", hint)
            return
    for each in entry_problems(entry.key, value, infos):
        yield _problem(path, entry.line, each.message, each.hint)


def _rule_value(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str) and value:
        return {"name": value, "options": {}}
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return {"name": value["name"], "options": value.get("options") or {}}
    return None


def _values(entry: _Entry) -> tuple[tuple[str, Any], ...]:
    """The value of an entry as pairs."""
    if entry.key == RULE:
        value = _rule_value(entry.value) or {}
        return (("name", value["name"]), ("options", _frozen(value["options"])))
    if entry.key in (COMMAND, MANUAL):
        return (("text", str(entry.value)),)
    if entry.key == LAYERS:
        return (("layers", _frozen(entry.value)),)
    return tuple((key, _frozen(value)) for key, value in entry.value.items())


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, dict):
        return tuple((key, _frozen(each)) for key, each in value.items())
    return value


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1, 0.4)
    return f"did you mean `{near[0]}`?" if near else ""


def _problem(path: str, line: int, message: str, hint: str) -> Diagnostic:
    return Diagnostic(CODE, message, path, line, hint, 2)
