"""What a changed file that is no Python means for the risk of a change."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bylaw.gates.surfaces import HIGH, LOW, MEDIUM, Reason, unresolved
from bylaw.manifests.command import Problem
from bylaw.manifests.dependencies import (
    DEV,
    Declared,
    is_for_developers,
    read_pyproject,
    read_requirements,
)
from bylaw.model.roles import is_test_path
from bylaw.source.changes import LINK, Changed
from bylaw.source.directory_kinds import is_generated_head
from bylaw.source.manifest_names import is_variables_file, manifest_kind

_DEPLOY = frozenset(
    {"dockerfile", "compose", "procfile", "kubernetes", "kustomize", "systemd", "supervisord",
     "fly", "render", "heroku", "app-json", "railway", "builder", "app-engine", "digitalocean"}
)  # fmt: skip
_CI = frozenset({"github", "gitlab", "pre-commit", "makefile", "tool-ini", "script-python"})
_CI_NAMES = (
    ".circleci/", ".github/", ".gitlab/", ".buildkite/", ".vscode/", ".idea/", ".devcontainer/",
    ".husky/", ".changeset/",
)  # fmt: skip
_TOOL_FILES = frozenset(
    {".gitignore", ".gitattributes", ".editorconfig", "ruff.toml", ".ruff.toml", "mypy.ini",
     ".flake8", ".coveragerc", "pyrightconfig.json", "codecov.yml", ".codecov.yml", "tox.ini",
     "pytest.ini", ".pylintrc", ".mailmap", "CODEOWNERS", "renovate.json", "dependabot.yml",
     ".dockerignore", "bylaw.toml", ".isort.cfg", "mkdocs.yml", ".readthedocs.yaml",
     ".readthedocs.yml", "taplo.toml", ".yamllint", ".yamllint.yml", ".prettierrc",
     ".pre-commit-hooks.yaml", "cliff.toml", "bylaw-baseline.json", "justfile", "Justfile",
     ".git-blame-ignore-revs", ".jsbeautifyrc", ".pyup.yml", ".travis.yml", "appveyor.yml"}
)  # fmt: skip
_DEPLOYS = ("deploy", "release", "publish", "rollout", "promote")
_INFRASTRUCTURE = (".tf", ".tfvars", ".hcl", ".nomad", ".service", ".timer")
_SERVERS = (
    "nginx",
    "gunicorn",
    "uwsgi",
    "supervisord",
    "traefik",
    "caddyfile",
    "haproxy",
    "apache",
)
_DOCS = (".md", ".rst", ".adoc", ".txt")
_DOC_NAMES = ("readme", "changelog", "changes", "license", "licence", "contributing", "authors",
              "notice", "copying", "history", "news", "security", "code_of_conduct", "install",
              "todo", "maintainers", "upgrade", "release", "roadmap", "agents")  # fmt: skip
_DOC_FOLDERS = frozenset({"docs", "doc", "documentation", "changelog.d", "newsfragments",
                          ".github", "changes", "adr", "rfcs"})  # fmt: skip
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".pdf")
_SCHEMAS = (".graphql", ".gql", ".proto", ".avsc", ".thrift", ".wsdl", ".xsd", ".raml", ".smithy")
_TABLES = (".sql",)
_LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml",
                    "pixi.lock", "conda-lock.yml", "requirements.lock"})  # fmt: skip
_QUIET = frozenset({"name", "version", "description", "readme", "authors", "maintainers", "license",
                    "license-files", "keywords", "classifiers", "urls", "homepage", "repository",
                    "documentation"})  # fmt: skip
"""What ``[project]`` says to people only."""
_BUILT = frozenset({"hatch", "setuptools", "flit", "pdm", "poetry", "uv", "pixi", "setuptools_scm",
                    "scikit-build", "maturin"})  # fmt: skip


def file_reasons(each: Changed, python_folders: Collection[str]) -> Iterator[Reason]:
    """Reasons of a file that is no Python of the project.

    Args:
        each: the file.
        python_folders: folders that hold Python of the project.
    """
    if each.is_submodule:
        yield unresolved(each.path, "a submodule stands at another commit, which is not read here")
        return
    if each.problem and not each.path.endswith((*_PICTURES, *_DOCS)):
        yield unresolved(each.path, f"its content is {each.problem}")
        return
    name = each.path.rpartition("/")[2]
    if is_test_path(each.path):
        yield Reason("test", each.path, "", f"{_verb(each)}: it supports tests", LOW)
        return
    for reader in (
        _of_dependencies,
        _of_schema,
        _of_deployment,
        _of_settings,
        _of_tooling,
        _of_docs,
    ):
        found = list(reader(each, name))
        if found:
            yield from found
            return
    yield _of_data(each, name, python_folders)


def _verb(each: Changed) -> str:
    if not each.mode:
        return "gone"
    if not each.old_mode:
        return "new"
    return f"was {each.old_path}" if each.is_renamed else "changed"


def _of_schema(each: Changed, name: str) -> Iterator[Reason]:
    lower = name.lower()
    described = ("openapi", "swagger", "asyncapi")
    if lower.endswith(_SCHEMAS) or (
        lower.startswith(described) and lower.endswith((".json", ".yaml", ".yml"))
    ):
        yield Reason("contract", each.path, "", f"{_verb(each)}: it describes an interface", HIGH)
    elif lower.endswith(_TABLES):
        surface = "migration" if "migrat" in each.path or "versions" in each.path else "persistence"
        yield Reason(surface, each.path, "", f"{_verb(each)}: SQL", HIGH)
    elif name == "alembic.ini" or name == "script.py.mako":
        yield Reason("migration", each.path, "", f"{_verb(each)}: how migrations run", HIGH)
    elif is_generated_head((each.after or each.before or b"")[:2048]):
        yield Reason("generated", each.path, "", f"{_verb(each)}: a generator writes it", HIGH)


def _of_deployment(each: Changed, name: str) -> Iterator[Reason]:
    kind, lower = manifest_kind(each.path), name.lower()
    folders = each.path.lower().split("/")[:-1]
    if lower.endswith(_INFRASTRUCTURE) or kind in _DEPLOY or kind == "unsupported":
        yield Reason("deploy", each.path, "", f"{_verb(each)}: how the service is run", HIGH)
    elif kind in ("github", "gitlab") and any(word in lower for word in _DEPLOYS):
        yield Reason("deploy", each.path, "", f"{_verb(each)}: how a release is made", HIGH)
    elif any(lower.startswith(word) for word in _SERVERS):
        yield Reason("deploy", each.path, "", f"{_verb(each)}: how the server is run", HIGH)
    elif {"helm", "charts", "k8s", "kubernetes", "terraform", "ansible"} & set(folders):
        if not lower.endswith(".md"):
            yield Reason("deploy", each.path, "", f"{_verb(each)}: how the service is run", HIGH)
    elif kind in ("script", "batch") and (
        {"docker", "deploy", "deployment", "ops", "entrypoints"} & set(folders)
        or any(
            word in lower for word in ("entrypoint", "start", "run", "deploy", "boot", "prestart")
        )
    ):
        yield Reason("deploy", each.path, "", f"{_verb(each)}: a script that starts services", HIGH)


def _of_settings(each: Changed, name: str) -> Iterator[Reason]:
    if is_variables_file(name):
        yield Reason("settings", each.path, "", f"{_verb(each)}: values of variables", MEDIUM)
    elif "env" in name.lower().split(".") or name.startswith((".env", "env.")):
        yield Reason("settings", each.path, "", f"{_verb(each)}: an example of variables", LOW)


def _of_tooling(each: Changed, name: str) -> Iterator[Reason]:
    kind = manifest_kind(each.path)
    tool = kind in _CI or name in _TOOL_FILES or each.path.startswith(_CI_NAMES)
    if not each.path.endswith(_DOCS) and (tool or kind in ("script", "batch")):
        yield Reason("tooling", each.path, "", f"{_verb(each)}: for developers", LOW)
    elif kind == "project":
        yield Reason("dependency", each.path, "", f"{_verb(each)}: the interpreter", MEDIUM)


def _of_docs(each: Changed, name: str) -> Iterator[Reason]:
    lower = name.lower()
    folders = set(each.path.lower().split("/")[:-1])
    documents = folders & _DOC_FOLDERS and not folders & {"templates", "src"}
    named = lower.startswith(_DOC_NAMES) and (lower.endswith(_DOCS) or "." not in lower)
    if documents or named:
        yield Reason("docs", each.path, "", f"{_verb(each)}: documentation", LOW)
    elif lower.endswith((".md", ".rst", ".adoc")) and "templates" not in folders:
        yield Reason("docs", each.path, "", f"{_verb(each)}: a text", LOW)


def _of_data(each: Changed, name: str, python_folders: Collection[str]) -> Reason:
    """Anything else: what users see, or what the service may read."""
    if each.mode == LINK or each.old_mode == LINK:
        return Reason("data", each.path, "", f"{_verb(each)}: a link", MEDIUM)
    if name.lower().endswith((".po", ".pot", ".mo", ".ftl")):
        return Reason("data", each.path, "", f"{_verb(each)}: translated texts", MEDIUM)
    folder = each.path.rpartition("/")[0]
    inside = any(folder == one or folder.startswith(f"{one}/") for one in python_folders if one)
    where = "beside code that may read it" if inside else "what it is for is not known"
    return Reason("data", each.path, "", f"{_verb(each)}: {where}", MEDIUM)


def _of_dependencies(each: Changed, name: str) -> Iterator[Reason]:
    if name == "pyproject.toml":
        yield from _of_pyproject(each)
    elif name in _LOCKS:
        yield Reason(
            "dependency", each.path, "", f"{_verb(each)}: versions that are installed", MEDIUM
        )
    elif manifest_kind(each.path) == "requirements":
        yield from _of_requirements(each)
    elif name in ("Pipfile", "setup.cfg", "environment.yml", "constraints.txt"):
        yield Reason(
            "dependency", each.path, "", f"{_verb(each)}: packages or how one is built", MEDIUM
        )
    elif name in ("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb"):
        yield Reason("dependency", each.path, "", f"{_verb(each)}: packages of a frontend", MEDIUM)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def _of_requirements(each: Changed) -> Iterator[Reason]:
    before = read_requirements(each.old_path, _text(each.before))
    after = read_requirements(each.path, _text(each.after))
    found = list(_declared(each.path, before, after))
    yield from found
    if not found and (each.before or b"").split() == (each.after or b"").split():
        yield Reason("style", each.path, "", f"{_verb(each)}: no line of it is another", LOW)
    elif not found:
        dev = is_for_developers(each.path.rpartition("/")[2].rpartition(".")[0])
        surface, tier = ("tooling", LOW) if dev else ("dependency", MEDIUM)
        yield Reason(surface, each.path, "", f"{_verb(each)}: packages that are installed", tier)


def _declared(path: str, before: Declared, after: Declared) -> Iterator[Reason]:
    """Dependencies that came, went, or allow other versions."""
    old, new = (
        {(each.name, each.group): each.constraint for each in declared.dependencies}
        for declared in (before, after)
    )
    for name, group in sorted(old.keys() | new.keys()):
        key = (name, group)
        if old.get(key) == new.get(key):
            continue
        how = (
            "is new" if key not in old else "is gone" if key not in new else "allows other versions"
        )
        surface, tier = ("tooling", LOW) if group == DEV else ("dependency", MEDIUM)
        yield Reason(surface, path, name, f"{name} {how}", tier)


def _of_pyproject(each: Changed) -> Iterator[Reason]:
    declared, documents = [], []
    for path, content in ((each.old_path, each.before), (each.path, each.after)):
        read = read_pyproject(path, _text(content))
        if isinstance(read, Problem):
            yield unresolved(each.path, read.message)
            return
        declared.append(read)
        documents.append(tomllib.loads(_text(content).removeprefix("\ufeff")))
    found = list(_declared(each.path, *declared))
    found += _tables(each.path, *map(_without_dependencies, documents))
    yield from found
    if not found:
        yield Reason("style", each.path, "", f"{_verb(each)}: it says the same", LOW)


def _without_dependencies(document: dict[str, Any]) -> dict[str, Any]:
    """A pyproject by dotted table, without what declares dependencies."""
    found = {f"project.{key}": each for key, each in document.get("project", {}).items()}
    for name, table in document.get("tool", {}).items():
        if name in ("poetry", "uv", "pdm") and isinstance(table, dict):
            found |= {f"tool.{name}.{key}": each for key, each in table.items()}
        else:
            found[f"tool.{name}"] = table
    found |= {key: each for key, each in document.items() if key not in ("project", "tool")}
    declaring = ("dependencies", "optional-dependencies", "dependency-groups", "dev-dependencies",
                 "group")  # fmt: skip
    return {key: each for key, each in found.items() if key.rpartition(".")[2] not in declaring}


def _tables(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Reason]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key):
            continue
        first, _, rest = key.partition(".")
        last = key.rpartition(".")[2]
        if first == "project" or key.startswith(("tool.poetry.", "tool.pdm.")):
            if last in _QUIET:
                yield Reason("docs", path, key, f"{key} is another", LOW)
            else:
                why = f"{key} is another: what is installed or can be started"
                yield Reason("dependency", path, key, why, MEDIUM)
        elif first == "build-system" or rest.partition(".")[0] in _BUILT:
            yield Reason("dependency", path, key, f"{key} is another: how it is built", MEDIUM)
        else:
            yield Reason("tooling", path, key, f"{key} is another: for developers", LOW)
