"""What manifests said and files held when they were last looked at: a cache, for speed only."""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from bylaw.evidence.inputs.elsewhere import Remembered
from bylaw.evidence.inputs.manifest import Elsewhere, read_manifest
from bylaw.source.atomic import cache_directory, hash_function, read_checked, write_checked

_FORMAT = b"bylaw inputs 1 " + sys.version.encode()


class Summary(NamedTuple):
    """What is short in a manifest.

    Attributes:
        files: how many files count by their content.
        elsewhere: what counts beside the tree.
    """

    files: int
    elsewhere: tuple[Elsewhere, ...]


class Memory:
    """What one root's manifests said.

    Attributes:
        digests: of files beside the tree, with their stamps.
    """

    def __init__(self, root: str, cached: bool) -> None:
        cache = cache_directory() if cached else ""
        key = hash_function()(os.fsencode(root), digest_size=16).hexdigest()
        self._target = os.path.join(cache, "inputs", key) if cache else ""
        self._before, self.digests = self._read()
        self._digests_before = dict(self.digests)
        self._asked: dict[str, Summary] = {}

    def summary(self, digest: str, get: Callable[[str], bytes]) -> Summary:
        """The short of a manifest.

        Args:
            digest: of the manifest; what is cached under it was checked against it once.
            get: gives its bytes.

        Raises:
            BylawError: it is missing or damaged.
        """
        if digest not in self._asked:
            known = self._before.get(digest)
            if known is not None:
                rows = tuple(map(Elsewhere._make, known[1]))
                self._asked[digest] = Summary(known[0], rows)
            else:
                manifest = read_manifest(get(digest))
                count = sum(1 for each in manifest.files if each.digest)
                self._asked[digest] = Summary(count, manifest.elsewhere)
        return self._asked[digest]

    def save(self) -> None:
        """Keeps what was asked this time for the next."""
        if not self._target or (
            self._asked.keys() == self._before.keys() and self.digests == self._digests_before
        ):
            return
        short = {
            digest: (each.files, tuple(tuple(row) for row in each.elsewhere))
            for digest, each in self._asked.items()
        }
        write_checked(self._target, marshal.dumps((short, self.digests), 4), stamp=_FORMAT)

    def _read(self) -> tuple[dict[str, tuple[int, tuple[tuple[str, str, str], ...]]], Remembered]:
        payload = read_checked(self._target, stamp=_FORMAT) if self._target else None
        if payload is None:
            return {}, {}
        try:
            short, digests = marshal.loads(payload)
        except (ValueError, EOFError, TypeError):
            return {}, {}
        return short, digests
