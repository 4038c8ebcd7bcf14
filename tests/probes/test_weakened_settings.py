"""``weakened_settings``: what a configuration file asks less than before, in every form."""

from __future__ import annotations

import pytest

from bylaw.probes.proof.weakened_settings import weakened_settings

WEAKER = {
    "pytest.ini narrows": (
        "pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q -k 'not slow'\n",
        [(2, "pytest runs with -k not slow")],
    ),
    "pytest.ini is new and narrows": (
        "pytest.ini", "", "[pytest]\naddopts =\n    -m fast\n    --reruns=2\n",
        [(2, "pytest runs with --reruns 2"), (2, "pytest runs with -m fast")],
    ),
    "setup.cfg turns a plug-in off": (
        "setup.cfg", "[tool:pytest]\naddopts = -q\n",
        "[tool:pytest]\naddopts = -q -p no:warnings\n",
        [(2, "pytest runs with -p no:warnings")],
    ),
    "tox.ini lowers the floor in its options": (
        "tox.ini", "[pytest]\naddopts = --cov-fail-under=90\n",
        "[pytest]\naddopts = --cov-fail-under=80\n",
        [(1, "the coverage floor is 80, it was 90")],
    ),
    ".coveragerc loses the floor": (
        ".coveragerc", "[report]\nfail_under = 85\n", "[report]\nomit =\n    app/*\n",
        [(1, "the coverage floor is none, it was 85"), (3, "coverage leaves out app/*")],
    ),
    "mypy.ini excuses a module": (
        "mypy.ini", "[mypy]\ndisallow_untyped_defs = True\n",
        "[mypy]\ndisallow_untyped_defs = False\n[mypy-app.*]\nignore_errors = True\n",
        [(2, "mypy: disallow_untyped_defs is no longer on"),
         (4, "mypy-app.*: ignore_errors = true")],
    ),
    "ruff.toml selects part of a family": (
        "ruff.toml", "lint.select = ['E', 'F']\n", "lint.select = ['E4', 'F']\n",
        [(1, "ruff no longer selects E")],
    ),
    "ruff's selection goes": (
        "pyproject.toml", "[tool.ruff]\nselect = ['E', 'F', 'B']\n",
        "[tool.ruff]\nline-length = 90\n",
        [(1, "ruff no longer selects B"), (1, "ruff no longer selects E")],
    ),
}  # fmt: skip
AS_STRICT = {
    "the same": ("pytest.ini", "[pytest]\naddopts = -k x\n", "[pytest]\naddopts = -k x\n"),
    "less narrow": ("pytest.ini", "[pytest]\naddopts = -k x\n", "[pytest]\naddopts = -q\n"),
    "all of ruff": ("ruff.toml", "lint.select = ['E', 'F']\n", "lint.select = ['ALL']\n"),
    "family for code": ("ruff.toml", "lint.select = ['E4', 'F']\n", "lint.select = ['E', 'F']\n"),
    "higher floor": (".coveragerc", "[report]\nfail_under = 80\n", "[report]\nfail_under = 90\n"),
    "stops early": ("pytest.ini", "[pytest]\n", "[pytest]\naddopts = -x\n"),
    "not readable": ("pyproject.toml", "[tool.ruff]\nselect = ['E']\n", "[tool.ruff\n"),
    "another file's table": ("tox.ini", "[tox]\nenvlist = a\n", "[tox]\nenvlist = b\n"),
}


@pytest.mark.parametrize("name", WEAKER)
def test_weakened_settings_every_form_is_read(name: str) -> None:
    file, before, after, expected = WEAKER[name]

    assert sorted(weakened_settings(file, before, after)) == expected


@pytest.mark.parametrize("name", AS_STRICT)
def test_weakened_settings_as_strict_is_nothing(name: str) -> None:
    assert not list(weakened_settings(*AS_STRICT[name]))
