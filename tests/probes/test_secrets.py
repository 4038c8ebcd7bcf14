"""``bylaw probe secrets``: every added line of a change, and none of its values in the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AWS = "AKIA" + "Q3ZWJ7TKM5RLXH2P"
GITHUB = "ghp_" + "Zk3LmQ9xWv7RtY2bNc5HsJ8dFg1PaUe4Ti6O"
RANDOM = "qL8vR2mX" + "w9TzK4nYbG7c"


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false",
         *words], cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def commit(root: Path, files: dict[str, str | bytes | None], *more: str) -> str:
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            place.unlink()
        else:
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty", *more)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    commit(root, {"app.py": f'OLD = "{GITHUB}"\n', "README.md": "# X\n"})
    git(root, "branch", "base")
    return root


def probe(root: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "probe", "secrets", *words], cwd=root, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), done.stdout


def seen(document: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(each["kind"], each["path"], each["line"]) for each in document["observations"]]


def test_probe_clean_change_passes_whatever_stood_there_before(root: Path) -> None:
    commit(root, {"app.py": f'OLD = "{GITHUB}"\nNEW = 1\n'})
    code, document, _ = probe(root, "--base", "base")
    assert (code, document["result"], document["observations"]) == (0, "pass", [])
    assert list(document) == ["schema", "probe", "result", "reason_codes", "observations", "errors"]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("app.py", f'OLD = 1\nKEY = "{AWS}"\n', 2),
        ("deploy/prod.yaml", f"env:\n  api_key: {RANDOM}\n", 2),
        (".env", f"export CLIENT_SECRET={RANDOM}\n", 1),
        ("ui/x.ts", f"const apiKey = '{RANDOM}';\n", 1),
        ("url.py", f'A = 1\nURL = "postgresql://shop:{RANDOM}@db.shop.internal/x"\n', 2),
        ("raw.bin", b"\x00\xff\n" + AWS.encode() + b"\n\x00", 2),
        ("caf\u00e9 \"q\".py", f'KEY = "{AWS}"\n', 1),
        ("pem.txt", "a\n-----BEGIN PRIVATE KEY-----\n" + "\n".join(
            ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Vw9xkQ2m4Rt1"] * 2) + "\n", 2),
    ],
)  # fmt: skip
def test_probe_secret_in_a_commit_fails_and_is_never_shown(
    root: Path, path: str, text: str | bytes, line: int
) -> None:
    commit(root, {path: text})
    code, document, raw = probe(root, "--base", "base")
    assert (code, document["result"], document["reason_codes"]) == (1, "fail", ["secret-in-change"])
    assert seen(document) == [("secret-in-change", path, line)]
    assert not any(each in raw for each in (AWS, RANDOM, "MIIEvQIBADANBg"))


def test_probe_secret_that_was_taken_away_again_is_in_the_history(root: Path) -> None:
    first = commit(root, {"app.py": f'A = 1\nKEY = "{AWS}"\n'})
    commit(root, {"app.py": "A = 1\n"})
    code, document, _ = probe(root, "--base", "base")
    assert (code, document["reason_codes"]) == (1, ["secret-in-history"])
    [told] = document["observations"]
    assert (told["path"], told["line"]) == ("app.py", 2)
    assert f"commit: {first}" in told["detail"]


def test_probe_sees_the_work_tree_and_files_git_does_not_track(root: Path) -> None:
    (root / "app.py").write_text(f'OLD = "{GITHUB}"\nKEY = "{AWS}"\n')
    (root / "new.py").write_text(f'B = 1\nKEY = "{AWS}"\n')
    (root / ".gitignore").write_text("local.py\n")
    (root / "local.py").write_text(f'KEY = "{AWS}"\n')
    _, document, _ = probe(root, "--base", "base")
    assert seen(document) == [("secret-in-change", "app.py", 2), ("secret-in-change", "new.py", 2)]
    _, document, _ = probe(root, "new.py", "--base", "base")
    assert seen(document) == [("secret-in-change", "new.py", 2)]


def test_probe_merge_that_adds_a_line_of_its_own(root: Path) -> None:
    git(root, "checkout", "-qb", "side")
    commit(root, {"side.py": "S = 1\n"})
    git(root, "checkout", "-q", "main")
    commit(root, {"main.py": "M = 1\n"})
    git(root, "merge", "-q", "--no-commit", "side")
    commit(root, {"main.py": f'M = 1\nKEY = "{AWS}"\n'})
    _, document, _ = probe(root, "--base", "base")
    assert seen(document) == [("secret-in-change", "main.py", 2)]


def test_probe_placeholders_tests_and_suppressed_lines_do_not_count(root: Path) -> None:
    commit(root, {
        "a.py": 'api_key = "changeme-changeme-changeme"\npassword = "your-password-goes-here"\n',
        "tests/test_a.py": f'api_key = "{RANDOM}"\n',
        "b.py": f'KEY = "{AWS}"  # bylaw: ignore[secret-in-source] revoked, shown in the talk\n',
        "c.yaml": "token: ${TOKEN_FROM_THE_ENVIRONMENT}\n",
        "uv.lock": 'sdist = { hash = "sha256:' + "0a1b2c3d4e5f6789" * 4 + '" }\n',
    })  # fmt: skip
    code, document, _ = probe(root, "--base", "base")
    assert (code, document["result"], document["reason_codes"]) == (0, "pass", [])
    asides = [(each["path"], "aside: " in each["detail"]) for each in document["observations"]]
    assert asides == [("b.py", True), ("tests/test_a.py", True)]


def test_probe_without_base_repository_or_history_is_not_verified(
    root: Path, tmp_path: Path
) -> None:
    code, document, _ = probe(root)
    assert (code, document["result"], document["reason_codes"]) == (3, "not-verified", ["no-base"])
    assert [each["hint"] for each in document["errors"]] == ["bylaw probe secrets --base REF"]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert probe(plain)[1]["reason_codes"] == ["no-repository"]
    for number in range(3):
        commit(root, {f"n{number}.py": "N = 1\n"})
    cut = tmp_path / "cut"
    git(tmp_path, "clone", "-q", "--depth", "2", "--no-single-branch", f"file://{root}", str(cut))
    code, document, _ = probe(cut, "--base", "origin/base")
    assert (code, document["result"]) == (3, "not-verified")


def test_probe_changes_nothing_in_the_checkout(root: Path) -> None:
    commit(root, {"app.py": f'KEY = "{AWS}"\n'})
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    probe(root, "--base", "base")
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
