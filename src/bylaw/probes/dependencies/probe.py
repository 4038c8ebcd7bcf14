"""``bylaw probe dependencies``: from the files of a repository to the answer."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from bylaw.errors import Diagnostic
from bylaw.manifests.command import Problem
from bylaw.manifests.locks import Pinned, pinned_versions
from bylaw.probes.dependencies.advisories import read_advisories
from bylaw.probes.dependencies.auditing import Audit, audit_offline, audit_online, find_pip_audit
from bylaw.probes.dependencies.freshness import OPEN, STALE, standings
from bylaw.probes.outcome import Observation, Outcome, made_outcome
from bylaw.rules.repository import Repository
from bylaw.source.project_root import covers

PROBE = "dependencies"
VULNERABLE = "vulnerable-dependency"
_GIVE = "bylaw probe dependencies --advisories FILE"


def probe_dependencies(
    repository: Repository, advisories: str, folders: Sequence[str], inside: Sequence[str] = ("",)
) -> Outcome:
    """Compares lock files with their manifests, and locked versions with what is known of them.

    Args:
        repository: the files of the root.
        advisories: file, archive or folder of advisories; empty to ask pip-audit.
        folders: where pip-audit may be, before the path.
        inside: paths below the root that are looked at; the empty one stands for all.

    Returns:
        The answer (PROBES.md, "dependencies"). No source of advisories is *not verified*.

    Raises:
        UsageError: the advisories cannot be read.
    """
    found: list[Observation] = []
    open_: dict[str, Diagnostic] = {}
    for each in standings(repository):
        if covers(inside, each.path):
            found.append(Observation(each.kind, each.path, each.line, "", each.what, ""))
            if each.kind == OPEN:
                message = f"not compared with its manifest: {each.what}"
                open_[OPEN] = Diagnostic(OPEN, message, each.path, each.line, "lock again")
    pinned = _locked(repository, inside, open_)
    if not pinned:
        open_["nothing-locked"] = Diagnostic(
            "nothing-locked", "no lock file holds a version that could be looked up",
            hint="lock the dependencies (uv lock), then: bylaw probe dependencies",
        )  # fmt: skip
    elif advisories:
        given = read_advisories(advisories)
        found += _told(audit_offline(pinned, given, advisories), open_)
        if given.unread:
            message = f"{len(given.unread)} advisories cannot be read, {given.unread[0]} the first"
            open_["advisories-unread"] = Diagnostic("advisories-unread", message, hint=_GIVE)
    else:
        tool = find_pip_audit(folders)
        if tool:
            found += _told(audit_online(pinned, tool), open_)
        else:
            message = "no source of advisories: no file is given, and pip-audit is not installed"
            open_["no-advisories"] = Diagnostic("no-advisories", message, hint=_GIVE)
    return _outcome(found, open_)


def _outcome(found: list[Observation], open_: dict[str, Diagnostic]) -> Outcome:
    broken = {each.kind for each in found} & {STALE, VULNERABLE}
    # One next command: that of the first error.
    errors = [each if number == 0 else each._replace(hint="")
              for number, (_, each) in enumerate(sorted(open_.items()))]  # fmt: skip
    return made_outcome(PROBE, broken, open_, found, errors)


def _locked(
    repository: Repository, inside: Sequence[str], open_: dict[str, Diagnostic]
) -> list[Pinned]:
    """Versions of all lock files; of requirements files where their folder has no lock."""
    found: list[Pinned] = []
    locks = repository.names("lock")
    covered = {posixpath.dirname(path) for path in locks}
    plain = [path for path in repository.names("requirements")
             if path.endswith(".txt") and posixpath.dirname(path) not in covered]  # fmt: skip
    for path in (*locks, *plain):
        if not covers(inside, path):
            continue
        read = pinned_versions(path, repository.whole(path))
        if isinstance(read, Problem):
            open_["lock-unreadable"] = Diagnostic("lock-unreadable", read.message, path, read.line,
                                                  "mend the file, or lock again")  # fmt: skip
        else:
            found += read
    return found


def _told(audit: Audit, open_: dict[str, Diagnostic]) -> list[Observation]:
    found = [Observation("advisories", "", 0, "", audit.source, "")]
    if audit.problem:
        open_["advisories-unreachable"] = Diagnostic("advisories-unreachable", audit.problem,
                                                     hint=_GIVE)  # fmt: skip
        return []
    for each, advisory, mended in audit.vulnerable:
        what = f"{each.name} {each.version}: {advisory}"
        what += f", mended in {mended}" if mended else ", no mended version known"
        found.append(Observation(VULNERABLE, each.path, each.line, each.name, what, ""))
    for each, why in audit.unaudited:
        what = f"{each.name} {each.version}: {why}"
        found.append(Observation("not-audited", each.path, each.line, each.name, what, ""))
    if audit.unaudited:
        message = f"{audit.source} could not tell of {len(audit.unaudited)} distributions"
        open_["not-audited"] = Diagnostic("not-audited", message, hint=_GIVE)
    return found
