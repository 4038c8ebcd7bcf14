"""Odd files: the run goes on, says what it could not read, and loses nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bylaw
from bylaw.source.discovery import Discovery, discover

if TYPE_CHECKING:
    from tests.robustness.conftest import Call

READ = 'import os\n\nURL = os.environ["OTHER_URL"]\n'
FOUND = ("import-time-env-read", "app/config.py", 3)


def places(document: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(each["rule"], each["path"], each["line"]) for each in document["findings"]}


BAD = [
    ("encoding", 3, b"import os\n\nx = '\xe9'\n"),
    ("encoding", 1, b"# coding: no-such\nx = 1\n"),
    ("encoding", 1, READ.encode("utf-16")),
    ("null-bytes", 2, b"x = 1\n\0\n"),
    ("syntax", 2, b"x = 1\ndef :\n"),
    ("too-deep", 1, b"x = " + b"(" * 10_000 + b"1" + b")" * 10_000),
    ("too-deep", 1, b"x = " + b" + ".join([b"a"] * 20_000)),
    ("too-deep", 101, b"".join(b" " * n + b"if a:\n" for n in range(500)) + b" " * 500 + b"pass"),
    ("too-deep", 101, b"".join(b" " * n + b"def f():\n" for n in range(500)) + b" " * 500 + b"x"),
]


@pytest.mark.parametrize(("code", "line", "content"), BAD, ids=lambda value: str(value)[:24])
def test_check_bad_file_is_named_and_nothing_else_lost(
    call: Call, repository: Path, code: str, line: int, content: bytes
) -> None:
    (repository / "app" / "bad.py").write_bytes(content)

    ran = call("check", repository, "--format", "json", "--select", "import-time-env-read")

    assert ran.code == 3
    error = ran.error("app/bad.py")
    assert (error["code"], error["line"]) == (code, line)
    assert FOUND in places(ran.document)
    assert [each["path"] for each in ran.document["summary"]["skipped"]] == ["app/bad.py"]


def test_check_file_that_crashes_ruff_costs_only_itself(call: Call, repository: Path) -> None:
    broad = "def f():\n    try:\n        g()\n    except Exception:\n        pass\n"
    for number in range(5):
        (repository / "app" / f"broad{number}.py").write_text(broad)
    (repository / "app" / "deep.py").write_text("x = " + " + ".join(["a"] * 20_000))

    ran = call("check", repository, "--format", "json", "--select", "missing-annotation")

    assert ran.code == 3
    found = {each["path"] for each in ran.document["findings"]}
    assert found == {f"app/broad{number}.py" for number in range(5)}
    assert {each["path"] for each in ran.document["errors"]} == {"app/deep.py"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xef\xbb\xbf" + READ.encode(), 3),
        (READ.replace("\n", "\r\n").encode(), 3),
        (READ.replace("\n", "\r").encode(), 3),
        (READ.replace("\n\n", "\n\f\n").encode(), 3),
        (f"# coding: latin-1\n{READ}X = 'é'\n".encode("latin-1"), 4),
        (f"# vim: set fileencoding=cp1252 :\nX = '€'\n{READ}".encode("cp1252"), 5),
        (b"import os; x = [" + b"1, " * 300_000 + b"]\n\nURL = os.environ['A']\n", 3),
        (b"import os; a = os" + b".b" * 800 + b"\n\nURL = os.environ['A']\n", 3),
        (b"import os\nx = '\\ud800'\nURL = os.environ['\\udfff']\n", 3),
        (READ.rstrip().encode(), 3),
    ],
    ids=["bom", "crlf", "cr", "form-feed", "latin-1", "cp1252", "long-line", "chain", "surrogate",
         "no-end"],
)  # fmt: skip
def test_check_odd_but_valid_file_is_analysed(
    call: Call, repository: Path, content: bytes, line: int
) -> None:
    (repository / "app" / "odd.py").write_bytes(content)

    ran = call("check", repository, "--format", "json", "--select", "import-time-env-read")

    assert ran.code == 1
    assert ("import-time-env-read", "app/odd.py", line) in places(ran.document)
    assert not ran.document["errors"]


NAMES = [
    "sp ace.py", "quo'te\".py", "new\nline.py", "tab\t.py", "\x1b[31mred.py", "[bold]b.py",
    "@at.py", "-dash.py", "--help.py", "ünï.py", "*.py", "::error::.py", "a%0Ab.py", "$(id).py",
    "<script>.py", "a;b.py", "..py", "...x.py",
]  # fmt: skip


@pytest.mark.parametrize("format_", ["json", "text", "sarif", "github"])
def test_check_names_of_any_kind_are_reported(call: Call, repository: Path, format_: str) -> None:
    for folder in (repository, repository / "app"):
        for name in NAMES:
            (folder / name).write_text(READ)

    ran = call("check", repository, "--format", format_)

    assert ran.code == 1
    assert "\x1b" not in ran.out
    if format_ == "json":
        found = {path for rule, path, _ in places(ran.document) if rule == "import-time-env-read"}
        assert found == {*NAMES, *(f"app/{name}" for name in NAMES), "app/config.py"}
    if format_ == "github":
        assert all(line.startswith(("::", "bylaw:")) for line in ran.out.splitlines())


def test_check_name_that_is_no_text_is_listed(call: Call, repository: Path) -> None:
    with open(os.fsencode(repository) + b"/app/bad\xff.py", "wb") as file:
        file.write(b"x = 1\n")

    ran = call("check", repository, "--format", "json")

    assert ran.document["summary"]["skipped"] == [
        {"path": "app/bad\\xff.py", "reason": "name is not valid UTF-8"}
    ]


def test_check_links_and_pipes_are_left_alone(call: Call, repository: Path) -> None:
    app = repository / "app"
    (app / "loop").symlink_to("..")
    (app / "self.py").symlink_to("self.py")
    (app / "again.py").symlink_to("config.py")
    os.mkfifo(app / "pipe.py")
    os.mkfifo(repository / "Dockerfile")

    ran = call("check", repository, "--format", "json", "--select", "import-time-env-read")

    assert ran.code == 1
    assert places(ran.document) == {FOUND}
    reasons = {each["path"]: each["reason"] for each in ran.document["summary"]["skipped"]}
    assert reasons == {"app/pipe.py": "not a regular file", "app/self.py": "broken symlink"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_check_unreadable_file_is_named(call: Call, repository: Path) -> None:
    (repository / "app" / "quiet.py").chmod(0)

    ran = call("check", repository, "--format", "json")

    assert (ran.code, ran.error("app/quiet.py")["code"]) == (3, "unreadable")


def test_check_file_vanishing_after_discovery_is_named(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(root: str, exclude: Sequence[str]) -> Discovery:
        found = discover(root, exclude=exclude)
        (repository / "app" / "quiet.py").unlink()
        return found

    monkeypatch.setattr("bylaw.analysis.discover", vanish)
    result = bylaw.check(str(repository), use_cache=False)

    assert result.exit_code == 3
    assert ("unreadable", "app/quiet.py") in [(each.code, each.path) for each in result.errors]
    assert "app/config.py" in [each.path for each in result.findings]


def test_check_five_megabytes_are_analysed(call: Call, repository: Path) -> None:
    text = b"import os\n" + b"# " + b"x" * 997 + b"\n"
    content = text + (b"NAME = 'value'  # " + b"y" * 981 + b"\n") * 5_000
    (repository / "app" / "big.py").write_bytes(content + b"URL = os.environ['A']\n")

    ran = call("check", repository, "--format", "json", "--select", "import-time-env-read")

    assert ran.code == 1
    assert ("import-time-env-read", "app/big.py", 5_003) in places(ran.document)


def test_check_ten_thousand_small_files_are_analysed(call: Call, repository: Path) -> None:
    long = "a_rather_long_folder_name_that_makes_the_command_line_of_a_child_too_long"
    for folder in range(100):
        place = repository / "app" / f"{long}_{folder:03}"
        place.mkdir()
        for number in range(100):
            (place / f"m{number:03}.py").write_text(f"N = {number}\n")
    (place / "m099.py").write_text("def f(a):\n    return a\n")

    ran = call(
        "check", repository, "--format", "json",
        "--select", "missing-annotation,import-time-env-read",
    )  # fmt: skip

    assert ran.code == 1
    assert ran.document["summary"]["analysed"] == 10_003
    assert FOUND in places(ran.document)
    path = f"app/{long}_099/m099.py"
    assert path in {each["path"] for each in ran.document["findings"]}


def test_check_empty_file_alone_is_analysed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "empty.py").write_text("")

    ran = call("check", tmp_path / "only", "--format", "json")

    assert (ran.code, ran.document["summary"]["analysed"]) == (0, 1)


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("app/template/client.py", "{% for x in xs %}\nimport {{ x }}\n{% endfor %}\n", "template"),
        ("app/made.py", "import os\nfrom app.{{ name }} import y\n", "template"),
        ("app/broken.py", 'TEXT = "{{ name }}"\ndef :\n', "does not parse"),
        ("app/template/fine.py", 'TEXT = "{{ name }}"\n', None),
    ],
)  # fmt: skip
def test_check_file_for_a_template_engine_is_skipped_and_no_failure(
    call: Call, repository: Path, path: str, text: str, reason: str | None
) -> None:
    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text(text)
    ran = call("check", repository, "--format", "json")
    skipped = {each["path"]: each["reason"] for each in ran.document["summary"]["skipped"]}
    assert skipped.get(path) == reason
    assert bool(ran.document["errors"]) is (reason == "does not parse")
