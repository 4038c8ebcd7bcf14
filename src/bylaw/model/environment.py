"""Which environment variables a project declares: settings classes and example files."""

from __future__ import annotations

from collections.abc import Mapping
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
        "PORT", "HOME", "PATH", "CI", "TZ", "LANG", "LANGUAGE", "USER", "USERNAME", "LOGNAME",
        "PWD", "SHELL", "TERM", "TMPDIR", "TEMP", "TMP", "HOSTNAME", "EDITOR", "PYTHONPATH",
        "VIRTUAL_ENV", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "DISPLAY", "SSL_CERT_FILE",
        "PYTHONUNBUFFERED", "REQUESTS_CA_BUNDLE", "DJANGO_SETTINGS_MODULE", "FLASK_APP",
        "FLASK_ENV", "FLASK_DEBUG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "WEB_CONCURRENCY",
        "APPDATA", "LOCALAPPDATA", "USERPROFILE", "SYSTEMROOT", "DO_NOT_TRACK", "VISUAL", "PAGER",
        "BROWSER", "COLORTERM", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA", "WINDIR",
        "COMSPEC", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
        "PROCESSOR_ARCHITEW6432", "PROCESSOR_IDENTIFIER",
        # set by where it runs: Heroku, Google, AWS, Render, Vercel, Fly, Azure, Windows
        "DYNO", "HEROKU_APP_NAME", "HEROKU_SLUG_COMMIT", "HEROKU_RELEASE_VERSION", "K_SERVICE",
        "K_REVISION", "K_CONFIGURATION", "GAE_ENV", "AWS_EXECUTION_ENV", "RENDER", "VERCEL",
        "RENDER_SERVICE_NAME", "RENDER_SERVICE_ID", "RENDER_SERVICE_TYPE", "RENDER_INSTANCE_ID",
        "RENDER_EXTERNAL_URL", "RENDER_EXTERNAL_HOSTNAME", "RENDER_GIT_COMMIT",
        "RENDER_GIT_BRANCH", "VERCEL_ENV", "VERCEL_URL", "VERCEL_REGION", "VERCEL_BRANCH_URL",
        "VERCEL_TARGET_ENV", "VERCEL_PROJECT_PRODUCTION_URL", "VERCEL_DEPLOYMENT_ID",
        "RENDER_CPU_COUNT", "FLY_APP_NAME", "FLY_REGION", "FLY_MACHINE_ID", "FLY_ALLOC_ID",
        "WEBSITE_HOSTNAME", "WEBSITE_SITE_NAME", "COMPUTERNAME",
        # set by continuous integration
        "GITHUB_ACTIONS", "GITHUB_TOKEN", "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME",
        "GITHUB_RUN_ID", "GITHUB_WORKSPACE", "GITHUB_OUTPUT", "GITHUB_REPOSITORY",
        "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_EVENT_NAME", "GITHUB_STEP_SUMMARY",
        "GITLAB_CI", "CIRCLECI", "CIRCLE_SHA1", "CIRCLE_BRANCH", "BUILDKITE", "JENKINS_URL",
        "TRAVIS", "GITHUB_SERVER_URL", "GITHUB_ACTOR", "GITHUB_JOB", "GITHUB_WORKFLOW",
        "TEAMCITY_VERSION", "DRONE", "TF_BUILD", "APPVEYOR", "READTHEDOCS", "CODESPACES",
        "GITPOD_WORKSPACE_ID",
        # set by init systems, schedulers of jobs, desktops and shells
        "INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",
        "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
        "CACHE_DIRECTORY", "SUDO_USER", "SUDO_UID", "SUDO_GID", "WAYLAND_DISPLAY", "XAUTHORITY",
        "WSL_DISTRO_NAME", "WSL_INTEROP", "MSYSTEM", "OSTYPE", "HOSTTYPE", "EUID", "UID",
        "CONTAINER", "DOCKER_HOST", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
        # read by the tools themselves, which document them
        "SSL_CERT_DIR", "CURL_CA_BUNDLE", "RUN_MAIN", "WERKZEUG_RUN_MAIN", "WERKZEUG_SERVER_FD",
        "SERVER_SOFTWARE", "GUNICORN_CMD_ARGS", "COVERAGE_PROCESS_START",
        "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_CONFIG_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE",
        "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT",
        "PLAYWRIGHT_BROWSERS_PATH", "HF_HOME", "TRANSFORMERS_CACHE", "TIKTOKEN_CACHE_DIR",
    }
)  # fmt: skip
_AMBIENT_PREFIXES = (
    "LC_", "XDG_", "OTEL_", "PYTEST_", "KUBERNETES_", "SSH_", "CONDA_", "PYTHON", "TMUX",
    "BITBUCKET_", "BUILD_SOURCE", "BUILD_REPOSITORY", "SYSTEM_TEAM", "TRAVIS_", "CI_",
    "AWS_LAMBDA_", "ECS_CONTAINER_", "VERCEL_GIT_", "RAILWAY_", "DJANGO_SUPERUSER_",
    "SLURM_", "NOMAD_", "HEROKU_", "MESOS_", "CF_INSTANCE_", "DYNO", "GAE_", "FUNCTIONS_WORKER_",

)  # fmt: skip
_FOR_BROWSER = (
    "NEXT_PUBLIC_", "VITE_", "EXPO_PUBLIC_", "REACT_APP_", "NUXT_", "VUE_APP_", "PUBLIC_",
    "GATSBY_",
)  # fmt: skip


def is_ambient(name: str) -> bool:
    """Whether a platform or the shell provides a variable, so that nobody needs to declare it."""
    return name.upper() in _AMBIENT or name.upper().startswith(_AMBIENT_PREFIXES)


def is_for_browser(name: str) -> bool:
    """Whether a front end's bundler reads a variable, by the prefix such tools insist on."""
    return name.startswith(_FOR_BROWSER)


def is_example_file(path: str) -> bool:
    """Whether a companion file is an example of the environment (``.env.example``)."""
    name = path.rpartition("/")[2].lower()
    return "env" in name and any(
        word in name for word in ("example", "sample", "template", "dist", "default")
    )


def declared_in_file(path: str, text: str) -> dict[str, int]:
    """Variables that an example or deploy file declares, each with its line."""
    name = path.rpartition("/")[2].lower()
    if is_example_file(path):
        return _assignments(text)
    if name.startswith("dockerfile") or name.endswith(".dockerfile") or name == "containerfile":
        return _docker_variables(text)
    if name == "devcontainer.json":
        return _json_variables(text)
    if name.endswith((".yml", ".yaml")):
        return _compose_variables(text)
    return {}


def _assignments(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip().lstrip("#").strip().removeprefix("export ").strip()
        name, equals, _ = line.partition("=")
        name = name.strip()
        commented = raw.strip().startswith("#")
        if not equals and (commented or not name.isupper()):
            continue  # a remark, not the bare name of a variable without a value
        if name.isidentifier() and (name.isupper() or not commented):
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
        if _opens_environment(stripped):
            inside = indent
            continue
        if inside < 0 or not stripped or stripped.startswith("#"):
            continue
        if indent <= inside and not stripped.startswith("-"):
            inside = -1
            continue
        word = stripped.lstrip("- ")
        key, _, value = word.partition(":")
        word = (value.strip() if key in ("key", "name") and value else word).strip("\"'")
        for separator in ("=", ":"):
            word = word.partition(separator)[0].strip()
        if word.isidentifier() and word.isupper():
            found.setdefault(word, number)
    return found


_ENVIRONMENT_KEYS = frozenset({"environment", "args", "env", "variables", "envVars"})


def _opens_environment(line: str) -> bool:
    """Whether a line opens a block of variables: ``environment:``, or one that services share."""
    key, colon, _ = line.removeprefix("- ").partition(":")
    shared = key.startswith("x-") and key.endswith(("environment", "env"))
    return bool(colon) and (key in _ENVIRONMENT_KEYS or shared)


def _json_variables(text: str) -> dict[str, int]:
    """Names in the ``containerEnv`` and ``remoteEnv`` of a development container."""
    found: dict[str, int] = {}
    inside = False
    for number, raw in enumerate(text.splitlines(), 1):
        key, colon, _ = raw.strip().partition(":")
        name = key.strip().strip('"')
        if name in ("containerEnv", "remoteEnv") and colon:
            inside = True
        elif inside and raw.strip().startswith("}"):
            inside = False
        elif inside and colon and name.isidentifier():
            found.setdefault(name, number)
    return found


def settings_variables(project: Project) -> dict[str, int]:
    """Variables the fields of pydantic settings classes stand for, each with its class."""
    found: dict[str, int] = {}
    for number in range(len(project.classes)):
        bases = outside_bases(project, number, evaluate)
        if not any(project.stubs.canonical(base) in SETTINGS_BASES for base in bases):
            continue
        prefix = _prefix(project, number)
        for each in resolution_order(project, number, evaluate):
            for record in project.classes[each][F.K_ATTRIBUTES]:
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


def is_setting(name: str, fields: Mapping[str, int]) -> bool:
    """Whether a variable is a field of a settings class.

    Args:
        name: the variable, in capitals.
        fields: what ``settings_variables`` found; a field whose prefix is computed starts with
            ``*`` and stands for every variable that ends in its name.
    """
    if name in fields:
        return True
    return any(field[0] == "*" and name.endswith(f"_{field[1:]}") for field in fields)


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
                    prefix = _configured_prefix(attribute)
                    if prefix:
                        return prefix
    return ""


def _configured_prefix(attribute: tuple[Any, ...]) -> str:
    """``env_prefix`` of a ``model_config``; ``*`` where it is computed."""
    made_by = attribute[F.A_VALUE] or ""
    if made_by.endswith("()") and not made_by.endswith("ConfigDict()"):
        return "*"
    for encoded in attribute[F.A_ARGS]:
        name, _, value = encoded.partition("=")
        if name == "env_prefix":
            return str(value[1:]) if value[:1] == "'" else "*"
    return ""
