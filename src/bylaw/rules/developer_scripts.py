"""Files that nothing imports or deploys, and that developers run by their path."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.manifests.command import Command, below, program
from bylaw.model.developer_files import TASK_LIBRARIES
from bylaw.model.import_graph import import_edges
from bylaw.model.roles import CODE, ENTRY, SCRIPT, SERVED
from bylaw.rules.context import RuleContext
from bylaw.rules.python_runs import python_run, script_file
from bylaw.source.manifest_names import manifest_kind

_RUN_BY = ("makefile", "github", "gitlab", "pre-commit")
_STARTED_BY = ("compose", "dockerfile", "script", "procfile", "kubernetes")
_SERVES = frozenset({"run", "serve", "start", "main", "run_app", "serve_forever", "run_forever",
                     "start_consuming", "work", "listen"})  # fmt: skip
"""What a program that stays calls."""
_SAYS_NOTHING = frozenset({
    *_RUN_BY, "markdown", "pyproject", "setup-cfg", "setup-py", "tool-ini", "requirements", "lock",
    "pipfile", "project", "script-python", "pth", "",
})  # fmt: skip
"""Kinds of files that deploy nothing."""


def standing_of(context: RuleContext, module: int) -> str:
    """The role of a module, by what else in the repository says how it is used.

    A file outside packages that nothing imports, no deploy file names, and a Makefile, a CI job or
    a task of developers runs by its path is a script; at the root, where services lie as well, it
    is a file that is only ever run. Statements without a function, which a container or a shell
    script runs by the path of their file and which serve nobody, are a script wherever they lie;
    so are those that set Django up, and a file whose body hands over to an event loop.

    Args:
        context: what the rule may ask.
        module: number of the module.
    """
    role = context.project.roles[module]
    if role != CODE:
        return role
    known: dict[int, str] = context.memo.setdefault("developer-scripts", {})
    if module not in known:
        known[module] = _found(context, module)
    return known[module]


def _found(context: RuleContext, module: int) -> str:
    path = context.project.paths[module]
    folder, _, name = path.rpartition("/")
    if name in SERVED or _is_imported(context, module):
        return CODE
    if _is_list_of_steps(context, module) or _runs_a_loop(context, module):
        return SCRIPT
    if _is_packaged(context, folder):
        return CODE
    if not _is_run(context, module) or is_deployed(context, path):
        return CODE
    return SCRIPT if folder else ENTRY


def _is_list_of_steps(context: RuleContext, module: int) -> bool:
    """Whether a file only does one thing after the other, once, when it is run by its path."""
    facts = context.project.facts[module]
    if len(facts[F.FUNCTIONS]) > 1 or facts[F.CLASSES]:
        return False
    lasts = {call[F.C_PATH].rpartition(".")[2] for call in facts[F.FUNCTIONS][0][F.F_CALLS]}
    if any(call[F.C_PATH] == "django.setup" for call in facts[F.FUNCTIONS][0][F.F_CALLS]):
        return True
    return bool(lasts) and lasts.isdisjoint(_SERVES) and module in _run(context, _STARTED_BY)


def _runs_a_loop(context: RuleContext, module: int) -> bool:
    """Whether the body of a file hands over to an event loop and wants nothing back: a program."""
    facts = context.project.facts[module]
    situations = facts[F.SITUATIONS]
    return any(
        call[F.C_PATH].endswith((".run_until_complete", ".run_forever", "asyncio.run"))
        and call[F.C_FLAGS] & F.DISCARDED
        and not situations[call[F.C_SITUATION]][F.S_FLAGS] & F.IN_MAIN
        for call in facts[F.FUNCTIONS][0][F.F_CALLS]
    )


def _is_packaged(context: RuleContext, folder: str) -> bool:
    packages: frozenset[str] | None = context.memo.get("packages")
    if packages is None:
        split = (path.rpartition("/") for path in context.project.paths)
        packages = frozenset(each for each, _, name in split if name == "__init__.py")
        context.memo["packages"] = packages
    parts = folder.split("/")
    return any("/".join(parts[:count]) in packages for count in range(len(parts) + 1))


def _is_imported(context: RuleContext, module: int) -> bool:
    imported: frozenset[int] | None = context.memo.get("imported")
    if imported is None:
        imported = frozenset(edge.imported for edge in import_edges(context.project))
        context.memo["imported"] = imported
    return module in imported


def _is_run(context: RuleContext, module: int) -> bool:
    return module in _run(context, _RUN_BY)


def _run(context: RuleContext, kinds: tuple[str, ...]) -> frozenset[int]:
    """Modules that files of some kinds run by their path; for developers also their tasks."""
    name = f"run-by-{kinds[0]}"
    run: frozenset[int] | None = context.memo.get(name)
    if run is None:
        commands = context.repository.commands(*kinds)
        if kinds is _RUN_BY:
            commands = [*commands, *_of_tasks(context)]
        found = set()
        for command in commands:
            script = python_run(command.argv).script
            number = script_file(context.project, command, script) if script else None
            if number is not None:
                found.add(number)
        run = context.memo[name] = frozenset(found)
    return run


def _of_tasks(context: RuleContext) -> list[Command]:
    """Commands that tasks of developers are made of: ``c.run("python tools/list.py")``."""
    project = context.project
    found = []
    for module, facts in enumerate(project.facts):
        tops = {record[F.I_MODULE].partition(".")[0] for record in facts[F.IMPORTS]}
        if project.roles[module] != SCRIPT or tops.isdisjoint(TASK_LIBRARIES):
            continue
        path = project.paths[module]
        for function in facts[F.FUNCTIONS]:
            for call in function[F.F_CALLS]:
                words = [word for each in call[F.C_ARGS] if each[:1] == "'"
                         for word in each[1:].split()]  # fmt: skip
                if program(tuple(words)):
                    found.append(_command(path, call[F.C_LINE], words))
    return found


def _command(path: str, line: int, words: list[str]) -> Command:
    directory = below("", path.rpartition("/")[0] or ".")
    return Command(path, line, 1, line, " ".join(words), tuple(words), directory, (), "script", "")


def is_deployed(context: RuleContext, path: str) -> bool:
    """Whether a file that starts or builds services has the name of a script in it.

    Args:
        context: what the rule may ask.
        path: of the script.
    """
    repository, name = context.repository, path.rpartition("/")[2]
    return any(name in repository.text(path) for path in repository.paths if deploys(path))


def deploys(path: str) -> bool:
    """Whether a file may start or build a service: an image, a process file, a shell script.

    Args:
        path: the file, relative to the root.
    """
    return manifest_kind(path) not in _SAYS_NOTHING
