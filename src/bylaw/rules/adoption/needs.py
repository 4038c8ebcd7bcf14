"""Which variables a service reads, of which type, and whether it can start without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bylaw.facts import schema as F
from bylaw.model.backend.items import Settings, SettingsField
from bylaw.model.environment import is_ambient, is_for_browser
from bylaw.rules.adoption.plan import Variable
from bylaw.rules.context import RuleContext

_OWN = frozenset({"PORT", "WORKER_MODE"})
_TYPES = ("int", "float", "bool")
_WRAPPED = re.compile(r"^(?:typing\.)?(?:Optional|Annotated|Final)\[(\w+)[\],]")


def variables_of(context: RuleContext, modules: Iterable[int]) -> list[Variable]:
    """The variables that some modules read by name, required ones first.

    A field of a settings class without a default, and a read of a module's body that cannot do
    without, are required. What only a function reads without a default may never be asked for:
    that is left to people. Of the others those with a type other than text are named, because
    only they can be wrong.

    Args:
        context: what is known.
        modules: numbers of the files that the service loads.
    """
    files = {context.project.paths[number] for number in modules}
    at_import = _import_reads(context)
    texts = [context.repository.text(path) for path in sorted(files)]
    found: dict[str, Variable] = {}
    for settings in context.backend.settings:
        if settings.path not in files:
            continue
        for field in settings.fields:
            made = _variable(settings, field, at_import)
            if made is not None and field.required and _is_only_asked(context, made):
                made = made._replace(is_required=False, is_certain=True)
            if made is not None and made.is_required and _is_given(settings, field, texts):
                made = made._replace(is_required=False, is_certain=False)
            known = found.get(made.name) if made is not None else None
            if made is not None and (known is None or _weight(made) < _weight(known)):
                found[made.name] = made
    kept = [each for each in found.values()
            if each.is_required or not each.is_certain or each.type != "str"]  # fmt: skip
    return sorted(kept, key=lambda each: (_weight(each), each.name))


def _is_only_asked(context: RuleContext, variable: Variable) -> bool:
    """Whether a read only asks if a variable is there: ``"NAME" in os.environ``."""
    path, _, line = variable.place.rpartition(":")
    row = context.repository.text(path).split("\n")[int(line) - 1]
    return bool(re.search(rf"[\"']{variable.name}[\"']\s+(not\s+)?in\b", row))


def _is_given(settings: Settings, field: SettingsField, texts: Sequence[str]) -> bool:
    """Whether the code may hand a field to the settings class, in place of the environment."""
    if settings.kind != "pydantic":
        return False
    made = re.compile(rf"\b{settings.name.rpartition('.')[2]}\(")
    named = re.compile(rf"\*\*|\b{field.name}\s*=")
    return any(named.search(_arguments(text, match.end()))
               for text in texts for match in made.finditer(text))  # fmt: skip


def _arguments(text: str, start: int) -> str:
    """What stands between the parentheses of a call."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return ""


def _weight(variable: Variable) -> int:
    if variable.is_required:
        return 0
    return 2 if variable.is_certain else 1


def _variable(
    settings: Settings, field: SettingsField, at_import: set[tuple[str, int]]
) -> Variable | None:
    if len(field.variables) != 1:
        return None
    name = field.variables[0]
    unknown = is_ambient(name) or is_for_browser(name) or name in _OWN
    if unknown or not re.fullmatch(r"[A-Za-z_]\w*", name):
        return None
    place = f"{field.path}:{field.line}"
    certain = settings.kind == "pydantic" or (field.path, field.line) in at_import
    needed = field.required and certain
    return Variable(name, _type(field.annotation), needed, certain or not field.required, place)


def _type(annotation: str) -> str:
    plain = annotation.strip("\"' ")
    wrapped = _WRAPPED.match(plain)
    plain = wrapped[1] if wrapped else plain
    parts = [part.strip() for part in plain.split("|")]
    parts = [part for part in parts if part != "None"]
    return parts[0] if len(parts) == 1 and parts[0] in _TYPES else "str"


def _import_reads(context: RuleContext) -> set[tuple[str, int]]:
    """Places where a module's body reads a variable whatever else is so."""
    return {(context.project.paths[home], line) for home, line in _body_reads(context)}


def _body_reads(context: RuleContext) -> Iterator[tuple[int, int]]:
    project = context.project
    avoided = F.IN_CONDITION | F.IN_HANDLER | F.IN_MAIN | F.IN_FALLBACK | F.IN_IMPORT_GUARD
    for home in range(len(project.paths)):
        body = project.module_body(home)
        for seed in context.graph.seeds[body]:
            flags = context.situation(body, seed.situation)[F.S_FLAGS]
            handled = context.situation(body, seed.situation)[F.S_HANDLED]
            if seed.kind == "env-read" and not flags & avoided and not handled:
                yield home, seed.place[0]
