"""``python -m website prepare FOLDER`` and ``python -m website check SITE``: see ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

from website.links import broken_links
from website.prepare import prepare


def main(words: list[str]) -> int:
    """Runs one of the two steps that stand around the generator.

    Args:
        words: ``prepare`` and the folder to fill, or ``check`` and the built site.

    Returns:
        The exit code: 1 where a link of the built site leads nowhere, 2 for other words.
    """
    if len(words) == 2 and words[0] == "prepare":
        count = prepare(Path(words[1]))
        sys.stdout.write(f"{count} pages prepared in {words[1]}\n")
        return 0
    if len(words) == 2 and words[0] == "check":
        broken = broken_links(Path(words[1]))
        sys.stdout.writelines(f"{each}\n" for each in broken)
        sys.stdout.write(f"{len(broken)} links lead nowhere\n")
        return 1 if broken else 0
    sys.stderr.write(f"{__doc__}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
