"""Whether an image could be built here: a builder counts that answers, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from bylaw.probes import image_builder
from bylaw.probes.image_builder import Builder, build_command, find_builder


def _program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    place = folder / name
    place.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    place.chmod(0o755)


def test_find_builder_without_any_says_what_is_missing(tmp_path: Path) -> None:
    assert find_builder(str(tmp_path)) == Builder(
        "", "none of docker, podman and buildah is installed"
    )


def test_find_builder_takes_the_first_that_answers(tmp_path: Path) -> None:
    _program(tmp_path, "docker", "echo no daemon >&2; exit 1")
    _program(tmp_path, "podman", "echo 5.1")

    assert find_builder(str(tmp_path)) == Builder("podman", "")


def test_find_builder_without_its_daemon_is_none(tmp_path: Path) -> None:
    _program(tmp_path, "docker", "echo Cannot connect >&2; exit 1")

    found = find_builder(str(tmp_path))
    assert found.name == ""
    assert found.reason == "docker is installed and does not answer: Cannot connect"


def test_find_builder_that_says_nothing_is_none(tmp_path: Path) -> None:
    _program(tmp_path, "docker", "exit 0")

    assert find_builder(str(tmp_path)).reason.endswith("does not answer: exit 0")


def test_find_builder_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_builder, "_TIME_LIMIT", 0.2)
    _program(tmp_path, "docker", "exec tail -f /dev/null")

    assert "does not answer within" in find_builder(str(tmp_path)).reason


def test_find_builder_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    (tmp_path / "docker").write_bytes(b"\x7fELF nothing")
    (tmp_path / "docker").chmod(0o755)

    assert find_builder(str(tmp_path)).reason.startswith("docker cannot be started: ")


@pytest.mark.parametrize(
    ("name", "command"),
    [("docker", "docker build -f a/Dockerfile a"), ("", "docker build -f a/Dockerfile a"),
     ("buildah", "buildah bud -f a/Dockerfile a")],
)  # fmt: skip
def test_build_command_is_the_builders_own(name: str, command: str) -> None:
    assert build_command(Builder(name, ""), "a/Dockerfile", "a") == command
    assert build_command(Builder(name, ""), "Dockerfile", "").endswith(" .")
