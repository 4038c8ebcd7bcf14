"""The published JSON Schema of ``bylaw.toml``, and the reference made from it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from website.prepare import REPOSITORY, SCHEMA_PLACE, prepare

from bylaw.config.shape import SCHEMA_URL
from bylaw.rules.registry import INFOS

TITLED = re.compile(r'^```toml title="bylaw\.toml"[^\n]*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
PLAIN = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder a web server would serve."""
    folder = tmp_path_factory.mktemp("site")
    prepare(folder)
    return folder / "docs"


@pytest.fixture(scope="module")
def schema(published: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((published / SCHEMA_PLACE).read_text(encoding="utf-8"))
    return found


def examples() -> Iterator[tuple[str, str]]:
    for path in sorted((REPOSITORY / "docs").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        for number, block in enumerate(TITLED.findall(text)):
            # Markers stand for findings; a page may show a configuration that is wrong on purpose.
            yield f"{path.stem}-{number}", block
    page = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    yield "configuration", PLAIN.findall(page)[0]
    for path in sorted((REPOSITORY / "examples").rglob("bylaw.toml")):
        yield path.parent.name, path.read_text(encoding="utf-8")


def test_schema_is_valid_and_stands_at_its_own_address(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == SCHEMA_URL == f"https://bylaw.dev/{SCHEMA_PLACE}"


@pytest.mark.parametrize(("name", "text"), [pytest.param(*each, id=each[0]) for each in examples()])
def test_schema_accepts_every_example(schema: dict[str, Any], name: str, text: str) -> None:
    jsonschema.Draft202012Validator(schema).validate(tomllib.loads(text))


def _tables(node: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Places of tables that take no other keys than theirs."""
    if node.get("type") == "object":
        if node.get("additionalProperties") is False:
            yield place
        for key, inner in node.get("properties", {}).items():
            yield from _tables(inner, (*place, key))
    elif node.get("type") == "array":
        yield from _tables(node["items"], (*place, 0))


def _around(place: tuple[str | int, ...], inner: dict[str, object]) -> Any:
    document: Any = inner
    for part in reversed(place):
        document = [document] if part == 0 else {part: document}
    return document


def test_schema_rejects_unknown_keys_everywhere(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    places = list(_tables(schema, ()))
    assert tuple(
        each
        for each in places
        if each in ((), ("project",), ("layers", 0), ("boot", "override", 0))
    ) == ((), ("project",), ("layers", 0), ("boot", "override", 0))
    for place in places:
        errors = list(validator.iter_errors(_around(place, {"unheard-of": 1})))
        assert any("unheard-of" in error.message for error in errors), place


def test_reference_names_every_key_and_option(schema: dict[str, Any], published: Path) -> None:
    text = (published / "configuration-reference.md").read_text(encoding="utf-8")
    for name, node in schema["properties"].items():
        section = f"## `[[{name}]]`\n" if node["type"] == "array" else f"## `[{name}]`\n"
        assert section in text
        inner = node.get("items", node)
        for key in inner.get("properties", {}):
            assert f"| `{key}` |" in text.partition(section)[2].partition("\n## ")[0]
    for info in INFOS.values():
        for option, _, _ in info.options:
            assert f"| [`{info.name}`](rules/{info.name}.md) | `{option}` |" in text
