"""Advisories given as a file: the OSV schema (https://ossf.github.io/osv-schema/), read offline."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from bylaw.errors import UsageError
from bylaw.manifests.dependencies import normal

_LARGEST = 64 << 20


class Advisory(NamedTuple):
    """What one advisory says about one distribution.

    Attributes:
        name: identifier (``GHSA-...``, ``PYSEC-...``).
        versions: versions named outright.
        ranges: (kind, version) events of each range: ``introduced``, ``fixed``, ``last_affected``.
    """

    name: str
    versions: frozenset[str]
    ranges: tuple[tuple[tuple[str, str], ...], ...]


class Advisories(NamedTuple):
    """All advisories of a source.

    Attributes:
        by_package: normalised name -> advisories.
        total: how many advisories there are for PyPI.
        newest: when the newest was changed (RFC 3339); empty where none says.
        unread: entries that could not be read.
    """

    by_package: dict[str, list[Advisory]]
    total: int
    newest: str
    unread: tuple[str, ...]


def read_advisories(path: str) -> Advisories:
    """Reads a file, an archive or a folder of advisories.

    Args:
        path: a JSON file with one advisory, a list of them or an object with ``vulns``; a ZIP
            archive or a folder of such files.

    Raises:
        UsageError: it is not there, or holds no advisory at all.
    """
    found: dict[str, list[Advisory]] = {}
    count, newest = 0, ""
    unread: list[str] = []
    for name, text in _texts(path, unread):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            unread.append(name)
            continue
        for entry in _entries(document):
            if entry.get("withdrawn") or not isinstance(entry.get("id"), str):
                continue
            made = list(_advisories(entry))
            count += bool(made)
            newest = max(newest, str(entry.get("modified", ""))) if made else newest
            for package, advisory in made:
                found.setdefault(package, []).append(advisory)
    if not count:
        hint = "give an export of OSV for PyPI: a JSON file, a folder of them, or all.zip"
        raise UsageError(f"{path} holds no advisory for PyPI", hint=hint)
    return Advisories(found, count, newest, tuple(unread))


def _texts(path: str, unread: list[str]) -> Iterator[tuple[str, bytes]]:
    hint = "check the path given with --advisories"
    try:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                for name in sorted(names):
                    if name.endswith(".json"):
                        with open(os.path.join(folder, name), "rb") as file:
                            yield name, file.read(_LARGEST)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    if info.filename.endswith(".json") and info.file_size <= _LARGEST:
                        yield info.filename, archive.read(info)
                    elif info.filename.endswith(".json"):
                        unread.append(info.filename)
        else:
            with open(path, "rb") as file:
                yield path, file.read()
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"the advisories cannot be read: {error}", hint=hint) from None


def _entries(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        listed = document.get("vulns")
        document = listed if isinstance(listed, list) else [document]
    return [each for each in document if isinstance(each, dict)] if isinstance(
        document, list
    ) else []  # fmt: skip


def _advisories(entry: dict[str, Any]) -> Iterator[tuple[str, Advisory]]:
    for affected in entry.get("affected") or ():
        package = affected.get("package") or {}
        if str(package.get("ecosystem", "")).lower() != "pypi" or not package.get("name"):
            continue
        ranges = [
            tuple((kind, str(version)) for event in each.get("events") or ()
                  for kind, version in event.items())
            for each in affected.get("ranges") or () if each.get("type") == "ECOSYSTEM"
        ]  # fmt: skip
        versions = frozenset(map(str, affected.get("versions") or ()))
        yield normal(package["name"]), Advisory(entry["id"], versions, tuple(ranges))


def fixed_in(advisory: Advisory, version: str) -> str | None:
    """Whether an advisory is about a version, and which one mends it.

    Args:
        advisory: the advisory.
        version: a version of its distribution (PEP 440).

    Returns:
        The version that mends it, empty where none does yet; None where it is not affected.
    """
    held = _version(version)
    hit = version in advisory.versions
    mended: Version | None = None
    for events in advisory.ranges:
        inside = False
        for kind, text in sorted(events, key=lambda each: _order(*each)):
            point = None if text == "0" and kind == "introduced" else _version(text)
            if held is None or (point is None and text != "0"):
                continue
            if kind == "introduced" and (point is None or held >= point):
                inside = True
            elif kind == "fixed" and point is not None:
                if held >= point:
                    inside = False
                elif inside or hit:
                    mended = point if mended is None else min(mended, point)
            elif kind == "last_affected" and point is not None and held > point:
                inside = False
        hit = hit or inside
    return None if not hit else str(mended or "")


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _order(kind: str, text: str) -> tuple[Version, int]:
    point = _version(text) or Version("0")
    return point, ("introduced", "last_affected", "fixed").index(kind) if kind in (
        "introduced", "last_affected", "fixed"
    ) else 3  # fmt: skip
