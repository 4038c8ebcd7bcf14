from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bylaw.source import discovery
from bylaw.source.directory_kinds import is_companion, is_generated_head
from bylaw.source.discovery import Discovery, discover
from bylaw.source.manifest_names import manifest_kind

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files below a fresh root; a value is the content, a bare name an empty file."""

    def write(*names: str, **contents: str) -> Path:
        root = tmp_path / "root"
        root.mkdir(exist_ok=True)
        for name, text in {**dict.fromkeys(names, ""), **contents}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


def paths(found: Discovery) -> list[str]:
    return [file.path for file in found.files]


def skips(found: Discovery) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in found.skipped}


def test_discover_python_files_sorted_with_their_stamps(tree: Tree) -> None:
    root = tree("b.py", "a/c.py", "a/w.pyw", "a/stub.pyi", "a/notes.txt", "script")
    found = discover(str(root))
    assert paths(found) == ["a/c.py", "a/w.pyw", "b.py"]
    assert found.skipped == []
    for file in found.files:
        real = (root / file.path).stat()
        assert file[1:] == (real.st_size, real.st_mtime_ns, real.st_ino, real.st_ctime_ns)
    assert found.directories == [
        ("", root.stat().st_mtime_ns),
        ("a", (root / "a").stat().st_mtime_ns),
    ]


def test_discover_any_listing_order_same_result(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree("b.py", "a/c.py", "a/d/e.py", "vendor/x/y.py", "c_pb2.py", "Dockerfile", "z/Q.py")
    straight = discover(str(root))
    scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            self.path = path

        def __enter__(self) -> list[os.DirEntry[str]]:
            with scandir(self.path) as listing:
                return sorted(listing, key=lambda entry: entry.name, reverse=True)

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(os, "scandir", Reversed)
    assert discover(str(root)) == straight


@pytest.mark.parametrize(
    "name",
    [
        ".git/hooks/x.py",
        ".hg/x.py",
        "web/node_modules/x.py",
        "__pycache__/x.py",
        "lib/python3.12/site-packages/x.py",
        ".tox/py/x.py",
        ".nox/x.py",
        ".eggs/x.py",
        ".mypy_cache/x.py",
        ".bylaw/x.py",
    ],
)
def test_discover_tool_directory_pruned_silently(tree: Tree, name: str) -> None:
    found = discover(str(tree(name, "app.py")))
    assert paths(found) == ["app.py"]
    assert found.skipped == []


@pytest.mark.parametrize(
    "marker",
    ["odd/pyvenv.cfg", "odd/conda-meta/history", "venv/bin/python", "env/Scripts/python.exe"],
)
def test_discover_environment_pruned_silently(tree: Tree, marker: str) -> None:
    name = marker.partition("/")[0]
    found = discover(str(tree(marker, f"{name}/tool.py", "app.py")))
    assert paths(found) == ["app.py"]
    assert found.skipped == []


def test_discover_package_called_env_is_first_party(tree: Tree) -> None:
    assert paths(discover(str(tree("env/settings.py", "venv/a.py")))) == [
        "env/settings.py",
        "venv/a.py",
    ]


@pytest.mark.parametrize("name", ["vendor", "_vendor", "vendored", "third_party", "extern"])
def test_discover_vendored_directory_one_entry(tree: Tree, name: str) -> None:
    found = discover(str(tree(f"app/{name}/six.py", f"app/{name}/lib/a.py", "app/main.py")))
    assert paths(found) == ["app/main.py"]
    assert skips(found) == {f"app/{name}/": "vendored"}


def test_discover_vendored_directory_without_python_is_silent(tree: Tree) -> None:
    assert discover(str(tree("static/vendor/jquery/x.js", "app.py"))).skipped == []


def test_discover_vendor_of_the_domain_is_first_party(tree: Tree) -> None:
    root = tree("shop/vendor/models.py", "shop/vendor/__init__.py")
    assert paths(discover(str(root))) == ["shop/vendor/__init__.py", "shop/vendor/models.py"]


def test_discover_build_output_skipped(tree: Tree) -> None:
    found = discover(str(tree("build/lib/app/x.py", "app/x.py", "setup.py")))
    assert skips(found) == {"build/": "build output"}


def test_discover_package_called_build_is_first_party(tree: Tree) -> None:
    root = tree("build/__init__.py", "build/lib/x.py", "tools/build/run.py")
    assert len(discover(str(root)).files) == 3


def test_discover_linked_worktree_skipped(tree: Tree) -> None:
    contents = {"copy/.git": "gitdir: /repo/.git/worktrees/copy\n"}
    found = discover(str(tree("copy/app.py", "app.py", **contents)))
    assert skips(found) == {"copy/": "another git worktree"}


def test_discover_submodule_is_first_party(tree: Tree) -> None:
    contents = {"shared/.git": "gitdir: ../.git/modules/shared\n"}
    assert paths(discover(str(tree("shared/app.py", **contents)))) == ["shared/app.py"]


def test_discover_generated_name_skipped(tree: Tree) -> None:
    found = discover(str(tree("api/x_pb2.py", "api/x_pb2_grpc.py", "api/pb2.py")))
    assert paths(found) == ["api/pb2.py"]
    assert set(skips(found).values()) == {"generated"}


def test_discover_nested_ignore_files_with_negation(tree: Tree) -> None:
    root = tree(
        "out/a.py", "app/out/b.py", "app/gen_a.py", "app/gen_b.py", "app/keep/gen_c.py",
        **{".gitignore": "/out/\ngen_*.py\n", "app/.gitignore": "!gen_b.py\n",
           "app/keep/.gitignore": "!*.py\n"},
    )  # fmt: skip
    assert paths(discover(str(root))) == ["app/gen_b.py", "app/keep/gen_c.py", "app/out/b.py"]


def test_discover_ignored_directory_is_not_entered(tree: Tree) -> None:
    root = tree("out/a.py", "out/.gitignore", **{".gitignore": "out\n!out/a.py\n"})
    found = discover(str(root))
    assert paths(found) == []
    assert [path for path, _ in found.directories] == [""]
    assert found.companions == [".gitignore"]


def test_discover_info_exclude_is_weakest(tree: Tree) -> None:
    root = tree("a.py", "b.py", **{".git/info/exclude": "a.py\nb.py\n", ".gitignore": "!b.py\n"})
    found = discover(str(root))
    assert paths(found) == ["b.py"]
    assert ".git/info/exclude" in dict(found.watched)


def test_discover_info_exclude_of_a_linked_worktree(tree: Tree) -> None:
    root = tree(
        "work/.keep.py", "work/a.py",
        **{"work/.git": "gitdir: ../main/.git/worktrees/work\n",
           "main/.git/worktrees/work/commondir": "../..\n",
           "main/.git/info/exclude": "a.py\n"},
    )  # fmt: skip
    assert paths(discover(str(root / "work"))) == [".keep.py"]


def test_discover_ignore_files_above_the_root_apply(tree: Tree) -> None:
    root = tree(
        "backend/gen/a.py", "backend/app/b.py", "backend/app/gen/c.py", ".git/HEAD",
        **{".gitignore": "backend/gen/\n"},
    )  # fmt: skip
    found = discover(str(root / "backend"))
    assert paths(found) == ["app/b.py", "app/gen/c.py"]
    watched = dict(found.watched)
    assert watched["../.gitignore"] is not None
    assert watched["../.git/info/exclude"] is None


def test_discover_root_that_git_ignores_is_walked(tree: Tree) -> None:
    root = tree("scratch/app/a.py", ".git/HEAD", **{".gitignore": "scratch/\n*.txt\n"})
    assert paths(discover(str(root / "scratch"))) == ["app/a.py"]


def test_discover_exclude_pattern_reported_once(tree: Tree) -> None:
    root = tree("examples/a.py", "examples/b/c.py", "app/x.py", "app/old_x.py", "docs/readme.md")
    found = discover(str(root), exclude=["examples", "old_*.py", "docs"])
    assert paths(found) == ["app/x.py"]
    assert skips(found) == {
        "examples/": "excluded by the configuration",
        "app/old_x.py": "excluded by the configuration",
    }


def test_discover_exclude_beats_ignore_negation(tree: Tree) -> None:
    root = tree("a.py", **{".gitignore": "!a.py\n"})
    assert discover(str(root), exclude=["a.py"]).files == []


def test_discover_hidden_deploy_files_listed(tree: Tree) -> None:
    deploy = [".devcontainer/Dockerfile", ".github/workflows/test.yml"]
    root = tree(*deploy, ".devcontainer/setup.sh", ".idea/workspace.yml", "app.py")
    found = discover(str(root))
    assert found.companions == deploy
    assert ".github/workflows" in dict(found.directories)


def test_discover_companions_listed(tree: Tree) -> None:
    names = [
        ".env.example", ".gitignore", "Dockerfile", "a/Dockerfile.dev", "alembic.ini",
        "bylaw.toml", "compose.yaml", "docker-compose.test.yml", "pyproject.toml",
        "pytest.ini", "setup.cfg", "setup.py", "tox.ini",
    ]  # fmt: skip
    root = tree(*names, ".env", "deploy.yml", "other.toml", "environment.py")
    found = discover(str(root))
    assert found.companions == sorted(names)
    assert paths(found) == ["environment.py", "setup.py"]
    assert set(names) <= set(dict(found.watched))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".env.example", True), (".env.sample", True), (".env.template", True),
        (".env.dist", True), ("env.example", True), ("example.env", True),
        (".env.production.example", True), (".env.example.local", True), ("template.env", True),
        (".env", False), (".env.production", False), ("env.py", False), ("env.example.ts", False),
        ("compose.override.yml", True), ("decompose.yml", False), ("Dockerfile", True),
        ("uvicorn.toml", False),
    ],
)  # fmt: skip
def test_is_companion_name_expected(name: str, expected: bool) -> None:
    assert is_companion(name) is expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Dockerfile", "dockerfile"), ("Dockerfile2", "dockerfile"), ("DockerfileCommand.tsx", "")],
)
def test_manifest_kind_code_about_dockerfiles_is_none(name: str, kind: str) -> None:
    assert manifest_kind(f"web/{name}") == kind


def test_discover_missing_configuration_is_watched_as_absent(tree: Tree) -> None:
    watched = dict(discover(str(tree("a.py"))).watched)
    assert watched["bylaw.toml"] is None
    assert watched["pyproject.toml"] is None


def test_discover_symlink_loops_end(tree: Tree) -> None:
    root = tree("a/b.py")
    (root / "a" / "up").symlink_to(root, target_is_directory=True)
    (root / "a" / "self").symlink_to("self")
    (root / "loop.py").symlink_to("loop.py")
    found = discover(str(root))
    assert paths(found) == ["a/b.py"]
    assert skips(found) == {"loop.py": "broken symlink"}


def test_discover_symlinked_files_judged_by_target(tree: Tree, tmp_path: Path) -> None:
    root = tree("app/a.py", "deploy/settings.production")
    (tmp_path / "outside.py").touch()
    (root / "same.py").symlink_to("app/a.py")
    (root / "out.py").symlink_to(tmp_path / "outside.py")
    (root / "gone.py").symlink_to("nowhere.py")
    (root / "other.py").symlink_to("deploy/settings.production")
    (root / ".#a.py").symlink_to("user@host.1")
    found = discover(str(root))
    assert paths(found) == ["app/a.py"]
    assert skips(found) == {
        "out.py": "symlink out of the root",
        "gone.py": "broken symlink",
        "other.py": "symlink to a file that is not analysed",
    }


def test_discover_linked_package_out_of_the_root_reported(tree: Tree, tmp_path: Path) -> None:
    root = tree("a.py")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").touch()
    (tmp_path / "data").mkdir()
    (root / "shared").symlink_to(tmp_path / "shared", target_is_directory=True)
    (root / "data").symlink_to(tmp_path / "data", target_is_directory=True)
    assert skips(discover(str(root))) == {"shared/": "symlink out of the root"}


def test_discover_special_files_never_opened(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree("a.py")
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / ".gitignore")
    os.mkfifo(root / "Dockerfile")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.py")
        found = discover(str(root))
    assert paths(found) == ["a.py"]
    assert found.companions == []
    assert set(skips(found).items()) == {
        ("pipe.py", "not a regular file"),
        ("socket.py", "not a regular file"),
    }


def test_discover_undecodable_names_printable(tree: Tree) -> None:
    root = tree("ok.py", "grün.py")
    base = os.fsencode(root)
    try:
        (Path(os.fsdecode(base + b"/caf\xe9.py"))).touch()
    except OSError:
        pytest.skip("the file system refuses names that are not UTF-8")
    os.mkdir(base + b"/dir\xff")
    Path(os.fsdecode(base + b"/dir\xff/a.py")).touch()
    os.mkdir(base + b"/data\xff")
    found = discover(str(root))
    assert paths(found) == ["grün.py", "ok.py"]
    assert skips(found) == {
        "caf\\xe9.py": "name is not valid UTF-8",
        "dir\\xff/": "name is not valid UTF-8",
    }


def test_discover_large_files_by_limit(tree: Tree) -> None:
    root = tree("five.py", "limit.py", "over.py")
    os.truncate(root / "five.py", 5 * 1024 * 1024)
    os.truncate(root / "limit.py", discovery.LARGEST_FILE)
    os.truncate(root / "over.py", discovery.LARGEST_FILE + 1)
    found = discover(str(root))
    assert paths(found) == ["five.py", "limit.py"]
    assert skips(found) == {"over.py": "larger than 8 MB"}


def test_discover_unreadable_directory_reported(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree("a.py", "secret/b.py")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("secret/"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover(str(root))
    assert paths(found) == ["a.py"]
    assert skips(found) == {"secret/": "unreadable directory: Permission denied"}


def test_discover_ten_thousand_files_all_found(tmp_path: Path) -> None:
    for folder in range(100):
        place = tmp_path / f"p{folder}"
        place.mkdir()
        for number in range(100):
            os.close(os.open(f"{place}/m{number}.py", os.O_CREAT | os.O_WRONLY))
    found = discover(str(tmp_path))
    assert len(found.files) == 10_000
    assert len(found.directories) == 101


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"# Code generated by protoc. DO NOT EDIT.\n", True),
        (b"# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.\n", True),
        (b'"""Generated by OpenAPI Generator."""\n', True),
        (b'"""Client.\n\nGenerated by tool 3.\n"""\n', True),
        (b"#!/usr/bin/env python\n# @generated\n", True),
        (b"# This file is generated. Do not edit.\n", True),
        (b"\n\n\n\n# @generated\n", True),
        (b"\n\n\n\n\n# @generated\n", False),
        (b"# Generated by Django 4.2 on 2024-01-01 00:00\n", False),
        (b'"""\nSettings.\n\nGenerated by \'django-admin startproject\' using D.\n"""\n', False),
        (b'"""Report generated by the scheduler."""\n', False),
        (b"# do not edit the order of these imports\nimport a\n", False),
        (b'MARK = "@generated"\n', False),
        (b'HEADER = """# DO NOT EDIT"""\n', False),
        (b"import generated\n", False),
        (b"", False),
        (b"\xff\xfe# enerated\n", False),
    ],
)
def test_is_generated_head_lines_expected(head: bytes, expected: bool) -> None:
    assert is_generated_head(head) is expected
