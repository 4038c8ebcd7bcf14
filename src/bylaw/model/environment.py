"""Which environment variables a project declares: settings classes and example files."""

from __future__ import annotations

from typing import Any

from bylaw.facts import schema as F
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project

SETTINGS_BASES = frozenset(
    {"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"}
)
_AMBIENT = frozenset(
    {
        "PORT", "HOME", "PATH", "CI", "TZ", "LANG", "LANGUAGE", "USER", "USERNAME", "LOGNAME", "PWD",
        "SHELL", "TERM", "TMPDIR", "TEMP", "TMP", "HOSTNAME", "EDITOR", "PYTHONPATH", "VIRTUAL_ENV",
        "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "DISPLAY", "SSL_CERT_FILE", "PYTHONUNBUFFERED",
        "REQUESTS_CA_BUNDLE", "DJANGO_SETTINGS_MODULE", "FLASK_APP", "FLASK_ENV", "FLASK_DEBUG",
        "GITHUB_ACTIONS", "GITHUB_TOKEN", "DYNO", "K_SERVICE", "HTTP_PROXY", "HTTPS_PROXY",
        "NO_PROXY", "WEB_CONCURRENCY", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "SYSTEMROOT",
    }
)  # fmt: skip
_AMBIENT_PREFIXES = ("LC_", "XDG_", "PYTEST_", "KUBERNETES_", "SSH_", "CONDA_", "PYTHON")


def is_ambient(name: str) -> bool:
    """Whether every platform provides a variable, so that nobody needs to declare it."""
    return name.upper() in _AMBIENT or name.upper().startswith(_AMBIENT_PREFIXES)


def is_example_file(path: str) -> bool:
    """Whether a companion file is an example of the environment (``.env.example``)."""
    name = path.rpartition("/")[2].lower()
    return "env" in name and any(
        word in name for word in ("example", "sample", "template", "dist", "default")
    )


def declared_in_file(path: str, text: str) -> dict[str, int]:
    """Variables that an example file, Dockerfile or compose file declares, each with its line."""
    name = path.rpartition("/")[2].lower()
    if is_example_file(path):
        return _assignments(text)
    if name.startswith("dockerfile") or name.endswith(".dockerfile") or name == "containerfile":
        return _docker_variables(text)
    if "compose" in name:
        return _compose_variables(text)
    return {}


def _assignments(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().lstrip("#").strip().removeprefix("export ").strip()
        name, equals, _ = line.partition("=")
        name = name.strip()
        if equals and name.isidentifier() and (name.isupper() or not raw.strip().startswith("#")):
            found.setdefault(name, number)
    return found


def _docker_variables(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        words = raw.split()
        if len(words) < 2 or words[0].upper() not in ("ENV", "ARG"):
            continue
        for word in words[1:]:
            name = word.partition("=")[0]
            if name.isidentifier() and ("=" in word or word == words[1]):
                found.setdefault(name, number)
    return found


def _compose_variables(text: str) -> dict[str, int]:
    """Names in ``environment:`` blocks, as list items or keys; values are not interpreted."""
    found: dict[str, int] = {}
    inside = -1
    for number, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        if stripped.startswith(("environment:", "args:")):
            inside = indent
            continue
        if inside < 0 or not stripped or stripped.startswith("#"):
            continue
        if indent <= inside and not stripped.startswith("-"):
            inside = -1
            continue
        word = stripped.lstrip("- ").strip("\"'")
        for separator in ("=", ":"):
            word = word.partition(separator)[0].strip()
        if word.isidentifier() and word.isupper():
            found.setdefault(word, number)
    return found


def settings_variables(project: Project) -> dict[str, int]:
    """Variables the fields of pydantic settings classes stand for, each with its class."""
    found: dict[str, int] = {}
    for number in range(len(project.classes)):
        bases = outside_bases(project, number, evaluate)
        if not any(project.stubs.canonical(base) in SETTINGS_BASES for base in bases):
            continue
        prefix = _prefix(project, number)
        for record in project.classes[number][F.K_ATTRIBUTES]:
            for name in _names(record, prefix):
                found.setdefault(name, number)
    return found


def _names(attribute: tuple[Any, ...], prefix: str) -> list[str]:
    name = attribute[F.A_NAME]
    if name.startswith("_") or name in ("model_config", "Config"):
        return []
    given = []
    for encoded in attribute[F.A_ARGS]:
        key, equals, value = encoded.partition("=")
        if equals and key in ("alias", "validation_alias", "env"):
            given += [part[1:].upper() for part in value.split(",") if part.startswith("'")]
    return given or [f"{prefix}{name}".upper()]


def _prefix(project: Project, number: int) -> str:
    """``env_prefix`` of a settings class or of what it inherits from."""
    for each in resolution_order(project, number, evaluate):
        home = project.class_home[each]
        config = f"{project.classes[each][F.K_NAME]}.Config"
        records = [project.classes[each]]
        records += [record for record in project.facts[home][F.CLASSES]
                    if record[F.K_NAME] == config]  # fmt: skip
        for record in records:
            for attribute in record[F.K_ATTRIBUTES]:
                if attribute[F.A_NAME] == "env_prefix" and attribute[F.A_ARGS]:
                    return str(attribute[F.A_ARGS][0]).lstrip("'")
                if attribute[F.A_NAME] == "model_config":
                    for encoded in attribute[F.A_ARGS]:
                        if encoded.startswith("env_prefix='"):
                            return str(encoded[len("env_prefix='") :])
    return ""
