"""Which adapter a claim has in a repository, and what there is to say where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bylaw.evidence.adapters import (
    alembic,
    black,
    coverage,
    mypy,
    pyright,
    pytest,
    ruff,
    unittest,
)
from bylaw.evidence.adapters.project import Asking, Project
from bylaw.evidence.adapters.work import Refusal, Seen, Verdict, Work, merged
from bylaw.evidence.item import Tool


class _Finder(Protocol):
    """Finds a tool; ``depends`` says whether it is enough that the project depends on it."""

    def __call__(self, project: Project, *, depends: bool) -> Work | Refusal | None: ...


_CHECKS: dict[str, tuple[_Finder, ...]] = {
    "lint-clean": (ruff.lint_work,),
    "format-clean": (ruff.format_work, black.format_work),
    "types-clean": (mypy.types_work, pyright.types_work),
}
_UNSUPPORTED = {
    "lint-clean": (("flake8", "lint", (".flake8",)), ("pylint", "lint", (".pylintrc", "pylintrc"))),
    "format-clean": (("isort", "format", (".isort.cfg",)), ("yapf", "format", (".style.yapf",)),
                     ("autopep8", "format", ())),
    "types-clean": (("pyre", "types", (".pyre_configuration",)), ("ty", "types", ("ty.toml",)),
                    ("pyrefly", "types", ("pyrefly.toml",)), ("pytype", "types", ())),
}  # fmt: skip
_KINDS = {"lint-clean": "linter", "format-clean": "formatter", "types-clean": "type checker"}
_ADVICE = {
    "lint-clean": ("ruff", "ruff check ."), "format-clean": ("ruff", "ruff format --check ."),
    "types-clean": ("mypy", "mypy ."),
}  # fmt: skip


def work_for(claim: str, project: Project, asking: Asking) -> Work | Refusal:
    """What is run for a claim that tools feed.

    Args:
        claim: its slug.
        project: the project.
        asking: what is asked for.

    Returns:
        The work, or why there is none.
    """
    if claim in _CHECKS:
        return _check(claim, project)
    if claim == "coverage-floor":
        return coverage.work(project, asking)
    if claim == "migrations-reversible":
        return alembic.work(project, asking)
    if claim == "tests-green":
        found = pytest.suite_work(project, asking) or unittest.suite_work(project, asking)
    elif asking.whole and asking.tests:
        found = pytest.suite_work(project, asking) or unittest.suite_work(project, asking)
        found = _for_both(found)
    else:
        found = pytest.changed_work(project, asking) or unittest.changed_work(project, asking)
    return found or _no_runner(claim, project)


def _check(claim: str, project: Project) -> Work | Refusal:
    found = _found(claim, project, depends=False) or _found(claim, project, depends=True)
    others = unsupported(claim, project)
    if not found:
        return _nothing(claim, project, others)
    works = [each for each in found if isinstance(each, Work)]
    refused = [each for each in found if isinstance(each, Refusal)]
    if refused:
        # A tool that the repository uses and that cannot run leaves its share of the claim open.
        return refused[0]
    work = works[0] if len(works) == 1 else _together(claim, works)
    if others:
        work = work._replace(remark=f"{', '.join(others)} not looked at: not supported")
    return work


def _found(claim: str, project: Project, *, depends: bool) -> list[Work | Refusal]:
    every = (finder(project, depends=depends) for finder in _CHECKS[claim])
    return [each for each in every if each is not None]


def unsupported(claim: str, project: Project) -> list[str]:
    """Tools that a repository uses for a claim and that nothing here can read."""
    found = []
    for name, kind, files in _UNSUPPORTED.get(claim, ()):
        named = any(each.tool == name and each.kind == kind for each in project.natives)
        set_up = bool(files and project.has_file(*files)) or name in project.tables.get("", {})
        in_cfg = project.ini_sections("setup.cfg", name) or project.ini_sections("tox.ini", name)
        hooked = any(each.identity == name for each in project.hooks)
        if named or set_up or in_cfg or hooked:
            found.append(name)
    return found


def _nothing(claim: str, project: Project, others: Sequence[str]) -> Refusal:
    kind = _KINDS[claim]
    if others:
        name = others[0]
        text = f"the repository uses {name}, which is not supported yet"
        command = f"{name} ." if project.tool(name) else project.install(name)
        return Refusal(claim, (f"tool-not-supported:{name}",), text, command, name)
    name, command = _ADVICE[claim]
    text = f"nothing in the repository says which {kind} to use"
    if project.tool(name) is None:
        command = project.install(name)
    else:
        command = " ".join([*project.recorded(project.words(name)), *command.split()[1:]])
    return Refusal(claim, ("tool-not-configured",), text, command, name)


def _together(claim: str, works: Sequence[Work]) -> Work:
    """Several tools for one claim: all of them have to find nothing."""
    name = "+".join(each.tool.name for each in works)
    version = "+".join(each.tool.version for each in works)
    digest = next((each.tool.digest for each in works if each.tool.digest), "")

    def judge(seen: Seen) -> dict[str, Verdict]:
        verdicts, at = [], 0
        for each in works:
            steps = seen.steps[at : at + len(each.steps)]
            at += len(each.steps)
            if steps:
                verdicts.append(each.judge(seen._replace(steps=steps))[claim])
        return {claim: merged(verdicts)}

    steps = tuple(step for each in works for step in each.steps)
    return Work((claim,), Tool(name, version, digest), steps, (), judge)


def _no_runner(claim: str, project: Project) -> Refusal:
    if project.repository.exists("manage.py"):
        text = "the tests run with manage.py test, which is not supported yet"
        python = project.recorded((project.environment.interpreter.path,))[0]
        command = f"{python} manage.py test"
        return Refusal(claim, ("tool-not-supported:django",), text, command, "django")
    text = "nothing in the repository says how its tests are run"
    command = project.install("pytest")
    if project.tool("pytest") is not None:
        command = " ".join(project.recorded(project.words("pytest")))
    return Refusal(claim, ("tool-not-configured",), text, command, "pytest")


def _for_both(found: Work | Refusal | None) -> Work | Refusal | None:
    """The whole suite, where every test reaches the change: one run is enough."""
    if found is None or isinstance(found, Refusal):
        return found._replace(claim="changed-tests-green") if found is not None else None
    judge = found.judge

    def both(seen: Seen) -> dict[str, Verdict]:
        verdict = judge(seen)["tests-green"]
        return {"changed-tests-green": verdict, "tests-green": verdict}

    return found._replace(claims=("changed-tests-green", "tests-green"), judge=both)
