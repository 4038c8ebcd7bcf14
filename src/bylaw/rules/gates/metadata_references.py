"""What pyproject.toml and alembic.ini name: modules behind commands, files, folders."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from bylaw.config.lines import find_lines, line_of
from bylaw.rules.context import RuleContext


def metadata_references(context: RuleContext) -> Iterator[tuple[str, int, str]]:
    """References that lead nowhere.

    Args:
        context: what is known.

    Yields:
        The file, the line, and what is named there.
    """
    for path in context.repository.names("pyproject"):
        text = context.repository.text(path)
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
        folder = path.rpartition("/")[0]
        lines: dict[tuple[str | int, ...], int] = {}
        for keys, what in _named(context, document, folder):
            lines = lines or find_lines(text)
            yield path, line_of(lines, keys), what


def _named(
    context: RuleContext, document: dict[str, Any], folder: str
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    prefix = f"{folder}/" if folder else ""
    exists = context.repository.exists
    for keys in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
        for name, target in _table(document, *keys).items():
            if isinstance(target, str) and _is_gone(context, target, prefix):
                yield (*keys, name), f"module {target.partition(':')[0]}"
    readme = _table(document, "project").get("readme")
    readme = readme.get("file") if isinstance(readme, dict) else readme
    if isinstance(readme, str) and not exists(prefix + readme):
        yield ("project", "readme"), readme
    pytest = _table(document, "tool", "pytest", "ini_options")
    paths = pytest.get("testpaths")
    listed = paths.split() if isinstance(paths, str) else paths if isinstance(paths, list) else []
    for each in listed:
        if isinstance(each, str) and not re.search(r"[*?\[{]", each) and not exists(prefix + each):
            yield ("tool", "pytest", "ini_options", "testpaths"), each
    settings = pytest.get("DJANGO_SETTINGS_MODULE")
    if isinstance(settings, str) and _is_gone(context, settings, prefix):
        yield ("tool", "pytest", "ini_options", "DJANGO_SETTINGS_MODULE"), f"module {settings}"


def _table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _is_gone(context: RuleContext, target: str, prefix: str) -> bool:
    """Whether a module of a first-party package is not there; other packages are not ours."""
    dotted = target.partition(":")[0].partition("[")[0].strip()
    by_name = context.project.by_name
    top = dotted.partition(".")[0]
    owned = [context.project.modules[each].root for each in by_name.get(top, ())]
    if dotted in by_name or not owned or any(name.startswith(f"{dotted}.") for name in by_name):
        return False
    path = dotted.replace(".", "/")
    return not any(
        context.repository.exists(f"{root}/{path}{ending}".lstrip("/"))
        for root in {*owned, prefix.rstrip("/")}
        for ending in (".py", "", ".so", ".pyx")
    )
