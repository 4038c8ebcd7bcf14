"""What ``.gitignore`` files and the ``exclude`` option leave out.

pathspec knows the language, but costs 26 ms to import and 7 us a path on an ordinary
ignore file, more than the whole walk. Nearly every line that is written in practice is a
plain name, ending, beginning or path; those are answered with sets and string methods,
exactly as git does, and only the other lines are handed to pathspec. The walk asks about
each entry after its parents, so a rule only ever has to match the entry itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

PYTHON_ENDINGS = (".py", ".pyw")

_META = "*?[]\\"
_MOST_VARIANTS = 64


class _Glob:
    """One pattern that needs pathspec, behind the cheapest tests that can rule it out."""

    __slots__ = ("anchored", "first", "fragments", "length", "pattern", "regex")

    def __init__(self, pattern: str, anchored: bool) -> None:
        self.pattern = pattern
        self.anchored = anchored
        self.regex: re.Pattern[str] | None = None
        body = pattern.strip("/")
        self.fragments, length = _fragments(body)
        self.length = -1 if anchored or "*" in body else length
        close = body.find("]", 2)
        self.first = _class_characters(body[1:close]) if body[0] == "[" and close > 0 else ""

    def matches(self, path: str, name: str, is_directory: bool) -> bool:
        """Say whether the pattern names this entry, not merely one of its parents."""
        text = path if self.anchored else name
        if self.length >= 0 and len(text) != self.length:
            return False
        if self.first and text[0] not in self.first:
            return False
        for fragment in self.fragments:
            if fragment not in text:
                return False
        if self.regex is None:
            self.regex = _translate(self.pattern)
        whole = f"{path}/" if is_directory else path
        found = self.regex.search(whole)
        if found is None:
            return False
        # The group is pathspec's mark of "this directory and all below it".
        return found.groupdict().get("ps_d") is None or found.end() == len(whole)


class _Run(NamedTuple):
    """Neighbouring lines of one sign; the last run that matches decides."""

    ignored: bool
    names: frozenset[str]
    endings: tuple[str, ...]
    starts: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    paths: frozenset[str]
    under: tuple[str, ...]
    globs: tuple[_Glob, ...]

    def matches(self, path: str, name: str, is_directory: bool) -> bool:
        """Say whether any line of the run names the entry."""
        if (
            name in self.names
            or name.endswith(self.endings)
            or path in self.paths
            or name.startswith(self.starts)
            or path.startswith(self.under)
        ):
            return True
        for head, tail in self.pairs:
            if len(name) >= len(head) + len(tail) and name.startswith(head) and name.endswith(tail):
                return True
        return any(glob.matches(path, name, is_directory) for glob in self.globs)


class IgnoreRules(NamedTuple):
    """The lines of one ignore file, ready to be asked.

    Attributes:
        strip: length of the file's directory in paths relative to the root (``app/`` is 4).
        prefix: what goes before such a path when the file lies above the root.
        for_directories: runs that can match a directory, last first.
        for_files: runs that can match a file, last first.
        for_python: runs that can match a Python file, last first.
    """

    strip: int
    prefix: str
    for_directories: tuple[_Run, ...]
    for_files: tuple[_Run, ...]
    for_python: tuple[_Run, ...]

    def verdict(self, path: str, name: str, is_directory: bool) -> bool | None:
        """Ask about one entry.

        Args:
            path: path relative to the root, without a trailing slash.
            name: last component of the path.
            is_directory: whether the entry is a directory.

        Returns:
            True for ignored, False for explicitly kept, None where no line speaks.
        """
        own = self.prefix + path[self.strip :]
        if is_directory:
            runs = self.for_directories
        else:
            runs = self.for_python if name.endswith(PYTHON_ENDINGS) else self.for_files
        for run in runs:
            if run.matches(own, name, is_directory):
                return run.ignored
        return None


def compile_rules(lines: Iterable[str], *, below: str = "", prefix: str = "") -> IgnoreRules:
    """Compile lines in the language of ``.gitignore``.

    Args:
        lines: the lines, without line ends.
        below: directory the lines are relative to, with a trailing slash; empty for the root.
        prefix: path from the ignore file down to the root, where the file lies above it.

    Returns:
        The compiled rules.
    """
    parsed = [entry for line in lines for entry in _parse_line(line)]
    for_files = [entry for entry in parsed if not entry.only_directories]
    for_python = [entry for entry in for_files if _can_be_python(entry)]
    return IgnoreRules(len(below), prefix, _runs(parsed), _runs(for_files), _runs(for_python))


def read_rules(path: str, *, below: str = "", prefix: str = "") -> IgnoreRules | None:
    """Read one ignore file.

    Args:
        path: where the file lies.
        below: see ``compile_rules``.
        prefix: see ``compile_rules``.

    Returns:
        Its rules; None where it cannot be read or says nothing.
    """
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    text = os.fsdecode(data.removeprefix(b"\xef\xbb\xbf"))
    rules = compile_rules(text.replace("\r\n", "\n").split("\n"), below=below, prefix=prefix)
    return rules if rules.for_directories else None


def is_ignored(chain: Sequence[IgnoreRules], path: str, name: str, is_directory: bool) -> bool:
    """Ask the ignore files in force, the nearest first; the first that speaks decides.

    Args:
        chain: ignore files, the one nearest to the entry first.
        path: path relative to the root.
        name: last component of the path.
        is_directory: whether the entry is a directory.

    Returns:
        Whether the entry is left out.
    """
    for rules in chain:
        verdict = rules.verdict(path, name, is_directory)
        if verdict is not None:
            return verdict
    return False


class IgnoreFiles:
    """The ignore files below a root, for single paths that need not exist.

    Args:
        root: the root.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._known: dict[str, IgnoreRules | None] = {}

    def ignores(self, path: str) -> bool:
        """Whether an ignore file names a path relative to the root, or a folder above it."""
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            above = ["/".join(parts[:count]) for count in range(depth)]
            chain = [rules for folder in reversed(above) if (rules := self._rules(folder))]
            is_directory = depth < len(parts)
            if is_ignored(chain, "/".join(parts[:depth]), parts[depth - 1], is_directory):
                return True
        return False

    def _rules(self, folder: str) -> IgnoreRules | None:
        if folder not in self._known:
            below = f"{folder}/" if folder else ""
            path = f"{self.root}/{below}.gitignore"
            self._known[folder] = read_rules(path, below=below)
        return self._known[folder]


class _Entry(NamedTuple):
    """One pattern: its sign, whether only directories are meant, its kind and its text."""

    ignored: bool
    only_directories: bool
    kind: str
    text: str
    tail: str = ""
    anchored: bool = False


def _parse_line(line: str) -> list[_Entry]:
    if not line.endswith("\\ "):
        line = line.rstrip()
    if not line or line.startswith("#"):
        return []
    ignored = not line.startswith("!")
    if not ignored:
        line = line[1:]
    only_directories = line.endswith("/")
    body = line[:-1] if only_directories else line
    if not body or "//" in line:
        return []
    return [_classify(variant, ignored, only_directories) for variant in _variants(body)]


def _classify(body: str, ignored: bool, only_directories: bool) -> _Entry:
    """Sort one pattern into the cheapest kind that answers it exactly."""
    if body.startswith("**/") and "/" not in body[3:] and body[3:]:
        body = body[3:]
    if body == "**":
        body = "*"
    anchored = "/" in body
    plain = body.removeprefix("/")
    metas = sum(character in _META for character in plain)
    if not metas:
        return _Entry(ignored, only_directories, "path" if anchored else "name", plain)
    if not anchored and metas == 1 and "*" in body:
        head, _, tail = body.partition("*")
        return _Entry(ignored, only_directories, "pair", head, tail)
    if anchored and metas == 2 and plain.endswith("/**") and not only_directories:
        return _Entry(ignored, only_directories, "under", plain[:-2])
    text = f"{body}/" if only_directories else body
    return _Entry(ignored, only_directories, "glob", text, anchored=anchored)


def _can_be_python(entry: _Entry) -> bool:
    """Whether a pattern could match a Python file at all; most lines could not."""
    if entry.kind in ("under", "glob"):
        return True
    tail = entry.tail if entry.kind == "pair" else entry.text
    return any(tail.endswith(ending) or ending.endswith(tail) for ending in PYTHON_ENDINGS)


def _fragments(body: str) -> tuple[tuple[str, ...], int]:
    """Find the text a match must contain, and how long a match is where nothing is open-ended."""
    fragments = [""]
    length = at = 0
    while at < len(body):
        character = body[at]
        if character == "[":
            close = body.find("]", at + 2)
            if close < 0 or "\\" in body[at:close] or "[" in body[at + 1 : close]:
                return (), -1
            at = close
        if character in "*?[":
            fragments.append("")
        else:
            if character == "\\":
                at += 1
            fragments[-1] += body[at : at + 1]
        length += 1
        at += 1
    if "**" in body:
        # Between two slashes it also matches no directory, and then one slash is missing.
        fragments = [fragment.strip("/") for fragment in fragments]
    return tuple(fragment for fragment in fragments if fragment), length


def _class_characters(inside: str) -> str:
    """Write out a character class; empty where it is negated or more than letters."""
    if inside[0] in "!^" or any(character in "\\[/" for character in inside):
        return ""
    characters = ""
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            first, last = ord(inside[at]), ord(inside[at + 2])
            if last - first > _MOST_VARIANTS:
                return ""
            characters += "".join(map(chr, range(first, last + 1)))
            at += 3
        else:
            characters += inside[at]
            at += 1
    return "" if any(character in _META for character in characters) else characters


def _variants(body: str) -> list[str]:
    """Write out the one character class of a pattern: ``*.py[co]`` is two endings."""
    start = body.find("[")
    end = body.find("]", start + 2)
    if start < 0 or end < 0 or "\\" in body or "[" in body[start + 1 :] or "]" in body[end + 1 :]:
        return [body]
    characters = _class_characters(body[start + 1 : end])
    if not 0 < len(characters) <= _MOST_VARIANTS:
        return [body]
    return [f"{body[:start]}{character}{body[end + 1 :]}" for character in characters]


def _runs(entries: Sequence[_Entry]) -> tuple[_Run, ...]:
    groups: list[list[_Entry]] = []
    for entry in entries:
        if not groups or groups[-1][0].ignored != entry.ignored:
            groups.append([])
        groups[-1].append(entry)
    return tuple(_run(group) for group in reversed(groups))


def _run(group: Sequence[_Entry]) -> _Run:
    pairs = [(entry.text, entry.tail) for entry in group if entry.kind == "pair"]
    return _Run(
        group[0].ignored,
        frozenset(entry.text for entry in group if entry.kind == "name"),
        tuple(tail for head, tail in pairs if not head),
        tuple(head for head, tail in pairs if head and not tail),
        tuple(pair for pair in pairs if pair[0] and pair[1]),
        frozenset(entry.text for entry in group if entry.kind == "path"),
        tuple(entry.text for entry in group if entry.kind == "under"),
        tuple(_Glob(entry.text, entry.anchored) for entry in group if entry.kind == "glob"),
    )


def _translate(pattern: str) -> re.Pattern[str]:
    """Let pathspec turn a pattern into a regular expression; what it rejects matches nothing."""
    import re
    import warnings

    from pathspec import GitIgnoreSpec

    never = re.compile(r"(?!)")
    try:
        with warnings.catch_warnings():
            # Odd character classes are the author's business, not news for our user.
            warnings.simplefilter("ignore")
            patterns = GitIgnoreSpec.from_lines([pattern]).patterns
    except (ValueError, re.error):
        return never
    regex: re.Pattern[str] | None = next((item.regex for item in patterns if item.regex), None)
    return regex or never
