"""The example really starts, in both modes, and its container's health check works."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from boot_service import ENTRY, PACKAGE, Service


@pytest.fixture
def example(service: Service) -> Service:
    """The shipped example instead of the test's own backend."""
    service.root = PACKAGE / "example"
    service.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return service


@pytest.mark.parametrize(
    ("mode", "ready", "path"),
    [("false", "Uvicorn running", "/price?amount=3"), ("true", "listening on", "/healthz")],
)
def test_example_starts_serves_and_stops(
    example: Service, mode: str, ready: str, path: str
) -> None:
    running = example.start(WORKER_MODE=mode)
    running.wait_for(ready)
    assert running.ask(path)[0] == 200
    assert example.python("-m", "bylaw_boot", "health").status == 0
    running.send(signal.SIGTERM)

    assert running.end() == 0


def test_health_command_of_a_stopped_service_fails(example: Service) -> None:
    ended = example.python("-m", "bylaw_boot", "health")

    assert ended.status == 1
    assert "/health: " in ended.err


def test_health_command_of_a_path_that_is_not_there_fails(example: Service) -> None:
    example.start().wait_for("Uvicorn running")

    assert "answered 404" in example.python("-m", "bylaw_boot", "health", "--path", "/no").err


@pytest.mark.parametrize(
    "arguments",
    [[], ["helth"], ["health", "--port"], ["health", "--port", "x"], ["health", "-x", "1"]],
)
def test_health_command_with_senseless_arguments_is_a_usage_error(
    example: Service, arguments: list[str]
) -> None:
    assert example.python("-m", "bylaw_boot", *arguments).status == 2


def test_example_image_starts_as_its_entry_says(example: Service) -> None:
    last = (example.root / "Dockerfile").read_text().splitlines()[-1]

    assert last == f'CMD ["python", "-m", "{ENTRY}"]'
    assert (Path(example.root) / (ENTRY.replace(".", "/") + ".py")).is_file()


def test_readme_shows_the_entry_file_of_the_example(example: Service) -> None:
    entry = (example.root / (ENTRY.replace(".", "/") + ".py")).read_text()
    declaration = entry[entry.index("boot = Boot(") :]

    assert declaration in (PACKAGE / "README.md").read_text(encoding="utf-8")
