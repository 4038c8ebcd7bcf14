"""The inputs of an item: the whole tree, or what observation left of it."""

from __future__ import annotations

from typing import Protocol

from bylaw.evidence.inputs.hashing import LINK, SUBMODULE
from bylaw.evidence.inputs.manifest import (
    File,
    Manifest,
    manifest_bytes,
    manifest_digest,
    manifest_of,
)
from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.tree import Tree
from bylaw.evidence.item import OBSERVED, WHOLE_TREE, Inputs


class Blobs(Protocol):
    """Where bytes are kept by their content."""

    def put(self, data: bytes) -> str:
        """Keeps bytes; gives ``sha256:...``."""


def inputs_of(tree: Tree, observed: Observed | None, blobs: Blobs) -> Inputs:
    """What an answer depends on, with its manifest stored.

    Args:
        tree: the tree the tool ran on.
        observed: what was looked at; None where nobody watched.
        blobs: where the manifest is kept.

    Returns:
        The inputs. A narrowed set keeps the path and mode of every file: that one comes or
        goes can be seen without opening any.
    """
    manifest = narrowed(tree, observed)
    data = manifest_bytes(manifest)
    digest = manifest_digest(data)
    blobs.put(data)
    is_narrow = observed is not None and observed.paths is not None
    return Inputs(
        digest, digest, tree.tree, tree.commit, tree.state, OBSERVED if is_narrow else WHOLE_TREE,
        observed.how if observed else "", tree.whole,
    )  # fmt: skip


def narrowed(tree: Tree, observed: Observed | None) -> Manifest:
    """The manifest of what may have been looked at.

    Args:
        tree: the tree the tool ran on.
        observed: what was looked at; None where nobody watched.
    """
    if observed is None:
        return manifest_of(tree.files)
    if observed.paths is None:
        return manifest_of(tree.files, observed.elsewhere)
    # To read a link opens nothing, and a submodule is a directory: both always count.
    files = [
        each
        if each.path in observed.paths or each.mode in (LINK, SUBMODULE)
        else File(each.path, each.mode, "")
        for each in tree.files
    ]
    return manifest_of(files, observed.elsewhere)
