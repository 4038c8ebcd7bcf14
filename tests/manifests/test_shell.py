from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.manifests.command import program
from bylaw.manifests.shell import Setting, shell_commands


def read(text: str) -> list[tuple[int, int, tuple[str, ...], str, str]]:
    found = shell_commands(text, Setting("x.sh", "script"))
    return [(each.line, each.column, each.argv, each.directory, each.ignored) for each in found]


def test_shell_commands_quotes_and_joined_lines_keep_places() -> None:
    text = "# remark\ncd app && A=1 python3 'x y.py' \\\n  --n=\"$(date +'%Y')\" # end\n"
    assert read(text) == [
        (2, 1, ("cd", "app"), "", ""),
        (2, 11, ("python3", "x y.py", "--n=$(date +'%Y')"), "app", ""),
    ]


def test_shell_commands_heredoc_body_is_no_command() -> None:
    text = "cat <<-'END' > out\n\tpytest || true\n\tEND\nls\n"
    assert [argv for _, _, argv, *_ in read(text)] == [("cat",), ("ls",)]


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("pytest || true", "|| true"),
        ("a && pytest || :", "|| :"),
        ("pytest || echo bad", "|| echo"),
        ("pytest || echo bad && exit 1", ""),
        ("pytest || echo bad; exit 1", ""),
        ("pytest || exit 1", ""),
        ("pytest | tee log", "| tee"),
        ("set -o pipefail\npytest | tee log", ""),
        ("set +e\npytest; exit 0", "; exit 0"),
        ("pytest; exit 0", ""),
        ("pytest || [ $? -eq 5 ]", "|| [ $? -eq 5 ]"),
    ],
)
def test_shell_commands_failure_that_is_dropped_is_named(text: str, ignored: str) -> None:
    [found] = [each for each in read(text) if "pytest" in each[2]]
    assert found[4] == ignored


def test_shell_commands_subshell_and_inner_shell_keep_their_directory() -> None:
    text = "(cd a; ls)\nbash -c 'cd b && ls'\nls"
    found = [each.directory for each in shell_commands(text, Setting("x", "ci"))]
    assert found == ["", "a", "", "", "b", ""]


@given(st.text(alphabet="ab |&;()<>\"'\\`$#\n\t{}-E=", max_size=60))
def test_shell_commands_any_text_is_split(text: str) -> None:
    lines = text.count("\n") + 1
    for each in shell_commands(text, Setting("x", "ci")):
        assert 1 <= each.line <= each.end_line <= lines
        assert each.argv


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("uv run --group dev pytest -q", "pytest -q"),
        ("poetry run python -m app", "python -m app"),
        ("coverage run -m pytest", "python -m pytest"),
        ("exec tini -- gunicorn app", "gunicorn app"),
        ("uvx ruff@0.9 check", "ruff check"),
        ("env A=1 python x.py", "python x.py"),
        ("uv run -m app", "python -m app"),
    ],
)
def test_program_wrappers_fall_away(words: str, expected: str) -> None:
    assert program(tuple(words.split())) == tuple(expected.split())
