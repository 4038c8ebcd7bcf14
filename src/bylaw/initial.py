"""The first run in a repository: what it has settled on, and the findings it starts with."""

from __future__ import annotations

import os

from bylaw.analysis import check_run
from bylaw.config import Config
from bylaw.linking import Linked, context_of, link_repository
from bylaw.model.project import known_roots
from bylaw.packs.demands import NAMES
from bylaw.rules.conventions.detection import conventions_of
from bylaw.rules.conventions.lock import Found
from bylaw.rules.conventions.structure import layers_found, starts
from bylaw.rules.selection import Options
from bylaw.source.atomic import write_atomically

LOCK = "bylaw.toml"


def detect(root: str, options: Options) -> tuple[Linked, Found]:
    """Reads a repository as if nothing were configured, and says what it has settled on.

    Args:
        root: absolute path of the root.
        options: of the run.

    Returns:
        The linked repository and everything that was found.
    """
    linked = link_repository(root, Config(), options)
    context = context_of(linked)
    found = Found(
        conventions_of(context), layers_found(context), starts(context),
        [each or "." for each in known_roots(linked.project)], NAMES,
    )  # fmt: skip
    return linked, found


def write_lock(root: str, text: str, options: Options, *, baseline: bool) -> int:
    """Writes ``bylaw.toml`` and, where asked, the baseline of today's findings.

    Args:
        root: absolute path of the root.
        text: of the lock.
        options: of the run.
        baseline: whether to accept today's findings.

    Returns:
        How many findings the baseline accepts; 0 without one.

    Raises:
        OSError: a file cannot be written; each is written whole or not at all.
    """
    write_atomically(os.path.join(root, LOCK), text.encode("utf-8"))
    if not baseline:
        return 0
    options = options._replace(grow_baseline=True, update_baseline=True)
    result, _ = check_run([root], options)
    return result.summary.baselined
