"""Columns, relationships and indexes as SQLAlchemy and SQLModel declare them."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import Attribute
from bylaw.model.backend.declared_index import DeclaredIndex, locate
from bylaw.model.backend.items import Column, Relationship, TableIndex
from bylaw.model.backend.references import text_of
from bylaw.model.backend.shapes import (
    Expression,
    base_name,
    given,
    is_call,
    is_false,
    is_none,
    is_true,
    items,
    keyword,
    last_name,
    line_of,
    path_of,
    render,
    text,
    words,
)

_COLUMNS = frozenset({"Column", "mapped_column"})
_RELATIONS = frozenset({"relationship", "Relationship", "dynamic_loader"})
_KINDS = {
    "Index": "index", "UniqueConstraint": "unique", "PrimaryKeyConstraint": "primary-key",
    "ForeignKeyConstraint": "foreign-key",
}  # fmt: skip
_WRAPPERS = frozenset({"deferred", "column_property"})
_NOT_FIELDS = frozenset({"ClassVar", "PrivateAttr"})
_DEFAULTS = ("default", "server_default", "default_factory", "insert_default", "sa_column_kwargs")


def column_of(index: DeclaredIndex, attribute: Attribute, *, is_sqlmodel: bool) -> Column | None:
    """The column an attribute of a mapped class declares, None for what is none.

    Args:
        index: the declarations.
        attribute: of the class body or one it inherits.
        is_sqlmodel: every annotated field is a column.

    Returns:
        The column, without what indexes declared apart say about it.
    """
    if attribute.name.startswith("__") or attribute.name in ("model_config", "metadata"):
        return None
    value = attribute.value
    if is_call(value) and last_name(value) in _WRAPPERS and value[2]:
        value = value[2][0]
    marked = base_name(attribute.annotation) == "Mapped"
    if is_call(value) and last_name(value) in _COLUMNS:
        return _from_call(index, attribute, value)
    if marked and not is_call(value):
        return _from_call(
            index, attribute, _behind_annotation(index, attribute, attribute.annotation[2][0])
        )
    if is_sqlmodel and attribute.annotation is not None:
        return _from_field(index, attribute, value)
    return _plain(index, attribute) if is_call(value) and _makes_column(index, attribute) else None


def _makes_column(index: DeclaredIndex, attribute: Attribute) -> bool:
    """Whether a value is made by a function of the project that returns a column."""
    maker = index.value(attribute.module, attribute.value[1])
    if maker is None or maker[0] != "F":
        return False
    returned = index.project.functions[maker[1]][F.F_VALUES]
    return any(path.rpartition(".")[2][:-2] in _COLUMNS for path in returned)


def _with_partial(index: DeclaredIndex, module: int, call: Expression) -> Expression:
    """A call of what ``functools.partial`` made, with the keywords it was given there."""
    path = path_of(call[1])
    place = locate(index.project, module, path) if path != "?" else None
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    made: Expression = record[F.E_VALUE] if record is not None else "?"
    if not is_call(made) or last_name(made) != "partial":
        return call
    own = {name for name, _ in call[3]}
    preset = tuple(each for each in made[3] if each[0] not in own)
    return (*call[:3], (*call[3], *preset), call[4])


def _behind_annotation(index: DeclaredIndex, attribute: Attribute, inner: Expression) -> Expression:
    """The ``mapped_column`` inside an ``Annotated`` alias, or an empty one."""
    path = path_of(inner)
    place = locate(index.project, attribute.module, path) if path != "?" else None
    record = index.binding((place[0], 0, place[1])) if place is not None else None
    shape = record[F.E_VALUE] if record is not None else inner
    if base_name(shape) == "Annotated":
        for each in shape[2][1:]:
            if is_call(each) and last_name(each) in _COLUMNS:
                return each
    return ("call", "mapped_column", (), (), attribute.line)


def _from_call(index: DeclaredIndex, attribute: Attribute, call: Expression) -> Column:
    call = _with_partial(index, attribute.module, call)
    args = list(call[2])
    name = attribute.name
    named = text(args[0]) if args else None
    if named is not None:
        name = named
        args = args[1:]
    explicit = keyword(call, "name")
    if explicit is not None:
        name = text_of(index, attribute.module, explicit)
    keys = (each for each in args if is_call(each) and last_name(each) == "ForeignKey")
    foreign = next(keys, None)
    kind = next((each for each in args if each is not foreign and not _is_schema_item(each)), None)
    kind = keyword(call, "type_") if kind is None else kind
    is_key = is_true(keyword(call, "primary_key"))
    annotation = attribute.annotation
    shown = render(kind) if kind is not None else _inside_mapped(annotation)
    return Column(
        name, attribute.name, shown, _nullable(call, annotation, is_key), is_key,
        is_true(keyword(call, "unique")), is_true(keyword(call, "index")),
        _target(index, attribute.module, foreign), _on_delete(index, attribute.module, foreign),
        _has_default(call), index.project.paths[attribute.module],
        attribute.line if attribute.owner >= 0 else line_of(call, attribute.line),
    )  # fmt: skip


def _is_schema_item(shape: Expression) -> bool:
    return is_call(shape) and last_name(shape) in (
        "ForeignKey", "Sequence", "Identity", "Computed", "CheckConstraint", "FetchedValue",
    )  # fmt: skip


def _has_default(call: Expression) -> bool:
    return any(not is_none(keyword(call, name)) for name in _DEFAULTS)


def _inside_mapped(annotation: Expression) -> str:
    if base_name(annotation) == "Mapped":
        return render(annotation[2][0])
    return render(annotation)


def _nullable(call: Expression, annotation: Expression, is_key: bool) -> bool | None:
    declared = keyword(call, "nullable")
    if declared is not None:
        return True if is_true(declared) else False if is_false(declared) else None
    if is_key:
        return False
    if base_name(annotation) == "Mapped":
        return is_optional(annotation[2][0])
    return True if last_name(call) == "Column" else None


def is_optional(annotation: Expression) -> bool:
    """Whether an annotation admits None."""
    if base_name(annotation) in ("Optional", "Union"):
        return base_name(annotation) == "Optional" or ":None" in annotation[2]
    if base_name(annotation) == "Annotated":
        return is_optional(annotation[2][0])
    if type(annotation) is tuple and annotation[0] == "or":
        return any(each == ":None" or is_optional(each) for each in annotation[1])
    written = text(annotation)
    return written is not None and ("None" in written or written.startswith("Optional"))


def _target(index: DeclaredIndex, module: int, foreign: Expression) -> str:
    if foreign is None:
        return ""
    column = given(foreign, 0, "column")
    return "?" if column is None else words(column) or text_of(index, module, column)


def _on_delete(index: DeclaredIndex, module: int, foreign: Expression) -> str:
    declared = keyword(foreign, "ondelete") if foreign is not None else None
    return "" if is_none(declared) else text_of(index, module, declared)


def _plain(index: DeclaredIndex, attribute: Attribute) -> Column:
    """A column that a function of the project makes: no more than its name is known."""
    is_key = attribute.name == "id" or "primary_key" in words(attribute.value)
    return Column(
        attribute.name, attribute.name, "", False if is_key else None, is_key, False, False, "",
        "", False, index.project.paths[attribute.module], attribute.line,
    )  # fmt: skip


def _from_field(index: DeclaredIndex, attribute: Attribute, value: Expression) -> Column | None:
    """A field of a SQLModel table."""
    annotation = attribute.annotation
    if base_name(annotation) in _NOT_FIELDS or attribute.name.startswith("_"):
        return None
    call = value if is_call(value) and last_name(value) == "Field" else None
    if call is None and base_name(annotation) == "Annotated":
        call = next((each for each in annotation[2][1:] if is_call(each)), None)
    if call is None:
        call = ("call", "Field", (), (), attribute.line)
    column = keyword(call, "sa_column")
    if is_call(column):
        found = _from_call(index, attribute, column)
        return found._replace(type=found.type or render(annotation))
    is_key = is_true(keyword(call, "primary_key"))
    declared = keyword(call, "nullable")
    nullable = is_optional(annotation) if declared is None else is_true(declared)
    target = keyword(call, "foreign_key")
    plain_default = value is not None and not is_call(value)
    first = call[2][0] if call[2] else None
    return Column(
        attribute.name, attribute.name, render(annotation), nullable and not is_key, is_key,
        is_true(keyword(call, "unique")), is_true(keyword(call, "index")),
        "" if is_none(target) else text_of(index, attribute.module, target),
        text_of(index, attribute.module, keyword(call, "ondelete")),
        plain_default or _has_default(call) or not (is_none(first) or first == ":..."),
        index.project.paths[attribute.module], attribute.line,
    )  # fmt: skip


def relationship_of(index: DeclaredIndex, attribute: Attribute) -> Relationship | None:
    """The relationship an attribute declares, None for what is none."""
    value = attribute.value
    if (is_call(value) and last_name(value) == "backref") or not is_call(value):
        return None
    if last_name(value) not in _RELATIONS:
        return None
    annotation = attribute.annotation
    is_mapped = base_name(annotation) in ("Mapped", "WriteOnlyMapped")
    inner = annotation[2][0] if is_mapped else annotation
    target = given(value, 0, "argument") if last_name(value) != "Relationship" else None
    many: bool | None = None
    if inner is not None:
        many = base_name(inner).lower() in ("list", "set", "sequence")
    elif not is_none(keyword(value, "uselist")):
        many = is_true(keyword(value, "uselist"))
    if target is None and inner is not None:
        target = inner[2][0] if base_name(inner) and inner[2] else inner
    shown = text(target) if target is not None else ""
    lazy = keyword(value, "lazy")
    return Relationship(
        attribute.name, shown if shown is not None else render(target), many,
        "" if lazy is None else text(lazy) or render(lazy),
        index.project.paths[attribute.module], attribute.line,
    )  # fmt: skip


def indexes_of(index: DeclaredIndex, module: int, shape: Expression, line: int) -> list[TableIndex]:
    """Indexes and constraints of ``__table_args__`` or of the arguments of a ``Table``."""
    found = []
    for call in items(shape):
        if not is_call(call) or last_name(call) not in _KINDS:
            continue
        kind = _KINDS[last_name(call)]
        args = list(call[2])
        name = text_of(index, module, keyword(call, "name"))
        if kind == "index" and args:
            name = text_of(index, module, args.pop(0)) if not is_none(args[0]) else name
        if kind == "foreign-key" and args:
            args = list(items(args[0]))
        if kind == "index" and is_true(keyword(call, "unique")):
            kind = "unique"
        columns = tuple(_column_name(index, module, each) for each in args)
        partial = any(name.endswith("_where") for name, _ in call[3])
        place = (index.project.paths[module], line_of(call, line))
        found.append(TableIndex(kind, name, columns, partial, *place))
    return found


def _column_name(index: DeclaredIndex, module: int, shape: Expression) -> str:
    known = text(shape)
    if known is not None:
        return known
    if is_call(shape):
        ordered = words(shape[1]).rpartition(".")[2] in ("desc", "asc", "nullslast", "nullsfirst")
        if ordered and type(shape[1]) is str and "." in shape[1]:
            return shape[1].split(".")[-2]
        return "?"
    return words(shape).rpartition(".")[2] or "?"
