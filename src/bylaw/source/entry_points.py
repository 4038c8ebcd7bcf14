"""Installed plug-ins, found without loading any: a look into the folders Python imports from.

Only the folders are listed and the small files that name entry points read: where no plug-in is
installed, ``importlib.metadata`` (15 ms) is never imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

GROUP = "bylaw.rules"


class EntryPoint(NamedTuple):
    """One rule that an installed distribution announces.

    Attributes:
        name: name of the rule.
        module: module to import.
        attribute: dotted name in it.
        distribution: name of the distribution.
        version: its version; empty where it has none.
        folder: where its metadata lie.
    """

    name: str
    module: str
    attribute: str
    distribution: str
    version: str
    folder: str

    @property
    def origin(self) -> str:
        """The distribution as people name it: ``acme-rules 1.2``."""
        return f"{self.distribution} {self.version}".rstrip()


class Unreadable(NamedTuple):
    """A distribution that announces rules in a way nobody can read.

    Attributes:
        distribution: its name.
        reason: what is wrong.
    """

    distribution: str
    reason: str


def search_path() -> list[str]:
    """Folders that plug-ins may be installed in.

    The current directory is none of them: what lies in the repository under analysis must not run
    because ``python -m bylaw`` was called there.
    """
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        here = ""
    return [each for each in sys.path if each and os.path.realpath(each) != here]


def entry_points(paths: Iterable[str]) -> tuple[list[EntryPoint], list[Unreadable]]:
    """Rules that installed distributions announce.

    Args:
        paths: folders in the order in which Python looks into them.

    Returns:
        The rules by distribution and name, and what could not be read.
    """
    found: list[EntryPoint] = []
    lost: list[Unreadable] = []
    for folder in _announcing(paths):
        try:
            found.extend(_read(folder))
        except Exception as error:  # noqa: BLE001 - whatever stands there, it was not written here
            lost.append(Unreadable(_stem(folder), f"{type(error).__name__}: {error}"))
    return sorted(found, key=lambda each: (each.distribution, each.name)), lost


def _announcing(paths: Iterable[str]) -> list[str]:
    """Metadata folders that speak of the group; of two with one name the first counts."""
    seen: set[str] = set()
    folders = []
    for path in paths:
        try:
            names = sorted(os.listdir(path))
        except OSError:
            continue
        for name in names:
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            folder = os.path.join(path, name)
            key = _stem(folder).replace("-", "_").replace(".", "_").lower()
            if key in seen:
                continue
            seen.add(key)
            try:
                with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
                    if GROUP.encode() in file.read():
                        folders.append(folder)
            except OSError:
                continue
    return folders


def _stem(folder: str) -> str:
    """Name of the distribution as its folder has it: ``acme_rules``."""
    return os.path.basename(folder).rpartition(".")[0].partition("-")[0]


def _read(folder: str) -> list[EntryPoint]:
    from importlib.metadata import Distribution
    from pathlib import Path

    distribution = Distribution.at(Path(folder))
    metadata = distribution.metadata
    name = metadata["Name"] or _stem(folder)
    version = metadata["Version"] or ""
    return [
        EntryPoint(each.name, each.module, each.attr, name, version, folder)
        for each in distribution.entry_points
        if each.group == GROUP
    ]
