"""The kinds of binding, and what each may say: it validates, and it is the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bylaw.config.shape import Problem, Shape, find_problems, rule_shape
from bylaw.rules.own.forbid_effect import EFFECTS
from bylaw.rules.own.naming import NAMED
from bylaw.rules.rule import RuleInfo

RULE, COMMAND, MANUAL, LAYERS, NAMING = "rule", "command", "manual", "layers", "naming"

_FROM = Shape("path or paths", "Modules that are bound, by dotted name, pattern or path.")
_IMPORT = Shape(
    "table", "An import that is forbidden.",
    (
        ("from", _FROM),
        ("to", Shape("path or paths", "What they may not import.")),
        ("type-checking", Shape("boolean", "Imports for type checking count as well.")),
    ),
    required=("to",),
)  # fmt: skip
_CALL = Shape(
    "table", "A call that is forbidden.",
    (
        ("from", Shape("path or paths", "Modules or functions that are bound.")),
        ("to", Shape("path or paths", "What they may not call, by its documented name.")),
    ),
    required=("to",),
)  # fmt: skip
_EFFECT = Shape(
    "table", "An effect that is forbidden, through any chain of calls.",
    (
        ("scope", Shape("path or paths", "Modules or functions that are bound.")),
        ("effect", Shape("path or paths", f"One of {', '.join(EFFECTS)}, or several.")),
    ),
    required=("scope", "effect"),
)  # fmt: skip
_LAYER = (
    ("name", Shape("string", "Name of the layer.")),
    ("modules", Shape("path or paths", "Modules in it.")),
)
_NAMING = Shape(
    "table", "The form of names, as a regular expression that the whole name matches.",
    (
        *((name, Shape("string", f"Form of the names of {name}.")) for name in NAMED),
        ("in", Shape("path or paths", "Modules that are bound.")),
    ),
)  # fmt: skip
_FILE = Shape(
    "table", "A file that has to be there.",
    (
        ("path", Shape("path or paths", "The file, relative to the root or to each folder.")),
        ("each", Shape("path or paths", "Folders each of which has to have it, by pattern.")),
    ),
    required=("path",),
)  # fmt: skip

KINDS: Mapping[str, Shape] = {
    RULE: Shape("string", "A rule of Bylaw, with its options in braces."),
    "forbid-import": _IMPORT,
    "forbid-call": _CALL,
    "forbid-effect": _EFFECT,
    LAYERS: Shape("tables", "Layers from the outermost inward.", _LAYER,
                  required=("name", "modules")),
    NAMING: _NAMING,
    "require-file": _FILE,
    COMMAND: Shape("string", "A command that has to pass."),
    MANUAL: Shape("string", "Who decides, where no check can."),
}  # fmt: skip


def entry_problems(kind: str, value: Any, infos: Mapping[str, RuleInfo]) -> Iterator[Problem]:
    """What is wrong with one entry of a block.

    Args:
        kind: one of ``KINDS``.
        value: what stands behind it; for a rule, a table of ``name`` and ``options``.
        infos: the rules there are.
    """
    if kind == RULE:
        yield from find_problems(value["options"], rule_shape(infos[value["name"]]), (kind,))
        return
    found = list(find_problems(value, KINDS[kind], (kind,)))
    yield from found
    if found:
        return
    if kind == "forbid-effect":
        effect = value["effect"]
        for each in [effect] if isinstance(effect, str) else effect:
            shape = Shape("string", "Kind of effect.", choices=EFFECTS)
            yield from find_problems(each, shape, (kind, "effect"))
    if kind == NAMING:
        yield from _form_problems(value)


def _form_problems(value: Mapping[str, Any]) -> Iterator[Problem]:
    given = [name for name in NAMED if name in value]
    if not given:
        message = "`naming` says of nothing how it is named"
        yield Problem((NAMING,), message, f"add one of {', '.join(NAMED)}")
    for name in given:
        try:
            re.compile(value[name])
        except re.error as error:
            message = f"`naming.{name}` is no regular expression: {error}"
            yield Problem((NAMING, name), message, "mend the expression")
