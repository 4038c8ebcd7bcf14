"""The files of a root, as what a document's references are looked up in."""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from typing import Any

_PRUNED = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache",
     ".pytest_cache", ".tox", ".nox", ".hg", ".svn"}
)  # fmt: skip
_MOST = 200_000


class Tree:
    """Everything below a root, listed when first asked for."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._specs: dict[str, Any] = {}

    @cached_property
    def _listing(self) -> tuple[frozenset[str], frozenset[str]]:
        """Files and folders, relative to the root."""
        files: list[str] = []
        folders: list[str] = []
        for folder, names, found in os.walk(self.root):
            names[:] = sorted(name for name in names if name not in _PRUNED)
            inside = os.path.relpath(folder, self.root).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            folders += [prefix + name for name in names]
            files += [prefix + name for name in found]
            if len(files) > _MOST:
                break
        return frozenset(files), frozenset(folders)

    @property
    def files(self) -> frozenset[str]:
        """Paths of the files."""
        return self._listing[0]

    @property
    def folders(self) -> frozenset[str]:
        """Paths of the folders."""
        return self._listing[1]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every end of every path: ``c.py``, ``b/c.py``, ``a/b/c.py``."""
        ends: set[str] = set()
        for path in (*self.files, *self.folders):
            parts = path.split("/")
            ends.update("/".join(parts[at:]) for at in range(len(parts)))
        return frozenset(ends)

    def _ignores(self, folder: str) -> Any:
        """What the ``.gitignore`` of a folder ignores; None where it has none."""
        from pathspec import GitIgnoreSpec

        if folder not in self._specs:
            text = self.text(f"{folder}/.gitignore" if folder else ".gitignore")
            self._specs[folder] = GitIgnoreSpec.from_lines(text.splitlines()) if text else None
        return self._specs[folder]

    def is_ignored(self, path: str) -> bool:
        """Whether git ignores a path: what is made when the project runs or is built."""
        parts = path.strip("/").split("/")
        for at in range(len(parts)):
            spec = self._ignores("/".join(parts[:at]))
            inside = "/".join(parts[at:])
            if spec is not None and (spec.match_file(inside) or spec.match_file(f"{inside}/")):
                return True
        return False

    def has(self, path: str, folder: str = "") -> bool:
        """Whether a path is there: from a folder, from the root, or as the end of another."""
        bare = path.strip("/")
        for start in (folder, ""):
            place = os.path.normpath(os.path.join(start, bare)).replace(os.sep, "/")
            if place == "." or os.path.exists(os.path.join(self.root, place)):
                return True
        return bare in self.names or self.is_ignored(bare)

    def text(self, path: str) -> str:
        """Text of a file; empty where it cannot be read."""
        try:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                return file.read(1 << 20)
        except OSError:
            return ""

    @cached_property
    def packages(self) -> dict[str, str]:
        """Top-level modules and packages: name -> path, of the root and the folders below it."""
        found: dict[str, str] = {}
        holding = {path.rpartition("/")[0] for path in self.files if path.endswith(".py")}
        holding |= {each.rpartition("/")[0] for each in holding}
        for folder in sorted(holding, key=lambda each: each.count("/")):
            name = folder.rpartition("/")[2]
            if folder and folder.count("/") <= 2 and name.isidentifier():
                found.setdefault(name, folder)
        return found

    def resolves(self, dotted: str) -> int:
        """How many parts of a dotted name lead to something; 0 where not even the first does."""
        parts = dotted.split(".")
        place = self.packages.get(parts[0], "")
        if not place:
            return 0
        for number, part in enumerate(parts[1:], 1):
            inner = f"{place}/{part}"
            if inner in self.folders:
                place = inner
            elif f"{inner}.py" in self.files:
                rest = parts[number + 1 :]
                known = not rest or re.search(rf"\b{rest[0]}\b", self.text(f"{inner}.py"))
                return len(parts) if known else number + 1
            else:
                inside = self.text(f"{place}/__init__.py")
                return len(parts) if re.search(rf"\b{re.escape(part)}\b", inside) else number
        return len(parts)

    @cached_property
    def make_targets(self) -> frozenset[str] | None:
        """Targets of the Makefiles; None where there is no Makefile, or one says not all."""
        from bylaw.manifests.lines import read_makefile

        found: set[str] = set()
        makefiles = [path for path in self.files if path.rpartition("/")[2] in
                     ("Makefile", "makefile", "GNUmakefile")]  # fmt: skip
        for path in makefiles:
            text = self.text(path)
            if re.search(r"^-?s?include\b|%.*:|\$\(eval", text, re.M):
                return None
            found |= {target.name for target in read_makefile(path, text).targets}
        return frozenset(found)

    @cached_property
    def recipes(self) -> frozenset[str]:
        """Recipes of the justfiles."""
        found: set[str] = set()
        for path in self.files:
            if path.rpartition("/")[2].lower() in ("justfile", ".justfile") or path.endswith(
                ".just"
            ):
                names = re.findall(r"^@?([\w-]+)(?: [^:=]*)?:(?!=)", self.text(path), re.M)
                aliases = re.findall(r"^alias\s+([\w-]+)", self.text(path), re.M)
                modules = re.findall(r"^mod\??\s+([\w-]+)", self.text(path), re.M)
                found.update((*names, *aliases, *modules))
        return frozenset(found)

    @cached_property
    def scripts(self) -> frozenset[str]:
        """Scripts of the files ``package.json``."""
        found: set[str] = set()
        for path in self.files:
            if path.rpartition("/")[2] in ("package.json", "composer.json", "deno.json"):
                try:
                    document = json.loads(self.text(path))
                except ValueError:
                    continue
                for key in ("scripts", "tasks"):
                    section = document.get(key) if isinstance(document, dict) else None
                    found.update(section if isinstance(section, dict) else ())
        return frozenset(found)

    def declares(self, name: str) -> bool:
        """Whether the project's metadata speaks of a distribution of that name."""
        expression = re.compile(rf"\b{re.escape(name)}\b".replace("_", "[-_]"), re.I)
        wanted = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile")
        return any(
            expression.search(self.text(path))
            for path in self.files
            if path.rpartition("/")[2] in wanted or "requirements" in path.rpartition("/")[2]
        )
