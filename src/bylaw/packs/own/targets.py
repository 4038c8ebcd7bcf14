"""What a document's commands and modules are looked up in: targets, scripts, packages."""

from __future__ import annotations

import json
import re
from functools import cached_property

from bylaw.packs.own.tree import Tree


class Targets:
    """What the files of a root offer by name, read when first asked for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    @cached_property
    def packages(self) -> dict[str, str]:
        """Top-level modules and packages: name -> path, of the root and the folders below it."""
        found: dict[str, str] = {}
        holding = {path.rpartition("/")[0] for path in self._tree.files if path.endswith(".py")}
        holding |= {each.rpartition("/")[0] for each in holding}
        for folder in sorted(holding, key=lambda each: each.count("/")):
            name = folder.rpartition("/")[2]
            if folder and folder.count("/") <= 2 and name.isidentifier():
                found.setdefault(name, folder)
        return found

    @cached_property
    def make_targets(self) -> frozenset[str] | None:
        """Targets of the Makefiles; None where there is no Makefile, or one says not all."""
        from bylaw.manifests.lines import read_makefile

        found: set[str] = set()
        makefiles = [path for path in self._tree.files if path.rpartition("/")[2] in
                     ("Makefile", "makefile", "GNUmakefile")]  # fmt: skip
        for path in makefiles:
            text = self._tree.text(path)
            if re.search(r"^-?s?include\b|%.*:|\$\(eval", text, re.M):
                return None
            found |= {target.name for target in read_makefile(path, text).targets}
        return frozenset(found)

    @cached_property
    def recipes(self) -> frozenset[str]:
        """Recipes of the justfiles."""
        found: set[str] = set()
        for path in self._tree.files:
            if path.rpartition("/")[2].lower() in ("justfile", ".justfile") or path.endswith(
                ".just"
            ):
                names = re.findall(r"^@?([\w-]+)(?: [^:=]*)?:(?!=)", self._tree.text(path), re.M)
                aliases = re.findall(r"^alias\s+([\w-]+)", self._tree.text(path), re.M)
                modules = re.findall(r"^mod\??\s+([\w-]+)", self._tree.text(path), re.M)
                found.update((*names, *aliases, *modules))
        return frozenset(found)

    @cached_property
    def scripts(self) -> frozenset[str]:
        """Scripts of the files ``package.json``."""
        found: set[str] = set()
        for path in self._tree.files:
            if path.rpartition("/")[2] in ("package.json", "composer.json", "deno.json"):
                try:
                    document = json.loads(self._tree.text(path))
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
            expression.search(self._tree.text(path))
            for path in self._tree.files
            if path.rpartition("/")[2] in wanted or "requirements" in path.rpartition("/")[2]
        )


def resolved_parts(tree: Tree, targets: Targets, dotted: str) -> int:
    """How many parts of a dotted name lead to something; 0 where not even the first does.

    Args:
        tree: the files.
        targets: what they offer by name.
        dotted: the name of a module, or of something in one.
    """
    parts = dotted.split(".")
    place = targets.packages.get(parts[0], "")
    if not place:
        return 0
    for number, part in enumerate(parts[1:], 1):
        inner = f"{place}/{part}"
        if inner in tree.folders:
            place = inner
        elif f"{inner}.py" in tree.files:
            rest = parts[number + 1 :]
            known = not rest or re.search(rf"\b{rest[0]}\b", tree.text(f"{inner}.py"))
            return len(parts) if known else number + 1
        else:
            inside = tree.text(f"{place}/__init__.py")
            return len(parts) if re.search(rf"\b{re.escape(part)}\b", inside) else number
    return len(parts)
