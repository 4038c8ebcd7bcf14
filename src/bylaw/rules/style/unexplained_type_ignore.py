"""``unexplained-type-ignore``: the type checker is silenced without a code or a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.delegated.ruff_run import RuffFinding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="unexplained-type-ignore",
    summary="A comment silences the type checker without naming the error, or without a reason.",
    clauses=("FS-3.5",),
    severity="warning",
    how="ruff",
    family="style",
    mend="name the error and say why it is wrong: # type: ignore[arg-type]  # the stub lacks None",
)
RUFF_CODES = ("PGH003",)

_IGNORE = re.compile(r"#\s*type:\s*ignore\s*\[[^\]]*\]")
_OTHER_TOOL = re.compile(
    r"#\s*(noqa|nosec|pragma|pylint|pyright|mypy|type:|bylaw:|fmt:|ruff|isort|flake8)\b[^#]*", re.I
)
_WORDS = re.compile(r"[^\W\d_]{2,}")


def find(context: RuleContext) -> Iterator[Finding]:
    """One note per ``type: ignore`` that has a code and no reason beside or above it."""
    project = context.project
    for module, facts in enumerate(project.facts):
        above: dict[int, str] = {}
        for line, column, text, alone in facts[F.COMMENTS]:
            match = _IGNORE.search(text)
            if match is None:
                if alone:
                    above[line] = text
                continue
            if _explains(text[: match.start()] + "#" + text[match.end() :]):
                continue
            if _explains(above.get(line - 1, "")):
                continue
            yield make_finding(
                INFO,
                project,
                project.module_body(module),
                (line, column, line),
                f"{match[0].lstrip('# ')} says no reason",
                severity="note",
                sink="type: ignore",
            )


def _explains(comment: str) -> bool:
    """Whether a comment says anything that is not addressed to a tool."""
    return bool(_WORDS.search(_OTHER_TOOL.sub("", comment)))


def judge(context: RuleContext, module: int, found: RuffFinding) -> str:
    """A blanket ignore hides every later error of its line as well."""
    return INFO.severity
