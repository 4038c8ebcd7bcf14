"""What a changed module means for the risk of a change: classes, names, imports, texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.facts import schema as F
from bylaw.gates.tier.code_difference import (
    CHANGED,
    REMOVED,
    ClassDifference,
    CodeDifference,
    FunctionDifference,
)
from bylaw.gates.tier.entries import COMMAND, GRAPHQL, ROUTE, TASK
from bylaw.gates.tier.function_marks import shown
from bylaw.gates.tier.function_reasons import Changing, dynamic_of, function_reasons
from bylaw.gates.tier.side import Side
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, Touched, unresolved
from bylaw.model.roles import MIGRATION, SCRIPT, SETTINGS
from bylaw.source.changes import Changed

_GUARDING = frozenset(
    {"auth", "authentication", "authorization", "permission", "permissions", "password",
     "passwords", "secret", "jwt", "token", "tokens", "cors", "csrf", "session", "cookie", "hosts",
     "ssl", "hsts", "hashers", "middleware", "throttle", "oauth", "oidc", "saml", "login",
     "credentials", "scopes", "crypto", "cipher", "encryption", "signing"}
)  # fmt: skip
_STORING = frozenset({"databases", "database"})
_OF_CONTRACT = frozenset(
    {"serializer_class", "filterset_class", "filterset_fields", "filter_backends",
     "pagination_class", "lookup_field", "lookup_url_kwarg", "parser_classes", "renderer_classes",
     "http_method_names", "search_fields", "ordering_fields", "versioning_class", "form_class"}
)  # fmt: skip
_OF_TABLES = frozenset({"__table_args__", "__tablename__", "__mapper_args__", "objects"})
_OF_META = frozenset(
    {"constraints", "indexes", "unique_together", "index_together", "db_table", "managed", "proxy",
     "abstract", "db_tablespace", "order_with_respect_to", "permissions", "default_permissions"}
)  # fmt: skip
"""Options of Django's models that a migration carries out."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WORDS = {"added": "is new", "removed": "is gone", "changed": "is another"}
_QUIET_NAMES = frozenset({"__version__", "__author__", "logger", "log", "_logger", "LOGGER"})
_MOST_LOCAL = 3


class ModuleChange(NamedTuple):
    """A changed Python file between its two sides.

    Attributes:
        file: content before and after.
        difference: what differs in the code.
        before: the repository at the base.
        after: the repository now.
    """

    file: Changed
    difference: CodeDifference
    before: Side
    after: Side

    @property
    def side(self) -> Side:
        """Where the module is: after the change, before it where it is gone."""
        return self.after if self.after.module(self.file.path) >= 0 else self.before

    @property
    def place(self) -> str:
        """Path of the module on its side."""
        return self.file.path if self.side is self.after else self.file.old_path


def text_reasons(file: Changed, difference: CodeDifference) -> list[Touched]:
    """Reasons of a module whose code is the same: its comments, docstrings, layout."""
    found = []
    if difference.directives:
        why = f"what a tool is told is another: {difference.directives[0]}"
        found.append(Touched("tooling", file.path, "", why, LOW))
    if difference.docstrings:
        found.append(Touched("docs", file.path, "", "docstrings; the code is the same", LOW))
    if not found and not file.is_renamed:
        why = "layout or comments; the code is the same"
        found.append(Touched("style", file.path, "", why, LOW))
    return found


def shown_docstrings(change: ModuleChange) -> Iterator[Touched]:
    """Docstrings that somebody sees: descriptions of routes, commands and schemas."""
    side, path = change.side, change.place
    if b"__doc__" in (change.file.after or b""):
        yield Touched("behaviour", change.file.path, "", "code reads its docstrings", MEDIUM)
    new = {each.name for each in change.difference.functions if each.how != CHANGED}
    new |= {each.name for each in change.difference.classes if each.how != CHANGED}
    for name in sorted(set(change.difference.docstrings) - new):
        for number in side.functions(path, name):
            entry = side.entries.get(number)
            shown = entry is not None and entry.kind in (ROUTE, COMMAND, GRAPHQL)
            if entry is not None and shown and side.project.functions[number][F.F_NAME] == name:
                why = f"the text that describes {entry.label} is another"
                surface = "behaviour" if entry.kind == COMMAND else "contract"
                yield Touched(surface, change.file.path, side.project.symbol(number), why, MEDIUM)
        for number in side.classes(path, name):
            if number in side.contracts:
                why = f"the text that describes it is another: {side.contracts[number]}"
                symbol = side.project.class_name(number)
                yield Touched("contract", change.file.path, symbol, why, MEDIUM)


def module_reasons(change: ModuleChange) -> list[Touched]:
    """Reasons of a module whose code changed or that has another path.

    Args:
        change: the module between its two sides.

    Returns:
        The reasons; none is there where the models of both sides say all there is.
    """
    side, path = change.side, change.place
    role = side.project.roles[side.module(path)]
    if role == MIGRATION:
        how = _how(change.file)
        return [Touched("migration", change.file.path, "", f"a migration {how}", HIGH)]
    found = [*shown_docstrings(change), *_renamed(change)]
    for function in change.difference.functions:
        found += _of_function(change, function)
    for each in change.difference.classes:
        found += _of_class(change, each)
    found += _of_names(change, role)
    found += _of_imports(change)
    if role == SCRIPT:
        found = [_as_script(each) for each in found]
    return _merged(found, change.file.path)


def _how(file: Changed) -> str:
    if not file.mode:
        return "is gone"
    return "is new" if not file.old_mode else "is another"


def _as_script(reason: Touched) -> Touched:
    """What nobody reaches in a script is a developer's."""
    if reason.surface in ("local", "public", "async", "persistence"):
        return Touched("local", reason.path, reason.symbol, f"a script: {reason.why}", LOW)
    return reason


def _of_function(change: ModuleChange, difference: FunctionDifference) -> Iterator[Touched]:
    gone = difference.how == REMOVED
    side = change.before if gone else change.after
    path = change.file.old_path if gone else change.file.path
    numbers = side.functions(path, difference.name)
    changing = Changing(change.file.path, difference, side, numbers)
    if not numbers:
        yield changing.reason("public", "it cannot be followed to who calls it", MEDIUM)
        return
    found = list(function_reasons(changing))
    if difference.how == CHANGED and not any(each.surface == "behaviour" for each in found):
        earlier = change.before.functions(change.file.old_path, difference.name)
        was = Changing(change.file.path, difference, change.before, earlier)
        if earlier and was.roads():
            found = list(function_reasons(was))
    if difference.how == CHANGED and [each.surface for each in found] == ["local"]:
        found = [_handed_on(change, found[0], difference.name)]
    yield from found


def _handed_on(change: ModuleChange, reason: Touched, name: str) -> Touched:
    """A private function that nothing calls, unless its module names it elsewhere."""
    last = re.escape(name.rpartition(".")[2].encode())
    if len(re.findall(rb"\b%s\b" % last, change.file.after or b"")) < 2:
        return reason
    why = "it is another; who uses it in its module cannot be followed further"
    return reason._replace(surface="public", why=why, tier=MEDIUM)


def dynamic_reasons(change: ModuleChange) -> Iterator[Touched]:
    """What a module now calls by a computed name: whom that reaches cannot be told."""
    for difference in change.difference.functions:
        what = dynamic_of(difference)
        if what:
            why = f"it calls what a computed name leads to: {what}"
            yield unresolved(change.file.path, why, difference.name)


def _renamed(change: ModuleChange) -> Iterator[Touched]:
    file, side = change.file, change.after
    module = side.module(file.path)
    if not file.is_renamed or module < 0:
        return
    offset = side.project.function_offset[module]
    count = len(side.project.facts[module][F.FUNCTIONS])
    tasks = [side.entries[each].label for each in range(offset, offset + count)
             if each in side.entries and side.entries[each].kind == TASK]  # fmt: skip
    if tasks:
        why = f"it was {file.old_path}: what is queued under the old name of {tasks[0]} is lost"
        yield Touched("messaging", file.path, side.project.modules[module].name, why, HIGH)
    users = {*change.before.reaching.imports.users(change.before.module(file.old_path)),
             *side.reaching.imports.users(module)}  # fmt: skip
    why = f"it was {file.old_path}"
    if users:
        yield Touched("public", file.path, "", f"{why}: {_counted(sorted(users))} use it", MEDIUM)
    elif side.project.roles[module] == SCRIPT:
        yield Touched("local", file.path, "", f"{why}; nothing else imports it", LOW)
    else:
        why = f"{why}: nothing imports it; whoever loads it by its name must know the new one"
        yield Touched("public", file.path, "", why, MEDIUM)


def _counted(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _tokens(name: str) -> set[str]:
    return {each.lower() for each in _WORD.findall(name)}


def _of_class(change: ModuleChange, difference: ClassDifference) -> Iterator[Touched]:
    gone = difference.how == REMOVED
    side = change.before if gone else change.after
    path = change.file.old_path if gone else change.file.path
    numbers = side.classes(path, difference.name)
    symbol = side.project.class_name(numbers[0]) if numbers else difference.name
    found = [each for number in numbers
             for each in _class_surfaces(side, number, difference)]  # fmt: skip
    if not found:
        found = [_class_use(change, side, path, difference)]
    owner, _, inner = difference.name.rpartition(".")
    if inner in ("Meta", "Config"):
        found = [each for number in side.classes(path, owner)
                 for each in _options_of(side, number, difference)] or found  # fmt: skip
    for surface, why, tier in found:
        yield Touched(surface, change.file.path, symbol, why, tier)


def _options_of(
    side: Side, number: int, difference: ClassDifference
) -> Iterator[tuple[str, str, str]]:
    """What ``Meta`` or ``Config`` say about the class around them."""
    names = ", ".join(difference.names) or "they"
    if number in side.contracts:
        yield "contract", f"{side.contracts[number]}: options are others: {names}", HIGH
    if number in side.tables and set(difference.names) & _OF_META:
        yield "persistence", f"options of table {side.tables[number]} are others: {names}", HIGH
    if number in side.settings:
        yield "settings", f"how settings are read is another: {names}", HIGH


def _class_surfaces(
    side: Side, number: int, difference: ClassDifference
) -> Iterator[tuple[str, str, str]]:
    names, how = difference.names, _class_how(difference)
    if any(_tokens(each) & _GUARDING for each in difference.names) and (
        number in side.view_classes or number in side.settings
    ):
        yield "security", how, HIGH
    if number in side.contracts:
        yield "contract", f"{side.contracts[number]}: {how}", HIGH
    if number in side.tables:
        of_table = side.table_attributes.get(number, set()) | _OF_TABLES
        if difference.how != CHANGED or not names or set(names) & of_table:
            yield "persistence", f"the model of table {side.tables[number]}: {how}", HIGH
    if number in side.settings:
        yield "settings", f"values the service runs with: {how}", MEDIUM
    if number in side.view_classes:
        route = side.view_classes[number]
        if difference.how != CHANGED or set(difference.names) & _OF_CONTRACT:
            yield "contract", f"it handles {route}: {how}", HIGH
        else:
            yield "behaviour", f"it handles {route}: {how}", MEDIUM


def _class_how(difference: ClassDifference) -> str:
    if difference.how != CHANGED:
        return f"it {_WORDS[difference.how]}"
    verb = "are others" if len(difference.names) > 1 else "is another"
    return f"{', '.join(difference.names) or 'its head'} {verb}"


def _class_use(
    change: ModuleChange, side: Side, path: str, difference: ClassDifference
) -> tuple[str, str, str]:
    how = _class_how(difference)
    top = difference.name.partition(".")[0]
    users = side.reaching.imports.users_of(side.module(path), top)
    if users:
        return "public", f"{how}, used by {_counted(users)}", MEDIUM
    for number in side.functions(path, difference.name):
        roads = side.reaching.roads(number)
        if roads:
            return "behaviour", f"{how}, reached by {roads[0].entry.label}", MEDIUM
    if difference.how == CHANGED and not difference.name.startswith("_"):
        return "public", f"{how}; users outside what is read here may exist", MEDIUM
    return "local", f"{how}; nothing is known to use it", LOW


def _of_names(change: ModuleChange, role: str) -> Iterator[Touched]:
    file, side, path = change.file, change.side, change.place
    module = side.module(path)
    for name in change.difference.names:
        if name in _QUIET_NAMES:
            yield Touched("local", file.path, name, "a name that decides nothing", LOW)
            continue
        symbol = f"{side.project.modules[module].name}.{name}"
        if role == SETTINGS:
            yield _setting(file.path, symbol, name)
            continue
        users = side.reaching.imports.users_of(module, name)
        readers = _readers(file, name)
        roads = [road for each in readers for number in side.functions(path, each)
                 for road in side.reaching.roads(number)]  # fmt: skip
        if name == "urlpatterns" or name == "__all__" or users or roads:
            who = roads[0].entry.label if roads else _counted(users) if users else "others"
            surface = "behaviour" if roads else "public"
            yield Touched(
                surface, file.path, symbol, f"its value is another, read by {who}", MEDIUM
            )
        else:
            why = "its value is another; nothing is known to reach it"
            yield Touched("local", file.path, symbol, why, LOW)
    if change.difference.statements:
        yield _statement(change)


def _setting(path: str, symbol: str, name: str) -> Touched:
    if _tokens(name) & _GUARDING:
        return Touched("security", path, symbol, f"the setting {name} is another", HIGH)
    if _tokens(name) & _STORING:
        return Touched("persistence", path, symbol, f"the setting {name} is another", HIGH)
    return Touched("settings", path, symbol, f"the setting {name} is another", MEDIUM)


def _statement(change: ModuleChange) -> Touched:
    """Calls that a module makes by itself: what they register cannot be told by a name."""
    lines = _differing_calls(change.file)
    guarding = [each for each in lines if _tokens(each) & _GUARDING]
    if guarding:
        why = f"what the module does on import is another: {guarding[0][:60]}"
        return Touched("security", change.file.path, "", why, HIGH)
    what = f": {lines[0][:60]}" if lines else ""
    why = f"what the module does on import is another{what}"
    return Touched("behaviour", change.file.path, "", why, MEDIUM)


def _differing_calls(file: Changed) -> list[str]:
    sides = []
    for content in (file.before, file.after):
        try:
            tree = ast.parse(content or b"")
        except (SyntaxError, ValueError, RecursionError):
            return []
        sides.append([shown(each) for each in tree.body if isinstance(each, ast.Expr)])
    return sorted(set(sides[0]) ^ set(sides[1]))


def _readers(file: Changed, name: str) -> list[str]:
    """Functions and methods of a module that mention a name."""
    try:
        tree = ast.parse(file.after or file.before or b"")
    except (SyntaxError, ValueError, RecursionError):
        return []
    found = []
    pending: list[tuple[str, ast.AST]] = [("", tree)]
    while pending:
        prefix, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                pending.append((f"{prefix}{child.name}.", child))
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(child)):
                    found.append(f"{prefix}{child.name}")
            elif isinstance(child, ast.stmt):
                pending.append((prefix, child))
    return sorted(found)


def _of_imports(change: ModuleChange) -> Iterator[Touched]:
    """Only where nothing else of the code changed: else what uses the imports speaks."""
    difference, file = change.difference, change.file
    if not difference.imports or difference.functions or difference.classes or difference.names:
        return
    if file.path.endswith("__init__.py"):
        yield Touched("public", file.path, "", "what the package offers is another", MEDIUM)
    else:
        yield Touched("local", file.path, "", "only what is imported is another", LOW)


def _merged(found: list[Touched], path: str) -> list[Touched]:
    """Many functions that nothing reaches are one reason."""
    for surface in ("local", "style"):
        same = [each for each in found if each.surface == surface and each.tier == LOW]
        if len(same) > _MOST_LOCAL:
            why = f"{len(same)} functions, classes or names: {same[0].why}"
            found = [each for each in found if each not in same]
            found.append(Touched(surface, path, "", why, LOW))
    return found
