"""Tables of Django models: fields, keys, ``Meta``, abstract bases."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.backend.class_bodies import (
    Attribute,
    inherited,
    inner_class,
    is_production,
    outside_names,
    own_attributes,
    short_name,
)
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Column, Relationship, Table, TableIndex
from bylaw.model.backend.references import text_of
from bylaw.model.backend.shapes import (
    Expression,
    given,
    is_call,
    is_false,
    is_none,
    is_true,
    items,
    keyword,
    last_name,
    line_of,
    text,
    words,
)
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.evaluate import evaluate

_MODELS = ("django.db.models.Model", "django.db.models.base.Model")
_ELSEWHERE = frozenset(
    {"AbstractUser", "AbstractBaseUser", "MPTTModel", "TimeStampedModel", "PolymorphicModel",
     "SafeDeleteModel", "TaggedItemBase", "GenericTaggedItemBase"}
)  # fmt: skip
"""Abstract models of libraries, by name."""

_TO_ONE = frozenset({"ForeignKey", "OneToOneField", "TreeForeignKey", "TreeOneToOneField",
                     "ParentalKey"})  # fmt: skip
_NO_COLUMN = frozenset({"ManyToManyField", "GenericRelation", "GenericForeignKey",
                        "ParentalManyToManyField"})  # fmt: skip


def read_django_tables(index: DeclaredIndex) -> list[Table]:
    """Tables of the concrete Django models of production code."""
    models = {
        number for number in range(len(index.project.classes))
        if index.project.classes[number][F.K_BASES] and is_production(index, number)
        and _is_model(index, number)
    }  # fmt: skip
    concrete = {number for number in models if not _says(index, number, "abstract")}
    tables = frozenset(each for each in concrete if not _says(index, each, "proxy"))
    return [_table(index, number, tables) for number in sorted(tables)]


def _is_model(index: DeclaredIndex, number: int) -> bool:
    for base in outside_names(index, number):
        if base in _MODELS or base.rpartition(".")[2] in _ELSEWHERE:
            return True
        if ".models." in base and not base.startswith("django.") and _looks_mapped(index, number):
            return True
    return False


def _looks_mapped(index: DeclaredIndex, number: int) -> bool:
    """Whether a class that derives from what a library keeps in ``models`` is a model itself."""
    project = index.project
    home = project.class_home[number]
    return project.modules[home].name.rpartition(".")[2] == "models" or any(
        "django" in str(value[1])
        for each in own_attributes(index, number)
        if is_call(each.value) and (value := index.value(each.module, each.value)) is not None
    )


def _meta(index: DeclaredIndex, number: int) -> dict[str, Attribute]:
    """What ``Meta`` of a class declares, with what the ``Meta`` of its abstract bases declares."""
    found: dict[str, Attribute] = {}
    for each in reversed(resolution_order(index.project, number, evaluate)):
        inner = inner_class(index, each, "Meta")
        if inner < 0:
            continue
        own = {one.name: one for one in own_attributes(index, inner)}
        if each != number:
            if not own.get("abstract") or not is_true(own["abstract"].value):
                continue
            if inner_class(index, number, "Meta") >= 0 and not _derives(index, number, each):
                continue
            own.pop("abstract", None)
        found.update(own)
    return found


def _derives(index: DeclaredIndex, number: int, base: int) -> bool:
    """Whether the ``Meta`` of a class derives from that of a base."""
    inner, other = inner_class(index, number, "Meta"), inner_class(index, base, "Meta")
    return other in resolution_order(index.project, inner, evaluate)


def _says(index: DeclaredIndex, number: int, name: str) -> bool:
    inner = inner_class(index, number, "Meta")
    if inner < 0:
        return False
    return any(each.name == name and is_true(each.value) for each in own_attributes(index, inner))


def _table(index: DeclaredIndex, number: int, tables: frozenset[int]) -> Table:
    project = index.project
    columns: list[Column] = []
    relationships: list[Relationship] = []
    parents = [each for each in resolution_order(project, number, evaluate)[1:] if each in tables]
    covered = {above for each in parents for above in resolution_order(project, each, evaluate)}
    for attribute in inherited(index, number, frozenset(covered)):
        if not is_call(attribute.value) or not _is_field(index, attribute):
            continue
        kind = last_name(attribute.value)
        if kind in _TO_ONE or kind in _NO_COLUMN:
            relationships.append(_relationship(index, attribute))
        if kind not in _NO_COLUMN:
            columns.append(_column(index, attribute))
    if not any(each.primary_key for each in columns):
        columns.insert(0, _implicit_key(index, number, parents))
    meta = _meta(index, number)
    name = _name(index, number, meta)
    return Table(
        "django", name, project.class_name(number), number, tuple(columns),
        tuple(_indexes(index, meta)), tuple(relationships),
        project.paths[project.class_home[number]], project.classes[number][F.K_LINE],
    )  # fmt: skip


def _implicit_key(index: DeclaredIndex, number: int, parents: list[int]) -> Column:
    project = index.project
    place = (project.paths[project.class_home[number]], project.classes[number][F.K_LINE])
    if parents:
        name = f"{short_name(index, parents[0]).lower()}_ptr"
        target = short_name(index, parents[0])
        return Column(f"{name}_id", name, "OneToOneField", False, True, True, True, target,
                      "CASCADE", False, *place)  # fmt: skip
    return Column("id", "id", "AutoField", False, True, True, True, "", "", True, *place)


def _name(index: DeclaredIndex, number: int, meta: dict[str, Attribute]) -> str:
    given_name = meta.get("db_table")
    if given_name is not None:
        return text_of(index, given_name.module, given_name.value)
    label = meta.get("app_label")
    if label is not None:
        app = text_of(index, label.module, label.value)
    else:
        module = index.project.modules[index.project.class_home[number]].name.split(".")
        parts = module[: module.index("models")] if "models" in module else module[:-1]
        app = parts[-1] if parts else ""
    return f"{app}_{short_name(index, number).lower()}".lstrip("_")


def _is_field(index: DeclaredIndex, attribute: Attribute) -> bool:
    name = last_name(attribute.value)
    if name in _TO_ONE or name in _NO_COLUMN:
        return True
    value = index.value(attribute.module, attribute.value)
    if value is None:
        return name.endswith("Field")
    if value[0] == "I":
        bases = outside_bases(index.project, value[1], evaluate)
        return any(base.rpartition(".")[2].endswith(("Field", "ForeignKey")) for base in bases)
    return name.endswith("Field") and "forms" not in str(value[1]).split(".")


def _column(index: DeclaredIndex, attribute: Attribute) -> Column:
    call = attribute.value
    kind = last_name(call)
    to_one = kind in _TO_ONE
    name = text_of(index, attribute.module, keyword(call, "db_column"))
    name = name or (f"{attribute.name}_id" if to_one else attribute.name)
    is_key = is_true(keyword(call, "primary_key"))
    unique = is_true(keyword(call, "unique")) or kind in ("OneToOneField", "TreeOneToOneField")
    indexed = is_true(keyword(call, "db_index")) or kind == "SlugField"
    if to_one or kind == "SlugField":
        indexed = not is_false(keyword(call, "db_index"))
    target = given(call, 0, "to") if to_one else None
    declared = given(call, 1, "on_delete") if to_one else None
    default = keyword(call, "default") is not None or keyword(call, "db_default") is not None
    return Column(
        name, attribute.name, kind, is_true(keyword(call, "null")), is_key, unique or is_key,
        indexed or is_key, _shown(target), words(declared).rpartition(".")[2] if declared else "",
        default or is_true(keyword(call, "auto_now_add")) or is_true(keyword(call, "auto_now")),
        index.project.paths[attribute.module], attribute.line,
    )  # fmt: skip


def _shown(target: Expression) -> str:
    if is_none(target):
        return ""
    return text(target) or words(target)


def _relationship(index: DeclaredIndex, attribute: Attribute) -> Relationship:
    call = attribute.value
    return Relationship(
        attribute.name, _shown(given(call, 0, "to")), last_name(call) in _NO_COLUMN, "",
        index.project.paths[attribute.module], attribute.line,
    )  # fmt: skip


def _indexes(index: DeclaredIndex, meta: dict[str, Attribute]) -> Iterator[TableIndex]:
    for name, kind in (("indexes", "index"), ("constraints", "unique")):
        declared = meta.get(name)
        if declared is None:
            continue
        for call in items(declared.value):
            if is_call(call) and (kind == "index" or last_name(call) == "UniqueConstraint"):
                yield _declared_index(index, declared, call, kind)
    for name, kind in (("unique_together", "unique"), ("index_together", "index")):
        declared = meta.get(name)
        if declared is None:
            continue
        groups = items(declared.value)
        for group in groups if groups and items(groups[0]) else (declared.value,):
            columns = tuple(text(each) or "?" for each in items(group))
            place = (index.project.paths[declared.module], declared.line)
            yield TableIndex(kind, "", columns, False, *place)


def _declared_index(
    index: DeclaredIndex, declared: Attribute, call: Expression, kind: str
) -> TableIndex:
    fields = [text(each) or "?" for each in items(keyword(call, "fields"))]
    columns = tuple(each.lstrip("-") for each in fields) or ("?",) * len(call[2])
    return TableIndex(
        kind, text_of(index, declared.module, keyword(call, "name")), columns,
        keyword(call, "condition") is not None, index.project.paths[declared.module],
        line_of(call, declared.line),
    )  # fmt: skip
