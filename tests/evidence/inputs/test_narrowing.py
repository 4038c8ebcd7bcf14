"""Every edit that could change the outcome of a test run makes its evidence stale.

Each edit is shown to change the outcome by running the tests again, so that none of them is
harmless by accident; and what cannot matter must leave the evidence fresh.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.evidence.inputs.runs import Evidence, observe, run, variables
from tests.evidence.inputs.shop import compile_only, make_database, make_shop, vouch
from tests.evidence.inputs.trees import git, write

Edit = Callable[[Path], None]


def _text(path: str, text: str) -> Edit:
    return lambda root: write(root, {path: text})


def _gone(path: str) -> Edit:
    return lambda root: (root / path).unlink()


def _replaced(path: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return edit


def _retarget(root: Path) -> None:
    (root / "data/current.txt").unlink()
    os.symlink("v2.txt", root / "data/current.txt")


def _same_text_elsewhere(root: Path) -> None:
    (root / "data/v3.txt").write_text("one")
    (root / "data/current.txt").unlink()
    os.symlink("v3.txt", root / "data/current.txt")


_FAILING = "def test_new():\n    assert False\n"

MATTERS: dict[str, Edit] = {
    "a source": _replaced("src/shop/price.py", "* 2", "* 3"),
    "a source, same size": _replaced("src/shop/price.py", "* 2", "+ 1"),
    "a test": _replaced("tests/test_shop.py", "== 4", "== 5"),
    "a test taken away": _gone("tests/test_more.py"),
    "a new test": _text("tests/test_new.py", _FAILING),
    "a new test in a new folder": _text("other/test_new.py", _FAILING),
    "an ignored new test": _text("tests/local_test.py", _FAILING),
    "a new conftest": _text("tests/conftest.py", "raise RuntimeError\n"),
    "a conftest at the root": _text("conftest.py", "collect_ignore = ['tests/test_more.py']\n"),
    "an option": _replaced("pyproject.toml", "pythonpath", 'addopts = "-k more"\npythonpath'),
    "another ini in front": _text("pytest.ini", "[pytest]\naddopts = -k more\npythonpath = src\n"),
    "a hidden ini in front": _text(".pytest.ini", "[pytest]\naddopts = -k more\n"),
    "a module that shadows the library": _text("src/colorsys.py", "ONE_SIXTH = 2\n"),
    "a package that shadows a module": _text("src/shop/price/__init__.py", "price = int\n"),
    "an optional module": _text("src/shop_extra.py", ""),
    "an optional package without files": lambda root: (root / "src/shop_extra").mkdir(),
    "a source taken away": _gone("src/shop/price.py"),
    "data": _text("data/rates.json", '{"vat": 7}'),
    "data taken away": _gone("data/rates.json"),
    "the size of a file nobody opens": _text("data/sized.bin", "123456"),
    "the size of a listed file": _text("data/sizes/a", "123"),
    "a flag": _text("flags/enabled", ""),
    "an empty folder": lambda root: (root / "flags/folder").mkdir(),
    "a mode": lambda root: (root / "scripts/run.sh").chmod(0o755),
    "a link": _retarget,
    "a link to the same content": _same_text_elsewhere,
    "what a link points to": _text("data/v1.txt", "uno"),
    "a file of a child": _text("data/child.txt", "kid"),
    "a file of a fork": _text("data/forked.txt", "spoon"),
    "a file that machine code opens": _text("data/native.txt", "foreign"),
    "a database": lambda root: make_database(root / "data/shop.db", "pear"),
    "a file behind a link that is gone": _text("data/linked/deep.txt", "shallow"),
    "a file behind a hard link": _text("data/hard.txt", "soft"),
    "a file below a handle": _text("data/handle.txt", "knob"),
    "a folder listed by its handle": _text("data/listed/y", ""),
    "a file named from another folder": _text("data/relative.txt", "uncle"),
    "a copied file": _text("data/copied/part.txt", "whole"),
    "a file of a process without handles": _text("data/closed.txt", "open"),
    "a listed folder": _text("plugins/b.txt", ""),
    "a listed folder, ignored": _text("plugins/local_b.txt", ""),
    "an ignored file that was looked for": _text(".env", "KEY=1\n"),
    "an ignored file that was opened in vain": _text("settings.local", "mine\n"),
    "compiled code without source": lambda root: compile_only(
        root / "src/legacy.pyc", "VALUE = 2\n"
    ),
    "compiled code that vouches for itself": lambda root: vouch(
        root / "src/vouched.py", "VALUE = 2\n"
    ),
}

HARMLESS: dict[str, Edit] = {
    "nothing": lambda root: None,
    "the readme": _text("README.md", "SHOP\n"),
    "a guide": _text("docs/guide.md", "another guide, of another size\n"),
    "another service": _text("services/other/main.py", "VALUE = 2\n"),
    "what a branch not taken would read": _text("data/skipped.txt", "never"),
    "another target of no link": _text("data/v2.txt", "zwei"),
    "the same content again": _text("data/rates.json", '{"vat": 19}'),
    "only the time": lambda root: os.utime(root / "src/shop/price.py"),
    "a commit": lambda root: (git(root, "commit", "-q", "--allow-empty", "-m", "x"), None)[1],
    "what coverage leaves": _text(".coverage", ""),
    "a cache": _text(".some_cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"),
    "what the type checker leaves": _text(".mypy_cache/x", ""),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    root = make_shop(tmp_path_factory.mktemp("narrowing") / "shop")
    # The first run writes compiled code, the second reads it.
    assert run(root, variables()).code == 0
    return observe(root)


@pytest.fixture
def evidence(base: Evidence) -> Iterator[Evidence]:
    kept = base.root.parent / "kept"
    shutil.copytree(base.root, kept, symlinks=True)
    yield base
    shutil.rmtree(base.root)
    kept.rename(base.root)


def test_base_run_is_narrowed_and_green(base: Evidence) -> None:
    assert base.outcome.code == 0, base.outcome.text
    assert base.observed.paths is not None, base.observed.how
    assert not {"README.md", "docs/guide.md", "services/other/main.py"} & base.observed.paths
    assert base.inputs.set == "observed"


@pytest.mark.parametrize("name", MATTERS)
def test_edit_that_changes_the_outcome_makes_stale(evidence: Evidence, name: str) -> None:
    MATTERS[name](evidence.root)
    found = evidence.freshness()
    outcome = run(evidence.root, variables())
    assert outcome.is_other(evidence.outcome), "the edit is harmless: it proves nothing"
    assert found.state == "stale"
    assert found.causes


@pytest.mark.parametrize("name", HARMLESS)
def test_edit_that_changes_nothing_leaves_fresh(evidence: Evidence, name: str) -> None:
    HARMLESS[name](evidence.root)
    found = evidence.freshness()
    assert found.causes == ()
    assert found.state == "fresh"
