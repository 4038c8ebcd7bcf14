"""What a change's tests prove: run on its base, line by line, and by the errors they expect."""

from __future__ import annotations

import time
from collections.abc import Iterable

from bylaw.errors import Diagnostic
from bylaw.probes.proof.change import Change, is_support
from bylaw.probes.proof.changed_lines import behaviour_lines, judged_coverage
from bylaw.probes.proof.changed_tests import ChangedTest, changed_tests
from bylaw.probes.proof.exemptions import refactor_exemption, still_exemption
from bylaw.probes.proof.part import Part, part_of
from bylaw.probes.proof.red_green import NewNames, judged_change, judged_tests, unconfirmed
from bylaw.probes.proof.running import Run, Setting, run_session
from bylaw.probes.proof.session import Session
from bylaw.probes.proof.trees import identities, write_base_with_tests


def whole_coverage(change: Change, paths: Iterable[str]) -> list[str]:
    """Files whose lines are recorded: changed sources on both sides, and all tests."""
    sources = {path for each in change.sources for path in (each.path, each.old_path)}
    return sorted(sources | {path for path in paths if is_support(path)})


def judged_proof(
    setting: Setting, change: Change, head: Session, folder: str, named: frozenset[str],
    traced: list[str],
) -> list[Part]:  # fmt: skip
    """The parts that need a change.

    Args:
        setting: what all sessions share.
        change: the change.
        head: its session.
        folder: a temporary directory.
        named: parts that were asked for; empty for all.
        traced: files whose lines are recorded.
    """
    found = [_elsewhere(head)]
    if not named or "red-green" in named:
        found.append(_red_green(setting, change, head, folder, traced))
    if not named or "coverage" in named:
        found.append(judged_coverage(change, head))
    for part in ("negative-path", "resilience"):
        if not named or part in named:
            found.append(_expected(part, change, head, part in named))
    return found


def _expected(part: str, change: Change, head: Session, owed: bool) -> Part:
    from bylaw.probes.proof.error_paths import judged_negative_path, judged_resilience

    judged = judged_negative_path if part == "negative-path" else judged_resilience
    return judged(change, head, owed)


def _elsewhere(head: Session) -> Part:
    """Sources the tests imported from another place than the tree that is probed."""
    first = head.runs["first"]
    if not first.elsewhere:
        return part_of()
    path, file = sorted(first.elsewhere.items())[0]
    text = f"the tests import {file}, not {path} of this tree"
    hint = f"{setting_hint(file)} -m pip install -e ."
    return part_of(questions=[Diagnostic("other-file", text, path, 1, hint)])


def setting_hint(file: str) -> str:
    """The interpreter of the environment a file is installed in, as far as the path tells."""
    place = file.partition("/lib/python")[0]
    return f"{place}/bin/python" if place != file else "python"


def _red_green(
    setting: Setting, change: Change, head: Session, folder: str, traced: list[str]
) -> Part:
    tests = changed_tests(change)
    exemption = still_exemption(change)
    if exemption is not None and not tests:
        return judged_change(change, [], exemption)
    if time.monotonic() > setting.deadline:
        text = "the time for the whole probe was over before the tests ran on the base"
        hint = "bylaw probe tests --seconds 7200"
        return part_of(questions=[Diagnostic("time-limit", text, hint=hint)])
    tree = write_base_with_tests(change, folder)
    sources = [path for each in change.sources for path in {each.path, each.old_path}]
    names = [(each.path, each.name) for each in tests]
    if not tests:
        return _unchanged_tests(setting, change, head, tree, sources, traced)
    base = run_session(
        setting, "base", tree, [Run("base", lines=True)], sources=sources, traced=traced,
        only=names, arguments=_arguments(setting, tests),
    )  # fmt: skip
    wrong = _wrong_tree(change, base, sources)
    if wrong is not None:
        return wrong
    judged = judged_tests(tests, base, head, NewNames(change))
    return judged_change(change, judged, exemption)


def _arguments(setting: Setting, tests: list[ChangedTest]) -> list[str]:
    """Files of the changed tests, as the runner takes them from its directory."""
    lead = f"{setting.folder}/" if setting.folder else ""
    paths = sorted({each.path for each in tests if each.path.startswith(lead)})
    return [path[len(lead) :] for path in paths]


def _wrong_tree(change: Change, base: Session, sources: list[str]) -> Part | None:
    held = identities(change.git, change.base, sources)
    wrong = unconfirmed(change, base.runs.get("base"), held)
    if not wrong:
        return None
    text = f"on the base the tests imported another {wrong[0]} than the base has"
    hint = "python -m pip install -e ."
    return part_of(questions=[Diagnostic("other-file", text, wrong[0], 1, hint)])


def _unchanged_tests(
    setting: Setting, change: Change, head: Session, tree: str, sources: list[str],
    traced: list[str],
) -> Part:  # fmt: skip
    """A change without changed tests: a refactoring, where the tests that reach it say so."""
    units = behaviour_lines(change)
    first = head.runs["first"]
    reaching = {
        identity for identity, told in first.tests.items()
        if any(told.reached.get(path, frozenset()) & lines for path, lines in units.items())
    }  # fmt: skip
    only = [(each.path, each.name) for each in head.tests if each.identity in reaching]
    if not only:
        return judged_change(change, [], None)
    base = run_session(
        setting, "base", tree, [Run("base", lines=True)], sources=sources, traced=traced, only=only
    )
    wrong = _wrong_tree(change, base, sources)
    if wrong is not None:
        return wrong
    if "base" not in base.runs:
        text = base.problem or "the tests did not run on the base"
        hint = "bylaw --debug probe tests --only red-green"
        return part_of(questions=[Diagnostic("agent-ended", text, hint=hint)])
    return judged_change(change, [], refactor_exemption(units, first, base.runs["base"]))
