"""``required-check-missing``: neither CI nor a hook runs a check that has to be run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.manifests.checks import check_of
from bylaw.manifests.command import Command, program
from bylaw.manifests.dockerfile import Dockerfile
from bylaw.manifests.kinds import Manifest
from bylaw.manifests.yaml_shapes import PreCommit, Workflow
from bylaw.model.roles import TEST
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="required-check-missing",
    summary="Neither CI nor pre-commit runs a check that the repository has set up, or that is "
    "required.",
    clauses=("EC-R3", "CON-QG", "FS-8", "PQG-1"),
    severity="warning",
    how="tree",
    family="gates",
    mend="run it in CI, or remove its configuration",
    options=(
        ("require", (), "checks to run whatever is set up: tests, lint, types, format, security, "
         "migrations, coverage, imports, syntax"),
    ),
    needs=frozenset({"manifests"}),
)  # fmt: skip

_TABLES = {
    "[tool.mypy]": ("mypy", "types"), "[tool.pyright]": ("pyright", "types"),
    "[tool.ruff]": ("ruff", "lint"), "[tool.ruff.lint]": ("ruff", "lint"),
    "[tool.pylint": ("pylint", "lint"), "[tool.bandit]": ("bandit", "security"),
    "[tool.importlinter]": ("lint-imports", "lint"),
}  # fmt: skip
_OTHER_CI = (".circleci", "Jenkinsfile", "azure-pipelines.yml", ".travis.yml", ".drone.yml",
             "cloudbuild.yaml", "bitbucket-pipelines.yml", ".buildkite", ".woodpecker.yml",
             "appveyor.yml", ".semaphore", ".gitea", ".forgejo", ".concourse", ".teamcity",
             "azure-pipelines.yaml", ".azure-pipelines", ".cirrus.yml", ".zuul.yaml", "zuul.d",
             ".builds", "buildspec.yml", "bamboo-specs", "codefresh.yml", "wercker.yml",
             )  # fmt: skip
_RUNNERS = ("make", "tox", "nox", "just", "task", "poe", "invoke", "inv", "hatch", "pdm", "npm",
            "pnpm", "yarn", "docker", "docker-compose", "bash", "sh", "nix", "pants", "bazel",
            "earthly", "dagger", "mise", "doit", "pixi", "rye", "moon", "turbo")  # fmt: skip
_RUNNER_FILES = ("Makefile", "tox.ini", "noxfile.py", "justfile", "Justfile", "Taskfile.yml",
                 "Taskfile.yaml", "tasks.py", "pyproject.toml", "setup.cfg", "package.json",
                 "Earthfile", "flake.nix", "mise.toml", "dodo.py")  # fmt: skip
_ACTIONS = {"ruff-action": "ruff", "pre-commit/action": "pre-commit", "psf/black": "black",
            "super-linter": "lint", "megalinter": "lint", "codeql": "security",
            "pyright-action": "pyright", "mypy": "mypy", "bandit": "bandit"}  # fmt: skip


_SYSTEMS = (
    "concourse|circle ?ci|travis ?ci|jenkins|buildkite|teamcity|drone ?ci|semaphore ?ci|zuul|"
    "codefresh|bamboo|azure pipelines|bitbucket pipelines|prow|woodpecker ?ci"
)
_SYSTEM = re.compile(rf"(?i)(?:^|[_-])(?:{_SYSTEMS})(?:$|[_-])")
_WORK = "tests?|builds?|runs?|pipelines?|checks?"
_SAYS_CI = re.compile(
    rf"(?i)\b({_SYSTEMS})\b[^.\n]{{0,80}}\b(?:{_WORK})\b"
    rf"|\b(?:{_WORK})\b[^.\n]{{0,80}}\b({_SYSTEMS})\b"
)
_CHORES = (
    (), ("gh",), ("echo",), ("git",), ("curl",), ("jq",), ("sleep",), ("exit",), ("export",),
)  # fmt: skip
_CHORE = re.compile(
    r"actions/(?:checkout|dependency-review|stale|labeler|first-interaction|github-script|add-to-"
    r"project)|stale|label|lock-threads|assign|dependabot|automerge|auto-merge|release-drafter|cla|"
    r"greet|sync|semantic-pull-request|slack"
)
"""Actions that look after the repository and not after its code."""


class _Run(NamedTuple):
    """What CI and hooks run."""

    tools: frozenset[str]
    kinds: frozenset[str]
    text: str


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per check; nothing where another CI system may run it."""
    repository = context.repository
    workflows = repository.of_kind("github", "gitlab")
    gates = [each for each in workflows if each.commands or _has_uses(each.detail)]
    if not gates or any(repository.exists(name) for name in _OTHER_CI):
        return
    run = _run(context)
    has_tests = TEST in context.project.roles
    unread = "" if _runs_tests(run) else _elsewhere(context, gates)
    for finding in _missing(context, run, gates[0].path, has_tests):
        if unread:
            message = f"{finding.message}; {unread}, which is not read"
            finding = finding._replace(severity="note", message=message)
        yield finding


def _missing(context: RuleContext, run: _Run, first: str, has_tests: bool) -> Iterator[Finding]:
    for path, line, tool, kind in _set_up(context):
        if tool not in run.tools and not re.search(rf"\b{re.escape(tool)}\b", run.text):
            message = f"{tool} is set up here, and neither CI nor pre-commit runs it"
            yield file_finding(INFO, path, line, message, confidence=1, sink=f"{kind}: {tool}")
    if has_tests and not _runs_tests(run):
        message = "the repository has tests, and no job runs them"
        yield file_finding(INFO, first, 1, message, confidence=1, sink="tests")
    for kind in context.option(INFO, "require"):
        if kind not in run.kinds:
            message = f"no job and no hook runs a check of kind {kind}"
            yield file_finding(INFO, first, 1, message, sink=f"required {kind}")


def _has_uses(detail: object) -> bool:
    return isinstance(detail, Workflow) and bool(detail.uses)


def _runs_tests(run: _Run) -> bool:
    return "tests" in run.kinds or "test" in run.text


def _elsewhere(context: RuleContext, gates: list[Manifest]) -> str:
    """Why another CI system may be the one that checks; empty where nothing says so."""
    repository = context.repository
    for manifest in repository.of_kind("dockerfile"):
        stages = manifest.detail.stages if isinstance(manifest.detail, Dockerfile) else ()
        for stage in stages:
            if _SYSTEM.search(stage.name):
                return f"stage {stage.name} of {manifest.path} is for another CI"
    for name in repository.listing():
        if name.lower().startswith(("readme", "contributing")):
            match = _SAYS_CI.search(repository.text(name))
            if match:
                return f"{name} speaks of {match[1] or match[2]}"
    commands = [command for gate in gates for command in gate.commands]
    if all(program(each.argv)[:1] in _CHORES for each in commands) and _only_chores(gates):
        return "no workflow works on the code, so another CI may"
    return ""


def _only_chores(gates: list[Manifest]) -> bool:
    """Whether the actions of all workflows look after the repository, and build nothing."""
    uses = [use.action for each in gates if isinstance(each.detail, Workflow)
            for use in each.detail.uses]  # fmt: skip
    return bool(uses) and all(_CHORE.search(each) for each in uses)


def _set_up(context: RuleContext) -> Iterator[tuple[str, int, str, str]]:
    """Checks that the root configures, at the line of their configuration."""
    repository = context.repository
    seen: set[str] = set()
    rows = repository.text("pyproject.toml").split("\n")
    for number, row in enumerate(rows, 1):
        for head, (tool, kind) in _TABLES.items():
            if row.startswith(head) and tool not in seen:
                seen.add(tool)
                yield "pyproject.toml", number, tool, kind
    files = {"mypy.ini": "mypy", ".mypy.ini": "mypy", ".flake8": "flake8", ".pylintrc": "pylint",
             "ruff.toml": "ruff", ".importlinter": "lint-imports"}  # fmt: skip
    top = set(repository.listing())
    for name, tool in files.items():
        if name in top and tool not in seen:
            seen.add(tool)
            yield name, 1, tool, "lint" if tool != "mypy" else "types"


def _run(context: RuleContext) -> _Run:
    repository = context.repository
    tools: set[str] = set()
    kinds: set[str] = set()
    commands = repository.commands("github", "gitlab", "pre-commit")
    calls_runner = False
    for command in commands:
        check = check_of(command.argv)
        if check is not None:
            tools.add(check.tool)
            kinds.add(check.kind)
            if "cov" in command.text:
                kinds.add("coverage")
        kinds |= _import_checks(command)
        calls_runner = calls_runner or _is_runner(command)
    text = ""
    for manifest in repository.of_kind("pre-commit", "github", "gitlab"):
        if isinstance(manifest.detail, PreCommit):
            for hook in manifest.detail.hooks:
                named = f"{hook.identity} {hook.repository} {hook.entry}"
                if "run" in hook.identity or "run" in hook.entry.split():
                    named += f" {' '.join(hook.arguments)}"
                text += f"{named}\n"
                kinds |= _kinds_in(named)
        if isinstance(manifest.detail, Workflow):
            for use in manifest.detail.uses:
                text += f"{use.action} {' '.join(value for _, value in use.inputs)}\n"
                kinds |= _kinds_in(use.action)
                tools |= {tool for name, tool in _ACTIONS.items() if name in use.action}
    if calls_runner:
        reached = [each.text for each in commands]
        reached += [repository.text(name) for name in _RUNNER_FILES if name != "pyproject.toml"]
        reached += [_without_tables(repository.text("pyproject.toml"))]
        reached += [repository.text(path) for path in repository.names("script", "dockerfile")]
        text += "\n".join(reached)
        kinds |= _kinds_in(text)
    return _Run(frozenset(tools), frozenset(kinds), text)


def _without_tables(pyproject: str) -> str:
    """The lines of pyproject.toml that can hold commands: not the headings, not the lists."""
    return "\n".join(row for row in pyproject.split("\n") if re.match(r"^[\w.-]+\s*=.*\s", row)
                     and not re.match(r"^(dependencies|requires|select|ignore)", row))  # fmt: skip


def _kinds_in(text: str) -> set[str]:
    found = set()
    for word in set(re.findall(r"[\w.-]+", text)):
        check = check_of((word, "check")) or check_of((word, "--check"))
        if check is not None:
            found.add(check.kind)
    return found


def _import_checks(command: Command) -> set[str]:
    """Kinds that Python itself checks: ``py_compile``, and an import where there is no database."""
    words = program(command.argv)
    if not words or not re.match(r"(?:python|pypy)[\d.]*$|py$", words[0].rpartition("/")[2]):
        return set()
    flags = dict(pairwise(words))
    if flags.get("-m") in ("py_compile", "compileall"):
        return {"syntax"}
    imports = re.match(r"\s*(?:import|from)\s", flags.get("-c", ""))
    if imports and not dict(command.environment).get("DATABASE_URL"):
        return {"imports"}
    return set()


def _is_runner(command: Command) -> bool:
    words = program(command.argv)
    head = words[0].rpartition("/")[2] if words else ""
    return head in _RUNNERS or head.endswith((".sh", ".py")) or words != command.argv
