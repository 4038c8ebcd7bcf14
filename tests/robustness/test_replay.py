"""The stored report of an unchanged tree: never printed when anything it rests on changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import bylaw

if TYPE_CHECKING:
    from tests.robustness.conftest import Call, Ran

SAME = "nothing changed"
READ = 'import os\n\nX = os.environ["NEW"]\n'


def without_time(ran: Ran) -> tuple[int, list[str]]:
    return ran.code, [line for line in ran.out.splitlines() if not line.startswith("  time ")]


def warm(call: Call, *words: object, **more: object) -> Ran:
    """Runs until the stored report is printed: files as young as the run are not trusted yet."""
    for _ in range(12):
        ran = call("check", *words, **more)
        if SAME in ran.out:
            return ran
    raise AssertionError("the stored report is never used")


def rewrite_in_place(root: Path) -> None:
    """Same size, same time of change, same inode."""
    path = root / "app" / "config.py"
    before = path.stat()
    path.write_text(path.read_text().replace("DATABASE_URL", "DATABASE_URI"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_folder(root: Path) -> None:
    (root / "app" / "more").mkdir()
    (root / "app" / "more" / "new.py").write_text(READ)


def swap(root: Path) -> None:
    app = root / "app"
    (app / "config.py").rename(root / "kept")
    (app / "quiet.py").rename(app / "config.py")
    (root / "kept").rename(app / "quiet.py")


def move_root_up(root: Path) -> None:
    (root / "bylaw.toml").unlink()
    (root.parent / "bylaw.toml").write_text("")


EDITS: dict[str, Callable[[Path], object]] = {
    "edit": lambda root: (root / "app" / "quiet.py").write_text(READ),
    "same-size": rewrite_in_place,
    "add": lambda root: (root / "app" / "new.py").write_text(READ),
    "add-folder": add_folder,
    "delete": lambda root: (root / "app" / "config.py").unlink(),
    "rename": lambda root: (root / "app" / "config.py").rename(root / "app" / "settled.py"),
    "swap": swap,
    "break": lambda root: (root / "app" / "quiet.py").write_text("def (:\n"),
    "config": lambda root: (root / "bylaw.toml").write_text(
        "[rules.import-time-env-read]\nenabled = false\n"
    ),
    "bad-config": lambda root: (root / "bylaw.toml").write_text("[nothing]\n"),
    "remove-config": lambda root: (root / "bylaw.toml").unlink(),
    "ignore": lambda root: (root / ".gitignore").write_text("config.py\n"),
    "ignore-below": lambda root: (root / "app" / ".gitignore").write_text("config.py\n"),
    "baseline": lambda root: (root / "bylaw-baseline.json").write_text("no baseline\n"),
    "environment": lambda root: (root / ".env.example").write_text("DATABASE_URL=\n"),
    "parent-root": move_root_up,
    "nearer-root": lambda root: (root / "app" / "bylaw.toml").write_text(""),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_check_after_any_change_reports_anew(
    call: Call, repository: Path, edit: Callable[[Path], object]
) -> None:
    warm(call, repository / "app", cwd=repository)
    edit(repository)

    ran = call("check", repository / "app", cwd=repository)

    assert SAME not in ran.out
    fresh = call("check", repository / "app", "--no-cache", cwd=repository)
    assert without_time(ran) == without_time(fresh)


def test_check_unmarked_root_gets_a_parent_root_reports_anew(call: Call, tmp_path: Path) -> None:
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    (tmp_path / "outer" / "inner" / "a.py").write_text("X = 1\n")
    (tmp_path / "outer" / "b.py").write_text(READ)
    before = warm(call, tmp_path / "outer" / "inner")
    (tmp_path / "outer" / ".git").mkdir()

    after = call("check", tmp_path / "outer" / "inner")

    assert "1 analysed" in before.out
    assert "2 analysed" in after.out


def test_check_link_that_leads_elsewhere_reports_anew(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "bylaw.toml").write_text("")
    (other / "fine.py").write_text("X = 1\n")
    link = tmp_path / "link"
    link.symlink_to(repository)
    assert warm(call, link).code == 1
    link.unlink()
    link.symlink_to(other)

    assert call("check", link).code == 0


def test_check_named_baseline_changes_reports_anew(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    baseline = tmp_path / "accepted.json"
    assert call("check", repository, "--baseline", baseline, "--grow-baseline").code == 0
    assert warm(call, repository, "--baseline", baseline).code == 0
    baseline.unlink()

    assert call("check", repository, "--baseline", baseline).code == 2


def test_check_stub_file_changes_reports_anew(call: Call, repository: Path) -> None:
    (repository / "bylaw.toml").write_text('[stubs]\nfiles = ["effects.toml"]\n')
    (repository / "effects.toml").write_text('[call]\n"strange.no" = "network"\n')
    (repository / "app" / "quiet.py").write_text("import strange\n\nstrange.go()\n")
    assert "import-time-network" not in warm(call, repository).out
    (repository / "effects.toml").write_text('[call]\n"strange.go" = "network"\n')

    assert "import-time-network" in call("check", repository).out


@pytest.mark.parametrize(
    "words",
    [
        ("--ignore", "import-time-env-read"),
        ("--min-confidence", "possible"),
        ("--format", "json"),
        ("--exit-zero",),
        ("--statistics",),
        ("--show-suppressed",),
    ],
    ids=lambda words: words[0],
)
def test_check_other_options_are_another_report(
    call: Call, repository: Path, words: tuple[str, ...]
) -> None:
    warm(call, repository)

    ran = call("check", repository, *words)

    assert without_time(ran) == without_time(call("check", repository, *words, "--no-cache"))


def test_check_other_directory_is_another_report(
    call: Call, repository: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "fine.py").write_text("X = 1\n")
    assert warm(call, ".", cwd=repository).code == 1

    assert call("check", ".", cwd=other).code == 0


def test_check_colour_is_another_report(call: Call, repository: Path) -> None:
    plain = warm(call, repository)
    colour = call("check", repository, env={"FORCE_COLOR": "1"})
    none = call("check", repository, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})

    assert "\x1b[" not in plain.out
    assert "\x1b[" in colour.out
    assert "\x1b[" not in none.out


def test_check_incomplete_run_is_made_again(call: Call, repository: Path) -> None:
    (repository / "app" / "broken.py").write_text("def (:\n")

    rans = [call("check", repository) for _ in range(5)]

    assert {ran.code for ran in rans} == {3}
    assert not [ran for ran in rans if SAME in ran.out]


def test_check_ruff_that_came_is_used(
    call: Call, repository: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Without ruff a run is incomplete; installing it changes no file of the repository."""
    lonely = tmp_path / "lonely"
    package, site = (str(Path(each.__path__[0]).parent) for each in (bylaw, click))
    program = (
        "import sys, sysconfig\n"
        f"sys.executable = {str(lonely / 'python')!r}\n"
        f"sysconfig.get_path = lambda name, *rest: {str(lonely)!r}\n"
        f"sys.path[:0] = [{package!r}, {site!r}]\n"
        "from bylaw.__main__ import main\nmain()\n"
    )

    def run() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", program, "check", str(repository), "--format", "json"],
            env=environment | {"PATH": str(lonely)}, capture_output=True, check=False, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    codes = {run()[0] for _ in range(3)}
    lonely.mkdir()
    os.symlink(os.path.join(os.path.dirname(sys.executable), "ruff"), lonely / "ruff")
    code, out = run()

    assert codes == {3}
    assert (code, "ruff-missing" in out) == (1, False)


def test_keep_report_many_calls_keeps_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bylaw.source import replay

    monkeypatch.setattr(replay, "MOST_REPORTS", 3)
    for number in range(6):
        path = tmp_path / f"report{number}"
        path.write_text("x")
        os.utime(path, (number, number))
    replay._drop_oldest(str(tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report3", "report4", "report5"]
