"""Entry point: answers at once what needs no analysis, loads the rest only when it is needed."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line and exits with its code (INTERFACE.md)."""
    try:
        _main()
    except KeyboardInterrupt:
        sys.stderr.write("bylaw: stopped\n")
        sys.exit(130)


def _main() -> None:
    words = sys.argv[1:]
    if words == ["--version"]:
        from bylaw.version import __version__

        sys.stdout.write(f"bylaw {__version__}\n")
        return
    if words[:1] == ["check"]:
        from bylaw.source.replay import replay

        code = replay(words)
        if code is not None:
            sys.exit(code)
    elif words[:1] in (["stale"], ["gate"]):
        from bylaw.evidence.inputs.replayed import replay as replay_answer

        code = replay_answer(words)
        if code is not None:
            sys.exit(code)
    from bylaw.cli.entry import run

    run()


if __name__ == "__main__":
    main()
