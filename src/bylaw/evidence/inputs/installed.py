"""What is installed, without asking it: packages by their records, programs by their stamp."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterator

from bylaw.source.atomic import cache_directory, hash_function, read_checked, write_checked

ABSENT = "absent"

_FORMAT = b"bylaw installed 1 " + sys.version.encode()
_RECORDS = ("RECORD", "METADATA", "PKG-INFO", "direct_url.json")
_METADATA = (".dist-info", ".egg-info")
_LINKS = (".pth", ".egg-link")
_LONGEST_RECORD = 32 << 20


def installed_digest(folder: str) -> str:
    """Digest over the packages of a ``site-packages`` folder.

    Their records name every file with its hash, so that another version, another build and an
    editable install are seen; what somebody edits there by hand is not.

    Args:
        folder: absolute path of the folder.

    Returns:
        The digest; ``absent`` where there is no such folder.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith((*_METADATA, *_LINKS)))
    except OSError:
        return ABSENT
    stamps = tuple(_stamps(folder, names))
    key = hash_function()(os.fsencode(folder), digest_size=16).hexdigest()
    cache = cache_directory()
    target = os.path.join(cache, "installed", key) if cache else ""
    kept = read_checked(target, stamp=_FORMAT) if target else None
    if kept is not None:
        before, digest = marshal.loads(kept)
        if before == stamps:
            return str(digest)
    hashed = hashlib.sha256()
    for path, *_ in stamps:
        with_name = os.fsencode(path) + b"\0"
        try:
            with open(f"{folder}/{path}", "rb") as file:
                hashed.update(with_name + hashlib.sha256(file.read(_LONGEST_RECORD)).digest())
        except OSError:
            hashed.update(with_name)
    digest = hashed.hexdigest()
    if target:
        write_checked(target, marshal.dumps((stamps, digest), 4), stamp=_FORMAT)
    return digest


def version_in(folder: str, package: str) -> str:
    """Version of a package, as the name of its metadata folder says it.

    Args:
        folder: absolute path of a ``site-packages`` folder.
        package: its name, in any spelling.

    Returns:
        The version; empty where it is not installed there.
    """
    wanted = _normal(package)
    try:
        names = os.listdir(folder)
    except OSError:
        return ""
    for name in names:
        if name.endswith(_METADATA):
            found, _, version = name.rpartition(".")[0].partition("-")
            if _normal(found) == wanted:
                return version.partition("-")[0]
    return ""


def known_version(program: str, ask: Callable[[], str]) -> str:
    """Version of a program, asked again only when the file itself changed.

    Args:
        program: absolute path.
        ask: starts it and returns what it says; empty answers are not kept.
    """
    place = os.path.realpath(program)
    try:
        found = os.stat(place)
    except OSError:
        return ask()
    stamp = (place, found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)
    key = hash_function()(os.fsencode(program), digest_size=16).hexdigest()
    cache = cache_directory()
    target = os.path.join(cache, "versions", key) if cache else ""
    kept = read_checked(target, stamp=_FORMAT) if target else None
    if kept is not None:
        before, version = marshal.loads(kept)
        if before == stamp:
            return str(version)
    version = ask()
    if target and version:
        write_checked(target, marshal.dumps((stamp, version), 4), stamp=_FORMAT)
    return version


def _stamps(folder: str, names: list[str]) -> Iterator[tuple[str, int, int, int]]:
    for name in names:
        inside = [f"{name}/{each}" for each in _RECORDS] if name.endswith(_METADATA) else [name]
        for path in inside:
            try:
                found = os.stat(f"{folder}/{path}")
            except OSError:
                continue
            yield path, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
