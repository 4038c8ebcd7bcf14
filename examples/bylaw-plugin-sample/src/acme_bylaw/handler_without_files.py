"""``acme-handler-without-files``: a route handler writes a file, itself or by way of helpers."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.plugin import Context, Finding, Rule, RuleInfo

INFO = RuleInfo(
    name="acme-handler-without-files",
    summary="A route handler writes to the disk of the machine it happens to run on.",
    mend="put it into the object store: acme.storage.put(...)",
    severity="error",
    how="flow",
    clauses=("ACME-12",),
)


def find(context: Context) -> Iterator[Finding]:
    """One finding per handler: the nearest file it writes, with the road to it."""
    handlers = {route.handler for route in context.routes if route.handler is not None}
    seen = set()
    for effect in context.effects(sorted(handlers, key=lambda f: f.symbol), {"filesystem-write"}):
        if effect.scope not in seen:
            seen.add(effect.scope)
            yield context.make_finding(
                effect,
                f"{effect.scope.name}() writes to the disk: {effect.text}",
                sink=effect.text,
                confidence=effect.confidence,
                witness=effect.witness,
            )


RULE = Rule(INFO, find)
