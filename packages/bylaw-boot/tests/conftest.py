"""The backend that the tests start, and a folder it imports the library from."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from boot_service import PACKAGE, Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection of a test that leaves the machine."""
    connect = socket.create_connection

    def guarded(address: tuple[str, int], timeout: float) -> socket.socket:
        assert address[0] == "127.0.0.1"
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", guarded)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder from which a child process imports the library as if it were installed."""
    folder = tmp_path_factory.mktemp("python") / "site-packages"
    folder.mkdir()
    (folder / "bylaw_boot").symlink_to(PACKAGE / "src" / "bylaw_boot")
    return folder


@pytest.fixture
def service(tmp_path: Path, site: Path) -> Iterator[Service]:
    """A sound backend; what it left running is ended."""
    made = Service(tmp_path / "app", site)
    yield made
    for each in made.running:
        each.close()
