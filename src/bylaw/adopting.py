"""``bylaw boot adopt``, end to end: look at a service, decide, draft, and write where asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.linking import configuration_of, context_of, link_repository
from bylaw.mends.difference import unified_diff
from bylaw.mends.writing import write_files
from bylaw.probes.image_builder import (
    CLAIM,
    NOT_VERIFIED,
    build_command,
    build_image,
    find_builder,
)
from bylaw.rules.adoption.deciding import Decided, decide
from bylaw.rules.adoption.draft import Draft
from bylaw.rules.adoption.drafting import draft
from bylaw.rules.adoption.outcome import (
    PENDING,
    REFUSED,
    UNCHANGED,
    WRITTEN,
    Adoption,
    Claim,
)
from bylaw.rules.adoption.plan import Open
from bylaw.rules.context import RuleContext
from bylaw.rules.repository import reading_problems
from bylaw.rules.selection import Options


class Wanted(NamedTuple):
    """What the caller asks for.

    Attributes:
        inside: folder to look at, relative to the root; empty for all.
        application: ``module:attribute``, where somebody names it; else empty.
        skipped: parts that are not wanted.
        write: write the files; else only tell the difference.
        build: build the images, where a builder answers.
    """

    inside: str = ""
    application: str = ""
    skipped: frozenset[str] = frozenset()
    write: bool = False
    build: bool = False


def adopt(root: str, options: Options, wanted: Wanted) -> Adoption:
    """Drafts, and where asked writes, what starts a service with one canonical command.

    Args:
        root: absolute path of the root.
        options: of the run.
        wanted: what the caller asks for.

    Returns:
        What was decided, drafted and written. Nothing is written without ``write``, and no file
        that somebody else changed meanwhile.
    """
    linked = link_repository(root, configuration_of(root), options)
    context = context_of(linked)
    decided = decide(context, wanted.inside, wanted.application)
    made = draft(context, decided, wanted.skipped)
    after = {path: text.encode("utf-8") for path, text in made.contents().items()}
    errors = [*linked.errors, *reading_problems(context.repository)]
    before, unreadable = _before(root, context, after)
    errors += unreadable
    for each in unreadable:
        after.pop(each.path)
    state = PENDING if after else UNCHANGED
    if wanted.write and after:
        problem = write_files(root, before, after)
        state = REFUSED if problem else WRITTEN
        errors += [Diagnostic("not-written", problem, hint="run it again")] if problem else []
    opens = tuple(dict.fromkeys(_sorted([*decided.opens, *made.opens])))
    return Adoption(
        root, " ".join(decided.service.command) if decided.service else "", decided.decisions,
        tuple((path, path not in before) for path in sorted(after)), state, opens,
        _claims(context, decided, made, build=wanted.build and state != PENDING), tuple(errors),
        unified_diff(before, after), wanted.build,
    )  # fmt: skip


def _sorted(opens: list[Open]) -> list[Open]:
    return sorted(opens, key=lambda each: (each.path, each.line, each.what))


def _before(
    root: str, context: RuleContext, after: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[Diagnostic]]:
    """The bytes of the files that are there; what is no text, or too long, is not edited."""
    before: dict[str, bytes] = {}
    errors = []
    for path in after:
        try:
            with open(f"{root}/{path}", "rb") as file:
                before[path] = file.read()
        except FileNotFoundError:
            continue
        except OSError as error:
            errors.append(Diagnostic("not-read", f"cannot be read: {error.strerror}", path))
            continue
        if before[path] != context.repository.text(path).encode("utf-8", "replace"):
            errors.append(Diagnostic("not-read", "it is no UTF-8 text, or changes meanwhile", path,
                                     hint="store it as UTF-8 and adopt again"))  # fmt: skip
    return before, errors


def _claims(
    context: RuleContext, decided: Decided, made: Draft, *, build: bool
) -> tuple[Claim, ...]:
    """``image-builds`` of each image that serves the application: open until it is built."""
    if decided.service is None:
        return ()
    paths = {each.place.image.path: each.place.image.context for each in decided.commands
             if each.place.image is not None}  # fmt: skip
    new = decided.service.definition.path("Dockerfile")
    if new in made.files:
        paths.setdefault(new, decided.service.definition.folder)
    if not paths:
        return ()
    builder = find_builder()
    reason = builder.reason or f"{builder.name} answers here: --write --build builds it"
    found = []
    for path, folder in sorted(paths.items()):
        result = (NOT_VERIFIED, reason)
        if build:
            result = build_image(builder, context.root, path, folder)
        found.append(Claim(CLAIM, path, *result, build_command(builder, path, folder)))
    return tuple(found)
