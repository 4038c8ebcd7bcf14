"""References that are made from what the program itself reads: configuration and plug-in API."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bylaw.plugin
from bylaw.rules.rule import RuleInfo


def configuration_reference(schema: Mapping[str, Any], infos: Sequence[RuleInfo]) -> str:
    """Every key of ``bylaw.toml``, from its JSON Schema, and every option of a rule.

    Args:
        schema: the published schema.
        infos: what the rules declare.

    Returns:
        Markdown.
    """
    parts = [
        "# Configuration reference\n",
        "Every key of `bylaw.toml`, as the [JSON Schema](schema/bylaw.toml.json) has it; in "
        "`pyproject.toml` each table begins with `tool.bylaw`. What the keys are for: "
        "[configuration](configuration.md).\n",
    ]
    for name, node in schema["properties"].items():
        parts += _section(name, node)
    parts.append("## Options of rules\n")
    parts.append(
        "Every rule takes `enabled` and `severity`. These take more, under `[rules.<name>]`:\n"
    )
    parts.append("| rule | option | default | what it does |\n|---|---|---|---|")
    for info in infos:
        for option, default, doc in info.options:
            link = f"[`{info.name}`](rules/{info.name}.md)"
            parts.append(f"| {link} | `{option}` | `{_toml(default)}` | {_cell(doc)} |")
    return "\n".join(parts) + "\n"


def _section(name: str, node: Mapping[str, Any]) -> Iterator[str]:
    inner = node.get("items", node) if node.get("type") == "array" else node
    title = f"[[{name}]]" if inner is not node else f"[{name}]"
    yield f"## `{title}`\n"
    yield f"{node['description']}\n"
    rows = list(_rows("", inner))
    if rows:
        yield "| key | type | what it says |\n|---|---|---|"
        yield from rows
    yield ""


def _rows(prefix: str, node: Mapping[str, Any]) -> Iterator[str]:
    required = set(node.get("required", ()))
    for key, inner in node.get("properties", {}).items():
        must = ", required" if key in required else ""
        yield f"| `{prefix}{key}` | {_type(inner)}{must} | {_cell(inner.get('description', ''))} |"
        below = inner.get("items", inner) if inner.get("type") == "array" else inner
        if "properties" in below:
            yield from _rows(f"{prefix}{key}.", below)
    more = node.get("additionalProperties")
    if isinstance(more, Mapping):
        yield f"| `{prefix}<name>` | {_type(more)} | {_cell(more.get('description', ''))} |"
        yield from _rows(f"{prefix}<name>.", more)


def _type(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{each}`" for each in node["enum"])
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    kind = node.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        inner = node["items"]
        return "array of tables" if inner.get("type") == "object" else f"array of {inner['type']}s"
    return "table" if kind == "object" else str(kind)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        words = sorted(value) if isinstance(value, (set, frozenset)) else value
        return "[" + ", ".join(_toml(each) for each in words) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def plugin_reference() -> str:
    """Every public name of ``bylaw.plugin``, from its own documentation.

    Returns:
        Markdown.
    """
    parts = [
        "# Plug-in API\n",
        "Every public name of `bylaw.plugin`. How a plug-in is made: "
        "[write your first rule](first-rule.md); what holds for all of them: "
        "[plug-ins](plugins.md).\n",
    ]
    order = ("Rule", "RuleInfo", "Option", "Context")
    names = [*order, *(name for name in bylaw.plugin.__all__ if name not in order)]
    for name in names:
        parts += _class(name, getattr(bylaw.plugin, name))
    return "\n".join(parts) + "\n"


def _class(name: str, kind: type) -> Iterator[str]:
    text, sections = _parsed(kind.__doc__ or "")
    yield f"## {name}\n"
    yield f"{text}\n"
    rows = list(sections.get("Attributes", ()))
    rows += [(each, _parsed(doc)[0]) for each, doc in _properties(kind)]
    if rows:
        yield "| attribute | what it is |\n|---|---|"
        yield from (f"| `{each}` | {_cell(doc)} |" for each, doc in dict(rows).items())
        yield ""
    for each, function in _methods(kind):
        yield from _method(each, function)


def _properties(kind: type) -> Iterable[tuple[str, str]]:
    found = inspect.getmembers(kind, lambda each: isinstance(each, property))
    own = [(each, value.__doc__ or "") for each, value in found if not each.startswith("_")]
    fields = getattr(kind, "_fields", ())
    return sorted((each for each in own if each[0] not in fields), key=lambda each: each[0])


def _methods(kind: type) -> Iterable[tuple[str, Any]]:
    if issubclass(kind, tuple):
        return []
    found = inspect.getmembers(kind, inspect.isfunction)
    return [each for each in found if not each[0].startswith("_")]


def _method(name: str, function: Any) -> Iterator[str]:
    text, sections = _parsed(inspect.getdoc(function) or "")
    signature = _signature(function)
    yield f"### {name}\n"
    yield f"```python\n{name}{signature}\n```\n"
    yield f"{text}\n"
    for title in ("Args", "Returns", "Yields", "Raises"):
        for each, doc in sections.get(title, ()):
            yield f"- {f'`{each}`: ' if each else f'{title.lower()}: '}{doc}"
    yield ""


class _Written:
    """An annotation as it stands in the source."""

    def __init__(self, text: object) -> None:
        self._text = text

    def __repr__(self) -> str:
        return str(self._text)


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [
        each
        if each.annotation is each.empty
        else each.replace(annotation=_Written(each.annotation))
        for name, each in signature.parameters.items()
        if name != "self"
    ]
    written = _Written(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=written))


def _parsed(doc: str) -> tuple[str, dict[str, list[tuple[str, str]]]]:
    """Text and sections of a docstring in Google's style; markup as Markdown has it."""
    text: list[str] = []
    sections: dict[str, list[tuple[str, str]]] = {}
    rows: list[tuple[str, str]] | None = None
    for line in inspect.cleandoc(doc).replace("``", "`").split("\n"):
        title = re.fullmatch(r"(Attributes|Args|Returns|Yields|Raises):", line)
        entry = re.match(r"    \*?([A-Za-z_]\w*): (.*)", line)
        if title:
            rows = sections.setdefault(title[1], [])
        elif rows is None:
            text.append(line)
        elif entry:
            rows.append((entry[1], entry[2]))
        elif line.strip() and rows:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {line.strip()}")
        elif line.strip():
            rows.append(("", line.strip()))
    return "\n".join(text).strip().replace("::\n", ":\n"), sections
