"""Templates: how a violation looks in real code. They are text, one file for each rule.

A file holds templates, each begun by ``=== name``. Lines ``key: value`` follow, then sections:
``--- top`` goes below the imports of the mutated file, ``--- here`` to the chosen place, and
``--- file NAME`` becomes a new file beside it. ``$n`` is a number of the seed's own and ``$pkg``
the package of the place; kinds of places add names of their own. A line that ends in ``#!`` is
where the finding belongs; without one, every line of ``here`` is.

Keys are ``place`` (a kind of place), ``needs`` (top-level modules, one of which the tree must
import), ``alone`` (one seed for each analysis) and ``steps`` (any step of the witness counts).
"""

from __future__ import annotations

import os
from typing import NamedTuple

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")


class Template(NamedTuple):
    """One way a violation of a rule appears.

    Attributes:
        rule: the rule that has to find it.
        name: what it is, in a few words.
        place: kind of place it fits.
        needs: top-level modules one of which the tree has to import; empty for any tree.
        alone: whether each seed has a copy of the tree to itself.
        steps: whether a step of the witness anywhere in the seed counts as found.
        top: lines for below the imports.
        here: lines for the place.
        files: new files beside the place, name (without ``.py``) and text.
    """

    rule: str
    name: str
    place: str
    needs: tuple[str, ...]
    alone: bool
    steps: bool
    top: str
    here: str
    files: tuple[tuple[str, str], ...]


def covered_rules(folder: str = FOLDER) -> list[str]:
    """Names of the rules that have templates."""
    return sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".txt"))


def read_templates(rule: str, folder: str = FOLDER) -> list[Template]:
    """The templates of one rule.

    Args:
        rule: its name.
        folder: where the files are.

    Returns:
        The templates, in the order of the file.

    Raises:
        ValueError: no such file, or a template that is not written as it should be.
    """
    path = os.path.join(folder, f"{rule}.txt")
    if not os.path.exists(path):
        raise ValueError(f"no templates for {rule!r}; there are {', '.join(covered_rules(folder))}")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    chunks = f"\n{text}".split("\n=== ")[1:]
    return [_template(rule, chunk) for chunk in chunks]


def _template(rule: str, chunk: str) -> Template:
    name, _, rest = chunk.partition("\n")
    keys: dict[str, str] = {}
    sections: list[tuple[str, list[str]]] = []
    for line in rest.split("\n"):
        if line.startswith("--- "):
            sections.append((line[4:].strip(), []))
        elif sections:
            sections[-1][1].append(line)
        elif line.strip():
            key, _, value = line.partition(":")
            keys[key.strip()] = value.strip()
    unknown = set(keys) - {"place", "needs", "alone", "steps"}
    bad = [s for s, _ in sections if s not in ("top", "here") and not s.startswith("file ")]
    if unknown or bad or "place" not in keys or not sections:
        raise ValueError(f"template {rule}/{name}: {sorted(unknown) or bad or 'incomplete'}")
    texts = {section: "\n".join(lines).strip("\n") for section, lines in sections}
    return Template(
        rule=rule,
        name=name.strip(),
        place=keys["place"],
        needs=tuple(keys.get("needs", "").split()),
        alone="alone" in keys,
        steps="steps" in keys,
        top=texts.get("top", ""),
        here=texts.get("here", ""),
        files=tuple((s[5:].strip(), t) for s, t in texts.items() if s.startswith("file ")),
    )
