"""Which claims a change must prove: by its tier, and by what it touches.

Each line of ``docs/tier.md`` names the clause it follows from; what follows from none is marked.
"""

from __future__ import annotations

from collections.abc import Collection

from bylaw.errors import UsageError
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, SURFACES, TIERS

ORDER = (
    "lint-clean", "format-clean", "types-clean", "import-hygiene", "generated-untouched",
    "manifests-agree", "secrets-clean", "dependencies-audited", "changed-tests-green",
    "negative-path", "resilience", "tests-green", "contract-compatible", "migrations-reversible",
)  # fmt: skip
"""The order in which source 002 runs its commands: lint and format, types, targeted tests, the
whole suite, migrations; what only reads stands with the linters."""

_ALWAYS = ("lint-clean", "format-clean", "types-clean", "changed-tests-green")
_BY_TIER = {
    LOW: _ALWAYS,
    MEDIUM: (*_ALWAYS, "negative-path", "tests-green"),
    HIGH: (*_ALWAYS, "negative-path", "tests-green", "resilience"),
}
_BY_SURFACE = {
    "dependency": ("dependencies-audited",),
    "generated": ("generated-untouched",),
    "deploy": ("manifests-agree",),
    "settings": ("import-hygiene",),
    "security": ("negative-path",),
}
_SCHEMA = frozenset({"persistence", "migration"})
_CONTRACT = frozenset({"contract", "generated"})


def obligations_of(
    tier: str, surfaces: Collection[str], *, adds_text: bool = True, runs_at_import: bool = False
) -> tuple[str, ...]:
    """The claims that a change must prove.

    Args:
        tier: one of ``TIERS``.
        surfaces: what it touches, of ``SURFACES``; none for a change that is empty, which
            obliges nothing.
        adds_text: whether any file has lines that are new.
        runs_at_import: whether code changes that runs when a module is imported.

    Returns:
        Slugs of claims, in the order in which they are proven. Whether one can be proven here is
        for its adapter to say.

    Raises:
        UsageError: there is no such tier, or no such surface.
    """
    if tier not in TIERS:
        raise UsageError(f"no such tier: {tier}", hint=f"one of {', '.join(TIERS)}")
    strange = sorted(set(surfaces) - set(SURFACES))
    if strange:
        raise UsageError(f"no such surface: {strange[0]}", hint=f"one of {', '.join(SURFACES)}")
    if not surfaces:
        return ()
    claims = set(_BY_TIER[tier])
    for surface in surfaces:
        claims.update(_BY_SURFACE.get(surface, ()))
    if tier == HIGH:
        claims |= _checks(frozenset(surfaces))
    if adds_text:
        claims.add("secrets-clean")
    if runs_at_import:
        claims.add("import-hygiene")
    return tuple(each for each in ORDER if each in claims)


def _checks(surfaces: frozenset[str]) -> set[str]:
    """``contract or schema checks``: the one that fits; both where it cannot be told."""
    doubt = "unresolved" in surfaces
    found = set()
    if doubt or surfaces & _SCHEMA:
        found.add("migrations-reversible")
    if doubt or surfaces & _CONTRACT or not found:
        found.add("contract-compatible")
    return found
