"""What is worth a second look: queries, logs, digests, answers, and passwords that are compared."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts.watched import ANSWER_CALLS, LOG_CALLS, PRIVATE, SENSITIVE

_SQL = ("select ", "insert into", "update ", "delete from", "create table", "drop table", "alter ")
_PASSWORDS = ("password", "passwd", "pwd", "passphrase", "passcode")
"""How the names of passwords end."""
MARKS = frozenset({"ctx", "op", "ops", "type_comment", "kind", "id", "attr", "arg", "annotation"})
"""Fields without expressions in them."""
_SAME = frozenset({ast.Eq, ast.NotEq})


def is_of_interest(node: ast.JoinedStr) -> bool:
    """Whether a text is worth a look wherever it goes: a query, or one that holds a secret."""
    for part in node.values:
        if type(part) is ast.Constant:
            if begins_statement(str(part.value)):
                return True
        elif type(part) is ast.FormattedValue:
            value: Any = part.value
            if getattr(value, "attr", getattr(value, "id", "")) in SENSITIVE:
                return True
    return False


def is_worth_a_look(title: str, node: ast.Call) -> bool:
    """Whether a call of a watched name is handed more than what no rule asks about."""
    if title in LOG_CALLS:
        if node.args and type(node.args[0]) not in (ast.Constant, ast.JoinedStr):
            return True
        parts: list[Any] = [*node.args, *(each.value for each in node.keywords)]
        return any(map(_mentions_private, parts))
    if title in ANSWER_CALLS:
        return any(type(each) is not ast.Constant for each in node.args) or any(
            type(each.value) is not ast.Constant for each in node.keywords
        )
    told = node.args[1:] if title == "new" else node.args[:1]
    return any(type(each) is not ast.Constant for each in told)


def is_private(name: str) -> bool:
    """Whether a name has a word for something private in it."""
    return any(word in name.lower() for word in PRIVATE)


def _mentions_private(node: Any) -> bool:
    """Whether a part of an expression is named like something that is nobody's business."""
    kind = type(node)
    if kind is ast.Attribute or kind is ast.Name:
        name: str = node.attr if kind is ast.Attribute else node.id
        return is_private(name) or (kind is ast.Attribute and _mentions_private(node.value))
    if kind is ast.Constant:
        return False
    if kind is ast.Subscript and type(node.slice) is ast.Constant:
        return is_private(str(node.slice.value)) or _mentions_private(node.value)
    return any(
        _mentions_private(each)
        for field in node._fields
        if field not in MARKS
        for value in (getattr(node, field),)
        for each in (value if type(value) is list else (value,))
        if isinstance(each, ast.AST)
    )


def is_marked(node: Any) -> bool:
    """Whether an argument is a text with something in it, or named like a secret."""
    kind = type(node)
    if kind is ast.Name or kind is ast.Attribute:
        name: str = node.id if kind is ast.Name else node.attr
        return name in SENSITIVE or name in ("sql", "query", "statement")
    return kind is ast.JoinedStr


def compares_passwords(node: ast.Compare) -> bool:
    """Whether two things named like passwords are compared as they are."""
    return (
        type(node.ops[0]) in _SAME
        and len(node.ops) == 1
        and _name_of(node.left).endswith(_PASSWORDS)
        and _name_of(node.comparators[0]).endswith(_PASSWORDS)
    )


def _name_of(node: Any) -> str:
    """Last name of a value, in small letters; empty for what is computed."""
    kind = type(node)
    if kind is ast.Attribute:
        # ``form.password.data`` is how WTForms spell what was typed in.
        return _name_of(node.value) if node.attr == "data" else str(node.attr).lower()
    if kind is ast.Name:
        return str(node.id).lower()
    if kind is ast.Subscript and type(node.slice) is ast.Constant:
        return str(node.slice.value).lower()
    if kind is ast.Call and type(node.func) is ast.Attribute and node.func.attr == "get":
        key = getattr(node.args[0], "value", "") if node.args else ""
        return str(key).lower()
    return ""


def builds_statement(node: Any) -> bool:
    """Whether an expression joins texts, of which the first begins a statement."""
    kind = type(node)
    if kind is ast.JoinedStr:
        return is_of_interest(node)
    if kind is ast.Call:
        if type(node.func) is not ast.Attribute or node.func.attr != "format":
            return False
        node = node.func.value
    elif kind is not ast.BinOp:
        return False
    while type(node) is ast.BinOp:
        node = node.left
    text = getattr(node, "value", None)
    if type(node) is ast.JoinedStr:
        return is_of_interest(node)
    return type(text) is str and begins_statement(text)


def begins_statement(text: str) -> bool:
    """Whether a text begins as a statement does."""
    return text.lstrip()[:12].lower().startswith(_SQL)
