"""What the measurements were made on."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

from benchmarks.cases import processors


def describe_machine() -> dict[str, Any]:
    """The machine.

    Returns:
        Processor, how much of it may be used, memory, system and Python.
    """
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor(),
        "processors": processors(),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
    }


def _field(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                key, _, value = line.partition(":")
                if key.strip() == name:
                    return value.strip()
    except OSError:
        return ""
    return ""


def load() -> float | None:
    """How many processes wanted a processor over the last minute.

    Returns:
        The load average; None where the system does not tell.
    """
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def clean_environment() -> dict[str, str]:
    """The environment every measured command starts from.

    Returns:
        This process's, without what would change how Python or a peer works.
    """
    unwanted = ("PYTHON", "VIRTUAL_ENV", "MYPY", "RUFF", "TY_", "SEMGREP", "FLAKE8", "BYLAW")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    # Else it asks the network first, and waits where there is none.
    return {**kept, "SEMGREP_ENABLE_VERSION_CHECK": "0"}


def version_of(command: tuple[str, ...], env: dict[str, str]) -> str:
    """What a command says it is.

    Args:
        command: program and leading arguments.
        env: environment to run it in.

    Returns:
        The first line of ``--version``; empty if it cannot say.
    """
    try:
        answer = subprocess.run((*command, "--version"), capture_output=True, text=True, env=env)
    except OSError:
        return ""
    lines = answer.stdout.strip().splitlines()
    return lines[0] if answer.returncode == 0 and lines else ""


def commit_of(project: str) -> str:
    """The commit of a checkout.

    Args:
        project: its root.

    Returns:
        Short name, with ``+`` if files differ from it; empty outside a repository.
    """
    try:
        commit = _git(project, "rev-parse", "--short", "HEAD")
        changed = _git(project, "status", "--porcelain", "--", "src")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+" if changed else "")


def _git(project: str, *arguments: str) -> str:
    argv = ("git", "-C", project, *arguments)
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()
