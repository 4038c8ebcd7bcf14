"""Claims of a team's own documents: the commands that they bind (docs/own-packs.md).

A command is read as words, never by a shell, unless it starts one itself: ``bash -c "a && b"``.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import Refusal, Seen, Step, Verdict, Work, broken_off, last_words
from bylaw.evidence.claim import COMMAND, Claim
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS, Tool
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.rules.binding import Binding, of_kind

_SHELLS = ("sh", "bash", "zsh", "dash")
_NEEDS_SHELL = re.compile(r"&&|\|\||[|;<>`]|\$\(|\$\w|\*")
_SECONDS = 1800.0


class Bound(NamedTuple):
    """A claim that a document binds.

    Attributes:
        claim: the claim.
        command: as the document has it.
        place: file and line of the sentence.
    """

    claim: Claim
    command: str
    place: str


def bound_claims(bindings: Sequence[Binding]) -> Mapping[str, Bound]:
    """Claims of a team's own documents, by slug.

    Args:
        bindings: what the documents bind.
    """
    found: dict[str, Bound] = {}
    for each in of_kind(bindings, "command"):
        stem = re.sub(r"[^a-z0-9]+", "-", each.clause.lower()).strip("-")
        slug, number = stem, 2
        while slug in found:
            slug, number = f"{stem}-{number}", number + 1
        command = str(each.get("text", ""))
        found[slug] = Bound(Claim(slug, each.sentence, COMMAND), command, each.place)
    return found


def pack_of(bound: Bound) -> str:
    """Digest of what binds a claim: its sentence and its command."""
    text = f"{bound.claim.slug}\0{bound.claim.means}\0{bound.command}"
    return "sha256:" + sha256(text.encode()).hexdigest()


def work(project: Project, bound: Bound) -> Work | Refusal:
    """The command of a document, as it is written."""
    slug, text = bound.claim.slug, bound.command
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        said = f"{bound.place}: the command cannot be read: {error}"
        return Refusal(slug, ("tool-broken",), said, "bylaw pack lint", "command")
    has_shell = bool(words) and words[0].rpartition("/")[2] in _SHELLS and "-c" in words[:3]
    if not words or (not has_shell and _NEEDS_SHELL.search(text)):
        said = f"{bound.place}: the command needs a shell and does not start one"
        mended = f"bash -c {shlex.quote(text)}"
        return Refusal(slug, ("shell-not-declared",), said, mended, "command")
    program = words[0]
    own = project.words(program)
    if len(own) == 1:
        words = (*own, *words[1:])
    elif shutil.which(program, path=project.variables()["PATH"]) is None and "/" not in program:
        said = f"{bound.place}: {program} is not installed"
        command = project.install(program)
        return Refusal(slug, (f"tool-missing:{program}",), said, command, program)
    ignored = _ignored(text)
    step = Step(words, seconds=_SECONDS)

    def judge(seen: Seen) -> dict[str, Verdict]:
        return {slug: _judged(seen, program, ignored, text)}

    tool = project.tool(program) or Tool(program.rpartition("/")[2], "")
    return Work((slug,), tool, (step,), (), judge, group="tests", shell=has_shell)


def _ignored(text: str) -> str:
    """What keeps a failure inside a shell from counting; empty where nothing does."""
    words = shlex.split(text)
    inner = words[words.index("-c") + 1] if "-c" in words[:-1] else text
    found = [each.ignored for each in shell_commands(inner, Setting("", "script")) if each.ignored]
    return found[0] if found else ""


def _judged(seen: Seen, program: str, ignored: str, text: str) -> Verdict:
    early = broken_off(seen, program)
    if early is not None:
        return early
    code = seen.last.exit_code
    if code == 0 and ignored:
        said = f"its failure would not count: {ignored}"
        return Verdict(NOT_VERIFIED, ("exit-ignored",), said, text)
    if code == 0:
        return Verdict(PASS, (), "the command ended with 0")
    if code in (126, 127):
        return Verdict(NOT_VERIFIED, ("tool-broken",), last_words(seen.last), text)
    said = f"the command ended with {code}: {last_words(seen.last)}"
    return Verdict(FAIL, ("exit-code",), said, text)
