"""What became of an adoption."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.rules.adoption.plan import Decision, Open

WRITTEN, PENDING, UNCHANGED, REFUSED = "written", "pending", "unchanged", "refused"


class Claim(NamedTuple):
    """A claim about an image, never more than what was seen.

    Attributes:
        name: ``image-builds``.
        path: the Dockerfile.
        result: ``not-verified``: nothing is built here.
        reason: why.
        command: the one command that would verify it.
    """

    name: str
    path: str
    result: str
    reason: str
    command: str


class Adoption(NamedTuple):
    """What adoption found, drafted and wrote.

    Attributes:
        root: absolute path of the root.
        command: the one start command; empty where none could be decided.
        decisions: each answer with its reason.
        files: (path, whether it is new) of what changes.
        state: ``written``, ``pending``, ``unchanged`` or ``refused``.
        opens: what is left to people.
        claims: what is known of each image.
        errors: files that could not be read or written.
        diff: unified diff of what changes.
    """

    root: str
    command: str
    decisions: tuple[Decision, ...]
    files: tuple[tuple[str, bool], ...]
    state: str
    opens: tuple[Open, ...]
    claims: tuple[Claim, ...]
    errors: tuple[Diagnostic, ...]
    diff: bytes

    @property
    def exit_code(self) -> int:
        """0 nothing to do, or all written; 1 changes are pending; 3 something is left open."""
        if any(each.exit_code == 2 for each in self.errors):
            return 2
        if self.errors or self.opens or not self.command or self.state == REFUSED:
            return 3
        return 1 if self.state == PENDING else 0
