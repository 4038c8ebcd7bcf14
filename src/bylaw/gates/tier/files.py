"""What a changed file that is no Python means for the risk of a change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator

from bylaw.gates.tier.dependencies import dependency_reasons, verb
from bylaw.gates.tier.surfaces import HIGH, LOW, MEDIUM, Touched, unresolved
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
_DEPLOYING = frozenset({"docker", "deploy", "deployment", "ops", "entrypoints"})
_STARTING = ("entrypoint", "start", "run", "deploy", "boot", "prestart")
_START = re.compile(
    rb"ExecStart|systemctl|\b(?:uvicorn|gunicorn|hypercorn|daphne|granian|celery|kubectl|helm)\b"
    rb"|\bdocker(?:-compose| compose)\b|alembic +upgrade|manage\.py +(?:migrate|runserver)"
)
_CHARTED = (
    ".yaml",
    ".yml",
    ".tpl",
    ".json",
    ".sh",
    ".j2",
    ".conf",
    ".toml",
    ".ini",
    ".env",
    ".cfg",
)
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


def is_documentation(path: str) -> bool:
    """Whether a file stands in a folder of documents at the top of the repository."""
    return path.partition("/")[0] in ("docs", "doc", "documentation")


def file_reasons(
    each: Changed, python_folders: Collection[str], read: Callable[[str], bytes]
) -> Iterator[Touched]:
    """Reasons of a file that is no Python of the project.

    Args:
        each: the file.
        python_folders: folders that hold Python of the project.
        read: content of another file below the root, empty where there is none.
    """
    if each.is_submodule:
        yield unresolved(each.path, "a submodule stands at another commit, which is not read here")
        return
    if each.problem and not each.path.endswith((*_PICTURES, *_DOCS)):
        yield unresolved(each.path, f"its content is {each.problem}")
        return
    name = each.path.rpartition("/")[2]
    if is_test_path(each.path):
        yield Touched("test", each.path, "", f"{verb(each)}: it supports tests", LOW)
        return
    found = list(dependency_reasons(each, read))
    readers = (_of_schema, _of_deployment, _of_settings, _of_tooling, _of_docs)
    for reader in readers:
        found = found or list(reader(each, name))
    yield from found or [_of_data(each, name, python_folders)]


def _of_schema(each: Changed, name: str) -> Iterator[Touched]:
    lower = name.lower()
    described = ("openapi", "swagger", "asyncapi")
    if lower.endswith(_SCHEMAS) or (
        lower.startswith(described) and lower.endswith((".json", ".yaml", ".yml"))
    ):
        yield Touched("contract", each.path, "", f"{verb(each)}: it describes an interface", HIGH)
    elif lower.endswith(_TABLES):
        surface = "migration" if "migrat" in each.path or "versions" in each.path else "persistence"
        yield Touched(surface, each.path, "", f"{verb(each)}: SQL", HIGH)
    elif name == "alembic.ini" or name == "script.py.mako":
        yield Touched("migration", each.path, "", f"{verb(each)}: how migrations run", HIGH)
    elif is_generated_head((each.after or each.before or b"")[:2048]):
        yield Touched("generated", each.path, "", f"{verb(each)}: a generator writes it", HIGH)


def _of_deployment(each: Changed, name: str) -> Iterator[Touched]:
    kind, lower = manifest_kind(each.path), name.lower()
    folders = each.path.lower().split("/")[:-1]
    if lower.endswith(_INFRASTRUCTURE) or kind in _DEPLOY or kind == "unsupported":
        yield Touched("deploy", each.path, "", f"{verb(each)}: how the service is run", HIGH)
    elif kind in ("github", "gitlab") and any(word in lower for word in _DEPLOYS):
        yield Touched("deploy", each.path, "", f"{verb(each)}: how a release is made", HIGH)
    elif any(lower.startswith(word) for word in _SERVERS):
        yield Touched("deploy", each.path, "", f"{verb(each)}: how the server is run", HIGH)
    elif {"helm", "charts", "k8s", "kubernetes", "terraform", "ansible"} & set(folders):
        if lower.endswith(_CHARTED):
            yield Touched("deploy", each.path, "", f"{verb(each)}: how the service is run", HIGH)
    elif kind in ("script", "batch") and (
        _DEPLOYING & set(folders) or any(word in lower for word in _STARTING) or _starts(each)
    ):
        yield Touched("deploy", each.path, "", f"{verb(each)}: a script that starts services", HIGH)


def _starts(each: Changed) -> bool:
    """Whether a script starts servers, workers or units, or changes databases."""
    return any(_START.search(content) for content in (each.before, each.after) if content)


def _of_settings(each: Changed, name: str) -> Iterator[Touched]:
    if is_variables_file(name):
        yield Touched("settings", each.path, "", f"{verb(each)}: values of variables", MEDIUM)
    elif "env" in name.lower().split(".") or name.startswith((".env", "env.")):
        yield Touched("settings", each.path, "", f"{verb(each)}: an example of variables", LOW)


def _of_tooling(each: Changed, name: str) -> Iterator[Touched]:
    kind = manifest_kind(each.path)
    tool = kind in _CI or name in _TOOL_FILES or each.path.startswith(_CI_NAMES)
    if not each.path.endswith(_DOCS) and (tool or kind in ("script", "batch")):
        yield Touched("tooling", each.path, "", f"{verb(each)}: for developers", LOW)
    elif kind == "project":
        yield Touched("dependency", each.path, "", f"{verb(each)}: the interpreter", MEDIUM)


def _of_docs(each: Changed, name: str) -> Iterator[Touched]:
    lower = name.lower()
    folders = set(each.path.lower().split("/")[:-1])
    documents = folders & _DOC_FOLDERS and not folders & {"templates", "src"}
    named = lower.startswith(_DOC_NAMES) and (lower.endswith(_DOCS) or "." not in lower)
    if documents or named:
        yield Touched("docs", each.path, "", f"{verb(each)}: documentation", LOW)
    elif lower.endswith((".md", ".rst", ".adoc")) and "templates" not in folders:
        yield Touched("docs", each.path, "", f"{verb(each)}: a text", LOW)


def _is_same_json(each: Changed) -> bool:
    if each.before is None or each.after is None or each.is_renamed:
        return False
    try:
        old, new = (json.dumps(json.loads(content)) for content in (each.before, each.after))
    except (ValueError, RecursionError):
        return False
    return old == new


def _of_data(each: Changed, name: str, python_folders: Collection[str]) -> Touched:
    """Anything else: what users see, or what the service may read."""
    if each.mode == LINK or each.old_mode == LINK:
        return Touched("data", each.path, "", f"{verb(each)}: a link", MEDIUM)
    if name.endswith(".json") and _is_same_json(each):
        return Touched("style", each.path, "", f"{verb(each)}: it says the same", LOW)
    if name.lower().endswith((".po", ".pot", ".mo", ".ftl")):
        return Touched("data", each.path, "", f"{verb(each)}: translated texts", MEDIUM)
    folder = each.path.rpartition("/")[0]
    inside = any(folder == one or folder.startswith(f"{one}/") for one in python_folders if one)
    where = "beside code that may read it" if inside else "what it is for is not known"
    return Touched("data", each.path, "", f"{verb(each)}: {where}", MEDIUM)
