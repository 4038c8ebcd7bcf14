"""``tier_of`` and ``bylaw tier``: which change it is, and what is said where none can be told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.gates.shop import SHOP, shop, surfaces, tiering, whys
from tests.source.scratch_git import commit, git, write

from bylaw.cli.tier import tier_command
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, UNRESOLVED


def _told(folder: Path, base: str) -> tuple[str, list[str]]:
    told = tiering(folder, base)
    return told.tier, [each.code for each in told.errors]


def test_tier_of_an_empty_change_is_low_and_obliges_nothing(tmp_path: Path) -> None:
    told = tiering(tmp_path, shop(tmp_path))
    assert (told.tier, told.reasons, told.obligations, told.errors) == (LOW, (), (), ())
    assert told.is_empty
    assert told.base == told.head


def test_tier_of_counts_staged_unstaged_and_untracked(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"app/pricing.py": SHOP["app/pricing.py"].replace("3", "4")})
    git(tmp_path, "add", "-A")
    write(tmp_path, {"README.md": "x\n", "Procfile": "web: uvicorn app.main:app\n"})
    told = tiering(tmp_path, base)
    assert {"behaviour", "docs", "deploy"} <= surfaces(told)
    assert [each.path for each in told.change] == ["Procfile", "README.md", "app/pricing.py"]


def test_tier_of_commits_since_the_merge_base_only(tmp_path: Path) -> None:
    base = shop(tmp_path)
    git(tmp_path, "checkout", "-qb", "topic")
    commit(tmp_path, {"README.md": "topic\n"})
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, {"Dockerfile": "FROM scratch\n"})
    git(tmp_path, "checkout", "-q", "topic")
    told = tiering(tmp_path, "main")
    assert (told.base, told.tier, surfaces(told)) == (base, LOW, {"docs"})


def test_tier_of_a_detached_head_works(tmp_path: Path) -> None:
    base = shop(tmp_path)
    head = commit(tmp_path, {"README.md": "x\n"})
    git(tmp_path, "checkout", "-q", "--detach", head)
    told = tiering(tmp_path, base)
    assert (told.head, told.tier, told.errors) == (head, LOW, ())


def test_tier_of_no_repository_or_no_commit_is_not_verified(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1\n", "pyproject.toml": "[tool.bylaw]\n"})
    assert _told(tmp_path, "") == (HIGH, ["no-git"])
    git(tmp_path, "init", "-q")
    assert _told(tmp_path, "") == (HIGH, ["no-base"])


def test_tier_of_a_missing_or_unrelated_base_is_not_verified(tmp_path: Path) -> None:
    shop(tmp_path)
    assert _told(tmp_path, "") == (HIGH, ["no-base"])
    assert _told(tmp_path, "origin/nowhere") == (HIGH, ["no-base"])
    git(tmp_path, "checkout", "-q", "--orphan", "apart")
    commit(tmp_path, {"b.py": "x = 1\n"})
    assert _told(tmp_path, "main") == (HIGH, ["no-base"])


def test_tier_of_a_shallow_clone_is_not_verified(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    first = shop(origin)
    commit(origin, {"README.md": "x\n"})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", origin.as_uri(), str(clone))
    assert _told(clone, "") == (HIGH, ["shallow-history"])
    assert _told(clone, first) == (HIGH, ["no-base"])
    told = tiering(clone, "")
    assert whys(told, "unresolved").startswith(f" : {UNRESOLVED}: ")
    assert {"contract-compatible", "migrations-reversible"} <= set(told.obligations)
    git(clone, "fetch", "-q", "--unshallow")
    assert tiering(clone, first).tier == LOW


def test_tier_of_a_moved_submodule_is_unresolved(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    commit(inner, {"a.py": "x = 1\n"})
    outer = tmp_path / "outer"
    shop(outer)
    git(outer, "submodule", "add", "-q", str(inner), "lib")
    base = commit(outer)
    commit(outer / "lib", {"a.py": "x = 2\n"})
    assert _told(outer, base) == (HIGH, ["tier-unresolved"])


def test_tier_of_a_root_below_the_top_sees_its_own_files(tmp_path: Path) -> None:
    root = tmp_path / "backend"
    write(root, {**SHOP, "bylaw.toml": ""})
    base = commit(tmp_path, {"web/index.html": "x"})
    write(tmp_path, {"web/index.html": "y"})
    told = tiering(root, base)
    assert (told.tier, told.is_empty, told.elsewhere) == (LOW, True, 1)
    write(root, {"app/pricing.py": SHOP["app/pricing.py"].replace("3", "4")})
    told = tiering(root, base)
    assert told.tier == MEDIUM
    assert [each.path for each in told.change] == ["app/pricing.py"]


def test_tier_of_code_that_is_not_analysed_loses_no_routes(tmp_path: Path) -> None:
    shop(tmp_path)
    for folder, tier, surface in (("vendor/lib", MEDIUM, "dependency"), (".dev", LOW, "tooling")):
        commit(tmp_path, {f"{folder}/web.py": SHOP["app/routes.py"]})
        write(tmp_path, {f"{folder}/web.py": SHOP["app/routes.py"] + "\n\nX = 1\n"})
        told = tiering(tmp_path, "HEAD")
        assert (told.tier, surfaces(told)) == (tier, {surface}), told.reasons


def test_tier_of_a_broken_router_does_not_say_that_its_routes_are_gone(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"app/routes.py": "def broken(:\n"})
    told = tiering(tmp_path, base)
    assert (told.tier, surfaces(told)) == (HIGH, {"unresolved"})


def test_tier_of_bytes_that_are_no_text_is_unresolved(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {"app/pricing.py": b"RATE = '\xff'\n"})
    assert _told(tmp_path, base) == (HIGH, ["tier-unresolved"])


def test_tier_of_a_huge_change_is_told_on_one_screen(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {f"app/part{n}.py": f"def f{n}():\n    return {n}\n" for n in range(300)})
    write(tmp_path, {"app/models.py": SHOP["app/models.py"].replace("orders", "order")})
    told = tiering(tmp_path, base)
    assert told.tier == HIGH
    assert len(told.change) == 301
    text = _run(tmp_path, "--base", base)
    assert len(text.splitlines()) < 24
    assert "persistence" in text.splitlines()[1]
    assert "more" in text


def test_tier_of_is_the_same_twice(tmp_path: Path) -> None:
    base = shop(tmp_path)
    write(tmp_path, {path: text + "\nX = 1\n" for path, text in SHOP.items() if ".py" in path})
    assert tiering(tmp_path, base) == tiering(tmp_path, base)


def _run(folder: Path, *words: str, code: int = 0) -> str:
    left: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bylaw.cli.checking.leave", left.append)
        patch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
        done = CliRunner().invoke(tier_command, [str(folder), "--jobs", "1", *words])
    assert done.exception is None, done.output
    assert left == [code]
    return done.output


def test_tier_command_prints_exactly_the_document(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    base = shop(folder)
    write(folder, {"README.md": "x\n"})
    document = json.loads(_run(folder, "--base", base, "--format", "json"))
    assert document == {
        "schema": "bylaw.tier/1",
        "tier": "TIER-LOW",
        "base": base,
        "head": base,
        "reasons": [
            {"surface": "docs", "path": "README.md", "symbol": "", "why": "changed: documentation"}
        ],
        "obligations": [
            "claim/lint-clean", "claim/format-clean", "claim/types-clean", "claim/secrets-clean",
            "claim/changed-tests-green",
        ],
        "errors": [],
    }  # fmt: skip


def test_tier_command_says_that_a_change_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    assert "the change is empty" in _run(folder, "--base", shop(folder))


def test_tier_command_without_a_base_leaves_with_three(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shop(folder)
    text = _run(folder, code=3)
    assert text.startswith("TIER-HIGH")
    assert UNRESOLVED in text
    assert "not verified: no base revision" in text
    assert "empty" not in text
