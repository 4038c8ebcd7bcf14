"""Starts one command from a small process and tells how it went.

Run as ``python -I -S launch.py DESCRIPTOR PROGRAM [ARGUMENT...]``; writes one line of figures to
the descriptor: wall seconds, processor seconds, peak in KiB, exit code. The kernel counts the
memory of whoever starts a process as that process's first peak, so the harness, which holds trees
and outputs, must not start what it measures. The start of this launcher is not in the times.
"""

from __future__ import annotations

import os
import sys
import time


def main(arguments: list[str]) -> None:
    """Runs the command and waits for it.

    Args:
        arguments: descriptor, program, arguments of the program.
    """
    descriptor = int(arguments[0])
    os.set_inheritable(descriptor, False)
    started = time.perf_counter()
    try:
        child = os.posix_spawnp(arguments[1], arguments[1:], os.environ)
    except OSError as problem:
        print(problem, file=sys.stderr)
        os.write(descriptor, b"0 0 0 127")
        return
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    processor = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    os.write(descriptor, f"{wall:.6f} {processor:.6f} {usage.ru_maxrss} {code}".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
