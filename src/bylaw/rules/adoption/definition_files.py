"""Adds to the files that define a project: dependencies, and how its package is built."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bylaw.config.lines import find_lines, line_of
from bylaw.rules.adoption.definitions import parsed_toml, table

_SETUPTOOLS = "setuptools>=77"


def with_requirements(text: str, needs: Sequence[str]) -> str:
    """A requirements file with more lines at its end."""
    if not needs:
        return text
    start = text if not text or text.endswith("\n") else f"{text}\n"
    return start + "".join(f"{each}\n" for each in needs)


def with_packages(text: str, needs: Sequence[str]) -> str | None:
    """A Pipfile with more packages; None where it has no ``[packages]``."""
    match = re.search(r"^\[packages\][^\n]*\n", text, re.M)
    if match is None:
        return None
    rows = "".join(f'{name} = "{rest or "*"}"\n' for name, rest in map(split_requirement, needs))
    return text[: match.end()] + rows + text[match.end() :]


def split_requirement(requirement: str) -> tuple[str, str]:
    """Name and version of a requirement."""
    match = re.match(r"([\w.\[\]-]+)(.*)", requirement)
    return (match[1], match[2]) if match else (requirement, "")


def with_dependencies(text: str, needs: Sequence[str]) -> str | None:
    """A ``pyproject.toml`` with more dependencies.

    Args:
        text: of the file.
        needs: requirements to add.

    Returns:
        The new text; None where the dependencies do not stand in it as a list or table, or where
        the edit would not come out as meant.
    """
    document = parsed_toml(text)
    listed = table(document, "project").get("dependencies")
    poetry = table(document, "tool", "poetry", "dependencies")
    if isinstance(listed, list):
        made = _in_list(text, listed, needs)
        wanted = [*listed, *needs]
        return made if _listed(made) == wanted else None
    if poetry:
        lines = text.split("\n")
        at = line_of(find_lines(text), ("tool", "poetry", "dependencies", list(poetry)[-1]))
        rows = [f'{name} = "{rest}"' for name, rest in map(split_requirement, needs)]
        made = "\n".join([*lines[:at], *rows, *lines[at:]])
        names = {split_requirement(each)[0] for each in needs}
        found = table(parsed_toml(made), "tool", "poetry", "dependencies")
        return made if names <= set(found) and len(found) == len(poetry) + len(names) else None
    return None


def _listed(text: str) -> object:
    return table(parsed_toml(text), "project").get("dependencies")


def _in_list(text: str, listed: Sequence[object], needs: Sequence[str]) -> str:
    match = re.search(r"^dependencies\s*=\s*\[", text[text.find("[project]") :], re.M)
    if match is None:
        return text
    start = text.find("[project]") + match.end()
    end = _closing(text, start)
    inside = text[start:end]
    quoted = [f'"{each}"' for each in needs]
    if "\n" not in inside:
        joined = ", ".join([inside.strip().rstrip(","), *quoted] if inside.strip() else quoted)
        return text[:start] + joined + text[end:]
    body = inside.rstrip()
    rows = [row for row in body.split("\n") if row.strip()]
    indent = re.match(r"\s*", rows[-1])[0] if rows else "    "  # type: ignore[index]
    if listed and not re.search(r",\s*(#[^\n]*)?$", body):
        body = re.sub(r"([\"'])(\s*(?:#[^\n]*)?)$", r"\1,\2", body)
    added = "".join(f"\n{indent or '    '}{each}," for each in quoted)
    return text[:start] + body + added + "\n" + text[end:]


def _closing(text: str, at: int) -> int:
    """Where the list ends that is open at a place: past strings and comments."""
    quote = ""
    while at < len(text):
        each = text[at]
        if quote:
            at += each == "\\" and quote == '"'
            quote = "" if each == quote else quote
        elif each in "\"'":
            quote = each
        elif each == "#":
            at = text.find("\n", at)
        elif each == "]":
            return at
        at += 1
    return at


def with_build_system(
    text: str, packages: Sequence[str], modules: Sequence[str], where: str
) -> str:  # fmt: skip
    """A ``pyproject.toml`` that says how its packages are built.

    Args:
        text: of the file, with a ``[project]`` or ``[tool.poetry]`` table.
        packages: top-level packages.
        modules: top-level modules.
        where: folder they lie in, relative to the file; empty for its own.
    """
    document = parsed_toml(text)
    start = text if text.endswith("\n") or not text else f"{text}\n"
    if table(document, "tool", "poetry"):
        return f'{start}\n[build-system]\nrequires = ["poetry-core>=1.9"]\n' \
               'build-backend = "poetry.core.masonry.api"\n'  # fmt: skip
    lines = ["", "[build-system]", f'requires = ["{_SETUPTOOLS}"]',
             'build-backend = "setuptools.build_meta"']  # fmt: skip
    known = table(document, "tool", "setuptools")
    if not {"packages", "py-modules"} & set(known):
        lines += _found(packages, modules, where)
    return start + "\n".join(lines) + "\n"


def _found(packages: Sequence[str], modules: Sequence[str], where: str) -> list[str]:
    lines = [""]
    if modules:
        lines += ["[tool.setuptools]", f"py-modules = [{_quoted(modules)}]", ""]
    lines.append("[tool.setuptools.packages.find]")
    if where:
        lines.append(f'where = ["{where}"]')
    names = [each for name in packages for each in (name, f"{name}.*")]
    lines.append(f"include = [{_quoted(names)}]")
    return lines


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def new_definition(name: str, oldest: str, requirements: str, needs: Sequence[str]) -> str:
    """The ``[project]`` table of a project that has none.

    Args:
        name: of the distribution.
        oldest: oldest Python; empty where nothing says.
        requirements: requirements file that lists what it depends on; empty for none.
        needs: what it depends on where no file lists it.
    """
    lines = ["[project]", f'name = "{name}"', 'version = "0.1.0"']
    if oldest:
        lines.append(f'requires-python = ">={oldest}"')
    if not requirements:
        return "\n".join([*lines, f"dependencies = [{_quoted(needs)}]"]) + "\n"
    lines += ['dynamic = ["dependencies"]', "", "[tool.setuptools.dynamic]",
              "# The one list of dependencies stays where it is.",
              f'dependencies = {{ file = ["{requirements}"] }}']  # fmt: skip
    return "\n".join(lines) + "\n"


def is_plain(requirements: str) -> bool:
    """Whether a requirements file holds requirements only, so that a build can read it."""
    rows = (re.sub(r"(^|\s)#.*", "", row).strip() for row in requirements.split("\n"))
    return not any(row.startswith("-") or "://" in row.partition("@")[0] or row.endswith("\\")
                   or "--hash" in row or row.startswith(".") for row in rows if row)  # fmt: skip
