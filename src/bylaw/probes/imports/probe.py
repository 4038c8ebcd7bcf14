"""``bylaw probe imports``: from a linked project to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.model.backend.backend_model import BackendModel
from bylaw.model.call_graph import CallGraph
from bylaw.probes.environment import declared_variables, scrubbed_environment
from bylaw.probes.host import Limits
from bylaw.probes.imports.effects import Describer
from bylaw.probes.imports.judging import Judge
from bylaw.probes.imports.running import Progress, Runner, environments_for, jobs_for
from bylaw.probes.imports.targets import Targets, find_targets
from bylaw.probes.interpreter import OLDEST, Interpreter, find_interpreter, install_command
from bylaw.probes.outcome import Outcome, made_outcome
from bylaw.source.project_root import covers


class Asked(NamedTuple):
    """What a run of the probe is asked for.

    Attributes:
        root: absolute path of the root.
        inside: paths below it whose modules are imported; the empty one stands for all.
        python: interpreter the user names; empty to find it.
        configured_python: ``[project] python``.
        declared: ``[probe.environment]``.
        limits: of each child.
        contain: whether to use namespaces where the kernel allows; for tests.
    """

    root: str
    inside: Sequence[str] = ("",)
    python: str = ""
    configured_python: str = ""
    declared: Sequence[tuple[str, str]] = ()
    limits: Limits = Limits()
    contain: bool = True


def probe_imports(graph: CallGraph, asked: Asked, progress: Progress) -> Outcome:
    """Imports every first-party module and says what happened.

    Args:
        graph: call graph of the linked project.
        asked: what is asked for.
        progress: told what is under way.

    Returns:
        The answer (PROBES.md, "imports").

    Raises:
        UsageError: the interpreter the user names cannot be run.
    """
    project = graph.project
    folders = sorted({each.root for each in project.modules}, key=lambda each: (len(each), each))
    folders = _nearest(folders)
    declared = declared_variables(asked.root, asked.declared, folders)
    settings = declared.get("DJANGO_SETTINGS_MODULE", "")
    targets = find_targets(project, BackendModel(graph), asked.root, settings)
    targets = _inside(targets, asked.inside)
    found = find_interpreter(asked.root, asked.python, asked.configured_python, folders)
    if found.version < OLDEST:
        version = ".".join(map(str, found.version))
        text = f"the interpreter {found.path} is Python {version}; agents need 3.9"
        error = Diagnostic("python-too-old", text, hint="bylaw probe imports --python PYTHON")
        return made_outcome("imports", (), ("python-too-old",), (), (error,))
    scrubbed = scrubbed_environment(found.path)
    # The standard library's own database tells by itself.
    wrapped = [e for e in project.stubs.calls_of("database") if not e[0].startswith("sqlite3.")]
    runner = Runner(
        asked.root, targets, project.paths, wrapped, found, asked.limits, asked.contain, progress
    )
    for job in jobs_for(targets, environments_for(scrubbed, declared)):
        runner.run(job)
    names = {path: each.name for path, each in zip(project.paths, project.modules, strict=True)}
    roles = dict(zip(project.paths, project.roles, strict=True))
    ours = {each.name.partition(".")[0] for each in project.modules} - project.roots.outside
    judge = Judge(targets, Describer(names, roles), ours - targets.third_party)
    outcome = _with_django_command(judge.outcome(runner.runs, "", []), targets, found)
    if not judge.missing:
        return outcome
    command = install_command(asked.root, folders, found, sorted(judge.missing))
    errors = [
        e._replace(hint=command) if e.code == "missing-package" else e for e in outcome.errors
    ]
    return outcome._replace(errors=tuple(errors))


def _with_django_command(outcome: Outcome, targets: Targets, found: Interpreter) -> Outcome:
    """Where ``django.setup()`` fails, the next command is the one that shows why."""
    words = "import django; django.setup()"
    home = f"cd {targets.django_root} && " if targets.django_root else ""
    hint = f"{home}DJANGO_SETTINGS_MODULE={targets.settings} {found.path} -c '{words}'"
    errors = [each._replace(hint=hint) if each.hint and "django.setup()" in each.message else each
              for each in outcome.errors]  # fmt: skip
    return outcome._replace(errors=tuple(errors))


def _inside(targets: Targets, inside: Sequence[str]) -> Targets:
    """Only what lies below the asked paths; entries and roots stay."""
    return targets._replace(
        modules=tuple(each for each in targets.modules if covers(inside, each.path)),
        django=tuple(each for each in targets.django if covers(inside, each.path)),
        skipped=tuple(each for each in targets.skipped if covers(inside, each.target.path)),
    )


def _nearest(folders: list[str]) -> list[str]:
    """Import roots and the folders above them, the root of all first, each once."""
    found = [""]
    for folder in folders:
        parts = folder.split("/") if folder else []
        for depth in range(1, min(len(parts), 2) + 1):
            above = "/".join(parts[:depth])
            if above not in found:
                found.append(above)
    return found[:40]
