"""Packages that do the same job: which import answers which question how."""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """Packages among which a project chooses one.

    Attributes:
        question: key in ``[decisions]``.
        asks: the question in words.
        packages: name that is imported -> answer it stands for.
        along: answer -> answers that it brings along and that are no second choice.
        in_tests: whether tests answer it rather than production code.
    """

    question: str
    asks: str
    packages: dict[str, str]
    along: dict[str, tuple[str, ...]]
    in_tests: bool = False


FAMILIES = (
    Family(
        "web-framework",
        "which web framework serves requests",
        {
            "fastapi": "fastapi", "starlette": "starlette", "flask": "flask", "quart": "quart",
            "django": "django", "litestar": "litestar", "sanic": "sanic", "tornado": "tornado",
            "falcon": "falcon", "bottle": "bottle", "pyramid": "pyramid", "robyn": "robyn",
            "blacksheep": "blacksheep",
        },
        {"fastapi": ("starlette",), "litestar": ("starlette",), "quart": ("flask",)},
    ),
    Family(
        "orm",
        "which library maps tables to classes",
        {
            "sqlalchemy": "sqlalchemy", "flask_sqlalchemy": "sqlalchemy", "sqlmodel": "sqlmodel",
            "tortoise": "tortoise", "peewee": "peewee", "pony": "pony", "piccolo": "piccolo",
            "ormar": "ormar", "beanie": "beanie", "mongoengine": "mongoengine",
            "odmantic": "odmantic", "gino": "gino", "django.db.models": "django",
        },
        {"sqlmodel": ("sqlalchemy",), "ormar": ("sqlalchemy",), "gino": ("sqlalchemy",)},
    ),
    Family(
        "migration-tool",
        "what changes the schema",
        {"alembic": "alembic", "flask_migrate": "alembic", "aerich": "aerich",
         "django.db.migrations": "django", "yoyo": "yoyo"},
        {},
    ),
    Family(
        "test-runner",
        "what runs the tests",
        {"pytest": "pytest", "nose": "nose", "nose2": "nose2", "ward": "ward", "behave": "behave",
         "robot": "robot"},
        {},
        in_tests=True,
    ),
)  # fmt: skip
"""Questions that imports answer."""


def answers(question: str, name: str) -> str:
    """What importing a module answers; empty where it answers nothing.

    Args:
        question: key of a family.
        name: dotted name of a module, the longest match counts.
    """
    packages = next(each.packages for each in FAMILIES if each.question == question)
    parts = name.split(".")
    for depth in range(len(parts), 0, -1):
        found = packages.get(".".join(parts[:depth]))
        if found is not None:
            return found
    return ""
