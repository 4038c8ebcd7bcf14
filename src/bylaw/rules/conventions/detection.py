"""All conventions of a repository."""

from __future__ import annotations

from bylaw.rules.context import RuleContext
from bylaw.rules.conventions.evidence import Convention, settled
from bylaw.rules.conventions.imported import imported_conventions
from bylaw.rules.conventions.structure import home_of, root_package, structure_conventions
from bylaw.rules.conventions.tools import tool_conventions, tool_evidence


def conventions_of(context: RuleContext) -> list[Convention]:
    """Every question with its answer, in the order in which they are written down.

    Args:
        context: the run.

    Returns:
        One entry per question; ``unknown`` where nothing proves an answer.
    """
    package = root_package(context)
    home = home_of(package)
    imported = {each.question: each for each in imported_conventions(context, home)}
    runner = imported["test-runner"]
    proofs = [*([runner.proof] if runner.proof else []), *runner.others]
    proofs += tool_evidence(context.repository, "test-runner")
    imported["test-runner"] = settled(runner.question, runner.asks, proofs, home)
    return [
        package, *structure_conventions(context, home), *imported.values(),
        *tool_conventions(context.repository, home),
    ]  # fmt: skip
