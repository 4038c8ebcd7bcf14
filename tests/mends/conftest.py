"""Small backends that are mended in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from bylaw.mending import Mended, Wish, check_and_mend
from bylaw.rules.selection import Options


class Backend(NamedTuple):
    """A repository on disk."""

    root: Path

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for path, text in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def state(self) -> dict[str, bytes]:
        return {
            str(each.relative_to(self.root)): each.read_bytes()
            for each in sorted(self.root.rglob("*"))
            if each.is_file()
        }

    def mend(
        self, *select: str, unsafe: bool = False, write: bool = True, paths: tuple[str, ...] = ()
    ) -> Mended:
        options = Options(select=select, use_cache=False, jobs=1)
        asked = [str(self.root / each) for each in paths] or [str(self.root)]
        return check_and_mend(asked, options, Wish(unsafe, write), lambda message: None)


MakeBackend = Callable[[Mapping[str, str | bytes]], Backend]


@pytest.fixture
def backend(tmp_path: Path) -> MakeBackend:
    """Makes a backend from its files."""

    def make(files: Mapping[str, str | bytes]) -> Backend:
        made = Backend(tmp_path / "repository")
        made.write({"bylaw.toml": "", **files})
        return made

    return make


def reasons(mended: Mended) -> list[str]:
    """Why mends were not made."""
    assert mended.result.mends is not None
    return [each.reason for each in mended.result.mends.left]


def count(mended: Mended) -> int:
    """How many findings were mended."""
    assert mended.result.mends is not None
    return mended.result.mends.mended
