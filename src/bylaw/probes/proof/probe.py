"""``bylaw probe tests``: from a repository to the answer."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic, UsageError
from bylaw.probes.environment import declared_variables, joined, scrubbed_environment
from bylaw.probes.host import Limits, folder_outside
from bylaw.probes.interpreter import OLDEST, find_interpreter, install_command
from bylaw.probes.outcome import Observation, Outcome
from bylaw.probes.proof.change import Change, change_between
from bylaw.probes.proof.changed_tests import changed_tests
from bylaw.probes.proof.green import judged_green
from bylaw.probes.proof.part import Part, outcome_of, part_of
from bylaw.probes.proof.proving import judged_proof, whole_coverage
from bylaw.probes.proof.running import Progress, Run, Setting, run_session
from bylaw.probes.proof.session import Session
from bylaw.probes.proof.trees import write_head
from bylaw.probes.proof.varying import judged_variations
from bylaw.source.git import Git, GitError, find_git, run

PARTS = ("green", "determinism", "red-green", "coverage", "negative-path", "resilience",
         "weakened")  # fmt: skip
OF_CHANGE = frozenset({"red-green", "coverage", "negative-path", "resilience", "weakened"})
BROKEN_OFF = frozenset({"agent-ended", "crashed", "runner-refused", "time-limit",
                        "zero-collected"})  # fmt: skip
BASELINE_ZONE = "UTC"
_CONFIGURED = ("pytest.ini", ".pytest.ini", "pytest.toml", "pyproject.toml", "setup.cfg", "tox.ini",
               "manage.py")  # fmt: skip


class Asked(NamedTuple):
    """What a run of the probe is asked for.

    Attributes:
        root: absolute path of the root.
        inside: paths below it whose tests run; the empty one stands for all.
        base: revision the change is compared with; empty for the default.
        head: revision it ends in; empty for the work tree.
        parts: what to look at; empty for all.
        runner: ``pytest``, ``unittest`` or ``auto``.
        python: interpreter the user names; empty to find it.
        configured_python: ``[project] python``.
        declared: ``[probe.environment]``.
        test_seconds: time for one test.
        limits: of each child.
        contain: whether to use namespaces where the kernel allows; for tests.
    """

    root: str
    inside: Sequence[str] = ("",)
    base: str = ""
    head: str = ""
    parts: frozenset[str] = frozenset()
    runner: str = "auto"
    python: str = ""
    configured_python: str = ""
    declared: Sequence[tuple[str, str]] = ()
    test_seconds: float = 60.0
    limits: Limits = Limits()
    contain: bool = True


class Parts(NamedTuple):
    """Which parts run.

    Attributes:
        named: those that were asked for by name.
    """

    named: frozenset[str]

    def has(self, name: str) -> bool:
        """Whether a part runs."""
        return not self.named or name in self.named

    def fails(self, name: str) -> bool:
        """Whether a part that only some changes owe fails the probe: where it was named."""
        return name in self.named


def probe_tests(asked: Asked, progress: Progress) -> Outcome:
    """Runs the tests of a change on both of its sides and says what they prove.

    Args:
        asked: what is asked for.
        progress: told what is under way.

    Returns:
        The answer (PROBES.md, "tests").

    Raises:
        UsageError: the interpreter or a revision the user names is not there.
    """
    parts = Parts(asked.parts)
    change, missing = _change(asked, parts)
    setting, problem = _setting(asked, progress)
    if problem is not None:
        return outcome_of([part_of(questions=[problem])])
    found = [_weakened(change)] if change is not None and parts.has("weakened") else []
    if parts.named != {"weakened"}:
        place = folder_outside(asked.root)
        with tempfile.TemporaryDirectory(prefix="bylaw-trees-", dir=place) as folder:
            found += _run_parts(asked.root, parts, setting, change, folder)
    return outcome_of([*missing, *found])


def _run_parts(
    root: str, parts: Parts, setting: Setting, change: Change | None, folder: str
) -> list[Part]:
    """The parts that run tests.

    Args:
        root: absolute path of the root.
        parts: which.
        setting: what all sessions share.
        change: the change; None where there is none to compare.
        folder: a temporary directory.
    """
    tree = write_head(change, folder) if change is not None else ""
    traced = _traced(root, change)
    # A run that watches calls is a repetition at the same time.
    runs = [Run("first", lines=True)]
    if parts.has("determinism"):
        runs += [Run("again", calls=True), Run("reversed", "reversed"),
                 Run("random", "random", seed=20)]  # fmt: skip

    def install(names: list[str]) -> str:
        return install_command(root, [setting.folder, ""], setting.interpreter, names)

    sources = [each.path for each in change.sources] if change is not None else []
    only = _only_changed(parts, change)
    head = run_session(setting, "head", tree, runs, sources=sources, traced=traced, only=only)
    found = [_narrowed(judged_green(head, install), parts), _room(head)]
    if "first" in head.runs and head.tests:
        if parts.has("determinism"):
            found.append(judged_variations(setting, tree, head, runs))
        if change is not None:
            found += judged_proof(setting, change, head, folder, parts.named, traced)
    return found


def _only_changed(parts: Parts, change: Change | None) -> list[tuple[str, str]] | None:
    """The tests to run where nothing but them is asked about; None for all."""
    if change is None or not parts.named or not parts.named <= {"red-green", "weakened"}:
        return None
    tests = changed_tests(change)
    return [(each.path, each.name) for each in tests] or None


def _narrowed(green: Part, parts: Parts) -> Part:
    """What every part needs to know of the first run, where its verdict was not asked for."""
    if parts.has("green"):
        return green
    questions = [each for each in green.questions if each.code in BROKEN_OFF]
    return part_of(green.observations, (), questions)


def _weakened(change: Change) -> Part:
    from bylaw.probes.proof.weakened import judged_weakening

    return judged_weakening(change)


def _change(asked: Asked, parts: Parts) -> tuple[Change | None, list[Part]]:
    """The change, or why the parts that need one are not verified."""
    if parts.named and not parts.named & OF_CHANGE and not asked.head:
        return None, []
    git = find_git(asked.root)
    hint = "bylaw probe tests --base REVISION"
    if git is None:
        text = "the root is not in a git repository: nothing to compare with"
        return None, [part_of(questions=[Diagnostic("no-base", text, hint="git init")])]
    try:
        return change_between(git, asked.base, asked.head), []
    except GitError as error:
        if (asked.base or asked.head) and "not installed" not in str(error):
            raise UsageError(str(error), hint="name commits with --base and --head") from None
        return None, [part_of(questions=[Diagnostic("no-base", str(error), hint=hint)])]


def _setting(asked: Asked, progress: Progress) -> tuple[Setting, Diagnostic | None]:
    folder, arguments = _place(asked.root, asked.inside)
    folders = [folder, ""] if folder else [""]
    found = find_interpreter(asked.root, asked.python, asked.configured_python, folders)
    declared = declared_variables(asked.root, asked.declared, folders)
    scrubbed = {**scrubbed_environment(found.path), "TZ": BASELINE_ZONE}
    setting = Setting(
        asked.root, folder, arguments, asked.runner, found, joined(scrubbed, declared),
        asked.limits, asked.test_seconds, time.monotonic() + asked.limits.total, asked.contain,
        progress,
    )  # fmt: skip
    if found.version < OLDEST:
        version = ".".join(map(str, found.version))
        text = f"the interpreter {found.path} is Python {version}; agents need 3.9"
        return setting, Diagnostic("python-too-old", text, hint="bylaw probe tests --python PYTHON")
    return setting, None


def _place(root: str, inside: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The directory tests run in, and the paths the runner is given."""
    paths = [each for each in inside if each]
    if len(paths) == 1 and os.path.isdir(os.path.join(root, paths[0])):
        here = os.path.join(root, paths[0])
        if any(os.path.isfile(os.path.join(here, name)) for name in _CONFIGURED):
            return paths[0], ()
    return "", tuple(paths)


def _traced(root: str, change: Change | None) -> list[str]:
    """Files whose lines count: what changed, and the tests that are in the repository."""
    if change is None:
        return []
    return whole_coverage(change, _python_files(change.git))


def _python_files(git: Git) -> list[str]:
    listed = run(git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
                 git.prefix or ".")  # fmt: skip
    cut = len(git.prefix)
    names = (os.fsdecode(each) for each in listed.split(b"\0") if each.endswith(b".py"))
    return [name[cut:] for name in names if name.startswith(git.prefix)]


def _room(session: Session) -> Part:
    """What the kernel could not deny."""
    room = session.room
    return part_of(
        Observation("not-denied", "", 0, "", f"{name}: not denied by this kernel", "")
        for name in (room.open if room is not None else ())
    )
