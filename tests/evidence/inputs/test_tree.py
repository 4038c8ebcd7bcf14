"""The tree: which files it holds, what is kept of them, and that a cache never lies."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.inputs.trees import git, repository, write

from bylaw.evidence.inputs.hashing import hash_file
from bylaw.evidence.inputs.manifest import (
    Elsewhere,
    File,
    ManifestError,
    manifest_bytes,
    manifest_digest,
    manifest_of,
    read_manifest,
)
from bylaw.evidence.inputs.tree import Tree, changed_between, take_tree
from bylaw.evidence.ledger.canonical import canonical

FILES = {"a.py": "a\n", "b/c.txt": "c\n", ".gitignore": "*.log\nbuild/\n"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", FILES)


def _take(root: Path) -> Tree:
    """A tree; by the cache and without it the same."""
    found = take_tree(str(root))
    assert found == take_tree(str(root), cached=False)
    assert found == take_tree(str(root))
    return found


def _modes(tree: Tree) -> dict[str, str]:
    return {each.path: each.mode for each in tree.files}


def test_take_tree_clean_checkout_names_commit_and_tree(root: Path) -> None:
    tree = _take(root)
    assert list(_modes(tree)) == [".gitignore", "a.py", "b/c.txt"]
    assert tree.state == "clean"
    assert tree.commit == git(root, "rev-parse", "HEAD")
    assert tree.tree == git(root, "rev-parse", "HEAD^{tree}")


def test_take_tree_twice_is_the_same_in_another_place(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(root), "other")
    assert _take(tmp_path / "other").whole == _take(root).whole


def _text(path: str, text: str = "") -> Callable[[Path], None]:
    return lambda root: write(root, {path: text})


def _gone(root: Path) -> None:
    (root / "a.py").unlink()


def _link(target: str, name: str) -> Callable[[Path], None]:
    return lambda root: os.symlink(target, root / name)


def _stage(root: Path) -> None:
    git(root, "add", "-A")


EDITS: dict[str, tuple[Callable[[Path], None], ...]] = {
    "content": (_text("a.py", "another\n"),),
    "content of the same size": (_text("a.py", "b\n"),),
    "new": (_text("new.py"),),
    "new in a new folder": (_text("x/y/new.py"),),
    "gone": (_gone,),
    "mode": (lambda root: (root / "a.py").chmod(0o755),),
    "link": (_link("a.py", "link"),),
    "link for a file": (_gone, _link("b", "a.py")),
    "folder for a file": (_gone, _text("a.py/x")),
    "staged": (_text("a.py", "staged\n"), _stage),
    "ignored no more": (_text("x.log"), _text(".gitignore")),
}


@pytest.mark.parametrize("name", EDITS)
def test_take_tree_edit_is_seen_at_once(root: Path, name: str) -> None:
    before = _take(root)
    for edit in EDITS[name]:
        edit(root)
    after = _take(root)
    assert after.whole != before.whole
    assert after.state == "dirty"
    assert changed_between(before, after)


def test_take_tree_many_edits_of_one_size_are_each_seen(root: Path) -> None:
    seen = set()
    for number in range(30):
        write(root, {"a.py": f"{number:03}"})
        seen.add(take_tree(str(root)).whole)
    assert len(seen) == 30


def test_take_tree_edit_with_the_old_time_is_seen(root: Path) -> None:
    old = os.stat(root / "a.py")
    before = _take(root)
    write(root, {"a.py": "b\n"})
    os.utime(root / "a.py", ns=(old.st_atime_ns, old.st_mtime_ns))
    assert _take(root).whole != before.whole


def test_take_tree_other_commit_of_the_same_files_is_told(root: Path) -> None:
    before = _take(root)
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    after = _take(root)
    assert after.commit != before.commit
    assert (after.whole, after.tree) == (before.whole, before.tree)


def test_take_tree_ignored_file_and_own_folder_are_left_out(root: Path) -> None:
    before = _take(root)
    write(root, {"x.log": "", "build/y": "", ".bylaw/ledger.db": "", "b/__pycache__/c.pyc": ""})
    assert _take(root).whole == before.whole
    assert _take(root).state == "clean"


def test_take_tree_empty_folder_is_filled_later(root: Path) -> None:
    (root / "empty").mkdir()
    before = _take(root)
    write(root, {"empty/x": ""})
    assert _take(root).whole != before.whole


@pytest.mark.parametrize("place", [".git/info/exclude", "b/.gitignore"])
def test_take_tree_new_ignore_rule_is_seen(root: Path, place: str) -> None:
    write(root, {"b/new.txt": "", "b/.gitignore": "/.gitignore\n"})
    before = _take(root)
    write(root, {place: "*.txt\n/.gitignore\n"})
    assert "b/new.txt" in _modes(before)
    assert "b/new.txt" not in _modes(_take(root))


def test_take_tree_link_counts_by_its_target(root: Path) -> None:
    os.symlink("nowhere", root / "link")
    os.symlink("loop", root / "loop")
    before = _take(root)
    assert _modes(before)["link"] == "120000"
    (root / "link").unlink()
    os.symlink("elsewhere", root / "link")
    assert _take(root).whole != before.whole


def test_take_tree_special_files_are_not_opened(root: Path) -> None:
    (root / "a.py").unlink()
    os.mkfifo(root / "a.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        tree = _take(root)
    assert _modes(tree)["a.py"] == "special"


def test_take_tree_name_that_is_not_utf_8_is_kept(root: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n.txt")
    (root / name).write_text("x")
    tree = _take(root)
    assert name in _modes(tree)
    manifest = manifest_of(tree.files)
    assert read_manifest(manifest_bytes(manifest)) == manifest


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_take_tree_unreadable_file_is_told(root: Path) -> None:
    (root / "a.py").chmod(0)
    assert _take(root).unreadable == ("a.py",)


def test_hash_file_denied_is_unreadable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    found = os.lstat(root / "a.py")
    monkeypatch.setattr(os, "open", refuse)
    hashed = hash_file(str(root / "a.py"), found)
    assert hashed is not None
    assert hashed.digest == "unreadable"


def test_hash_file_vanished_is_none(root: Path) -> None:
    found = os.lstat(root / "a.py")
    (root / "a.py").unlink()
    assert hash_file(str(root / "a.py"), found) is None


def test_take_tree_submodule_counts_by_commit_and_by_its_files(tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner", {"x.py": "1\n"})
    outer = repository(tmp_path / "outer", FILES)
    git(outer, "submodule", "--quiet", "add", str(inner), "sub")
    git(outer, "commit", "-qm", "sub")
    tree = _take(outer)
    assert _modes(tree)["sub"] == "160000"
    assert tree.state == "clean"
    write(outer, {"sub/x.py": "2\n"})
    edited = _take(outer)
    assert changed_between(tree, edited) == ["sub/x.py"]
    git(outer / "sub", "commit", "-qam", "second")
    assert changed_between(edited, _take(outer)) == ["sub"]


def test_take_tree_repository_inside_is_looked_into(root: Path) -> None:
    repository(root / "inside", {"x.py": "1\n"})
    before = _take(root)
    assert {"inside", "inside/x.py"} <= _modes(before).keys()
    write(root, {"inside/x.py": "2\n"})
    assert _take(root).whole != before.whole


def test_take_tree_linked_work_tree_is_a_tree(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", str(tmp_path / "linked"))
    tree = _take(tmp_path / "linked")
    assert tree.whole == _take(root).whole
    git(tmp_path / "linked", "commit", "-q", "--allow-empty", "-m", "x")
    assert _take(tmp_path / "linked").commit != tree.commit


def test_take_tree_root_below_the_repository_holds_its_part(root: Path) -> None:
    write(root, {"b/.gitignore": "", "other.py": ""})
    tree = _take(root / "b")
    assert list(_modes(tree)) == [".gitignore", "c.txt"]
    assert tree.commit
    write(root, {".gitignore": "*.txt\n", "b/new.txt": ""})
    assert list(_modes(_take(root / "b"))) == [".gitignore", "c.txt"]


def test_take_tree_without_commit_is_dirty(tmp_path: Path) -> None:
    root = tmp_path / "fresh"
    write(root, FILES)
    git(root, "init", "-q")
    tree = _take(root)
    assert (tree.commit, tree.tree, tree.state) == ("", "", "dirty")
    assert len(tree.files) == 3


def test_take_tree_without_git_follows_ignore_files(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    write(root, {**FILES, "x.log": "", "build/y": "", ".venv/pyvenv.cfg": "", "e/z": ""})
    tree = _take(root)
    assert tree.state == "no-git"
    assert list(_modes(tree)) == [".gitignore", "a.py", "b/c.txt", "e/z"]
    write(root, {"e/new": ""})
    assert _take(root).whole != tree.whole


def test_take_tree_git_that_refuses_is_no_git(root: Path) -> None:
    write(root, {".git/HEAD": "nonsense"})
    assert _take(root).state == "no-git"


def test_take_tree_damaged_cache_is_none(root: Path, tmp_path: Path) -> None:
    before = _take(root)
    for path in (tmp_path / "cache" / "bylaw" / "trees").iterdir():
        path.write_bytes(path.read_bytes()[:-7])
    assert _take(root) == before


def test_take_tree_starts_no_process_where_nothing_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in [root, *root.rglob("*")]:
        os.utime(path, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
    monkeypatch.setattr("bylaw.source.stat_index.RACY_NS", 0)
    before = take_tree(str(root))
    take_tree(str(root))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert take_tree(str(root)) == before


_names = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: "\0" not in text)
_files = st.builds(File, _names, st.sampled_from(["100644", "120000"]), st.sampled_from(["", "ab"]))
_rows = st.builds(Elsewhere, st.sampled_from(["file", "there"]), _names, st.just("absent"))


@given(st.lists(_files), st.lists(_rows))
def test_manifest_is_canonical_and_read_back(files: list[File], rows: list[Elsewhere]) -> None:
    manifest = manifest_of(files, rows)
    data = manifest_bytes(manifest)
    assert read_manifest(data) == manifest
    document = {
        "schema": "bylaw.manifest/1",
        "files": [[each.mode, each.digest, each.path] for each in manifest.files],
        "elsewhere": [[each.kind, each.digest, each.path] for each in manifest.elsewhere],
    }
    assert data == canonical(document)
    assert manifest_digest(data) == manifest_digest(manifest_bytes(manifest_of(files[::-1], rows)))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"schema":"other"}', b'{"schema":"bylaw.manifest/1"}', b"\xff"]
)
def test_read_manifest_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        read_manifest(data)
