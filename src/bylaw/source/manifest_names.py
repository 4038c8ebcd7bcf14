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
    "render.yaml": "render", "render.yml": "render", "heroku.yml": "heroku",
    "app.json": "app-json", "railway.toml": "railway", "railway.json": "railway",
    "nixpacks.toml": "builder", "railpack.json": "builder", "fly.toml": "fly",
    "supervisord.conf": "supervisord", "kustomization.yaml": "kustomize",
    "kustomization.yml": "kustomize", "Kustomization": "kustomize",
    "justfile": "unsupported", "Justfile": "unsupported", "Jenkinsfile": "unsupported",
    "Tiltfile": "unsupported", "Earthfile": "unsupported", "docker-bake.hcl": "unsupported",
    "zappa_settings.json": "unsupported", "vercel.json": "unsupported",
    "apprunner.yaml": "unsupported", "captain-definition": "unsupported",
    "project.toml": "unsupported", "task-definition.json": "unsupported",
    "Dockerrun.aws.json": "unsupported", "koyeb.yaml": "unsupported",
}  # fmt: skip
_UNSUPPORTED = ("skaffold.", "serverless.", "cloudbuild.", "azure-pipelines.", "Taskfile.",
                "bitbucket-pipelines.", "buildspec.", "koyeb.", "apprunner.", "garden.",
                "docker-stack.", "nomad.")  # fmt: skip
_CLUSTER = frozenset({
    "k8s", "kubernetes", "kube", "kustomize", "manifests", "helm", "chart", "charts", "overlays",
    "gitops", "argocd", "knative", "cloudrun", "cloud-run", "deploy", "deployment", "deployments",
})  # fmt: skip
"""Folders whose YAML may be for Kubernetes; what is in it decides."""
_CLUSTER_WORDS = frozenset({
    "deployment", "service", "statefulset", "daemonset", "cronjob", "job", "pod", "k8s",
    "kubernetes", "deploy", "worker",
})  # fmt: skip
_ENDINGS = {
    "nomad": "unsupported",
    "sh": "script", "bash": "script", "bat": "batch", "cmd": "batch",
    "md": "markdown", "mk": "makefile",
    "Dockerfile": "dockerfile", "dockerfile": "dockerfile",
    "pth": "pth", "sql": "sql", "in": "requirements", "txt": "requirements",
}  # fmt: skip


_NO_DOCKERFILES = (".dockerignore", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", "~",
                   "-template", "_template", ".orig", ".rej", ".bak", ".tsx", ".ts", ".jsx", ".js",
                   ".vue", ".go", ".rs", ".java", ".rb")  # fmt: skip
"""What stands beside a Dockerfile under its name, what only becomes one, and code about them."""


def manifest_kind(path: str) -> str:
    """Say what a file is to the readers of deploy and project files.

    Args:
        path: relative to the root, or a name.

    Returns:
        ``dockerfile``, ``compose``, ``procfile``, ``github``, ``gitlab``, ``makefile``, ``script``,
        ``batch``, ``pre-commit``, ``markdown``, ``requirements``, ``lock``, ...; empty for any
        other file.
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
        return _cluster_kind(path, name)
    if name.endswith((".service", ".conf", ".toml")):
        return _machine_kind(path, name)
    if name.startswith(("Dockerfile", "Containerfile")):
        return "" if name.endswith(_NO_DOCKERFILES) else "dockerfile"
    return ""


def _cluster_kind(path: str, name: str) -> str:
    """What another YAML file is for: a cluster, App Engine, DigitalOcean, a tool not read here."""
    if name.startswith(_UNSUPPORTED):
        return "unsupported"
    if name.startswith("app.") or name in ("app-engine.yaml", "worker.yaml"):
        return "digitalocean" if f"/{path}".endswith((f"/.do/{name}",)) else "app-engine"
    folders = path.split("/")[:-1]
    if not _CLUSTER.isdisjoint(folders):
        return "kubernetes"
    stem = name.rpartition(".")[0].lower().replace("_", "-").replace(".", "-")
    return "kubernetes" if not _CLUSTER_WORDS.isdisjoint(stem.split("-")) else ""


def _machine_kind(path: str, name: str) -> str:
    if name.startswith("fly.") and name.endswith(".toml"):
        return "fly"
    if name.endswith(".service") or ".service.d/" in path:
        return "systemd"
    supervised = "supervisor" in path
    return "supervisord" if supervised and name.endswith(".conf") else ""


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
