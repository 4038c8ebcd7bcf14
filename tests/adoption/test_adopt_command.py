"""``bylaw boot adopt``: shows first, writes where asked, overwrites nothing of anybody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from adoption_backend import APP, FASTAPI, FLASK, MakeBackend

import bylaw.adopting
from bylaw.mends.writing import write_files

UNSETTLED = {**FASTAPI, "shop/admin.py": APP}


def _run(root: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bylaw", "boot", "adopt", "--no-cache", *words], cwd=root,
        capture_output=True, text=True, check=False, env={**os.environ, **environ},
    )  # fmt: skip


def test_adopt_shows_a_diff_and_writes_nothing(backend: MakeBackend) -> None:
    service = backend(FASTAPI)
    before = service.state()
    done = _run(service.root)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("--- /dev/null\n+++ b/.dockerignore\n")
    assert '+CMD ["python", "-m", "shop.boot_entry"]\n' in done.stdout
    assert done.stdout.endswith("nothing was written: --write does\n")
    assert service.state() == before


def test_adopt_writes_and_then_has_nothing_to_do(backend: MakeBackend) -> None:
    service = backend(FASTAPI)

    first, second = _run(service.root, "--write"), _run(service.root, "--write")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "wrote shop/boot_entry.py (new)\n" in first.stdout
    assert "+++" not in first.stdout
    assert second.stdout.endswith(
        "nothing to change: python -m shop.boot_entry starts it everywhere\n"
    )
    assert _run(service.root).returncode == 0


@pytest.mark.parametrize(
    ("says", "result", "code"),
    [
        ("exit 0", "pass", 0),
        ("echo 'COPY failed: no such file' >&2; exit 7", "fail", 1),
    ],
)
def test_adopt_builds_where_asked_and_a_builder_answers(
    backend: MakeBackend, tmp_path: Path, says: str, result: str, code: int
) -> None:
    service = backend(FASTAPI)
    (tmp_path / "bin").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.write_text(
        '#!/bin/sh\ntest "$1" = version && echo 27.0 && exit 0\n'
        f'echo "$@" > {tmp_path}/words\n{says}\n'
    )
    docker.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    shown = json.loads(_run(service.root, "--build", "--format", "json", PATH=path).stdout)
    assert [each["result"] for each in shown["claims"]] == ["not-verified"]
    assert not (tmp_path / "words").exists()

    done = _run(service.root, "--write", "--build", "--format", "json", PATH=path)
    [claim] = json.loads(done.stdout)["claims"]
    assert (done.returncode, claim["result"]) == (code, result)
    assert (tmp_path / "words").read_text() == "build -f Dockerfile .\n"
    assert ("COPY failed" in claim["reason"]) == (result == "fail")


def test_adopt_asked_to_build_without_a_builder_is_not_verified(backend: MakeBackend) -> None:
    service = backend(FASTAPI)
    python = os.path.dirname(sys.executable)
    done = _run(service.root, "--write", "--build", "--format", "json", PATH=python)
    assert done.returncode == 3
    assert [each["result"] for each in json.loads(done.stdout)["claims"]] == ["not-verified"]


def test_adopt_diff_is_what_write_makes(backend: MakeBackend) -> None:
    files = {**FLASK, "Procfile": "web: gunicorn shop.web:app\n", "pyproject.toml": "[tool.x]"}
    service = backend(files)
    (service.root / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], cwd=service.root, check=True)
    shown = _run(service.root).stdout
    subprocess.run(["git", "apply"], cwd=service.root, input=shown, text=True, check=True)
    applied = {path: data for path, data in service.state().items() if ".git/" not in path}
    for path in applied:
        (service.root / path).unlink()
    service.write(files)
    service.adopt()

    written = {path: data for path, data in service.state().items() if ".git/" not in path}
    assert written == applied


def test_adopt_says_the_same_whatever_the_hash_seed(backend: MakeBackend) -> None:
    service = backend(
        {**UNSETTLED, "Procfile": "web: uvicorn shop.main:app\nx: python -m shop.x\n"}
    )

    assert _run(service.root, PYTHONHASHSEED="1").stdout == _run(
        service.root, PYTHONHASHSEED="2"
    ).stdout  # fmt: skip


def test_adopt_that_leaves_something_open_exits_with_3(backend: MakeBackend) -> None:
    done = _run(backend(UNSETTLED).root)

    assert done.returncode == 3
    assert done.stdout.endswith("nothing was decided, and nothing was written\n")
    assert "1 point left open" in done.stdout


@pytest.mark.parametrize("words", [["nowhere"], ["--skip", "entry"], ["--format", "x"]])
def test_adopt_called_wrongly_exits_with_2(backend: MakeBackend, words: list[str]) -> None:
    assert _run(backend(FASTAPI).root, *words).returncode == 2


def test_adopt_json_has_exactly_the_published_shape(backend: MakeBackend) -> None:
    done = _run(backend(FLASK).root, "--format", "json", "--app", "shop.web:app")
    found = json.loads(done.stdout)

    assert list(found) == ["schema", "command", "state", "decisions", "files", "open", "claims",
                           "diff", "errors"]  # fmt: skip
    assert found["schema"] == "bylaw.adopt/1"
    assert found["command"] == ["python", "-m", "shop.boot_entry"]
    assert found["state"] == "pending"
    assert list(found["decisions"][0]) == ["question", "value", "why"]
    assert {"path": "shop/boot_entry.py", "new": True} in found["files"]
    assert [list(each) for each in found["claims"]] == [
        ["name", "path", "result", "reason", "command"]
    ]
    assert found["claims"][0]["name"] == "image-builds"
    assert found["claims"][0]["result"] == "not-verified"
    assert found["claims"][0]["command"].endswith("build -f Dockerfile .")
    assert found["errors"] == []


def test_adopt_file_changed_meanwhile_is_not_overwritten(
    backend: MakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = backend({**FASTAPI, "Procfile": "web: uvicorn shop.main:app --port $PORT\n"})

    def written(root: str, before: dict[str, bytes], after: dict[str, bytes]) -> str:
        service.write({"Procfile": "web: theirs\n"})
        return write_files(root, before, after)

    monkeypatch.setattr(bylaw.adopting, "write_files", written)
    before = service.state()
    adoption = service.adopt()

    assert (adoption.state, adoption.exit_code) == ("refused", 3)
    assert adoption.errors[0].message == "Procfile was changed by somebody else meanwhile"
    assert service.state() == {**before, "Procfile": b"web: theirs\n"}


def test_adopt_file_that_is_no_text_is_not_edited(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, "Procfile": "web: uvicorn shop.main:app\n"})
    (service.root / "Procfile").write_bytes(b"# \xff\nweb: uvicorn shop.main:app\n")
    adoption = service.adopt()

    assert adoption.exit_code == 3
    assert [each.path for each in adoption.errors] == ["Procfile"]
    assert (service.root / "Procfile").read_bytes().startswith(b"# \xff\n")


def test_adopt_link_is_not_written_through(backend: MakeBackend, tmp_path: Path) -> None:
    service = backend(FASTAPI)
    (tmp_path / "elsewhere").write_text("web: uvicorn shop.main:app --port $PORT\n")
    (service.root / "Procfile").symlink_to(tmp_path / "elsewhere")
    adoption = service.adopt()

    assert adoption.state == "refused"
    assert "symbolic link" in adoption.errors[0].message
    assert (tmp_path / "elsewhere").read_text().startswith("web: uvicorn")
    assert "shop/boot_entry.py" not in service.state()
