"""Files newer than this interpreter: their facts, read by a newer one on the machine.

Only interpreters outside the analysed root are run: reading a repository must never execute a
program that the repository brings along.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Sequence

from bylaw.facts.gather import FileFacts
from bylaw.source.workers import MARSHAL_VERSION

_NEWEST_MINOR = 20
_TIME_LIMIT = 300
_CHILD = """
import sys, marshal
sys.path.insert(0, sys.argv[1])
from bylaw.facts.extract import prepare_interpreter
from bylaw.facts.gather import extract_file
prepare_interpreter()
root, paths = marshal.loads(sys.stdin.buffer.read())
results = [tuple(extract_file(root, path, {})) for path in paths]
sys.stdout.buffer.write(marshal.dumps(results, 4))
"""


def newer_interpreters(root: str) -> list[str]:
    """Interpreters newer than this one, the newest first.

    Args:
        root: the analysed root; what lies inside is never run.

    Returns:
        Paths of programs named ``python3.N`` on PATH, in pyenv or in uv's folder, links resolved:
        a link that stands beside a ``pyvenv.cfg`` would make the program load what that names.
    """
    return [real for _, real in _found(root)]


def newer_places(root: str) -> list[str]:
    """Where ``newer_interpreters`` found them, for whoever wants to know whether they still are."""
    return [place for place, _ in _found(root)]


def _found(root: str) -> list[tuple[str, str]]:
    inside = os.path.realpath(root) + os.sep
    found = []
    for minor in range(_NEWEST_MINOR, sys.version_info.minor, -1):
        for folder in _folders(minor):
            place = os.path.join(folder, f"python3.{minor}")
            real = os.path.realpath(place)
            if os.path.isfile(real) and os.access(real, os.X_OK) and not real.startswith(inside):
                found.append((place, real))
                break
    return found


def _folders(minor: int) -> list[str]:
    folders = [each for each in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(each)]
    folders = [each for each in folders if not each.rstrip("/").endswith("shims")]
    home = os.path.expanduser("~")
    for base, depth in (
        (f"{home}/.pyenv/versions", "bin"),
        (f"{home}/.local/share/uv/python", "bin"),
    ):
        try:
            names = sorted(os.listdir(base), reverse=True)
        except OSError:
            continue
        for name in names:
            if name.startswith((f"3.{minor}.", f"cpython-3.{minor}.")):
                folders.append(os.path.join(base, name, depth))
    return folders


def extract_with_newer(root: str, paths: Sequence[str]) -> list[FileFacts]:
    """Facts of files that this interpreter cannot parse.

    Args:
        root: directory the paths are relative to.
        paths: the files.

    Returns:
        What newer interpreters could read; files nobody could read are missing.
    """
    pending = list(paths)
    results: list[FileFacts] = []
    for program in newer_interpreters(root):
        if not pending:
            break
        for each in _run(program, root, pending):
            if each.blob is not None:
                results.append(each)
                pending.remove(each.path)
    return results


def _run(program: str, root: str, paths: list[str]) -> list[FileFacts]:
    import subprocess

    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        done = subprocess.run(
            [program, "-I", "-S", "-B", "-c", _CHILD, here],
            input=marshal.dumps((root, paths), MARSHAL_VERSION),
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
        return [FileFacts(*each) for each in marshal.loads(done.stdout)]
    except (OSError, subprocess.TimeoutExpired, ValueError, EOFError, TypeError):
        return []
