"""The floor: read and ``ast.parse`` the files of a list, and nothing else.

Run as a child process, ``python -I -S floor.py LIST JOBS``, where LIST is a file of NUL-separated
paths. Prints ``{"seconds": ..., "files": ..., "unparsed": ...}``. The clock starts when the list
is known and stops when the last process is done, so that neither the start of the interpreter nor
the search for files counts: no analyser of Python written in Python can be faster than this.
"""

from __future__ import annotations

import ast
import gc
import os
import sys
import time


def parse_all(paths: list[str]) -> int:
    """Reads and parses each file, dropping each tree at once.

    Args:
        paths: files to parse.

    Returns:
        How many of them this interpreter cannot parse.
    """
    unparsed = 0
    for path in paths:
        with open(path, "rb") as stream:
            text = stream.read()
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            unparsed += 1
    return unparsed


def share_out(sizes: list[tuple[int, str]], jobs: int) -> list[list[str]]:
    """Deals files to processes, largest first, each to the one with the least work so far.

    Args:
        sizes: size in bytes and path of each file.
        jobs: number of processes.

    Returns:
        One list of paths for each process.
    """
    bins: list[list[str]] = [[] for _ in range(jobs)]
    loads = [0] * jobs
    for size, path in sorted(sizes, reverse=True):
        lightest = loads.index(min(loads))
        bins[lightest].append(path)
        loads[lightest] += size
    return bins


def parse_forked(bins: list[list[str]]) -> int:
    """Parses the first bin here and each other bin in a forked child.

    Args:
        bins: one list of paths for each process.

    Returns:
        How many files could not be parsed, over all processes.
    """
    children: list[tuple[int, int]] = []
    for paths in bins[1:]:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            os.write(writer, str(parse_all(paths)).encode())
            os._exit(0)
        os.close(writer)
        children.append((pid, reader))
    unparsed = parse_all(bins[0])
    for pid, reader in children:
        answer = os.read(reader, 64)
        os.close(reader)
        os.waitpid(pid, 0)
        if not answer:
            raise SystemExit("a process of the floor died")
        unparsed += int(answer)
    return unparsed


def main(arguments: list[str]) -> None:
    """Measures the floor for the files of a list.

    Args:
        arguments: path of the list and number of processes.
    """
    with open(arguments[0], "rb") as stream:
        paths = [os.fsdecode(path) for path in stream.read().split(b"\0") if path]
    bins = share_out([(os.path.getsize(path), path) for path in paths], int(arguments[1]))
    gc.disable()
    started = time.perf_counter()
    unparsed = parse_forked(bins)
    seconds = time.perf_counter() - started
    print(f'{{"seconds": {seconds:.6f}, "files": {len(paths)}, "unparsed": {unparsed}}}')


if __name__ == "__main__":
    main(sys.argv[1:])
