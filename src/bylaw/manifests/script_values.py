"""What the variables of a shell script hold where they are used, as far as the script says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bylaw.manifests.script_branches import Path

_WHOLE = re.compile(r"^\$(?:(\w+)|\{(\w+)\})$")
_PART = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_COMPUTED = ("$(", "`")


class Values:
    """Variables that a script sets, in the order it sets them.

    A variable that is only set on some roads is not known, except for what it holds on all of
    them: ``[ "$DEBUG" ] && ARGS="$ARGS --reload"`` leaves the words before, and a remainder.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str | None] = {}
        self.open: set[str] = set()
        self.path: Path = ()
        self.outer: list[tuple[dict[str, str | None], set[str]]] = []

    def enter(self, path: Path) -> None:
        """Go to a branch; what the branches that are left have set is no longer certain.

        Args:
            path: the undecided branches that the next command stands in.
        """
        shared = 0
        while shared < min(len(path), len(self.path)) and path[shared] == self.path[shared]:
            shared += 1
        for _ in self.path[shared:]:
            inner, opened = self.texts, self.open
            self.texts, self.open = self.outer.pop()
            self.join(inner, opened)
        for _ in path[shared:]:
            self.outer.append((dict(self.texts), set(self.open)))
        self.path = path

    def join(self, inner: dict[str, str | None], opened: set[str]) -> None:
        """Keep of the values of a branch what holds whether it was taken or not."""
        for name, text in inner.items():
            before = self.texts.get(name)
            if name in self.texts and before == text and name not in opened - self.open:
                continue
            if before is not None and text is not None and text.startswith(before):
                self.open.add(name)
            else:
                self.texts[name] = None

    def assign(self, name: str, text: str) -> None:
        """Take note of ``name=text``.

        Args:
            name: the variable; with ``+`` where the text is put behind what it holds.
            text: what it is given, without quotes.
        """
        if name.endswith("+"):
            name = name[:-1]
            text = f"${name}{text}"
        own = (f"${name}", f"${{{name}}}")
        is_unknown = name in self.texts and self.texts[name] is None
        new = self.filled(text)
        if any(each in new for each in _COMPUTED):
            self.texts[name] = None
        elif name in self.open and new.startswith(own):
            # What is put behind an open value is one more thing that is not known.
            return
        elif not (is_unknown and any(each in text for each in own)):
            self.texts[name] = new
            self.open.discard(name)

    def filled(self, text: str) -> str:
        """A text with the variables whose value is known in their place."""

        def value(match: re.Match[str]) -> str:
            found = self.texts.get(match[1] or match[2])
            return match[0] if found is None or (match[1] or match[2]) in self.open else found

        return _PART.sub(value, text)

    def words(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The words of a command with what is known in the place of its variables.

        Args:
            argv: words of the command.

        Returns:
            Words; what is only known when it runs stays as it is spelled.
        """
        found: list[str] = []
        for word in argv:
            whole = _WHOLE.match(word)
            name = (whole[1] or whole[2]) if whole else ""
            text = self.texts.get(name)
            if text is None:
                found.append(self.filled(word))
                continue
            found += _split(text)
            if name in self.open:
                found.append(word)
        return tuple(found)


def _split(text: str) -> list[str]:
    """The words a shell makes of a value; expansions in it are kept whole."""
    return re.findall(r"(?:\$\{[^}]*\}|\S)+", text)
