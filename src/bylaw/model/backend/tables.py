"""Tables of every ORM the project uses."""

from __future__ import annotations

from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Table
from bylaw.model.backend.tables_django import read_django_tables
from bylaw.model.backend.tables_sqlalchemy import read_sqlalchemy_tables


def read_tables(index: DeclaredIndex) -> tuple[Table, ...]:
    """Every table that production code declares, sorted by place.

    Args:
        index: the declarations.

    Returns:
        Tables with their own and inherited columns.
    """
    found = [*read_sqlalchemy_tables(index), *read_django_tables(index)]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.name, each.model)))
