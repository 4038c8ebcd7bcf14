from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from bylaw.source.ignore_rules import compile_rules, is_ignored


def ignored(lines: list[str], path: str) -> bool:
    """Ask the way the walk does: every parent first, then the entry."""
    chain = [compile_rules(lines)]
    is_directory = path.endswith("/")
    parts = path.strip("/").split("/")
    for depth in range(1, len(parts) + 1):
        entry_is_directory = is_directory or depth < len(parts)
        if is_ignored(chain, "/".join(parts[:depth]), parts[depth - 1], entry_is_directory):
            return True
    return False


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        (["build/"], "a/build/x.py", True),
        (["build/"], "a/build", False),
        (["/build"], "a/build/x.py", False),
        (["/build"], "build/x.py", True),
        (["a/b"], "a/b/x.py", True),
        (["a/b"], "c/a/b/x.py", False),
        (["**/b"], "c/a/b/x.py", True),
        (["*.py[co]"], "a/x.pyc", True),
        (["*.py[co]"], "a/x.py", False),
        (["[Bb]in/"], "Bin/x.py", True),
        (["local_*.py"], "app/local_settings.py", True),
        (["local_*.py"], "app/local.py", False),
        (["*"], "x.py", True),
        (["*", "!*/", "!*.py"], "a/b/x.py", False),
        (["*", "!*/", "!*.py"], "a/b/x.txt", True),
        (["*.py", "!keep.py"], "a/keep.py", False),
        (["*.py", "!keep"], "keep/x.py", True),
        (["!keep.py", "*.py"], "a/keep.py", True),
        (["gen/", "!gen/keep.py"], "gen/keep.py", True),
        (["gen/**", "!gen/keep.py"], "gen/keep.py", False),
        (["gen/*", "!gen/keep.py"], "gen/keep.py", False),
        (["gen/*", "!gen/keep.py"], "gen/other.py", True),
        (["a/**/z.py"], "a/z.py", True),
        (["a/**/z.py"], "a/b/c/z.py", True),
        (["?.py"], "a/x.py", True),
        (["?.py"], "a/xy.py", False),
        (["[!a-c].py"], "x.py", True),
        (["[!a-c].py"], "b.py", False),
        ([r"\#x.py"], "#x.py", True),
        ([r"\!x.py"], "!x.py", True),
        (["#x.py"], "#x.py", False),
        (["x.py   "], "x.py", True),
        (["", "/", "  "], "x.py", False),
        (["[z-a].py", "[", "[]", "a//b"], "a.py", False),
    ],
)
def test_is_ignored_line_as_git_reads_it(lines: list[str], path: str, expected: bool) -> None:
    assert ignored(lines, path) is expected


def test_verdict_file_below_a_directory_is_relative_to_it() -> None:
    rules = compile_rules(["/gen"], below="app/")
    assert rules.verdict("app/gen", "gen", True) is True
    assert rules.verdict("app/x/gen", "gen", True) is None


def test_verdict_file_above_the_root_sees_the_whole_path() -> None:
    rules = compile_rules(["backend/gen/"], prefix="backend/")
    assert rules.verdict("gen", "gen", True) is True


_SEGMENT = st.text(alphabet="ab.*?[]!-p", min_size=1, max_size=6)
_PATTERN = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "", "/", "**/"]),
    st.lists(
        st.one_of(_SEGMENT, st.sampled_from(["a", "b", "*.py", "**"])), min_size=1, max_size=3
    ),
    st.sampled_from(["", "", "/"]),
)
_NAME = st.sampled_from(["a", "b", "ab", "a.py", "b.py", "p", ".a", "a.b", "aab", "ba", "a-b"])


@pytest.mark.filterwarnings("ignore::FutureWarning")
@given(_PATTERN, st.lists(_NAME, min_size=1, max_size=3))
def test_is_ignored_any_single_pattern_agrees_with_pathspec(pattern: str, parts: list[str]) -> None:
    """What the shortcuts answer is what pathspec answers, for files (both prune parents)."""
    try:
        spec = GitIgnoreSpec.from_lines([pattern])
    except (ValueError, re.error):
        return
    path = "/".join(parts)
    assert ignored([pattern], path) is spec.match_file(path)


def test_is_ignored_tree_agrees_with_git(tmp_path: Path) -> None:
    lines = [
        "*.pyc", "/top.py", "gen/*", "!gen/keep.py", "deep/**/x.py", "lib", "!lib/a.py",
        "*_local.py", "!*_kept_local.py", "docs/_build/", "**/tmp", "[st]est_*.py", "*/",
        "!*/",
    ]  # fmt: skip
    paths = [
        "top.py", "a/top.py", "a.pyc", "gen/keep.py", "gen/b.py", "deep/x.py", "deep/a/b/x.py",
        "deep/y.py", "lib/a.py", "a/lib/b.py", "b_local.py", "a/b_kept_local.py",
        "docs/_build/c.py", "x/docs/_build/c.py", "q/tmp/d.py", "tmp/d.py", "sest_a.py",
        "rest_a.py",
    ]  # fmt: skip
    (tmp_path / ".gitignore").write_text("\n".join(lines))
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "-o", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert {path for path in paths if not ignored(lines, path)} == set(listed) - {".gitignore"}
