"""``bylaw probe dependencies``: locks against manifests, locked versions against advisories."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bylaw.probes.dependencies.advisories import Advisory, fixed_in

PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["jinja2>=2.10"]\n'
UV = (
    'version = 1\n\n[[package]]\nname = "jinja2"\nversion = "2.10"\n'
    'source = { registry = "https://pypi.org/simple" }\n\n'
    '[[package]]\nname = "shop"\nversion = "1"\n'
    'source = { editable = "." }\ndependencies = [\n    { name = "jinja2" },\n]\n\n'
    '[package.metadata]\nrequires-dist = [{ name = "jinja2", specifier = ">=2.10" }]\n'
)
OSV = {
    "id": "GHSA-462w-v97r-4m45", "modified": "2026-01-02T03:04:05Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "Jinja2"}, "ranges": [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}]}]}],
}  # fmt: skip


def make(root: Path, files: dict[str, str]) -> Path:
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def probe(root: Path, *words: object, path: str = os.defpath) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "probe", "dependencies", *map(str, words)], cwd=root,
        capture_output=True, text=True, check=False, env={"PATH": path, "HOME": str(root)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert list(document) == ["schema", "probe", "result", "reason_codes", "observations", "errors"]
    return done.returncode, document


def told(document: dict[str, Any], kind: str) -> list[str]:
    return [f"{each['path']}:{each['line']} {each['detail']}"
            for each in document["observations"] if each["kind"] == kind]  # fmt: skip


@pytest.fixture
def advisories(tmp_path: Path) -> Path:
    place = tmp_path / "osv.json"
    place.write_text(json.dumps([OSV]))
    return place


def test_probe_vulnerable_version_fails_with_the_place_and_the_mend(
    tmp_path: Path, advisories: Path
) -> None:
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": UV})
    code, document = probe(root, "--advisories", advisories)
    assert (code, document["result"]) == (1, "fail")
    assert document["reason_codes"] == ["vulnerable-dependency"]
    assert told(document, "vulnerable-dependency") == [
        "uv.lock:3 jinja2 2.10: GHSA-462w-v97r-4m45, mended in 2.10.1"
    ]
    assert told(document, "advisories") == [
        f":0 1 advisories of {advisories}, the newest of 2026-01-02T03:04:05Z"
    ]


def test_probe_mended_version_passes(tmp_path: Path, advisories: Path) -> None:
    lock = UV.replace('"2.10"\nsource = { reg', '"2.10.1"\nsource = { reg')
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": lock})
    code, document = probe(root, "--advisories", advisories)
    assert (code, document["result"], document["reason_codes"]) == (0, "pass", [])


@pytest.mark.parametrize("form", ["folder", "zip", "vulns"])
def test_probe_reads_every_form_of_advisories(tmp_path: Path, form: str) -> None:
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": UV})
    place = tmp_path / "given"
    if form == "folder":
        make(place, {"a/GHSA-1.json": json.dumps(OSV), "b/broken.json": "{"})
    elif form == "zip":
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("GHSA-1.json", json.dumps(OSV))
    else:
        place.write_text(json.dumps({"vulns": [OSV, {**OSV, "withdrawn": "2026-01-01"}]}))
    code, document = probe(root, "--advisories", place)
    assert told(document, "vulnerable-dependency")
    assert ("advisories-unread" in document["reason_codes"]) == (form == "folder")
    assert code == (3 if form == "folder" else 1)


def test_probe_advisories_that_are_none_are_a_usage_error(tmp_path: Path) -> None:
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": UV, "x.json": "[]"})
    for given in ("x.json", "nowhere.json"):
        done = subprocess.run(
            [sys.executable, "-m", "bylaw", "probe", "dependencies", "--advisories", given],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2


def test_probe_without_advisories_or_locks_is_not_verified(tmp_path: Path) -> None:
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": UV})
    code, document = probe(root)
    assert (code, document["reason_codes"]) == (3, ["no-advisories"])
    assert [each["hint"] for each in document["errors"]] == [
        "bylaw probe dependencies --advisories FILE"
    ]
    empty = make(tmp_path / "empty", {"app.py": ""})
    assert probe(empty)[1]["reason_codes"] == ["nothing-locked"]


POETRY = '[tool.poetry]\nname = "shop"\n\n[tool.poetry.dependencies]\njinja2 = "^2.10"\n'
PACKAGE = '[[package]]\nname = "jinja2"\nversion = "2.10"\n'


def _poetry_lock(digest: str, version: str = "2.0") -> str:
    return f'{PACKAGE}\n[metadata]\nlock-version = "{version}"\ncontent-hash = "{digest}"\n'


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


_LEGACY = {"dependencies": {"jinja2": "^2.10"}, "source": None, "extras": None,
           "dev-dependencies": None}  # fmt: skip
STALE_LOCKS = {
    "uv-unknown": {"pyproject.toml": PYPROJECT.replace(">=2.10", '>=2.10", "click>=8'),
                   "uv.lock": UV},
    "uv-changed": {"pyproject.toml": PYPROJECT.replace(">=2.10", ">=2.9"), "uv.lock": UV},
    "uv-gone": {"pyproject.toml": PYPROJECT.replace('"jinja2>=2.10"', ""), "uv.lock": UV},
    "poetry": {"pyproject.toml": POETRY, "poetry.lock": _poetry_lock("0" * 64)},
    "pipenv": {"Pipfile": '[packages]\njinja2 = "*"\n', "Pipfile.lock":
               '{"_meta": {"hash": {"sha256": "00"}}, "default": {}}'},
    "pdm": {"pyproject.toml": PYPROJECT.replace("2.10", "2.11"), "pdm.lock":
            f'[metadata]\ncontent_hash = "sha256:00"\n\n{PACKAGE}'},
    "compiled": {"requirements.in": "jinja2>=2.11\n", "requirements.txt": "jinja2==2.10\n"},
    "compiled-lacks": {"requirements.in": "click\n", "requirements.txt": "jinja2==2.10\n"},
}  # fmt: skip
FRESH_LOCKS = {
    "uv": {"pyproject.toml": PYPROJECT.replace(">=2.10", " >= 2.10"), "uv.lock": UV},
    "poetry": {"pyproject.toml": POETRY, "poetry.lock": _poetry_lock(_digest(_LEGACY))},
    "poetry-2": {"pyproject.toml": PYPROJECT, "poetry.lock": _poetry_lock(_digest(
        {"project": {"dependencies": ["jinja2>=2.10"]}, "tool": {"poetry": {}}}), "2.1")},
    "compiled": {"requirements.in": "jinja2\nx @ git+https://h.example/x\n",
                 "requirements.txt": "jinja2==2.10\nx @ git+https://h.example/x\n"},
}  # fmt: skip
OPEN_LOCKS = {
    "poetry-of-tomorrow": {"pyproject.toml": POETRY, "poetry.lock": _poetry_lock("0" * 64, "3.0")},
    "no-manifest": {"uv.lock": UV},
    "pdm-of-another-version": {"pyproject.toml": PYPROJECT, "pdm.lock":
                               f'[metadata]\ncontent_hash = "sha256:00"\n\n{PACKAGE}'},
    "broken": {"pyproject.toml": PYPROJECT, "uv.lock": "x = ["},
}  # fmt: skip


@pytest.mark.parametrize("files", STALE_LOCKS.values(), ids=STALE_LOCKS.keys())
def test_probe_stale_lock_fails(tmp_path: Path, files: dict[str, str], advisories: Path) -> None:
    _, document = probe(make(tmp_path / "root", files), "--advisories", advisories)
    assert document["result"] == "fail"
    assert "lock-stale" in document["reason_codes"]


@pytest.mark.parametrize("files", FRESH_LOCKS.values(), ids=FRESH_LOCKS.keys())
def test_probe_fresh_lock_is_told(tmp_path: Path, files: dict[str, str], advisories: Path) -> None:
    _, document = probe(make(tmp_path / "root", files), "--advisories", advisories)
    assert document["reason_codes"] == ["vulnerable-dependency"]
    assert len(told(document, "lock-fresh")) == 1


@pytest.mark.parametrize("files", OPEN_LOCKS.values(), ids=OPEN_LOCKS.keys())
def test_probe_lock_that_cannot_be_compared_is_not_verified(
    tmp_path: Path, files: dict[str, str]
) -> None:
    code, document = probe(make(tmp_path / "root", files))
    assert (code, document["result"]) == (3, "not-verified")
    assert "lock-not-compared" in document["reason_codes"]
    assert [bool(each["hint"]) for each in document["errors"]].count(True) == 1


def _tool(folder: Path, says: str, code: int = 0) -> str:
    """A stand-in for pip-audit that prints what the real one printed."""
    folder.mkdir()
    (folder / "pip-audit").write_text(f"#!/bin/sh\ncat <<'EOF'\n{says}\nEOF\nexit {code}\n")
    (folder / "pip-audit").chmod(0o755)
    return f"{folder}{os.pathsep}{os.defpath}"


def _said(**more: object) -> str:
    entry = {"name": "jinja2", "version": "2.10", "vulns": [], **more}
    return json.dumps({"dependencies": [entry], "fixes": []})


@pytest.mark.parametrize(
    ("says", "result", "reasons"),
    [
        (_said(), "pass", []),
        (_said(vulns=[{"id": "PYSEC-1", "fix_versions": ["2.10.1"]}]), "fail",
         ["vulnerable-dependency"]),
        # What pip-audit 2.10.1 really prints, with exit code 0, where PyPI does not answer.
        (json.dumps({"dependencies": [{"name": "jinja2", "skip_reason": "not found on PyPI"}]}),
         "not-verified", ["not-audited"]),
        (json.dumps({"dependencies": []}), "not-verified", ["not-audited"]),
        ("no JSON", "not-verified", ["advisories-unreachable"]),
    ],
)  # fmt: skip
def test_probe_with_pip_audit(tmp_path: Path, says: str, result: str, reasons: list[str]) -> None:
    root = make(tmp_path / "root", {"pyproject.toml": PYPROJECT, "uv.lock": UV})
    _, document = probe(root, path=_tool(tmp_path / "bin", says))
    assert (document["result"], document["reason_codes"]) == (result, reasons)


@pytest.mark.parametrize(
    ("version", "events", "expected"),
    [
        ("1.0", (("introduced", "0"), ("fixed", "1.1")), "1.1"),
        ("1.1", (("introduced", "0"), ("fixed", "1.1")), None),
        ("1.10", (("introduced", "1.9"), ("fixed", "1.11")), "1.11"),
        ("2.0", (("introduced", "1.0"), ("last_affected", "2.0")), ""),
        ("2.0.1", (("introduced", "1.0"), ("last_affected", "2.0")), None),
        ("3.0", (("introduced", "0"), ("fixed", "2.0"), ("introduced", "3.0")), ""),
        ("2.5", (("introduced", "0"), ("fixed", "2.0"), ("introduced", "3.0")), None),
        ("1.0rc1", (("introduced", "1.0"),), None),
        ("what", (("introduced", "0"),), None),
    ],
)  # fmt: skip
def test_fixed_in_follows_the_events_of_a_range(
    version: str, events: tuple[tuple[str, str], ...], expected: str | None
) -> None:
    assert fixed_in(Advisory("X", frozenset(), (events,)), version) == expected


def test_fixed_in_versions_named_outright_count() -> None:
    advisory = Advisory("X", frozenset({"what"}), ())
    assert fixed_in(advisory, "what") == ""
