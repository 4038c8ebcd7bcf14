"""Locked versions against what is known to be vulnerable: a file of advisories, else pip-audit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bylaw.manifests.dependencies import normal
from bylaw.manifests.locks import Pinned
from bylaw.probes.dependencies.advisories import Advisories, fixed_in

_LONGEST = 300.0


class Audit(NamedTuple):
    """What an audit says.

    Attributes:
        vulnerable: each distribution with the advisory about it and the version that mends it,
            empty where none is known.
        unaudited: distributions about which nothing could be learned, and why.
        source: what was asked, for people.
        problem: why nothing was; empty where it was.
    """

    vulnerable: tuple[tuple[Pinned, str, str], ...] = ()
    unaudited: tuple[tuple[Pinned, str], ...] = ()
    source: str = ""
    problem: str = ""


def audit_offline(pinned: Iterable[Pinned], advisories: Advisories, source: str) -> Audit:
    """Compares locked versions with advisories that are at hand.

    Args:
        pinned: the versions.
        advisories: what is known.
        source: where it comes from.
    """
    found = []
    for each in pinned:
        for advisory in advisories.by_package.get(each.name, ()):
            mended = fixed_in(advisory, each.version)
            if mended is not None:
                found.append((each, advisory.name, mended))
    told = (
        f"{advisories.total} advisories of {source}, the newest of {advisories.newest or 'no date'}"
    )
    return Audit(tuple(sorted(set(found))), source=told)


def find_pip_audit(folders: Sequence[str]) -> str:
    """Path of pip-audit: in one of some folders, else on the path; empty where there is none."""
    places = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    return shutil.which("pip-audit", path=places) or ""


def audit_online(pinned: Sequence[Pinned], tool: str) -> Audit:
    """Asks pip-audit, which asks PyPI; it installs nothing and resolves nothing.

    Args:
        pinned: the versions.
        tool: path of pip-audit.

    Returns:
        The audit. What pip-audit skips is not audited, though its own exit code calls it fine.
    """
    by_name: dict[tuple[str, str], Pinned] = {}
    for each in pinned:
        by_name.setdefault((each.name, each.version), each)
    with tempfile.TemporaryDirectory(prefix="bylaw-audit-") as scratch:
        documents = []
        for number, batch in enumerate(_batches(list(by_name))):
            file = os.path.join(scratch, f"{number}.txt")
            with open(file, "w", encoding="utf-8") as written:
                written.write("".join(f"{name}=={version}\n" for name, version in batch))
            said = _asked(tool, file, scratch)
            if isinstance(said, str):
                return Audit(source="pip-audit", problem=said)
            documents.append(said)
    return _read(by_name, [entry for document in documents for entry in document])


def _read(by_name: dict[tuple[str, str], Pinned], entries: list[dict[str, Any]]) -> Audit:
    vulnerable, unaudited = [], []
    seen: set[Pinned] = set()
    for entry in entries:
        name, version = normal(str(entry.get("name", ""))), entry.get("version")
        # An entry that was skipped does not say its version.
        meant = [each for each in by_name.values()
                 if each.name == name and version in (None, each.version)]  # fmt: skip
        seen.update(meant)
        for each in meant:
            if entry.get("skip_reason"):
                unaudited.append((each, "pip-audit does not find it on PyPI"))
            for flaw in entry.get("vulns", ()):
                mended = flaw.get("fix_versions") or [""]
                vulnerable.append((each, str(flaw.get("id", "")), str(mended[0])))
    unaudited += [(each, "pip-audit says nothing of it")
                  for each in by_name.values() if each not in seen]  # fmt: skip
    return Audit(tuple(sorted(set(vulnerable))), tuple(sorted(set(unaudited))), "pip-audit")


def _batches(keys: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """One version of a distribution for each file: pip takes no two."""
    batches: list[dict[str, str]] = []
    for name, version in keys:
        free = next((each for each in batches if name not in each), None)
        if free is None:
            free = {}
            batches.append(free)
        free[name] = version
    return [sorted(each.items()) for each in batches]


def _asked(tool: str, file: str, scratch: str) -> list[dict[str, Any]] | str:
    command = [tool, "-r", file, "--no-deps", "--disable-pip", "--format", "json",
               "--progress-spinner", "off", "--cache-dir", f"{scratch}/cache"]  # fmt: skip
    environment = {"PATH": os.defpath, "HOME": scratch, "TMPDIR": scratch, "LC_ALL": "C.UTF-8"}
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        if name in os.environ:
            environment[name] = os.environ[name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST, env=environment, cwd=scratch,
            check=False, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"pip-audit did not finish: {error}"
    try:
        document = json.loads(done.stdout)
        found: list[dict[str, Any]] = document["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = done.stderr.strip().splitlines()
        return f"pip-audit reached no advisories: {said[-1][:200] if said else 'it said nothing'}"
    return found
