from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.evidence.ledger.made import git, repository

from bylaw.evidence.ledger.identity import Identity, identity_of
from bylaw.evidence.ledger.problems import LedgerError


def identity(root: Path, *, create: bool = True) -> Identity:
    return identity_of(str(root), str(root / ".bylaw"), create=create)


def test_identity_is_the_first_commit_and_a_clone_keeps_it(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    first = git(here, "rev-parse", "HEAD")
    git(here, "commit", "-q", "--allow-empty", "-m", "second")
    subprocess.run(["git", "clone", "-q", str(here), str(tmp_path / "clone")], check=True)

    assert identity(here).own == f"git:{first}"
    assert identity(tmp_path / "clone") == identity(here)
    assert not (here / ".bylaw").exists()


def test_identity_of_another_repository_is_another(tmp_path: Path) -> None:
    here, there = repository(tmp_path / "a"), repository(tmp_path / "b", "b = 1\n")

    assert identity(there).own not in identity(here).accepted


def test_identity_of_a_folder_inside_is_its_own(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    (here / "services/a").mkdir(parents=True)

    inside = identity(here / "services/a")

    assert inside.own == f"{identity(here).own}:services/a"
    assert inside.own not in identity(here).accepted


def test_identity_stays_when_another_history_is_merged(tmp_path: Path) -> None:
    here, there = repository(tmp_path / "a"), repository(tmp_path / "b", "b = 1\n")
    before = identity(here).own
    git(here, "fetch", "-q", str(there), "HEAD:other")
    git(here, "merge", "-q", "-s", "ours", "--allow-unrelated-histories", "-m", "both", "other")

    assert identity(here).own == before
    assert identity(there).own in identity(here).accepted


def test_identity_of_a_linked_work_tree_is_that_of_its_repository(tmp_path: Path) -> None:
    here = repository(tmp_path / "here")
    git(here, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked")

    assert identity(tmp_path / "linked") == identity(here)


@pytest.mark.parametrize("kind", ["no git", "no commit", "shallow"])
def test_identity_without_a_whole_history_is_a_random_name(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "root"
    if kind == "shallow":
        here = repository(tmp_path / "here")
        git(here, "commit", "-q", "--allow-empty", "-m", "second")
        url = f"file://{here}"
        subprocess.run(["git", "clone", "-q", "--depth=1", url, str(root)], check=True)
    else:
        root.mkdir()
        if kind == "no commit":
            git(root, "init", "-q")

    assert identity(root, create=False) == Identity("", frozenset(), True)
    made = identity(root)
    assert made.own.startswith("random:")
    assert identity(root) == made


def test_identity_random_name_is_still_accepted_with_a_history(tmp_path: Path) -> None:
    before = identity(tmp_path)
    repository(tmp_path)

    after = identity(tmp_path)

    assert after.own.startswith("git:")
    assert after.accepted == {after.own, before.own}


def test_identity_stored_name_that_is_none_is_an_error(tmp_path: Path) -> None:
    identity(tmp_path)
    (tmp_path / ".bylaw/repository").write_text("git:" + "0" * 40)

    with pytest.raises(LedgerError):
        identity(tmp_path)
