"""Makes the services of these tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from adoption_backend import Backend, MakeBackend


@pytest.fixture
def backend(tmp_path: Path) -> MakeBackend:
    """Makes a service from its files."""

    def make(files: Mapping[str, str]) -> Backend:
        made = Backend(tmp_path / "shop")
        (made.root / ".git").mkdir(parents=True)
        made.write(files)
        return made

    return make
