"""What a module is for, by evidence: tests, settings, migrations, scripts, entry points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from keyword import iskeyword
from typing import Any, NamedTuple

from bylaw.facts import schema as F

TEST = "test"
SETTINGS = "settings"
MIGRATION = "migration"
SCRIPT = "script"
ENTRY = "entry"
GUNICORN = "gunicorn"
CODE = "code"

_SETTINGS_NAMES = frozenset(
    {"settings", "config", "configs", "configuration", "configurations", "conf", "env",
     "environment"}
)  # fmt: skip
_STAGES = frozenset(
    {"default", "defaults", "base", "common", "local", "dev", "development", "prod", "production",
     "staging", "stage", "testing", "test", "ci", "docker"}
)  # fmt: skip
"""What settings are called in a folder of settings."""
_SCRIPT_NAMES = frozenset(
    {"setup", "manage", "noxfile", "fabfile", "__main__", "hatch_build", "pdm_build"}
)
_SCRIPT_FOLDERS = frozenset(
    {"docs", "examples", "scripts", "bin", "tools", "benchmarks", "benches", "dev"}
)
_RUN_FOLDERS = _SCRIPT_FOLDERS | {
    "docker", "bench", "benchmark", "ci", ".ci", "hack", "deploy", "deployment", "ops", "script",
}  # fmt: skip
"""Where files are kept to be run; that one of them is says nothing by itself."""
_SHOWN = frozenset({"example", "examples", "scripts", "samples", "demos", "tutorials"})
_OF_SPHINX = frozenset({"html_theme", "master_doc", "templates_path", "exclude_patterns"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "waitress", "daphne"})
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "e2e", "load_tests", "loadtests"})
SERVED = frozenset(
    {"main.py", "app.py", "server.py", "application.py", "wsgi.py", "asgi.py", "run.py"}
)
"""Names of the file a server is told to import."""
_TASKS = frozenset({"invoke", "fabric", "fabric2", "duty"})
_ARGUMENT_PARSING = (".parse_args", ".parse_known_args")


class Surroundings(NamedTuple):
    """What the other files of a project say about one.

    Attributes:
        tops: top-level names that are imported.
        named: modules that are imported, each as its last name and the one before it.
        packages: folders with an ``__init__.py``.
    """

    tops: frozenset[str]
    named: frozenset[tuple[str, str]]
    packages: frozenset[str]


def surroundings(paths: Sequence[str], facts: Iterable[tuple[Any, ...]]) -> Surroundings:
    """What the files of a project import, and where its packages are."""
    tops = set()
    named = set()
    for record in {each[:3] for one in facts for each in one[F.IMPORTS]}:
        level, module, name = record
        parts = ["", *module.split(".")] if module else [""]
        if not level:
            tops.add(module.partition(".")[0])
        if module:
            named.add((parts[-2], parts[-1]))
        if name:
            named.add((parts[-1], name))
    folders = (path.rpartition("/") for path in paths)
    packages = frozenset(folder for folder, _, file in folders if file == "__init__.py")
    return Surroundings(frozenset(tops), frozenset(named), packages)


def is_test_path(path: str) -> bool:
    """Whether a path is where tests and what supports them live."""
    parts = path.split("/")
    stem = parts[-1].rpartition(".")[0]
    if stem.startswith("test_") or stem.endswith("_test") or stem in ("conftest", "tests"):
        return True
    if stem.startswith(("e2e_", "e2e-")) or stem.endswith(("_e2e", "-e2e")):
        return True
    # Within a package ``functional_tests`` may as well be what is served to tests from outside.
    top = parts[0].endswith(("_tests", "-tests")) and len(parts) > 1
    return top or any(part in _TEST_FOLDERS or _is_of_tests(part) for part in parts[:-1])


def _is_of_tests(folder: str) -> bool:
    """Whether a folder is one of several for tests: ``tests_e2e``, ``e2e-browser``."""
    words = folder.lower().replace("-", "_").split("_")
    return words[0] == "tests" or "e2e" in words


def role_of(path: str, facts: tuple[Any, ...], name: str, around: Surroundings) -> str:
    """The role of one module.

    Args:
        path: file relative to the root.
        facts: what the file says.
        name: its module name.
        around: what the other files say about it.

    Returns:
        One of ``test settings migration gunicorn script entry code``.
    """
    parts = path.split("/")
    stem = parts[-1].rpartition(".")[0]
    if is_test_path(path):
        return TEST
    if _is_migration(parts, stem, facts):
        return MIGRATION
    if stem.startswith("gunicorn") and "conf" in stem:
        return GUNICORN
    if stem == "conf" and _is_for_sphinx(facts):
        return SCRIPT
    if _is_settings(parts, stem, facts):
        return SETTINGS
    if stem in _SCRIPT_NAMES or (len(parts) > 1 and parts[0] in _SCRIPT_FOLDERS):
        return SCRIPT
    if "scripts" in parts[:-1] or _is_program(stem, facts) or _is_task_file(facts):
        return SCRIPT
    alone = parts[-1] not in SERVED and _stands_alone(parts, stem, around)
    if alone and not _RUN_FOLDERS.isdisjoint(parts[:-1]):
        return SCRIPT
    if _shows(parts[:-1]) and stem != "__init__" and not _is_named(parts, stem, around):
        return SCRIPT
    guarded = facts[F.FILE_FLAGS] & F.HAS_MAIN_GUARD
    if alone and guarded and _parses_arguments(facts):
        return SCRIPT
    if alone and facts[F.FILE_FLAGS] & (F.HAS_SHEBANG | F.ENDS_WITH_STATUS):
        return CODE if _serves(facts) else SCRIPT
    if guarded and "." not in name and name not in around.tops and parts[-1] not in SERVED:
        return ENTRY
    return CODE


def _is_settings(parts: list[str], stem: str, facts: tuple[Any, ...]) -> bool:
    folder = parts[-2] if len(parts) > 1 else ""
    if stem in _SETTINGS_NAMES or stem.endswith(("_settings", "_configs")):
        return True
    if stem.startswith("settings_") or "settings" in parts[:-1] or _has_settings_class(facts):
        return True
    return folder in _SETTINGS_NAMES and (stem in _STAGES or stem == "__init__")


def _is_for_sphinx(facts: tuple[Any, ...]) -> bool:
    """Whether a ``conf.py`` is that of the documentation, which Sphinx runs and nothing imports."""
    names = {binding[F.B_NAME] for binding in facts[F.BINDINGS]}
    return "extensions" in names and not names.isdisjoint(_OF_SPHINX)


def _shows(folders: list[str]) -> bool:
    """Whether a folder is one of scripts or examples by a word: ``example_configs``."""
    return any(not _SHOWN.isdisjoint(each.lower().replace("-", "_").split("_")) for each in folders)


def _stands_alone(parts: list[str], stem: str, around: Surroundings) -> bool:
    """Whether a file is in no package and nothing imports a module called like it."""
    if any("/".join(parts[:count]) in around.packages for count in range(len(parts))):
        return False
    return not _is_named(parts, stem, around)


def _is_named(parts: list[str], stem: str, around: Surroundings) -> bool:
    """Whether something imports a module called like a file."""
    folder = parts[-2] if len(parts) > 1 else ""
    return not around.named.isdisjoint({(folder, stem), ("", stem)})


def _is_migration(parts: list[str], stem: str, facts: tuple[Any, ...]) -> bool:
    folders = set(parts[:-1])
    if stem == "env" and any(record[F.I_MODULE] == "alembic" for record in facts[F.IMPORTS]):
        return True
    if "versions" in folders or "migrations" in folders or "alembic" in folders:
        names = {binding[F.B_NAME] for binding in facts[F.BINDINGS]}
        return bool(names & {"revision", "down_revision", "Migration"}) or stem == "env"
    return False


def _has_settings_class(facts: tuple[Any, ...]) -> bool:
    return any(
        base.rpartition(".")[2] in ("BaseSettings", "SettingsBase")
        for record in facts[F.CLASSES]
        for base in record[F.K_BASES]
    )


def _parses_arguments(facts: tuple[Any, ...]) -> bool:
    """Whether a function of the file parses the command line, and it starts no server."""
    return not _serves(facts) and any(
        call[F.C_PATH].endswith(_ARGUMENT_PARSING)
        for function in facts[F.FUNCTIONS]
        for call in function[F.F_CALLS]
    )


def _serves(facts: tuple[Any, ...]) -> bool:
    """Whether a file knows a server that it may start."""
    return any(record[F.I_MODULE].partition(".")[0] in _SERVERS for record in facts[F.IMPORTS])


def _sets_up_a_package(facts: tuple[Any, ...]) -> bool:
    """Whether the body of a file calls ``setup`` of setuptools, under whatever name it goes."""
    return any(
        record[F.I_MODULE] in ("setuptools", "distutils.core") for record in facts[F.IMPORTS]
    ) and any(
        call[F.C_PATH].rpartition(".")[2] == "setup" for call in facts[F.FUNCTIONS][0][F.F_CALLS]
    )


def _is_program(stem: str, facts: tuple[Any, ...]) -> bool:
    """A file that no import can name, or whose body reads the command line as it runs."""
    if not stem.isidentifier() or iskeyword(stem):
        return True
    if _sets_up_a_package(facts):
        return True
    loads = facts[F.FUNCTIONS][0][F.F_LOADS]
    if any(load[F.L_PATH].startswith("sys.argv") for load in loads if _outside_main(facts, load)):
        return True
    situations = facts[F.SITUATIONS]
    return any(
        call[F.C_PATH].endswith(_ARGUMENT_PARSING)
        and not situations[call[F.C_SITUATION]][F.S_FLAGS] & F.IN_MAIN
        for call in facts[F.FUNCTIONS][0][F.F_CALLS]
    )


def _is_task_file(facts: tuple[Any, ...]) -> bool:
    """Whether a file holds tasks that developers run by a task runner: Invoke, Fabric, doit."""
    made = {
        record[F.I_ALIAS] or record[F.I_NAME] or record[F.I_MODULE]
        for record in facts[F.IMPORTS]
        if record[F.I_MODULE].partition(".")[0] in _TASKS
    }
    return bool(made) and any(
        path.split("(")[0] in made or path.split("(")[0].split(".")[0] in made
        for function in facts[F.FUNCTIONS]
        for path, _, _ in function[F.F_DECORATORS]
        if path.split("(")[0].rpartition(".")[2] == "task"
    )


def _outside_main(facts: tuple[Any, ...], load: tuple[Any, ...]) -> bool:
    return not facts[F.SITUATIONS][load[F.L_SITUATION]][F.S_FLAGS] & F.IN_MAIN
