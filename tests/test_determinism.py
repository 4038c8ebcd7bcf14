"""One tree, one report: whatever the processes, the cache, the hash seed and the place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.generate import generate

SHOP = Path(__file__).parents[1] / "examples" / "shop"


@pytest.fixture(params=["shop", "generated"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    if request.param == "shop":
        shutil.copytree(SHOP, root)
    else:
        generate(str(root), 200)
    (root / "bylaw.toml").touch()
    return root


def report(
    tree: Path, tmp_path: Path, *words: str, seed: str = "0", cwd: Path | None = None,
    path: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "check", path or str(tree), "--format", "json",
         "--select", "all", "--min-confidence", "possible", *words],
        cwd=cwd or tmp_path, capture_output=True, check=False,
        env=dict(os.environ, PYTHONHASHSEED=seed, XDG_CACHE_HOME=str(tmp_path / "cache")),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["findings"]
    return document


def test_check_same_report_for_any_processes_seed_and_cache(tree: Path, tmp_path: Path) -> None:
    expected = report(tree, tmp_path, "--no-cache", "--jobs", "1")

    for seed in ("0", "1", "random"):
        for jobs in ("1", "2", "3"):
            words = ("--no-cache", "--jobs", jobs)
            assert report(tree, tmp_path, *words, seed=seed) == expected, (seed, jobs)
    for state in ("cold", "warm", "warm", "replayed"):
        assert report(tree, tmp_path, seed="random") == expected, state
    assert report(tree, tmp_path, "--jobs", "3") == expected


def test_check_same_report_from_any_directory(tree: Path, tmp_path: Path) -> None:
    expected = report(tree, tmp_path, "--no-cache")

    assert report(tree, tmp_path, "--no-cache", cwd=tree, path=".") == expected
    assert report(tree, tmp_path, "--no-cache", path="tree") == expected
    assert report(tree, tmp_path, "--no-cache", cwd=tree.parent.parent) == expected


def test_check_copied_tree_has_the_same_findings(tree: Path, tmp_path: Path) -> None:
    expected = report(tree, tmp_path)
    other = tmp_path / "else where" / "deeper" / "tree2"
    shutil.copytree(tree, other)
    found = report(other, tmp_path)

    assert (expected.pop("root"), found.pop("root")) == (str(tree), str(other))
    assert found == expected


def test_check_same_report_after_an_edit_and_back(tree: Path, tmp_path: Path) -> None:
    expected = report(tree, tmp_path)
    path = max(tree.rglob("*.py"), key=lambda each: (each.stat().st_size, str(each)))
    content = path.read_bytes()
    path.write_bytes(b"import os\nNEW = os.environ['NEW']\n" + content)
    edited = report(tree, tmp_path)
    fresh = report(tree, tmp_path, "--no-cache")
    path.write_bytes(content)

    assert edited == fresh != expected
    assert report(tree, tmp_path) == expected
