"""Whether an image builds: asked of the machine's builder, where one answers.

Where none does, the claim ``image-builds`` is not verified.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import NamedTuple

CLAIM = "image-builds"
PASS, FAIL, NOT_VERIFIED = "pass", "fail", "not-verified"
_TIME_LIMIT = 10.0
_BUILD_LIMIT = 3600.0
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
    return shlex.join(_words(builder, dockerfile, context))


def _words(builder: Builder, dockerfile: str, context: str) -> list[str]:
    name = builder.name or "docker"
    verb = "bud" if name == "buildah" else "build"
    return [name, verb, "-f", dockerfile, context or "."]


def build_image(builder: Builder, root: str, dockerfile: str, context: str) -> tuple[str, str]:
    """Builds an image, and keeps it as the builder does.

    Args:
        builder: what builds here.
        root: absolute path of the root.
        dockerfile: relative to the root.
        context: build context, relative to the root; empty for the root.

    Returns:
        ``pass``, ``fail`` or ``not-verified``, and why: the last lines of what the builder says.
    """
    if not builder.name:
        return NOT_VERIFIED, builder.reason
    try:
        done = subprocess.run(
            _words(builder, dockerfile, context), cwd=root, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=_BUILD_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return NOT_VERIFIED, f"{builder.name} did not end within {_BUILD_LIMIT:.0f} s"
    except OSError as error:
        return NOT_VERIFIED, f"{builder.name} cannot be started: {error.strerror}"
    if done.returncode == 0:
        return PASS, f"{builder.name} built it"
    said = (done.stderr or done.stdout).strip().splitlines()[-3:]
    told = " / ".join(" ".join(each.split()) for each in said)
    return FAIL, f"{builder.name} ended with {done.returncode}: {told[:400]}"
