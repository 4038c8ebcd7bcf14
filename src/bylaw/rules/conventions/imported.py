"""Conventions that imports prove: frameworks, ORM, migrations, clients, queues, test runner."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.context import RuleContext
from bylaw.rules.conventions.evidence import Convention, Evidence, settled
from bylaw.rules.conventions.families import FAMILIES, Family, answers

_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+\(?([\w, ]*)", re.MULTILINE)
_IMPORT = re.compile(r"^\s*import\s+([\w., ]+)", re.MULTILINE)


def imported_conventions(context: RuleContext, home: str) -> list[Convention]:
    """The answers of all families, in their order; ``home`` is the folder of the backend."""
    return [_settled(context, family, home) for family in FAMILIES]


def _settled(context: RuleContext, family: Family, home: str) -> Convention:
    found = settled(family.question, family.asks, evidence_of(context, family), home)
    along = family.along.get(found.value, ())
    # The weightiest may be what another one brings along: starlette in an application of FastAPI.
    for other in found.others:
        if found.value in family.along.get(other.value, ()):
            rest = [each for each in found.others if each is not other]
            return found._replace(value=other.value, proof=other, others=tuple(rest))
    return found._replace(others=tuple(each for each in found.others if each.value not in along))


def evidence_of(context: RuleContext, family: Family) -> Iterator[Evidence]:
    """The first import of each answer in each file that may answer."""
    project = context.project
    for module, path in enumerate(project.paths):
        role = project.roles[module]
        if (role == TEST) is not family.in_tests or role == SCRIPT:
            continue
        if role == MIGRATION and family.question != "migration-tool":
            continue
        seen: set[str] = set()
        for record in project.facts[module][F.IMPORTS]:
            if record[F.I_LEVEL]:
                continue
            name = record[F.I_NAME]
            dotted = f"{record[F.I_MODULE]}.{name}" if name else record[F.I_MODULE]
            value = answers(family.question, dotted)
            if (
                value
                and value not in seen
                and dotted.partition(".")[0] not in project.project_names
            ):
                seen.add(value)
                yield Evidence(value, path, record[F.I_LINE], f"imports {record[F.I_MODULE]}")


def evidence_of_text(family: Family, text: str) -> set[str]:
    """Answers that the imports of a file's text give; enough to say what it had before."""
    names = [name for match in _IMPORT.finditer(text) for name in match[1].split(",")]
    for match in _FROM.finditer(text):
        names += [f"{match[1]}.{name.split()[0]}" for name in match[2].split(",") if name.split()]
        names.append(match[1])
    found = {answers(family.question, name.split()[0]) for name in names if name.split()}
    return found - {""}
