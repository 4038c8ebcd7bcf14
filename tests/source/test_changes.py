"""``changes_between``: every file that differs, before and after."""

from __future__ import annotations

from pathlib import Path

from tests.source.scratch_git import commit, git, write

from bylaw.source.changes import MISSING, Changed, changes_between, cut_history
from bylaw.source.git import Git, find_git

LINES = "".join(f"line {number}\n" for number in range(20))


def _git(folder: Path) -> Git:
    found = find_git(str(folder))
    assert found is not None
    return found


def _found(folder: Path, base: str, head: str = "") -> list[Changed]:
    return changes_between(_git(folder), base, head)


def test_changes_between_sees_staged_unstaged_untracked_and_deleted(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1", "b": "1", "c": LINES, "kept": "1", ".gitignore": "skip\n"})
    write(tmp_path, {"a": "2", "b": "2", "new": "3", "skip": "x"})
    git(tmp_path, "add", "a")
    (tmp_path / "c").unlink()
    found = _found(tmp_path, base)
    assert [(each.path, each.before, each.after) for each in found] == [
        ("a", b"1", b"2"), ("b", b"1", b"2"), ("c", LINES.encode(), None), ("new", None, b"3")
    ]  # fmt: skip


def test_changes_between_two_commits_leaves_the_work_tree_alone(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1"})
    head = commit(tmp_path, {"a": "2"})
    write(tmp_path, {"a": "3", "b": "3"})
    assert [(each.path, each.after) for each in _found(tmp_path, base, head)] == [("a", b"2")]


def test_changes_between_follows_a_rename_that_git_knows(tmp_path: Path) -> None:
    base = commit(tmp_path, {"old.py": LINES})
    git(tmp_path, "mv", "old.py", "new.py")
    (each,) = _found(tmp_path, base)
    assert (each.path, each.old_path, each.is_renamed) == ("new.py", "old.py", True)
    assert each.before == each.after


def test_changes_between_follows_a_rename_that_git_does_not_know(tmp_path: Path) -> None:
    base = commit(tmp_path, {"old.py": LINES, "other.py": "x = 1\n"})
    (tmp_path / "old.py").rename(tmp_path / "new.py")
    write(tmp_path, {"new.py": LINES + "more\n", "apart.py": "y = 2\n"})
    (tmp_path / "other.py").unlink()
    assert [(each.path, each.old_path) for each in _found(tmp_path, base)] == [
        ("apart.py", "apart.py"), ("new.py", "old.py"), ("other.py", "other.py")
    ]  # fmt: skip


def test_changes_between_of_a_removed_file_that_came_back_is_one_change(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1"})
    git(tmp_path, "rm", "-q", "--cached", "a")
    write(tmp_path, {"a": "2"})
    (each,) = _found(tmp_path, base)
    assert (each.before, each.after) == (b"1", b"2")
    write(tmp_path, {"a": "1"})
    assert _found(tmp_path, base) == []


def test_changes_between_below_the_top_sees_moves_over_the_border(tmp_path: Path) -> None:
    base = commit(tmp_path, {"api/a.py": LINES, "b.py": LINES.replace("line", "b"), "web/c": "1"})
    git(tmp_path, "mv", "api/a.py", "a.py")
    git(tmp_path, "mv", "b.py", "api/b.py")
    write(tmp_path, {"web/c": "2"})
    found = _found(tmp_path / "api", base)
    assert [(each.path, each.mode != "", each.old_mode != "") for each in found] == [
        ("a.py", False, True), ("b.py", True, False)
    ]  # fmt: skip


def test_changes_between_of_a_touched_file_or_other_line_ends_is_nothing(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1\n2\n", "b": "1\n"})
    write(tmp_path, {"a": "1\r\n2\r\n", "b": "1\n"})
    assert _found(tmp_path, base) == []


def test_changes_between_sees_bytes_that_are_no_text(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": b"\xff"})
    write(tmp_path, {"a": b"\xfe"})
    (each,) = _found(tmp_path, base)
    assert (each.before, each.after) == (b"\xff", b"\xfe")


def test_changes_between_reads_links_as_links(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1"})
    (tmp_path / "link").symlink_to("/etc/passwd")
    (each,) = _found(tmp_path, base)
    assert (each.mode, each.after) == ("120000", b"/etc/passwd")


def test_changes_between_sees_a_moved_submodule(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    commit(inner, {"a.py": "1"})
    outer = tmp_path / "outer"
    commit(outer, {"b.py": "1"})
    git(outer, "submodule", "add", "-q", str(inner), "lib")
    base = commit(outer)
    commit(outer / "lib", {"a.py": "2"})
    (each,) = _found(outer, base)
    assert (each.path, each.is_submodule) == ("lib", True)


def test_changes_between_leaves_out_a_repository_within(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1"})
    commit(tmp_path / "clone", {"b.py": "1"})
    assert _found(tmp_path, base) == []


def test_changes_between_says_which_content_is_missing(tmp_path: Path) -> None:
    base = commit(tmp_path, {"a": "1"})
    blob = git(tmp_path, "rev-parse", "HEAD:a")
    write(tmp_path, {"a": "2"})
    (tmp_path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (each,) = _found(tmp_path, base)
    assert each.problem == MISSING


def test_cut_history_of_a_shallow_clone(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    commit(origin, {"a": "1"})
    commit(origin, {"a": "2"})
    whole = tmp_path / "whole"
    git(tmp_path, "clone", "-q", origin.as_uri(), str(whole))
    assert cut_history(_git(whole), "HEAD", "HEAD", "HEAD") == ""
    cut = tmp_path / "cut"
    git(tmp_path, "clone", "-q", "--depth", "1", origin.as_uri(), str(cut))
    head = git(cut, "rev-parse", "HEAD")
    assert "shallow" in cut_history(_git(cut), head, head, head)
    new = commit(cut, {"a": "3"})
    assert cut_history(_git(cut), head, new, head) == ""
