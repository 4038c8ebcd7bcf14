"""The tier of a change: one screen for people, ``bylaw.tier/1`` for programs."""

from __future__ import annotations

from collections.abc import Sequence

from bylaw.errors import Diagnostic
from bylaw.evidence.claim import PREFIX
from bylaw.gates.tier.surfaces import Touched

SCHEMA = "bylaw.tier/1"
_MOST = 16
_WIDEST = 100


def tier_document(
    tier: str,
    commits: tuple[str, str],
    reasons: Sequence[Touched],
    obligations: Sequence[str],
    errors: Sequence[Diagnostic],
) -> dict[str, object]:
    """The document that programs read.

    Args:
        tier: of the change.
        commits: hashes of base and head.
        reasons: in order.
        obligations: slugs of claims, in order.
        errors: what could not be told.
    """
    return {
        "schema": SCHEMA,
        "tier": tier,
        "base": commits[0],
        "head": commits[1],
        "reasons": [
            {"surface": each.surface, "path": each.path, "symbol": each.symbol, "why": each.why}
            for each in reasons
        ],
        "obligations": [PREFIX + each for each in obligations],
        "errors": [each.entry() for each in errors],
    }


def tier_text(
    tier: str,
    commits: tuple[str, str],
    reasons: Sequence[Touched],
    obligations: Sequence[str],
    errors: Sequence[Diagnostic],
    elsewhere: int = 0,
) -> str:
    """What people read: the tier, the most severe reasons, what is to be proven.

    Args:
        tier: of the change.
        commits: hashes of base and head.
        reasons: in order, the most severe first.
        obligations: slugs of claims, in order.
        errors: what could not be told.
        elsewhere: files that changed outside the root.
    """
    base, head = (each[:12] or "?" for each in commits)
    rows = [f"{tier}  {base}..{head} and the work tree"]
    if not reasons:
        more = f"; {elsewhere} files changed outside the root" if elsewhere else ""
        return f"{rows[0]}\n  the change is empty{more}\n"
    width = max(len(each.surface) for each in reasons[:_MOST])
    for each in reasons[:_MOST]:
        place = _place(each)
        row = f"  {each.surface:<{width}}  {place}: {each.why}" if place else (
            f"  {each.surface:<{width}}  {each.why}"
        )  # fmt: skip
        rows.append(row if len(row) <= 2 * _WIDEST else f"{row[: 2 * _WIDEST - 3]}...")
    if len(reasons) > _MOST:
        rows.append(f"  and {len(reasons) - _MOST} more")
    rows.append(f"to prove: {', '.join(obligations)}")
    for problem in errors[:3]:
        place = f"{problem.path}: " if problem.path else ""
        rows.append(f"not verified: {place}{problem.message}")
        rows.append(f"  {problem.hint}")
    if len(errors) > 3:
        rows.append(f"and {len(errors) - 3} more could not be told")
    text = "\n".join(rows) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _place(reason: Touched) -> str:
    """Where it is: the symbol alone where it tells the file."""
    dotted = "." + reason.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = reason.symbol
    while module:
        if dotted.endswith(f".{module}"):
            return reason.symbol
        module = module.rpartition(".")[0]
    return " ".join(part for part in (reason.path, reason.symbol) if part)
