"""Claims: the sentences that evidence is about (EVIDENCE.md)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bylaw.errors import UsageError

PREFIX = "claim/"

TOOL, PROBE, RULES, COMMAND, NOBODY = "tool", "probe", "rules", "command", "nobody"


class Claim(NamedTuple):
    """One claim.

    Attributes:
        slug: its name without ``claim/``.
        means: the sentence it stands for.
        fed_by: what proves it: ``tool`` (an adapter), ``probe``, ``rules``, ``command`` (what a
            team's own document binds), or ``nobody`` as long as nothing does.
    """

    slug: str
    means: str
    fed_by: str

    @property
    def name(self) -> str:
        """The claim as it is written: ``claim/tests-green``."""
        return PREFIX + self.slug


def _named(*claims: Claim) -> Mapping[str, Claim]:
    return {each.slug: each for each in claims}


CLAIMS: Mapping[str, Claim] = _named(
    Claim("lint-clean", "The linter of the repository finds nothing.", TOOL),
    Claim("format-clean", "The formatter of the repository would change nothing.", TOOL),
    Claim("types-clean", "The type checker of the repository finds nothing.", TOOL),
    Claim("changed-tests-green", "The tests that reach the change pass.", TOOL),
    Claim("tests-green", "The whole suite passes.", TOOL),
    Claim("coverage-floor", "Coverage reaches the floor the repository sets.", TOOL),
    Claim("imports-pure", "Importing any module of the backend has no effect.", PROBE),
    Claim("import-hygiene", "No effect at import time is read from the code.", RULES),
    Claim("boot-proven", "The service starts, answers, refuses what it must, and stops.", PROBE),
    Claim("manifests-agree", "Every deploy file starts the same service the same way.", RULES),
    Claim("contract-compatible", "The API keeps what its clients rely on.", NOBODY),
    Claim("migrations-reversible", "Migrations go up, down and up again.", TOOL),
    Claim("negative-path", "A test expects the error of changed behaviour.", PROBE),
    Claim("resilience", "A test holds the change against a fault or a repetition.", PROBE),
    Claim("red-green", "New tests fail without the change and pass with it.", PROBE),
    Claim("determinism", "Tests give the same answer again, in any order, at any hour.", PROBE),
    Claim("secrets-clean", "The change adds no secret.", PROBE),
    Claim("dependencies-audited", "Locks are fresh, and nothing in them is known to be open to "
          "attack.", PROBE),
    Claim("generated-untouched", "No generated file was changed by hand.", RULES),
    Claim("image-builds", "The image of the service can be built.", PROBE),
    Claim("database-reachable", "The database the service names answers.", NOBODY),
    Claim("conventions-kept", "The repository is still as its decisions say.", RULES),
)  # fmt: skip
"""Every claim that Bylaw itself defines, by slug."""


_WHEN_CONFIGURED = frozenset({"format-clean", "types-clean"})


def is_excused(claim: str, codes: Iterable[str]) -> bool:
    """Whether a claim is not asked for, because the repository has no such tool.

    Source 002 asks for formatter and type checker "when present"; one that the change itself takes
    away is asked for.

    Args:
        claim: its slug.
        codes: reason codes of its evidence.
    """
    bare = {code.partition(":")[0] for code in codes}
    unused = claim in _WHEN_CONFIGURED and "tool-not-configured" in bare
    return unused and "CHECK-WEAKENED" not in bare


def slug_of(word: str) -> str:
    """The slug of a claim that is written with or without ``claim/``."""
    return word.removeprefix(PREFIX)


def claim_named(word: str, own: Mapping[str, Claim]) -> Claim:
    """The claim a user names.

    Args:
        word: ``tests-green`` or ``claim/tests-green``.
        own: claims of the team's own documents, by slug.

    Raises:
        UsageError: there is no such claim.
    """
    slug = slug_of(word)
    known = {**own, **CLAIMS}
    if slug in known:
        return known[slug]
    near = difflib.get_close_matches(slug, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(sorted(known))}"
    raise UsageError(f"no such claim: {word}", hint=hint)
