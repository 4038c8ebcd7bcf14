"""Names by pattern: ``features.*.service`` names a module with everything below it.

``*`` stands for one part of a name, or a piece of one; ``**`` for any number of parts. A pattern
with a ``/`` names files instead. One that begins with ``!`` takes names out again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Test = Callable[[Sequence[str], str], bool]
"""Whether something is meant, by any of its dotted names, or by the path of its file."""


def matching(patterns: Sequence[str]) -> Test:
    """A test of names against patterns; the last one that names something decides.

    Args:
        patterns: the patterns.
    """
    compiled = []
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        is_path = "/" in bare or bare.endswith(".py")
        compiled.append((not pattern.startswith("!"), is_path, _compiled(bare, is_path)))

    def test(names: Sequence[str], path: str) -> bool:
        meant = bool(compiled) and not compiled[0][0]
        for wanted, is_path, expression in compiled:
            if meant != wanted:
                asked = (path,) if is_path else names
                meant = wanted if any(map(expression.fullmatch, asked)) else meant
        return meant

    return test


def dotted_path(path: str) -> str:
    """A file's path as a dotted name, for what no import names: ``features.users.service``.

    Args:
        path: relative to the root.
    """
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def mentions_tests(patterns: Sequence[str]) -> bool:
    """Whether any pattern asks for tests by name."""
    return any("test" in each.lower() for each in patterns)


def _compiled(pattern: str, is_path: bool) -> re.Pattern[str]:
    joint = "/" if is_path else "."
    parts = pattern.strip().removeprefix("./").strip(joint).split(joint)
    if is_path and pattern.endswith(".py"):
        parts = pattern.strip().removeprefix("./").split("/")
    out = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            out += r".+" if last else rf"(?:[^{joint}]+{re.escape(joint)})*"
        else:
            piece = re.escape(part).replace(r"\*", rf"[^{joint}]*").replace(r"\?", rf"[^{joint}]")
            out += piece if last else piece + re.escape(joint)
    return re.compile(rf"{out}(?:{re.escape(joint)}.*)?", re.DOTALL)
