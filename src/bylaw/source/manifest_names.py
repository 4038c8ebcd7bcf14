"""Names of deploy and project files: asked for every file of a walk, so cheap."""

from __future__ import annotations

_YAML = (".yml", ".yaml")
_NAMES = {
    "Makefile": "makefile", "makefile": "makefile", "GNUmakefile": "makefile",
    "Procfile": "procfile", ".pre-commit-config.yaml": "pre-commit",
    ".pre-commit-config.yml": "pre-commit", ".gitlab-ci.yml": "gitlab", ".gitlab-ci.yaml": "gitlab",
    "pyproject.toml": "pyproject", "setup.cfg": "setup-cfg", "tox.ini": "tool-ini",
    "pytest.ini": "tool-ini", "noxfile.py": "script-python", "setup.py": "setup-py",
    "uv.lock": "lock", "poetry.lock": "lock", "pdm.lock": "lock", "Pipfile.lock": "lock",
    "pylock.toml": "lock", "pixi.lock": "lock", "Pipfile": "pipfile",
    ".python-version": "project", "alembic.ini": "project",
}  # fmt: skip
_ENDINGS = {
    "sh": "script", "bash": "script", "md": "markdown", "mk": "makefile",
    "Dockerfile": "dockerfile", "dockerfile": "dockerfile",
    "pth": "pth", "in": "requirements", "txt": "requirements",
}  # fmt: skip


_NO_DOCKERFILES = (".dockerignore", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", "~",
                   ".orig", ".rej", ".bak")  # fmt: skip
"""What stands beside a Dockerfile under its name, and what only becomes one."""


def manifest_kind(path: str) -> str:
    """Say what a file is to the readers of deploy and project files.

    Args:
        path: relative to the root, or a name.

    Returns:
        ``dockerfile``, ``compose``, ``procfile``, ``github``, ``gitlab``, ``makefile``, ``script``,
        ``pre-commit``, ``markdown``, ``requirements``, ``lock``, ...; empty for any other file.
    """
    name = path.rpartition("/")[2]
    known = _NAMES.get(name)
    if known is not None:
        return known
    stem, _, ending = name.rpartition(".")
    kind = _ENDINGS.get(ending, "")
    if kind == "requirements":
        return kind if "requirements" in path and "/templates/" not in path else ""
    if kind:
        return kind if stem or kind == "dockerfile" else ""
    if name.endswith(_YAML):
        if name.startswith(("compose", "docker-compose")):
            return "compose"
        if ".github/" in path and (".github/workflows/" in path or name.startswith("action.")):
            return "github"
        return ""
    if name.startswith(("Dockerfile", "Containerfile")):
        return "" if name.endswith(_NO_DOCKERFILES) else "dockerfile"
    return ""


def is_variables_file(name: str) -> bool:
    """Whether a file of that name usually holds real values of variables: ``.env``, ``.env.local``.

    Args:
        name: name of the file.

    Returns:
        False also for examples, samples and templates.
    """
    if not (name == ".env" or name.startswith(".env.") or name.endswith(".env")):
        return False
    words = set(name.lower().replace("-", ".").replace("_", ".").split("."))
    return words.isdisjoint({"example", "examples", "sample", "template", "tmpl", "dist", "md",
                             "default", "defaults", "enc", "encrypted", "vault", "py"})  # fmt: skip
