"""Tables of SQLAlchemy and SQLModel: declarative classes and ``Table`` objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import (
    Attribute,
    inherited,
    is_production,
    outside_names,
    own_attributes,
    short_name,
    snake_case,
)
from bylaw.model.backend.columns_sqlalchemy import column_of, indexes_of, relationship_of
from bylaw.model.backend.declared_index import DeclaredIndex, locate
from bylaw.model.backend.items import Column, Table, TableIndex
from bylaw.model.backend.references import text_of
from bylaw.model.backend.shapes import Expression, calls_in, is_call, last_name, text, words
from bylaw.model.class_lookup import descendants, resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.roles import MIGRATION, TEST

_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta", "declarative_base()", "declarative_base",
          "SQLModel", "AsyncAttrs", "as_declarative")  # fmt: skip


def read_sqlalchemy_tables(index: DeclaredIndex) -> list[Table]:
    """Tables of declarative classes and of ``Table(...)``."""
    mapped = _mapped_classes(index)
    tables = [_class_table(index, number, mapped) for number in sorted(mapped)]
    return [*tables, *_table_objects(index)]


def _mapped_classes(index: DeclaredIndex) -> dict[int, str]:
    """Classes that have a table of their own, with its name."""
    candidates = [
        number for number in range(len(index.project.classes))
        if is_production(index, number) and _is_declarative(index, number)
    ]  # fmt: skip
    mapped: dict[int, str] = {}
    pending = sorted(candidates, key=lambda each: (_depth(index, each), each))
    for number in pending:
        name = _table_name(index, number, mapped)
        if name is not None:
            mapped[number] = name
    return mapped


def _depth(index: DeclaredIndex, number: int) -> int:
    return len(resolution_order(index.project, number, evaluate))


def _is_declarative(index: DeclaredIndex, number: int) -> bool:
    record = index.project.classes[number]
    if "table=:True" in record[F.K_KEYWORDS]:
        return True
    if not record[F.K_BASES]:
        return False
    for base in outside_names(index, number):
        last = base.rpartition(".")[2]
        if last in _BASES and "sqlmodel" not in base and "django" not in base:
            return True
        if last in ("Model", "Model()") and "sqlalchemy" in base.lower():
            return True
    for each in resolution_order(index.project, number, evaluate):
        for base in index.project.classes[each][F.K_BASES]:
            if base.rpartition(".")[2] in ("Base", "Model", "DeclarativeBase") and _unknown(
                index, each, base
            ):
                return _has_columns(index, number)
    return False


def _unknown(index: DeclaredIndex, number: int, base: str) -> bool:
    """Whether a base is something no stub tells, as what ``declarative_base()`` makes."""
    value = evaluate(index.project, index.project.class_home[number], base)
    return value is None or (value[0] in "XYB" and "django" not in str(value[1]))


def _has_columns(index: DeclaredIndex, number: int) -> bool:
    return any(
        is_call(each.value) and last_name(each.value) in ("Column", "mapped_column")
        for each in inherited(index, number, frozenset())
    )


def _table_name(index: DeclaredIndex, number: int, mapped: dict[int, str]) -> str | None:
    """Name of a class's own table; None for what is abstract or lives in its parent's table."""
    own = {each.name: each for each in own_attributes(index, number)}
    if "__abstract__" in own and own["__abstract__"].value == ":True":
        return None
    record = index.project.classes[number]
    if "__tablename__" in own:
        given = own["__tablename__"]
        known = text_of(index, given.module, given.value)
        if text(given.value) is not None or "${" not in known:
            return known
    if "__table__" in own:
        calls = [each for each in calls_in(own["__table__"].value) if last_name(each) == "Table"]
        named = text(calls[0][2][0]) if calls and calls[0][2] else None
        return named or snake_case(short_name(index, number))
    is_sqlmodel = "table=:True" in record[F.K_KEYWORDS]
    if is_sqlmodel:
        return short_name(index, number).lower()
    if any(base.startswith("sqlmodel.") for base in outside_names(index, number)):
        return None
    if any(base.rpartition(".")[2].startswith("DeclarativeBase") for base in record[F.K_BASES]):
        return None
    parents = [each for each in resolution_order(index.project, number, evaluate)[1:]
               if each in mapped]  # fmt: skip
    keyed = own.values() if parents else inherited(index, number, frozenset())
    if not any(_is_key(index, each) for each in keyed):
        return None
    inherited_name = _inherited_name(index, number, mapped)
    return inherited_name or snake_case(short_name(index, number))


def _inherited_name(index: DeclaredIndex, number: int, mapped: dict[int, str]) -> str | None:
    for each in resolution_order(index.project, number, evaluate)[1:]:
        if each in mapped:
            continue
        for attribute in own_attributes(index, each):
            if attribute.name == "__tablename__" and "lower" in str(attribute.value):
                return short_name(index, number).lower()
    return None


def _is_key(index: DeclaredIndex, attribute: Attribute) -> bool:
    column = column_of(index, attribute, is_sqlmodel=False)
    return column is not None and column.primary_key


def _class_table(index: DeclaredIndex, number: int, mapped: dict[int, str]) -> Table:
    project = index.project
    record = project.classes[number]
    is_sqlmodel = "table=:True" in record[F.K_KEYWORDS]
    columns: list[Column] = []
    relationships = []
    indexes: list[TableIndex] = []
    for attribute in _attributes(index, number, mapped):
        if attribute.name == "__table_args__":
            indexes += indexes_of(index, attribute.module, attribute.value, attribute.line)
            continue
        if attribute.name == "__table__":
            columns += _listed_columns(index, attribute.module, attribute.value, attribute.line)
            continue
        relationship = relationship_of(index, attribute)
        if relationship is not None:
            relationships.append(relationship)
            continue
        column = column_of(index, attribute, is_sqlmodel=is_sqlmodel)
        if column is not None:
            columns.append(column)
    indexes += _apart(index, number)
    return Table(
        "sqlmodel" if is_sqlmodel else "sqlalchemy", mapped[number], project.class_name(number),
        number, tuple(with_key_constraints(columns, indexes)), tuple(indexes),
        tuple(relationships), project.paths[project.class_home[number]], record[F.K_LINE],
    )  # fmt: skip


def _attributes(index: DeclaredIndex, number: int, mapped: dict[int, str]) -> Iterator[Attribute]:
    """Own and inherited attributes, and those of subclasses that share the table."""
    yield from inherited(index, number, frozenset(mapped))
    for each in descendants(index.project, number, evaluate):
        if each in mapped or not is_production(index, each):
            continue
        above = resolution_order(index.project, each, evaluate)[1:]
        nearest = next((one for one in above if one in mapped), -1)
        if nearest == number:
            for attribute in own_attributes(index, each):
                if not attribute.name.startswith("__"):
                    yield attribute


def with_key_constraints(
    columns: Iterable[Column], indexes: Iterable[TableIndex]
) -> Iterator[Column]:
    """Columns, those of a ``PrimaryKeyConstraint`` marked as the key."""
    keys = {name for each in indexes if each.kind == "primary-key" for name in each.columns}
    seen = set()
    for column in columns:
        if column.attribute not in seen:
            seen.add(column.attribute)
            in_key = column.primary_key or column.name in keys or column.attribute in keys
            yield column._replace(primary_key=True, nullable=False) if in_key else column


def _apart(index: DeclaredIndex, number: int) -> list[TableIndex]:
    """``Index("name", Model.column)`` that stands outside the class, or by itself in its body."""
    project = index.project
    name = short_name(index, number)
    own = project.classes[number]
    home, lines = project.class_home[number], range(own[F.K_LINE], own[F.K_END] + 1)
    found = []
    for module, record in index.calls:
        if record[F.E_NAME] != "Index" or project.roles[module] in (TEST, MIGRATION):
            continue
        call = record[F.E_VALUE]
        if module == home and record[F.E_LINE] in lines:
            found += indexes_of(index, module, ("list", (call,)), record[F.E_LINE])
            continue
        columns = [words(each) for each in call[2]]
        if not any(each.rpartition(".")[0].rpartition(".")[2] == name for each in columns):
            continue
        owner = index.value(module, columns[-1].rpartition(".")[0])
        if owner is not None and owner[0] == "C" and owner[1] == number:
            found += indexes_of(index, module, ("list", (call,)), record[F.E_LINE])
    return found


def _indexes_of_objects(index: DeclaredIndex) -> dict[tuple[int, int, str], list[TableIndex]]:
    """``Index("name", lines.c.order_id)`` by the ``Table`` object whose columns it takes."""
    found: dict[tuple[int, int, str], list[TableIndex]] = {}
    for module, record in index.calls:
        if record[F.E_NAME] != "Index" or index.project.roles[module] in (TEST, MIGRATION):
            continue
        call = record[F.E_VALUE]
        columns = [words(each).rpartition(".")[0] for each in call[2]]
        owners = [each for each in columns if each.endswith((".c", ".columns"))]
        place = locate(index.project, module, owners[0].rpartition(".")[0]) if owners else None
        if place is not None:
            made = indexes_of(index, module, ("list", (call,)), record[F.E_LINE])
            found.setdefault((place[0], 0, place[1]), []).extend(made)
    return found


def _table_objects(index: DeclaredIndex) -> list[Table]:
    found = []
    apart = _indexes_of_objects(index)
    for thing, records in sorted(index.bindings.items()):
        call = records[-1][F.E_VALUE]
        if not is_call(call) or last_name(call) != "Table" or not call[2]:
            continue
        if index.project.roles[thing[0]] in (TEST, MIGRATION):
            continue
        name = text_of(index, thing[0], call[2][0])
        columns = _listed_columns(index, thing[0], call, records[-1][F.E_LINE])
        if not columns:
            continue
        indexes = indexes_of(index, thing[0], ("list", call[2]), records[-1][F.E_LINE])
        indexes += apart.get(thing, ())
        found.append(
            Table(
                "sqlalchemy", name, index.symbol(thing), -1,
                tuple(with_key_constraints(columns, indexes)), tuple(indexes), (),
                index.project.paths[thing[0]], records[-1][F.E_LINE],
            )
        )  # fmt: skip
    return found


def _listed_columns(
    index: DeclaredIndex, module: int, shape: Expression, line: int
) -> list[Column]:
    found = []
    for call in calls_in(shape):
        if last_name(call) == "Column":
            attribute = Attribute(text_of(index, module, call[2][0]) if call[2] else "", None, call,
                                  module, int(call[4] or line), -1)  # fmt: skip
            column = column_of(index, attribute, is_sqlmodel=False)
            if column is not None:
                found.append(column)
    return found
