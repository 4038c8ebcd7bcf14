"""The trees that are measured: where they come from, a copy of each, and what is in it."""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from typing import NamedTuple

from benchmarks.generate import generate

_SKIPPED = (
    ".git",
    ".hg",
    ".svn",
    ".tox",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    "site-packages",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".bylaw",
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?([\w \t,]*)|import[ \t]+([\w.]+))",
    re.MULTILINE,
)
_MEDIUM_LINES = 20_000
_LARGE_LINES = 400_000
_SMALL_GENERATED = 40
_MEDIUM_GENERATED = 1_600
_LARGE_GENERATED = 3_200


class Source(NamedTuple):
    """Where a tree comes from.

    Attributes:
        name: what the reports call it.
        path: directory to copy; empty when the tree is generated.
        modules: size of a generated tree.
        skipped: top-level names that are not copied.
        what: one line about it.
        standard_library: whether its modules are the interpreter's own.
    """

    name: str
    path: str
    modules: int = 0
    skipped: tuple[str, ...] = ()
    what: str = ""
    standard_library: bool = False


class Tree(NamedTuple):
    """A copy that is ready to be measured.

    Attributes:
        name: what the reports call it.
        role: ``small``, ``medium`` or ``large``: which targets it is held to.
        what: one line about where it comes from.
        root: directory of the copy.
        files: Python files, absolute, sorted.
        lines: in all these files.
        size: bytes in all these files.
        edited: the file that the edit cases change; empty if none qualifies.
        importers: how many files import it.
        standard_library: whether its modules are the interpreter's own.
    """

    name: str
    role: str
    what: str
    root: str
    files: tuple[str, ...]
    lines: int
    size: int
    edited: str
    importers: int
    standard_library: bool


def default_sources(project: str) -> list[Source]:
    """The trees for a machine with no repository at hand.

    Args:
        project: root of the Bylaw checkout.

    Returns:
        The bundled example, the standard library without and with its tests, and a generated
        backend.
    """
    shop = os.path.join(project, "examples", "shop")
    if os.path.isdir(shop):
        small = Source("small", shop, what="examples/shop")
    else:
        small = Source("small", "", _SMALL_GENERATED, what="generated; examples/shop is absent")
    library = sysconfig.get_path("stdlib")
    medium = Source(
        "medium",
        library,
        skipped=("test",),
        what="the standard library without test/",
        standard_library=True,
    )
    if os.path.isdir(os.path.join(library, "test")):
        large = Source(
            "large", library, what="the standard library with test/", standard_library=True
        )
    else:
        large = Source(
            "large", "", _LARGE_GENERATED, what="generated; this interpreter has no test/"
        )
    # mypy and import-linter cannot work on a copy of the standard library.
    generated = Source("generated", "", _MEDIUM_GENERATED, what="a synthetic backend")
    return [small, medium, large, generated]


def parse_sources(texts: list[str]) -> list[Source]:
    """Reads ``NAME=PATH`` arguments.

    Args:
        texts: the arguments.

    Returns:
        One source each.

    Raises:
        ValueError: an argument has no name, or names no directory.
    """
    sources = []
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not os.path.isdir(path):
            raise ValueError(f"--tree wants NAME=PATH with a directory as PATH, not {text!r}")
        what = os.path.basename(os.path.abspath(path))
        sources.append(Source(name, os.path.abspath(path), what=what))
    return sources


def make_tree(source: Source, directory: str) -> Tree:
    """Copies or generates a tree and counts what is in it.

    Args:
        source: where it comes from.
        directory: where the copy goes; must not exist.

    Returns:
        The tree.
    """
    if source.path:
        top = os.path.abspath(source.path)

        def unwanted(folder: str, names: list[str]) -> set[str]:
            extra = source.skipped if os.path.abspath(folder) == top else ()
            return {
                name
                for name in names
                if name in _SKIPPED or name in extra or _is_build_output(source, name)
            }

        shutil.copytree(source.path, directory, symlinks=True, ignore=unwanted)
    else:
        generate(directory, source.modules)
    # The marker of a root. Nothing of a history: some peers would ask git about it.
    os.makedirs(os.path.join(directory, ".git"), exist_ok=True)
    # semgrep skips tests unless a file says otherwise; the other tools read them.
    with open(os.path.join(directory, ".semgrepignore"), "w", encoding="utf-8") as stream:
        stream.write("")
    return _describe(source, directory)


def _is_build_output(source: Source, name: str) -> bool:
    # lib/python3.x/config-*: tens of megabytes of static library beside the modules.
    return source.standard_library and name.startswith("config-")


def _describe(source: Source, directory: str) -> Tree:
    files = python_files(directory)
    texts = {path: _read(path) for path in files}
    lines = {path: text.count("\n") for path, text in texts.items()}
    total = sum(lines.values())
    edited, importers = edit_target(directory, texts)
    return Tree(
        name=source.name,
        role=role_of(source.name, total),
        what=source.what,
        root=directory,
        files=tuple(files),
        lines=total,
        size=sum(os.path.getsize(path) for path in files),
        edited=edited,
        importers=importers,
        standard_library=source.standard_library,
    )


def role_of(name: str, lines: int) -> str:
    """Which of the three sizes a tree counts as.

    Args:
        name: its name; one of the three sizes decides.
        lines: how many lines it has; these decide otherwise.

    Returns:
        ``small``, ``medium`` or ``large``.
    """
    if name in ("small", "medium", "large"):
        return name
    if lines < _MEDIUM_LINES:
        return "small"
    return "medium" if lines < _LARGE_LINES else "large"


def python_files(root: str) -> list[str]:
    """All Python files of a tree.

    Args:
        root: directory to look in.

    Returns:
        Absolute paths, sorted; links are left out.
    """
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".py") and not os.path.islink(path):
                found.append(path)
    return sorted(found)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def edit_target(root: str, texts: dict[str, str]) -> tuple[str, int]:
    """Chooses the file that the edit cases change.

    It is of middling size (between the 40th and the 60th hundredth), is no test, is imported by
    others, and has the median number of importers among such files: neither a leaf, whose edit
    costs nothing, nor the hub of the whole program.

    Args:
        root: root of the tree.
        texts: content of every Python file by absolute path.

    Returns:
        The file and the number of files that import it; an empty path if no file qualifies.
    """
    importers = count_importers(root, texts)
    by_size = sorted(
        (path for path in texts if _is_editable(os.path.relpath(path, root))),
        key=lambda path: (len(texts[path]), path),
    )
    band = by_size[len(by_size) * 2 // 5 : len(by_size) * 3 // 5 + 1]
    known = sorted((importers[path], path) for path in band if importers.get(path, 0) > 0)
    if not known:
        return "", 0
    count, path = known[len(known) // 2]
    return path, count


def _is_editable(relative: str) -> bool:
    name = os.path.basename(relative)
    return name != "__init__.py" and "test" not in relative.lower() and "migrations" not in relative


def count_importers(root: str, texts: dict[str, str]) -> dict[str, int]:
    """Counts for each file how many others import it, by the look of their import lines.

    Args:
        root: root of the tree.
        texts: content of every Python file by absolute path.

    Returns:
        Number of importers by absolute path.
    """
    modules: dict[str, str] = {}
    for path in texts:
        parts = os.path.relpath(path, root)[:-3].split(os.sep)
        # Which folder imports start from is not known here, so a module answers to every tail of
        # its path of two parts or more, and to its name alone at the top.
        for start in range(max(1, len(parts) - 1)):
            modules.setdefault(".".join(parts[start:]), path)
    counts: dict[str, int] = {}
    for path, text in texts.items():
        package = os.path.relpath(path, root).split(os.sep)[:-1]
        named = {modules[name] for name in _imported(text, package) if name in modules}
        for target in named - {path}:
            counts[target] = counts.get(target, 0) + 1
    return counts


def _imported(text: str, package: list[str]) -> set[str]:
    names = set()
    for dots, module, members, plain in _IMPORT.findall(text):
        if plain:
            names.add(plain)
            continue
        start = package[: len(package) + 1 - len(dots)] if dots else []
        base = ".".join([*start, module] if module else start)
        names.add(base)
        names.update(
            f"{base}.{member.split()[0]}" for member in members.split(",") if member.split()
        )
    return names


def append_function(path: str, number: int) -> None:
    """Edits a file as the edit cases do: one more function at its end.

    Args:
        path: the file.
        number: makes the function's name new.
    """
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(
            f"\n\ndef bench_edit_{number}(value: int) -> int:\n    return value + {number}\n"
        )
