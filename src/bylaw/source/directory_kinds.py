"""Which names and directories belong to somebody else: tools, environments, vendors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

OWN_FOLDER = ".bylaw"
"""Evidence and approvals: about the tree, and no part of it."""

PRUNED = frozenset({
    ".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", ".jj",
    "node_modules", "bower_components", "__pycache__", "__pypackages__",
    "site-packages", "dist-packages", OWN_FOLDER,
    ".tox", ".nox", ".eggs", ".direnv", ".pixi", ".pdm-build", ".cache",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".pyre", ".pytype", ".hypothesis",
    ".ipynb_checkpoints", ".terraform", ".serverless", ".aws-sam",
})  # fmt: skip
"""Never source, whatever they hold; left out without a word."""

_VENDORED = frozenset({"vendor", "_vendor", "vendored", "third_party", "extern"})
_ENVIRONMENT_NAMES = frozenset({".venv", "venv", "env", ".env", "virtualenv", ".virtualenv"})

# In a marketplace `vendor` is a word of the domain. A copy of somebody's library has no
# such file directly under its vendor directory.
_OWN_VENDOR_FILES = frozenset({
    "models.py", "model.py", "views.py", "urls.py", "admin.py", "apps.py", "routes.py",
    "router.py", "routers.py", "api.py", "endpoints.py", "schemas.py", "schema.py",
    "service.py", "services.py", "repository.py", "repositories.py", "crud.py", "tasks.py",
})  # fmt: skip

_COMPANIONS = frozenset({
    "pyproject.toml", "setup.py", "setup.cfg", "bylaw.toml", "pytest.ini", "tox.ini",
    "alembic.ini", ".gitignore",
})  # fmt: skip
_PLATFORM_FILES = frozenset({".gitlab-ci.yml", "render.yaml"})
_EXAMPLE_WORDS = frozenset({"example", "sample", "template", "dist", "default", "defaults"})

DEPLOY_FOLDERS = frozenset({".github", ".devcontainer", ".docker", ".circleci", ".gitlab", ".ci"})
"""Hidden directories that hold deploy files: no module can lie there, a declaration can."""

_GENERATED_NAMES = ("_pb2.py", "_pb2_grpc.py")
_HEAD_LINES = 5
# Scaffolds print this once and leave the file to its owner.
_SCAFFOLDS = (b"django", b"cookiecutter", b"copier", b"alembic", b"aerich", b"flask")


def foreign_kind(name: str, path: str, entries: AbstractSet[str]) -> str | None:
    """Say why a directory is not first-party code.

    Args:
        name: name of the directory.
        path: where it lies.
        entries: names it holds.

    Returns:
        None for first-party; ``""`` for what is left out silently; else the reason to print.
    """
    if "pyvenv.cfg" in entries or "conda-meta" in entries:
        return ""
    if name in _ENVIRONMENT_NAMES and _has_interpreter(path, entries):
        return ""
    if name.startswith("."):
        # No import can name it; what lies there is tools' data, or rules with bad examples.
        return "hidden directory"
    if name in _VENDORED and not (name == "vendor" and entries & _OWN_VENDOR_FILES):
        return "vendored"
    if name == "build" and "__init__.py" not in entries and _is_build_output(entries):
        return "build output"
    if ".git" in entries and _is_worktree(path):
        return "another git worktree"
    return None


def _has_interpreter(path: str, entries: AbstractSet[str]) -> bool:
    return ("bin" in entries and os.path.lexists(f"{path}/bin/python")) or (
        "Scripts" in entries and os.path.lexists(f"{path}/Scripts/python.exe")
    )


def _is_build_output(entries: AbstractSet[str]) -> bool:
    return "lib" in entries or any(entry.startswith(("lib.", "bdist.")) for entry in entries)


def _is_worktree(path: str) -> bool:
    """A linked worktree is a second checkout of the same modules; a submodule is not."""
    try:
        with open(f"{path}/.git", "rb") as file:
            return b"/worktrees/" in file.read(4096)
    except OSError:
        return False


def is_companion(name: str) -> bool:
    """Say whether a file that is not first-party Python is needed by another room.

    Args:
        name: name of the file.

    Returns:
        Whether it is a deploy file, a tool's configuration, an ignore file or an example of
        an environment. A real ``.env`` is never one: it holds secrets.
    """
    if name in _COMPANIONS:
        return True
    if name.startswith(("Dockerfile", "Containerfile")):
        return True
    if name.endswith((".yml", ".yaml")):
        return name.startswith(("compose", "docker-compose")) or name in _PLATFORM_FILES
    return "env" in name and _is_environment_example(name)


def is_deploy_file(name: str) -> bool:
    """Say whether a file in a hidden directory declares what a container or a job runs with.

    Args:
        name: name of the file.

    Returns:
        Whether it is a companion anywhere, a workflow, or the definition of a container.
    """
    if name.endswith((".yml", ".yaml")) or name == "devcontainer.json":
        return True
    return name.startswith(("Dockerfile", "Containerfile")) or is_companion(name)


def _is_environment_example(name: str) -> bool:
    if name.endswith((".py", ".pyw", ".ts", ".js", ".md", ".html")):
        return False
    words = name.lower().replace("-", ".").replace("_", ".").split(".")
    return "env" in words and not _EXAMPLE_WORDS.isdisjoint(words)


def is_generated_name(name: str) -> bool:
    """Say whether a file's name alone says that a generator wrote it.

    Args:
        name: name of the file.

    Returns:
        Whether it is the output of the protocol-buffer compilers.
    """
    return name.endswith(_GENERATED_NAMES)


def is_generated_head(head: bytes) -> bool:
    """Say whether the first lines of a Python file call it generated.

    Only comments and the lines of a leading docstring are believed, so that a module that
    talks about generated things is not mistaken for one; what ``django-admin``, Alembic or
    a project template wrote once is hand-kept code.

    A package's generated ``__init__.py`` is often the only road to its names: whoever
    leaves generated files out of the findings should still link that one.

    Args:
        head: the first bytes of the file; 1 KB is plenty.

    Returns:
        Whether one of the first five lines carries a generator's mark.
    """
    if b"enerated" not in head and b"DO NOT EDIT" not in head:
        return False
    remark = b""
    for line in head.split(b"\n", _HEAD_LINES)[:_HEAD_LINES]:
        text = line.strip()
        if text.startswith(b"#"):
            remark += text.lstrip(b"# ") + b"\n"
        elif text.startswith((b'"""', b"'''", b'r"""')) or (text and _in_docstring(head, text)):
            remark += text.lstrip(b"r\"' ") + b"\n"
    return any(_is_mark(line, remark) for line in remark.split(b"\n"))


def _in_docstring(head: bytes, line: bytes) -> bool:
    """Whether a line stands between the first triple quote and the next one."""
    for quote in (b'"""', b"'''"):
        before, found, after = head.partition(quote)
        if found and line in after.partition(quote)[0] and line not in before:
            return True
    return False


def _is_mark(line: bytes, remark: bytes) -> bool:
    lower = line.lower()
    if any(scaffold in lower for scaffold in _SCAFFOLDS):
        return False
    if b"@generated" in lower or b"DO NOT EDIT" in line:
        return True
    if b"do not edit" in lower or b"don't edit" in lower:
        return b"generated" in remark.lower()
    return lower.startswith(
        (b"generated by", b"auto-generated by", b"autogenerated by", b"automatically generated by",
         b"code generated by", b"this file was generated by", b"this file is generated by",
         b"this file is auto-generated by")
    )  # fmt: skip
