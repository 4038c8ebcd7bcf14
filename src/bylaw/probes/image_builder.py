"""Whether this machine could build an image: what the claim ``image-builds`` rests on.

Nothing is built here. Where no builder answers, whether an image builds is not verified.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import NamedTuple

CLAIM = "image-builds"
_TIME_LIMIT = 10.0
# Each with the words that only succeed where it can build: docker asks its daemon.
_BUILDERS = (
    ("docker", ("version", "--format", "{{.Server.Version}}")),
    ("podman", ("info", "--format", "{{.Version.Version}}")),
    ("buildah", ("info",)),
)


class Builder(NamedTuple):
    """What builds images on this machine.

    Attributes:
        name: ``docker``, ``podman`` or ``buildah``; empty where none answers.
        reason: why there is none; empty where there is one.
    """

    name: str
    reason: str


def find_builder(path: str | None = None) -> Builder:
    """The first builder that is installed and answers.

    Args:
        path: folders to look in, as ``PATH`` lists them; those of the process by default.
    """
    reasons = []
    for name, words in _BUILDERS:
        program = shutil.which(name, path=path)
        if program is None:
            continue
        reason = _asked(program, words)
        if not reason:
            return Builder(name, "")
        reasons.append(f"{name} {reason}")
    return Builder("", "; ".join(reasons) or "none of docker, podman and buildah is installed")


def _asked(program: str, words: tuple[str, ...]) -> str:
    """Why a builder cannot build; empty where it can."""
    try:
        done = subprocess.run(
            [program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=_TIME_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"does not answer within {_TIME_LIMIT:.0f} s"
    except OSError as error:
        return f"cannot be started: {error.strerror or type(error).__name__}"
    if done.returncode == 0 and done.stdout.strip():
        return ""
    said = " ".join((done.stderr or done.stdout).split())
    return f"is installed and does not answer: {said[:200] or f'exit {done.returncode}'}"


def build_command(builder: Builder, dockerfile: str, context: str) -> str:
    """The one command that would verify the claim for an image.

    Args:
        builder: what builds here; docker is named where nothing does.
        dockerfile: relative to the root.
        context: build context, relative to the root; empty for the root.
    """
    name = builder.name or "docker"
    verb = "bud" if name == "buildah" else "build"
    return f"{name} {verb} -f {dockerfile} {context or '.'}"
