"""The one table of configuration keys: it validates, it fills defaults, it is the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bylaw.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bylaw.rules.rule import RuleInfo

KeyPath = tuple[str | int, ...]
"""Where a value stands: table names, keys and positions in arrays."""

# bylaw: ignore[hardcoded-url] the schema's published name, the same wherever Bylaw runs
SCHEMA_URL = "https://bylaw.dev/schema/bylaw.toml.json"


class Shape(NamedTuple):
    """What may stand in one place.

    Attributes:
        kind: ``string``, ``integer``, ``number``, ``boolean``, ``strings`` (an array),
            ``path or paths`` (a string or an array of strings), ``table`` (exactly ``keys``),
            ``open table`` (``keys`` and others),
            ``map`` (any keys, each value of ``item``), ``tables`` (an array of tables with
            ``keys``), ``answer`` (a string, number or boolean) or ``anything``.
        doc: one line for people.
        keys: what a table holds.
        item: what each value of a map is.
        choices: the only strings allowed; empty for any.
        required: keys a table must have.
    """

    kind: str
    doc: str
    keys: tuple[tuple[str, Shape], ...] = ()
    item: Shape | None = None
    choices: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


class Problem(NamedTuple):
    """One thing wrong with a value.

    Attributes:
        path: where it stands.
        message: what is wrong.
        hint: the edit that mends it.
    """

    path: KeyPath
    message: str
    hint: str


_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "strings": "an array of strings",
    "path or paths": "a string or an array of strings",
    "table": "a table",
    "open table": "a table",
    "map": "a table",
    "tables": "an array of tables",
    "answer": "a string, a number or a boolean",
    "anything": "any value",
}

STUB_TABLES = (
    ("call", "what calling a function does"),
    ("value", "what reading or writing a name does"),
    ("returns", "the type that calling a function gives"),
    ("alias", "another name of the same object"),
    ("base", "what an instance of a class's subclass does"),
    ("attribute", "the type of an attribute"),
    ("invokes", "which argument a function calls"),
    ("control", "what stops an effect"),
    ("fixture", "what a test fixture gives or stops"),
)


def _project() -> Shape:
    return Shape(
        "table",
        "What is analysed.",
        (
            (
                "package_root",
                Shape("path or paths", "Packages the backend is made of; found where left out."),
            ),
            (
                "source",
                Shape("path or paths", "Directories modules are imported from; found likewise."),
            ),
            (
                "exclude",
                Shape("strings", "Paths to leave out, in the language of .gitignore."),
            ),
            ("python", Shape("string", "Python version or interpreter the backend runs on.")),
        ),
    )


def _rule(info: RuleInfo | None) -> Shape:
    keys = (
        ("enabled", Shape("boolean", "Whether the rule runs.")),
        ("severity", Shape("string", "Severity of its findings.", choices=SEVERITIES)),
    )
    if info is None:
        return Shape("open table", "One rule.", keys)
    options = tuple((name, _option(default, doc)) for name, default, doc in info.options)
    return Shape("table", info.summary, keys + options)


def rule_shape(info: RuleInfo) -> Shape:
    """What may be said about one rule.

    Args:
        info: the rule.
    """
    return _rule(info)


def _option(default: object, doc: str) -> Shape:
    """Shape of a rule's option: that of its default value."""
    if isinstance(default, bool):
        return Shape("boolean", doc)
    if isinstance(default, int):
        return Shape("integer", doc)
    if isinstance(default, float):
        return Shape("number", doc)
    if isinstance(default, (list, tuple, set, frozenset)):
        return Shape("strings", doc)
    if isinstance(default, dict):
        return Shape("map", doc, item=Shape("string", doc))
    return Shape("string", doc)


def _rules(known_rules: Mapping[str, RuleInfo | None]) -> Shape:
    return Shape(
        "table",
        "Options of the rules, by name.",
        tuple((name, _rule(known_rules[name])) for name in sorted(known_rules)),
    )


def _boot() -> Shape:
    override = Shape(
        "tables",
        "Start commands that differ on purpose.",
        (
            ("platform", Shape("string", "Where the command is used.")),
            ("command", Shape("string", "The command.")),
        ),
        required=("platform", "command"),
    )
    return Shape(
        "table",
        "How the service starts.",
        (
            ("canonical", Shape("string", "The one start command.")),
            ("override", override),
        ),
    )


def _stubs() -> Shape:
    tables = tuple(
        (name, Shape("map", f"Stub lines: {doc}.", item=Shape("string", doc)))
        for name, doc in STUB_TABLES
    )
    files = ("files", Shape("strings", "Stub files of the repository, relative to the root."))
    return Shape("table", "Effects of libraries that Bylaw does not know.", (*tables, files))


def document_shape(known_rules: Mapping[str, RuleInfo | None]) -> Shape:
    """Build the table of every key.

    Args:
        known_rules: the rules that may be configured, by name; None where nobody knows the options.

    Returns:
        The shape of a whole ``bylaw.toml``, or of ``[tool.bylaw]``.
    """
    packs = Shape("strings", "Packs, or Markdown documents, in order of precedence.")
    answers = Shape("answer", "The choice.")
    terms = Shape("anything", "One term.")
    return Shape(
        "table",
        "Configuration of Bylaw.",
        (
            ("project", _project()),
            (
                "packs",
                Shape(
                    "table", "Written documents the repository is held to.", (("enable", packs),)
                ),
            ),
            ("rules", _rules(known_rules)),
            ("layers", _layers()),
            ("boot", _boot()),
            ("probe", _probe()),
            (
                "decisions",
                Shape("map", "Choices between sources that contradict each other.", item=answers),
            ),
            ("stubs", _stubs()),
            ("waivers", Shape("map", "Terms on which signed waivers count.", item=terms)),
        ),
    )


def _layers() -> Shape:
    layer = (
        ("name", Shape("string", "Name of the layer.")),
        ("modules", Shape("strings", "Modules in it, by dotted name or pattern.")),
    )
    meaning = "Layers from the outermost inward; imports go down only."
    return Shape("tables", meaning, layer, required=("name", "modules"))


def _probe() -> Shape:
    environment = Shape(
        "map",
        "Variables the backend is run with, and nothing else.",
        item=Shape("string", "Value of the variable."),
    )
    return Shape("table", "How the backend is run.", (("environment", environment),))


def find_problems(value: object, shape: Shape, path: KeyPath = ()) -> Iterator[Problem]:
    """Hold a value against its shape.

    Args:
        value: what the TOML parser gave.
        shape: what may stand there.
        path: where it stands.

    Yields:
        Everything that is wrong, in the order of the document.
    """
    if not _has_type(value, shape.kind):
        yield Problem(
            path,
            f"`{dotted(path)}` must be {_WORDS[shape.kind]}, not {_name_type(value)}",
            _example(path, shape),
        )
        return
    if shape.choices and value not in shape.choices:
        yield Problem(
            path,
            f"`{dotted(path)}` must be one of {', '.join(shape.choices)}, not {value!r}",
            _nearest_hint(str(value), shape.choices) or f"write one of {', '.join(shape.choices)}",
        )
    if shape.kind == "anything":
        return
    if isinstance(value, list):
        item = Shape("table", shape.doc, shape.keys, required=shape.required)
        if shape.kind != "tables":
            item = Shape("string", shape.doc)
        for position, element in enumerate(value):
            yield from find_problems(element, item, (*path, position))
    elif isinstance(value, dict):
        yield from _table_problems(value, shape, path)


def _table_problems(value: dict[str, object], shape: Shape, path: KeyPath) -> Iterator[Problem]:
    keys = dict(shape.keys)
    for key, element in value.items():
        if shape.item is not None:
            yield from find_problems(element, shape.item, (*path, key))
        elif key in keys:
            yield from find_problems(element, keys[key], (*path, key))
        elif shape.kind != "open table":
            yield _unknown(key, tuple(keys), path)
    for key in shape.required:
        if key not in value:
            yield Problem(path, f"`{dotted(path)}` has no `{key}`", f"add `{key}`: {keys[key].doc}")


def _unknown(key: str, known: tuple[str, ...], path: KeyPath) -> Problem:
    kind = "rule" if path == ("rules",) else "key"
    where = f" in `{dotted(path)}`" if path else ""
    hint = _nearest_hint(key, known)
    if not hint and kind == "rule":
        hint = "list the rules with `bylaw rules`; a plug-in must be installed beside Bylaw"
    elif not hint:
        hint = f"known here: {', '.join(known)}"
    return Problem((*path, key), f"unknown {kind} `{key}`{where}", hint)


def _nearest_hint(word: str, known: tuple[str, ...]) -> str:
    import difflib

    nearest = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"did you mean `{nearest[0]}`?" if nearest else ""


def _example(path: KeyPath, shape: Shape) -> str:
    """Show what would be right in this place."""
    place = dotted(path)
    if path and isinstance(path[-1], int):
        return "put quotes around it" if shape.kind == "string" else f"write `[[{place}]]`"
    key = dotted(path[-1:])
    examples = {
        "string": f'write `{key} = "{shape.choices[0] if shape.choices else "..."}"`',
        "integer": f"write `{key} = 1`",
        "number": f"write `{key} = 0.5`",
        "boolean": f"write `{key} = true` or `{key} = false`",
        "strings": f'write `{key} = ["..."]`',
        "path or paths": f'write `{key} = "..."`',
        "answer": f'write `{key} = "..."`',
        "tables": f"write `[[{place}]]`",
    }
    return examples.get(shape.kind, f"write `[{place}]` and its keys below")


def _has_type(value: object, kind: str) -> bool:
    if kind in ("table", "open table", "map"):
        return isinstance(value, dict)
    if kind in ("strings", "tables"):
        return isinstance(value, list)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "path or paths":
        return isinstance(value, (str, list))
    if kind == "answer":
        return isinstance(value, (str, int, float))
    return kind == "anything" or isinstance(value, str)


def _name_type(value: object) -> str:
    names = (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a number"),
        (str, "a string"),
        (list, "an array"),
        (dict, "a table"),
    )
    return next((name for type_, name in names if isinstance(value, type_)), "a date or time")


def dotted(path: KeyPath) -> str:
    """Write a place the way people do: ``layers[1].modules``.

    Args:
        path: the place.

    Returns:
        Its spelling; positions count from 1.
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            word = part if _is_bare(part) else f'"{part}"'
            text += f".{word}" if text else word
    return text


def _is_bare(key: str) -> bool:
    return key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def json_schema() -> dict[str, object]:
    """Write the table as a JSON Schema for editors.

    Names and options of rules are left to ``bylaw check``, which knows them: an editor that
    reads a published schema is often older or newer than the Bylaw that runs.

    Returns:
        A schema of draft 2020-12.
    """
    shape = document_shape({})
    any_rule = Shape("map", "Options of the rules, by name.", item=_rule(None))
    keys = tuple((key, any_rule if key == "rules" else inner) for key, inner in shape.keys)
    node = _node(shape._replace(keys=keys))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_URL,
        "title": "bylaw.toml",
        **node,
    }


def _node(shape: Shape) -> dict[str, object]:
    node: dict[str, object] = {"description": shape.doc}
    strings = {"type": "array", "items": {"type": "string"}}
    if shape.kind == "strings":
        return node | strings
    if shape.kind == "path or paths":
        return node | {"anyOf": [{"type": "string"}, strings]}
    if shape.kind == "answer":
        return node | {"type": ["string", "number", "boolean"]}
    if shape.kind == "anything":
        return node
    if shape.kind == "tables":
        item = Shape("table", "One of them.", shape.keys, required=shape.required)
        return node | {"type": "array", "items": _node(item)}
    if shape.item is not None:
        return node | {"type": "object", "additionalProperties": _node(shape.item)}
    if shape.kind in ("table", "open table"):
        node |= {
            "type": "object",
            "additionalProperties": shape.kind == "open table",
            "properties": {key: _node(inner) for key, inner in shape.keys},
        }
        return node | ({"required": list(shape.required)} if shape.required else {})
    choices = {"enum": list(shape.choices)} if shape.choices else {}
    return node | {"type": shape.kind} | choices
