"""What lock files say of a tool, and the one command that installs it."""

from __future__ import annotations

import re
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

from bylaw.manifests.command import Problem
from bylaw.manifests.dependencies import normal
from bylaw.manifests.locks import pinned_versions
from bylaw.rules.repository import Repository

if TYPE_CHECKING:
    from bylaw.evidence.adapters.project import Project


def install_command(project: Project, name: str, wanted: str = "") -> str:
    """The one command that installs a tool into the project's environment.

    Args:
        project: the project.
        name: of its distribution.
        wanted: a version that something of the repository names.
    """
    version = next(iter(sorted(_locked(project.repository, name))), "") or wanted
    package = f"{name}=={version}" if version else name
    environment = project.environment
    python = project.relative(environment.interpreter.path)
    if environment.interpreter.found_by == "none":
        return f"python3 -m venv .venv && .venv/bin/python -m pip install {package}"
    named = [each.path for each in project.declared
             if each.name == normal(name) and not each.path.endswith(".toml")]  # fmt: skip
    what = f"-r {named[0]}" if named and not version else package
    has_pip = "pip" in environment.installed
    if not has_pip and shutil.which("uv"):
        return f"uv pip install --python {python} {what}"
    start = "" if has_pip else f"{python} -m ensurepip && "
    return f"{start}{python} -m pip install {what}"


def _locked(repository: Repository, name: str) -> set[str]:
    found = set()
    for path in repository.names("lock"):
        read = pinned_versions(path, repository.whole(path))
        if not isinstance(read, Problem):
            found |= {each.version for each in read if each.name == normal(name)}
    return found


def entry_digest(repository: Repository, name: str) -> str:
    """Digest of a distribution's entry in the first lock file that has one; empty without."""
    for path in repository.names("lock"):
        entry = _entry(repository.whole(path), normal(name))
        if entry:
            return "sha256:" + sha256(entry.encode()).hexdigest()
    return ""


def locks_digest(repository: Repository) -> str:
    """Digest over all lock files; empty where there are none."""
    found = sha256()
    paths = repository.names("lock")
    for path in paths:
        text = repository.whole(path).encode("utf-8", "surrogateescape")
        found.update(f"{path}\0{sha256(text).hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}" if paths else ""


def _entry(text: str, name: str) -> str:
    """The block of a lock file about one distribution."""
    for block in re.split(r"(?m)^\[\[packages?\]\]\s*$", text)[1:]:
        found = re.search(r'(?m)^name = "([^"]+)"', block)
        if found is not None and normal(found[1]) == name:
            return block.partition("\n[[")[0].strip()
    return ""
