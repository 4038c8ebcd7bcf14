"""What adapters know of a project: its environment, its tools, its own commands and settings."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bylaw.config import Config
from bylaw.evidence.adapters.installing import entry_digest, install_command
from bylaw.evidence.adapters.native import Native, native_commands
from bylaw.evidence.item import Tool
from bylaw.manifests.dependencies import Dependency, normal, read_pyproject, read_requirements
from bylaw.manifests.yaml_shapes import Hook, PreCommit
from bylaw.probes.environment import declared_variables, joined, scrubbed_environment
from bylaw.probes.interpreter import Interpreter, find_interpreter
from bylaw.rules.repository import Repository

_SECONDS = 20.0
_ASK = (
    "import json,platform,sys,sysconfig;print(json.dumps(["
    "platform.python_implementation(),platform.python_version(),platform.system(),"
    "platform.machine(),sysconfig.get_path('scripts'),sys.path]))"
)
_INSTALLED = re.compile(r"^(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info$")
_CONFIGURED = ("pyproject", "setup-cfg", "tool-ini", "requirements", "pipfile")


class Asking(NamedTuple):
    """What a claim is asked for.

    Attributes:
        base: commit the change starts from; empty where there is none.
        changed: changed paths that are still there, relative to the root.
        tests: test files that reach the change; None where that is not known.
        whole: whether these are all there are.
        seconds: time of a suite.
    """

    base: str = ""
    changed: tuple[str, ...] = ()
    tests: tuple[str, ...] | None = None
    whole: bool = False
    seconds: float = 1800.0


class Environment(NamedTuple):
    """The project's own environment.

    Attributes:
        interpreter: its interpreter.
        python: implementation and version (``CPython 3.12.4``).
        platform: system and machine.
        scripts: directory of its programs.
        installed: version by name of everything installed in it.
        problem: why nothing is known of it; empty where all is well.
    """

    interpreter: Interpreter
    python: str
    platform: str
    scripts: str
    installed: Mapping[str, str]
    problem: str = ""


def environment_of(interpreter: Interpreter) -> Environment:
    """Asks an interpreter what is installed beside it."""
    try:
        done = subprocess.run(
            [interpreter.path, "-I", "-B", "-c", _ASK], capture_output=True, timeout=_SECONDS,
            check=True, stdin=subprocess.DEVNULL, env={"PATH": os.defpath},
        )  # fmt: skip
        made, version, system, machine, scripts, path = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return Environment(interpreter, "", "", "", {}, f"{interpreter.path}: {error}")
    installed: dict[str, str] = {}
    for folder in path:
        for name in _listed(folder):
            found = _INSTALLED.match(name)
            if found is not None:
                installed.setdefault(normal(found[1]), found[2])
    return Environment(interpreter, f"{made} {version}", f"{system}-{machine}", scripts, installed)


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


class Declarations:
    """What a repository says of its tools; everything is read when first asked for."""

    def __init__(self, root: str, config: Config, repository: Repository) -> None:
        self.root = root
        self.config = config
        self.repository = repository

    @cached_property
    def folders(self) -> list[str]:
        """Folders that hold a project file, the root first, then the nearest."""
        found = {posixpath.dirname(path) for path in self.repository.names("pyproject", "lock")}
        found |= {posixpath.dirname(path) for path in self.repository.names(*_CONFIGURED)
                  if path.count("/") < 2}  # fmt: skip
        return sorted({"", *found}, key=lambda each: (each.count("/") + bool(each), each))[:40]

    @cached_property
    def natives(self) -> tuple[Native, ...]:
        """Checks that the repository itself starts, those of its CI first."""
        return native_commands(self.repository)

    @cached_property
    def hooks(self) -> tuple[Hook, ...]:
        """Hooks of pre-commit."""
        read = self.repository.of_kind("pre-commit")
        return tuple(hook for each in read if isinstance(each.detail, PreCommit)
                     for hook in each.detail.hooks)  # fmt: skip

    @cached_property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """``[tool]`` of each pyproject.toml, by its folder."""
        import tomllib

        found = {}
        for path in self.repository.names("pyproject"):
            try:
                data = tomllib.loads(self.repository.whole(path))
            except tomllib.TOMLDecodeError:
                continue
            tool = data.get("tool")
            found[posixpath.dirname(path)] = tool if isinstance(tool, dict) else {}
        return found

    @cached_property
    def declared(self) -> tuple[Dependency, ...]:
        """Dependencies of every group, wherever they are declared."""
        found: list[Dependency] = []
        for path in self.repository.names("pyproject"):
            read = read_pyproject(path, self.repository.whole(path))
            found += getattr(read, "dependencies", ())
        for path in self.repository.names("requirements"):
            found += read_requirements(path, self.repository.whole(path)).dependencies
        return tuple(found)

    def depends_on(self, name: str) -> bool:
        """Whether a distribution is declared anywhere."""
        return any(each.name == name for each in self.declared)

    def has_file(self, *names: str) -> list[str]:
        """Paths of files of some names in the project's folders."""
        paths = [posixpath.join(folder, name) for folder in self.folders for name in names]
        return [path for path in paths if self.repository.exists(path)]

    def ini_sections(self, name: str, *sections: str) -> bool:
        """Whether a file of the root has a section of one of some names."""
        text = self.repository.text(name) if self.repository.exists(name) else ""
        return any(re.search(rf"(?m)^\[{re.escape(each)}\]", text) for each in sections)


class Project(Declarations):
    """A repository with the environment its tools are installed in."""

    @cached_property
    def environment(self) -> Environment:
        """The environment the project's tools are installed in."""
        configured = self.config.project.python
        return environment_of(find_interpreter(self.root, "", configured, self.folders))

    def tool(self, name: str) -> Tool | None:
        """A tool of the project's own environment; None where it is not installed."""
        version = self.environment.installed.get(normal(name))
        return None if version is None else Tool(name, version, entry_digest(self.repository, name))

    def words(self, name: str, module: str = "", *, as_module: bool = False) -> tuple[str, ...]:
        """The first words of a command of the environment: its program, else ``python -m``."""
        program = os.path.join(self.environment.scripts, name)
        if not as_module and os.path.isfile(program) and os.access(program, os.X_OK):
            return (program,)
        return (self.environment.interpreter.path, "-m", module or name)

    def variables(self, folders: Sequence[str] = ()) -> dict[str, str]:
        """The variables that tools get: none of the user's own, and those the project declares."""
        scrubbed = scrubbed_environment(self.environment.interpreter.path)
        places = [*folders, *self.folders]
        return joined(scrubbed, declared_variables(self.root, self.config.probe_environment,
                                                   places))  # fmt: skip

    def install(self, name: str, wanted: str = "") -> str:
        """The one command that installs a distribution; ``wanted`` is a version something names."""
        return install_command(self, name, wanted)

    def relative(self, path: str) -> str:
        """A path as it is shown: relative to the root where it is below it."""
        inside = os.path.relpath(path, self.root)
        return path if inside.startswith("..") else inside

    def typed(self, argv: Sequence[str], cwd: str = "") -> tuple[str, ...]:
        """Words as a person would type them in a directory below the root."""
        return tuple(argv) if cwd else self.recorded(argv)

    def recorded(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Words as items have them: paths below the root are relative to it."""
        lead = self.root + os.sep
        return tuple(each.replace(lead, "") if each.startswith(lead) else each for each in argv)

    def sources(self, home: str = "") -> list[str]:
        """Folders of the project's own code below a folder, tests left out."""
        return list(_sources(self.repository, self.config, home))


def _sources(repository: Repository, config: Config, home: str) -> Iterator[str]:
    given = [*config.project.package_root, *config.project.source]
    if given and not home:
        yield from given
        return
    if repository.is_directory(posixpath.join(home, "src")):
        yield "src"
        return
    for name in repository.listing(home):
        inside = posixpath.join(home, name)
        package = repository.exists(posixpath.join(inside, "__init__.py"))
        if package and not name.startswith((".", "test", "docs")):
            yield name
