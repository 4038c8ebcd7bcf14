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
        result: ``pass`` or ``fail`` where it was built, else ``not-verified``.
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
        asked_to_build: whether the images were to be built.
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
    asked_to_build: bool = False

    @property
    def exit_code(self) -> int:
        """0 nothing to do, or all written; 1 pending, or no image comes of it; 3 left open."""
        if any(each.exit_code == 2 for each in self.errors):
            return 2
        unproven = self.asked_to_build and any(e.result == "not-verified" for e in self.claims)
        if self.errors or self.opens or not self.command or self.state == REFUSED or unproven:
            return 3
        broken = any(each.result == "fail" for each in self.claims)
        return 1 if broken or self.state == PENDING else 0
