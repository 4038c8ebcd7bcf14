"""Every exit code of every command, and what is said with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.robustness.conftest import Call

JSON = ("--format", "json")


@pytest.fixture
def clean(repository: Path) -> Path:
    (repository / "app" / "config.py").write_text("URL = 'x'\n")
    return repository


def test_check_clean_is_0(call: Call, clean: Path) -> None:
    ran = call("check", clean, *JSON)

    assert (ran.code, ran.document["errors"]) == (0, [])


def test_check_findings_is_1(call: Call, repository: Path) -> None:
    assert call("check", repository, *JSON).code == 1


def test_check_notes_and_unsure_findings_are_0(call: Call, repository: Path) -> None:
    (repository / "bylaw.toml").write_text('[rules.import-time-env-read]\nseverity = "note"\n')

    ran = call("check", repository, *JSON, "--select", "import-time-env-read")

    assert (ran.code, ran.document["summary"]["findings"]) == (0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("--no-such-option",),
        ("--format", "xml"),
        ("--jobs", "0"),
        ("--jobs", "many"),
        ("--min-confidence", "sure"),
        ("--select", "import-time-env-raed"),
        ("--ignore", "nothing-like-it"),
        ("--baseline", "missing.json"),
        ("--baseline", "."),
        ("no/such/path",),
        ("bylaw.toml/below",),
        ("app", "../.."),
        ("a" * 5000,),
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_check_usage_error_is_2_in_the_one_shape(
    call: Call, repository: Path, words: tuple[str, ...]
) -> None:
    json_words = () if words == ("--format", "xml") else JSON

    ran = call("check", *json_words, *words, cwd=repository)

    assert ran.code == 2
    if json_words:
        assert ran.document["errors"]
        assert not ran.document["findings"]


def test_check_unknown_rule_shows_the_nearest(call: Call, repository: Path) -> None:
    ran = call("check", repository, *JSON, "--select", "import-time-env-raed")

    assert "import-time-env-read" in ran.document["errors"][0]["hint"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"schema": 3}', "\0", "é", '{"schema": "x/9", "entries": []}', "nul"],
)
def test_check_malformed_named_baseline_is_2(
    call: Call, repository: Path, tmp_path: Path, content: str
) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(content)

    ran = call("check", repository, *JSON, "--baseline", baseline)

    assert (ran.code, ran.document["errors"][0]["code"]) == (2, "baseline")


def test_check_wrong_configuration_is_2_and_told_whole(call: Call, repository: Path) -> None:
    (repository / "bylaw.toml").write_text(
        '[project]\nexlude = []\n[rules.import-time-env-raed]\nenabled = "no"\n[nothing]\nx = 1\n'
    )

    ran = call("check", repository, *JSON)

    assert ran.code == 2
    errors = ran.document["errors"]
    assert len(errors) >= 3
    assert {each["path"] for each in errors} == {"bylaw.toml"}
    assert all(each["line"] for each in errors)
    graph = call("graph", repository)
    assert graph.code == 2
    assert all(each["message"] in graph.err for each in errors)


@pytest.mark.parametrize("content", [b"\xff\n", b"[project\n", b"\0", b"a = 1\na = 2\n"])
def test_check_unreadable_configuration_is_2(call: Call, repository: Path, content: bytes) -> None:
    (repository / "bylaw.toml").write_bytes(content)

    ran = call("check", repository, *JSON)

    assert (ran.code, ran.document["errors"][0]["path"]) == (2, "bylaw.toml")


def test_check_stub_file_that_does_not_load_is_no_pass(call: Call, repository: Path) -> None:
    (repository / "bylaw.toml").write_text('[stubs]\nfiles = ["missing.toml"]\n')

    ran = call("check", repository, *JSON)

    assert ran.code in (2, 3)
    assert ran.document["errors"]


@pytest.mark.parametrize("content", [{}, {"README.md": "x"}, {"a/b.txt": "x"}, {"x.py": "def (:"}])
def test_check_nothing_analysed_is_3(call: Call, tmp_path: Path, content: dict[str, str]) -> None:
    root = tmp_path / "bare"
    root.mkdir()
    for name, text in content.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    ran = call("check", root, *JSON)

    assert ran.code == 3
    assert "nothing-analysed" in [each["code"] for each in ran.document["errors"]]
    assert call("check", root, "--exit-zero").code == 3
    assert call("graph", root).code == 3


def test_check_nothing_analysed_below_the_path_is_3(call: Call, repository: Path) -> None:
    (repository / "docs").mkdir()
    (repository / "docs" / "index.md").write_text("x")

    ran = call("check", repository / "docs", *JSON)

    assert (ran.code, ran.document["errors"][0]["code"]) == (3, "nothing-analysed")
    assert call("check", repository / "docs", repository / "app").code == 1


def test_check_name_that_begins_with_dots_is_inside_the_root(call: Call, repository: Path) -> None:
    (repository / "..odd.py").write_text("X = 1\n")

    assert call("check", repository / "..odd.py", *JSON).code == 0


def test_check_exit_zero_turns_only_1_into_0(call: Call, repository: Path) -> None:
    assert call("check", repository, "--exit-zero").code == 0
    assert call("check", repository, "--exit-zero", "--select", "nothing").code == 2
    (repository / "app" / "broken.py").write_text("def (:\n")
    assert call("check", repository, "--exit-zero").code == 3


def test_check_incomplete_run_leaves_the_baseline_alone(call: Call, repository: Path) -> None:
    baseline = repository / "bylaw-baseline.json"
    assert call("check", repository, "--grow-baseline").code == 0
    before = baseline.read_bytes()
    (repository / "app" / "config.py").write_text("def (:\n")

    assert call("check", repository, "--update-baseline").code == 2
    assert baseline.read_bytes() == before


def test_explain_and_rules_codes(call: Call) -> None:
    assert call("explain", "import-time-env-read").code == 0
    assert call("rules").code == 0
    assert json.loads(call("rules", *JSON).out)
    unknown = call("explain", "import-time-env-raed")
    assert unknown.code == 2
    assert "import-time-env-read" in unknown.err
    assert call("explain").code == 2
    assert call("rules", "--format", "yaml").code == 2
    assert call("no-such-command").code == 2


def test_graph_any_call_has_its_code(call: Call, repository: Path) -> None:
    assert call("graph", repository).code == 0
    assert json.loads(call("graph", repository, *JSON).out)
    assert call("graph", repository / "missing").code == 2
    (repository / "app" / "broken.py").write_text("def (:\n")
    assert call("graph", repository).code == 3


def test_check_deleted_working_directory_is_2(environment: dict[str, str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    program = (
        f"import os, runpy, sys; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r});"
        "sys.argv = ['bylaw', 'check', '--format', 'json'];"
        "sys.path = [each for each in sys.path if each];"
        "from bylaw.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert json.loads(done.stdout)["errors"][0]["code"] == "usage"
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_check_full_disk_is_2_and_closed_pipe_is_not_an_error(
    environment: dict[str, str], repository: Path
) -> None:
    command = [sys.executable, "-m", "bylaw", "check", str(repository)]
    for _ in range(3):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                command, env=environment, stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert done.returncode == 2
        assert b"cannot be written" in done.stderr
        assert b"Traceback" not in done.stderr
        reader, writer = os.pipe()
        os.close(reader)
        piped = subprocess.run(
            command, env=environment, stdout=writer, stderr=subprocess.PIPE, check=False
        )
        os.close(writer)
        assert (piped.returncode, piped.stderr) == (1, b"")


def test_check_closed_standard_output_keeps_the_code(
    environment: dict[str, str], repository: Path
) -> None:
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "bylaw", "check"]
    for _ in range(2):
        done = subprocess.run(
            [*command, str(repository)], env=environment, stderr=subprocess.PIPE, check=False
        )
        assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    "words",
    [("--no-such-option",), ("no/such/path",), ("--jobs", "0"), ("app", "more"), ("..",)],
    ids=" ".join,
)
def test_graph_usage_error_is_2_in_the_one_shape(
    call: Call, repository: Path, words: tuple[str, ...]
) -> None:
    if words == ("..",):
        (repository / "bylaw.toml").write_text("[nothing]\n")
        words = (".",)

    for form in (JSON, ("--format=json",)):
        ran = call("graph", *form, *words, cwd=repository)

        document = json.loads(ran.out)
        whole = json.loads(call("graph", *form, cwd=repository / "app" / "..").out)
        assert ran.code == 2
        assert list(document) == list(whole)
        assert document["schema"] == "bylaw.graph/1"
        assert document["errors"]
        assert not document["modules"]
        assert ran.err


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_graph_drawings_are_0(call: Call, clean: Path, form: str) -> None:
    ran = call("graph", clean, "--format", form)

    assert ran.code == 0
    assert ran.out.startswith("digraph" if form == "dot" else "flowchart")


@pytest.mark.parametrize("form", ["gitlab", "junit", "markdown"])
def test_check_other_formats_follow_the_findings(call: Call, repository: Path, form: str) -> None:
    ran = call("check", repository, "--format", form)

    assert ran.code == 1
    assert "import-time-env-read" in ran.out
