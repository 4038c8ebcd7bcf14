"""One template in one place: the files it writes and the lines a finding has to name."""

from __future__ import annotations

import ast
import re
import string
from random import Random
from typing import NamedTuple

from benchmarks.recall.files import spelled_imports
from benchmarks.recall.places import Place
from benchmarks.recall.templates import Template

MARK = "#!"
_MARKED = re.compile(r"[ \t]*#!$")


class Seed(NamedTuple):
    """A violation put into a copy of a tree.

    Attributes:
        template: what was put there.
        place: where.
        number: the number in its names.
        writes: path and new text of each file.
        lines: (path, line) pairs that belong to the violation.
    """

    template: Template
    place: Place
    number: int
    writes: tuple[tuple[str, str], ...]
    lines: frozenset[tuple[str, int]]


def fits(template: Template, place: Place) -> bool:
    """Whether the names a template brings are free in the file of the place."""
    if not place.file.package and "$pkg" in f"{template.top}{template.here}":
        return False
    try:
        top = ast.parse(string.Template(template.top).safe_substitute(_values(place, 0, Random(0))))
    except SyntaxError:
        return False
    for node in ast.walk(top):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, origin in spelled_imports(node):
                if place.bound.get(name, {origin}) != {origin}:
                    return False
    return True


def make_seed(template: Template, place: Place, number: int, random: Random) -> Seed:
    """Writes a template into a place.

    Args:
        template: the violation.
        place: where it goes; ``fits`` says that it may.
        number: makes its names unique in the tree.
        random: gives the secrets of templates that need one.

    Returns:
        The seed; every file it writes parses.

    Raises:
        ValueError: the outcome does not parse, or the template names something the place lacks.
    """
    values = _values(place, number, random)
    lines: set[tuple[str, int]] = set()
    writes = (
        [(place.file.path, _host_text(template, place, values, lines))]
        if (template.here or template.top)
        else []
    )
    folder = f"{place.file.folder}/" if place.file.folder else ""
    for name, body in template.files:
        path = f"{folder}{_filled(name, values)}.py"
        text, marked = _unmarked(_filled(body, values) + "\n")
        writes.append((path, text))
        lines.update((path, line) for line in marked)
    for path, text in writes:
        try:
            ast.parse(text)
        except SyntaxError as problem:
            where = f"{template.rule}/{template.name} in {path}:{problem.lineno}"
            raise ValueError(f"{where}: {problem.msg}") from problem
    return Seed(template, place, number, tuple(writes), frozenset(lines))


def _values(place: Place, number: int, random: Random) -> dict[str, str]:
    hexadecimal = "".join(random.choices("0123456789abcdef", k=40))
    letters = "".join(random.choices(string.ascii_letters + string.digits, k=40))
    upper = "".join(random.choices(string.ascii_uppercase + "234567", k=16))
    common = {
        "n": str(number),
        "pkg": place.file.package,
        "hex": hexadecimal,
        "letters": letters,
        "upper": upper,
    }
    return {**common, **dict(place.names)}


def _filled(text: str, values: dict[str, str]) -> str:
    try:
        return string.Template(text).substitute(values)
    except KeyError as missing:
        raise ValueError(f"the place has no {missing}") from missing


def _host_text(
    template: Template, place: Place, values: dict[str, str], lines: set[tuple[str, int]]
) -> str:
    source = place.file.text.split("\n")
    here, marked = _unmarked(_filled(template.here, values))
    body = [place.indent + line if line else "" for line in here.split("\n")] if here else []
    top = _filled(template.top, values).split("\n") if template.top else []
    top_text, top_marked = _unmarked("\n".join(top))
    top = top_text.split("\n") if top else []
    top_at, here_at = place.top_line - 1, place.line - 1
    result = [*source[:top_at], *top, *source[top_at:here_at], *body, *source[here_at:]]
    start = here_at + len(top)
    chosen = marked or ([] if top_marked or _marks_files(template) else range(1, len(body) + 1))
    lines.update((place.file.path, start + line) for line in chosen)
    lines.update((place.file.path, top_at + line) for line in top_marked)
    return "\n".join(result)


def _marks_files(template: Template) -> bool:
    return any(MARK in text for _, text in template.files)


def _unmarked(text: str) -> tuple[str, list[int]]:
    """The text without marks, and the lines that bore one."""
    lines = text.split("\n")
    marked = [number for number, line in enumerate(lines, 1) if _MARKED.search(line)]
    return "\n".join(_MARKED.sub("", line) for line in lines), marked
