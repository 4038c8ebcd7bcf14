"""The variables a probed backend sees: none of the user's own, and those the project declares."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example")
"""Where declared variables stand; never ``.env``, which holds real ones."""
SCRUBBED, DECLARED = "scrubbed", "declared"


def scrubbed_environment(python: str) -> dict[str, str]:
    """What every child gets; ``{room}`` stands for its temporary directory.

    Args:
        python: path of the interpreter; its directory leads ``PATH``.
    """
    return {
        "PATH": os.pathsep.join([os.path.dirname(python), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": "{room}/home",
        "TMPDIR": "{room}/tmp",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
    }


def declared_variables(
    root: str, configured: Sequence[tuple[str, str]], folders: Iterable[str] = ("",)
) -> dict[str, str]:
    """Variables the project declares: ``[probe.environment]``, else its example file.

    Args:
        root: absolute path of the root.
        configured: what the configuration says; where it says anything, nothing else counts.
        folders: directories below the root to look in, in this order.

    Returns:
        Names and values; empty where nothing is declared.
    """
    if configured:
        return dict(configured)
    for folder in folders:
        for name in EXAMPLES:
            path = os.path.join(root, folder, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    return parse_example(file.read(1 << 20))
    return {}


def parse_example(text: str) -> dict[str, str]:
    """Variables of a file of ``NAME=value`` lines; quotes and trailing comments are taken off."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if not equals or not name.replace("_", "a").isalnum() or name[0].isdigit():
            continue
        found[name] = _plain(value.strip())
    return found


def _plain(value: str) -> str:
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        return value[1:end] if end > 0 else value[1:]
    head, _, _ = value.partition(" #")
    return "" if head.startswith("#") else head.strip()


def joined(base: Mapping[str, str], declared: Mapping[str, str]) -> dict[str, str]:
    """The scrubbed environment with the declared variables; home and temporary stay ours."""
    kept = ("HOME", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
    return {**base, **{k: v for k, v in declared.items() if k not in kept and "\0" not in v}}
