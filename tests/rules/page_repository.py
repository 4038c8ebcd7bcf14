"""A case of a page as a git repository: a base on the default branch, and a change on top."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from page_cases import CaseFile, PageCase


def write_case(case: PageCase, root: Path) -> dict[str, str]:
    """Lay a case out below a root.

    Args:
        case: the case.
        root: an empty directory.

    Returns:
        Path of a finding in a commit message -> title of the block that is the message.
    """
    if not any(file.at for file in case.files):
        # Enough to keep the search for a root inside, and no repository to git.
        (root / ".git").mkdir()
        _write(case.files, root)
        return {}
    _git(root, "init", "--quiet", "--initial-branch=main")
    _write([file for file in case.files if file.at == "base"], root)
    _commit(root, "chore(repo): begin")
    _git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    _git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    _git(root, "checkout", "--quiet", "-b", "change")
    head = [file for file in case.files if file.at == "head"]
    if head:
        _write(head, root)
        _commit(root, "feat(app): change")
    messages = {}
    for file in case.files:
        if file.at == "commit":
            identity = _commit(root, file.text)
            messages[f"commit/{identity[:10]}"] = file.path
    _write([file for file in case.files if not file.at], root)
    return messages


def _write(files: list[CaseFile] | tuple[CaseFile, ...], root: Path) -> None:
    for file in files:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")


def _commit(root: Path, message: str) -> str:
    _git(root, "add", "--all", "--force")
    _git(root, "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message)
    return _git(root, "rev-parse", "HEAD").strip()


def _git(root: Path, *arguments: str) -> str:
    who = {"NAME": "A", "EMAIL": "a@example.org", "DATE": "2024-01-01T00:00:00Z"}
    identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
                for key, value in who.items()}  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "core.hooksPath=/dev/null", *arguments], cwd=root, check=True,
        capture_output=True, text=True,
        env={**kept, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )  # fmt: skip
    return done.stdout
