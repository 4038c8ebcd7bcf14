"""Texts of a file that may be secrets, addresses of services or names of databases.

A search over the bytes comes first: most files hold neither and cost no more than that. A secret is
never kept, only a short salted digest of it; an address is kept without its password.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from typing import Any

from bylaw.facts.secrets import (
    DISORDERLY,
    HINT,
    NAMED,
    SHORT_HINTS,
    is_random,
    promises_secret,
    provider_of,
    trace_of,
)

ADDRESS = re.compile(
    r"^(?:https?|wss?|ftp|postgres(?:ql)?(?:\+\w+)?|mysql(?:\+\w+)?|mongodb(?:\+srv)?|redis|rediss|"
    r"amqps?|kafka|smtp|ldaps?|nats|memcached|mssql(?:\+\w+)?|oracle(?:\+\w+)?)://[^\s/{]"
)
_LOGIN = re.compile(r"://([^:/@\s]*):([^@/\s]+)@")
_ADDRESS_HINT = re.compile(rb"[\"'](?:http|ws|ftp|postgres|mysql|mongodb|redis|amqp|kafka|smtp|ldap"
                           rb"|nats|memcached|mssql|oracle)[\w+]*://")  # fmt: skip
_DIALECT = re.compile(
    r"^(sqlite|postgres|mysql|mariadb|mssql|oracle|cockroachdb|db2|snowflake|redshift|clickhouse)"
    r"\w*(?:\+\w+)?://|^django\.(?:contrib\.gis\.)?db\.backends\.(\w+)$"
)
"""What a database is named by: the scheme of its URL, or the engine of Django's settings."""
_DIALECT_HINT = re.compile(
    rb"[\"'](?:sqlite|mariadb|cockroach|db2|snowflake|redshift|clickhouse)[\w+]*://|db\.backends\."
)
_LONGEST = 160
_SHORTEST = 10

Literal = tuple[str, int, int, int, str, str, int, int]


def find_literals(source: bytes, tree: ast.Module) -> tuple[Literal, ...]:
    """Secrets and addresses of a file; the secrets are taken out of the tree.

    Args:
        source: the file's bytes.
        tree: the same, parsed.

    Returns:
        For each the kind (``url``, ``dialect`` or a kind of secret), line, byte column, last line,
        the address, the database or the digest, the name it is given, and line and column of the
        call it is handed to.
    """
    lines = _candidates(source)
    if not lines:
        return ()
    found: list[Literal] = []
    pending: list[tuple[Any, str, int, int]] = [(node, "", 0, 0) for node in tree.body]
    while pending:
        node, name, line, col = pending.pop()
        first = getattr(node, "lineno", 0)
        if first:
            place = bisect_left(lines, first)
            if place == len(lines) or lines[place] > node.end_lineno:
                continue
        if type(node) is ast.Constant:
            found += _judge(node, node, name, line, col)
            continue
        if type(node) is ast.JoinedStr:
            # Where a piece of it stands differs from one interpreter to the next.
            for piece in node.values:
                if type(piece) is ast.Constant:
                    found += _judge(piece, node, name, line, col)
                else:
                    pending.append((piece, "", 0, 0))
            continue
        pending += _below(node, name, line, col)
    return tuple(sorted(found, key=lambda each: each[1:5]))


def _candidates(source: bytes) -> list[int]:
    """Lines on which a secret or an address may stand, in order."""
    patterns = [_ADDRESS_HINT] if b"://" in source else []
    if b"://" in source or b"db.backends." in source:
        patterns.append(_DIALECT_HINT)
    if DISORDERLY.search(source) or any(hint in source for hint in SHORT_HINTS):
        patterns += (NAMED, HINT)
    marks = {match.start() for pattern in patterns for match in pattern.finditer(source)}
    lines, line, before = [], 1, 0
    for mark in sorted(marks):
        line += source.count(b"\n", before, mark)
        before = mark
        lines.append(line)
    return lines


def _below(node: Any, name: str, line: int, col: int) -> list[tuple[Any, str, int, int]]:
    """What stands below a node, with the name it is given and the call it is handed to."""
    kind = type(node)
    if kind is ast.Expr and type(node.value) is ast.Constant:
        return []
    if kind is ast.Call:
        parts = [(node.func, "", 0, 0)]
        parts += [(each, name if n == 0 else "", node.lineno, node.col_offset + 1)
                  for n, each in enumerate(node.args)]  # fmt: skip
        parts += [
            (each.value, each.arg or "", node.lineno, node.col_offset + 1)
            for each in node.keywords
        ]  # fmt: skip
        return parts
    if kind in (ast.Assign, ast.AnnAssign):
        target = node.targets[-1] if kind is ast.Assign else node.target
        return [(node.value, _name(target), 0, 0)] if node.value is not None else []
    if kind is ast.Dict:
        return [
            (value, str(key.value) if type(key) is ast.Constant else "", line, col)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    if kind is ast.Compare and len(node.comparators) == 1:
        return [(node.comparators[0], f"=={_name(node.left)}", 0, 0), (node.left, "", 0, 0)]
    if kind is ast.arguments:
        return _defaults(node)
    keep = kind in (ast.BinOp, ast.BoolOp, ast.IfExp, ast.List, ast.Tuple)
    given = (name, line, col) if keep else ("", 0, 0)
    return [(child, *given) for child in ast.iter_child_nodes(node)]


def _defaults(node: ast.arguments) -> list[tuple[Any, str, int, int]]:
    positional = [*node.posonlyargs, *node.args]
    given = positional[len(positional) - len(node.defaults) :]
    pairs = [*zip(given, node.defaults, strict=True)]
    pairs += [
        (one, default)
        for one, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        if default is not None
    ]
    return [(default, one.arg, 0, 0) for one, default in pairs]


def _name(target: Any) -> str:
    if type(target) is ast.Subscript:
        return str(target.slice.value) if type(target.slice) is ast.Constant else ""
    name: str = target.attr if type(target) is ast.Attribute else getattr(target, "id", "")
    return name


def _judge(node: ast.Constant, whole: ast.expr, name: str, line: int, col: int) -> list[Literal]:
    value = node.value
    if not isinstance(value, (str, bytes)) or len(value) < _SHORTEST:
        return []
    text = value if type(value) is str else value.decode("latin-1")  # type: ignore[union-attr]
    place = (whole.lineno, whole.col_offset + 1, whole.end_lineno or whole.lineno)
    dialect = _DIALECT.match(text)
    if dialect is not None:
        named = (dialect[1] or dialect[2]).removesuffix("3")
        found = ("dialect", *place, named, name, line, col)
        return [found, *_read(node, place, text, name, line, col)]
    return _read(node, place, text, name, line, col)


def _read(
    node: ast.Constant, place: tuple[int, int, int], text: str, name: str, line: int, col: int
) -> list[Literal]:
    """A secret or an address, none where a text is neither."""
    provider = provider_of(text)
    if provider is not None:
        return [_secret(node, provider[0], place, provider[1], (name, line, col))]
    plain = name.removeprefix("==")
    if promises_secret(plain) and is_random(text):
        return [_secret(node, "secret", place, text, (plain, line, col))]
    if "://" in text and len(text) < 400 and ADDRESS.match(text):
        login = _LOGIN.search(text)
        if login is not None and is_random(login[2]):
            return [_secret(node, "password in a URL", place, login[2], (name, line, col))]
        shown = _LOGIN.sub(r"://\1:***@", text)[:_LONGEST]
        return [("url", *place, shown, name, line, col)]
    return []


def _secret(
    node: ast.Constant,
    kind: str,
    place: tuple[int, int, int],
    secret: str,
    given: tuple[str, int, int],
) -> Literal:
    """A secret that was found; it is taken out of the tree, so that no other fact can hold it."""
    node.value = "<secret>" if isinstance(node.value, str) else b"<secret>"
    return (kind, *place, trace_of(secret), *given)
