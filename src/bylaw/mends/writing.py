"""Writes mended files: only over the very bytes that were analysed, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from bylaw.mends.edit import Mend, NoMend, groups
from bylaw.source.atomic import ContentChangedError, create_content, replace_content


def write_mends(
    root: str, mends: Sequence[Mend], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> tuple[list[Mend], list[NoMend]]:
    """Writes what some mends make of their files.

    Args:
        root: absolute path of the root.
        mends: that hold together.
        before: what each file held when it was analysed.
        after: what it holds with all of the mends.

    Returns:
        The mends that were written, and the others: mends that share a file are written
        together, or none of them is.
    """
    written: list[Mend] = []
    left: list[NoMend] = []
    for group in groups(mends):
        paths = sorted({edit.path for mend in group for edit in mend.edits})
        problem = _write_group(root, {path: after[path] for path in paths}, before)
        if problem:
            left += [NoMend(each.finding, problem) for each in group]
        else:
            written += group
    return written, left


def write_files(root: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Writes files that belong together, new ones too: all of them, or none.

    Args:
        root: absolute path of the root.
        before: what each file held when it was read; one that is not in it must not be there.
        after: what each file holds then.

    Returns:
        Why nothing was written; empty where everything was. A file that somebody else changed
        or made meanwhile is never overwritten.
    """
    return _write_group(root, after, before)


def _write_group(root: str, after: Mapping[str, bytes], before: Mapping[str, bytes]) -> str:
    """Writes files that belong together; why it could not be done, with nothing changed then."""
    for path in after:
        problem = _problem(root, path, before.get(path))
        if problem:
            return problem
    done: list[str] = []
    for path, data in after.items():
        try:
            if path in before:
                replace_content(f"{root}/{path}", data, expected=before[path])
            else:
                create_content(f"{root}/{path}", data)
        except FileExistsError:
            for each in done:
                _put_back(f"{root}/{each}", before.get(each), after[each])
            return _changed(path)
        except (ContentChangedError, OSError) as error:
            for each in done:
                _put_back(f"{root}/{each}", before.get(each), after[each])
            return (
                _changed(path)
                if isinstance(error, ContentChangedError)
                else _unwritable(path, error)
            )
        done.append(path)
    return ""


def _put_back(path: str, data: bytes | None, written: bytes) -> None:
    try:
        if data is not None:
            replace_content(path, data, expected=written)
            return
        with open(path, "rb") as file:
            is_ours = file.read() == written
        if is_ours:
            os.unlink(path)
    except OSError:
        # Somebody else has changed it since: theirs is not ours to undo.
        return


def _problem(root: str, path: str, expected: bytes | None) -> str:
    """Why a file must not be written; empty where it may."""
    place = f"{root}/{path}"
    home = os.path.realpath(root)
    if os.path.realpath(place) != os.path.join(home, *path.split("/")):
        return f"{path} is reached through a symbolic link"
    if expected is None:
        return _changed(path) if os.path.lexists(place) else ""
    try:
        with open(place, "rb") as file:
            data = file.read()
    except OSError as error:
        return _unwritable(path, error)
    if data != expected:
        return _changed(path)
    return "" if os.access(place, os.W_OK) else f"{path} cannot be written: read-only"


def _changed(path: str) -> str:
    return f"{path} was changed by somebody else meanwhile"


def _unwritable(path: str, error: OSError) -> str:
    return f"{path} cannot be written: {error.strerror or type(error).__name__}"
