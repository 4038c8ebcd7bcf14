"""Variables a program sets itself: in its own environment, or in one it makes for a child."""

from __future__ import annotations

import ast
from typing import Any

from bylaw.facts import schema as F
from bylaw.facts.scope import Extraction, column, lookup


def names_environment(node: Any) -> bool:
    """Whether an expression is called an environment: ``os.environ``, ``env``, ``child_env``."""
    while type(node) is ast.Call and type(node.func) is ast.Attribute:  # os.environ.copy()
        node = node.func.value
    if type(node) is ast.Subscript and type(node.slice) is ast.Constant:
        return is_environment(str(node.slice.value))
    return is_environment(getattr(node, "attr", getattr(node, "id", "")))


def is_environment(name: str | None) -> bool:
    """Whether a name speaks of an environment: ``env``, ``base_env``, ``environment_variables``."""
    words = (name or "").lower().split("_")
    return any(word in ("env", "envs", "environ", "environb", "environment") for word in words)


def note_assignment(state: Extraction, target: Any, value: Any) -> None:
    """Notes ``os.environ["NAME"] = ...`` and ``env = {"NAME": ...}``."""
    if type(target) is ast.Subscript:
        key = target.slice
        if type(key) not in _KEYS or not names_environment(target.value):
            return
        if not _hands_on(_key(key), value):
            _note(state, key)
    elif type(value) is ast.Dict and names_environment(target):
        note_mapping(state, value)


def note_return(state: Extraction, value: ast.Dict) -> None:
    """Notes what a function whose name speaks of an environment hands back."""
    if is_environment(state.scope.name):
        note_mapping(state, value)


def note_mapping(state: Extraction, node: Any) -> None:
    """Notes the keys of a mapping that becomes an environment, also of mappings spread in it."""
    for each in ast.walk(node):
        if type(each) is ast.Dict:
            for key, value in zip(each.keys, each.values, strict=True):
                if type(key) in _KEYS and not _hands_on(_key(key), value):
                    _note(state, key)


def note_call(state: Extraction, node: ast.Call) -> None:
    """Notes ``run(..., env={...})`` and ``env.update({...})``."""
    for keyword in node.keywords:
        if type(keyword.value) is ast.Dict and is_environment(keyword.arg):
            note_mapping(state, keyword.value)
    func = node.func
    if type(func) is ast.Attribute and func.attr == "update" and names_environment(func.value):
        for argument in node.args:
            note_mapping(state, argument)
        for keyword in node.keywords:
            if keyword.arg and not _hands_on(keyword.arg, keyword.value):
                _write(state, keyword.arg, keyword.value)


def spreads_environment(node: ast.Dict) -> bool:
    """Whether a mapping is an environment with more in it: ``{**os.environ, "NAME": ...}``."""
    return any(
        key is None and names_environment(value)
        for key, value in zip(node.keys, node.values, strict=True)
    )


def _hands_on(name: object, value: Any) -> bool:
    """Whether what is set was read from the variable of that name: somebody else sets it."""
    return any(type(each) in _KEYS and _key(each) == name for each in ast.walk(value))


_KEYS = frozenset({ast.Constant, ast.Name})


def _key(node: Any) -> object:
    """A key as it is written: a text, or the name of the constant that holds it."""
    return node.id if type(node) is ast.Name else node.value


def _note(state: Extraction, key: Any) -> None:
    if type(key) is ast.Name:
        path = lookup(state, key.id)
        if path and key.id.isupper():
            _write(state, path, key, mark="")
    elif type(key.value) is str and key.value.isidentifier():
        _write(state, key.value, key)


def _write(state: Extraction, name: str, node: Any, mark: str = "=") -> None:
    place = (node.lineno, column(state, node), node.end_lineno)
    write = (f"{mark}{name}", "environment", *place, state.situation, F.EVERY_TIME)
    state.scope.writes.append(write)
