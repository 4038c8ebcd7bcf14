"""Claims that nothing in Bylaw looks at yet: said plainly, with the plain command there is."""

from __future__ import annotations

import posixpath

from bylaw.evidence.adapters.alembic import ini_files
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import Refusal

_DOCUMENTS = ("openapi.json", "openapi.yaml", "openapi.yml", "swagger.json")


def unbuilt(claim: str, project: Project) -> Refusal | None:
    """What is said of a claim that nobody feeds; None for any other one.

    Args:
        claim: its slug.
        project: the project.
    """
    if claim == "contract-compatible":
        text = "nothing compares the API with that of the base yet"
        return Refusal(claim, ("not-built-yet",), text, _contract(project))
    if claim == "database-reachable":
        text = "nothing asks the database yet"
        return Refusal(claim, ("not-built-yet",), text, _database(project))
    return None


def _contract(project: Project) -> str:
    found = project.has_file(*_DOCUMENTS)
    return f"git diff HEAD -- {found[0]}" if found else "bylaw model ."


def _database(project: Project) -> str:
    python = project.recorded((project.environment.interpreter.path,))[0]
    if project.repository.exists("manage.py"):
        return f"{python} manage.py check --database default"
    found = ini_files(project)
    if found and project.tool("alembic") is not None:
        home = posixpath.dirname(found[0])
        words = " ".join(project.typed(project.words("alembic"), home))
        return f"cd {home} && {words} current" if home else f"{words} current"
    return "bylaw probe boot"
