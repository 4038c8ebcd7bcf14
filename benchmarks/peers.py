"""The peers: where each is found and the cases it is measured by."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from typing import NamedTuple

from benchmarks.cases import Setting
from benchmarks.measure import Case, Outcome

TY = "ty"
RUFF_COLD = "ruff 7 families, cold"
RUFF_WARM = "ruff 7 families, warm"
SHARE_COLD = "ruff, Bylaw's share, cold"
SHARE_WARM = "ruff, Bylaw's share, warm"
MYPY_COLD = "mypy cold"
MYPY_WARM = "mypy warm"
MYPY_EDITED = "mypy one file edited"

_FAMILIES = "E,F,B,S,BLE,ASYNC,TID"
_SHARE = "E722,BLE001,S110,S112,ASYNC2"
_PYLINT = "bare-except,broad-exception-caught,global-statement,cyclic-import"
_FOUND_OR_NOT = frozenset({0, 1})
_SHADOWS = "modules of the tree shadow the interpreter's own"
_PROBE_SECONDS = 60.0


class Peer(NamedTuple):
    """A tool that is measured beside Bylaw.

    Attributes:
        name: what ``--peers`` calls it.
        program: name of its executable.
        cases: makes its cases, given the path of the executable.
        library: why it cannot work on the standard library; empty if it can.
    """

    name: str
    program: str
    cases: Callable[[Setting, str], list[Case]]
    library: str = ""


class Found(NamedTuple):
    """Where a peer is.

    Attributes:
        peer: the peer.
        path: its executable; empty if it cannot be used.
        version: what it says it is.
        problem: why it cannot be used; empty if it can.
    """

    peer: Peer
    path: str
    version: str = ""
    problem: str = ""


def _case(
    setting: Setting, name: str, *argv: str, prepare: Callable[[], object] | None = None
) -> Case:
    command = setting.command(argv, setting.peer_seconds)
    command = command._replace(env=_with_folder(command.env, argv[0]))
    return Case(name, command, _FOUND_OR_NOT, prepare, once_if_slow=True)


def _with_folder(env: dict[str, str], program: str) -> dict[str, str]:
    # semgrep finds its own parts by PATH.
    search = os.pathsep.join((os.path.dirname(program), env.get("PATH", "")))
    return {**env, "PATH": search}


def _clearing(folder: str) -> Callable[[], object]:
    return lambda: shutil.rmtree(folder, ignore_errors=True)


def _ruff(setting: Setting, program: str) -> list[Case]:
    cases: list[Case] = []
    for select, cold, warm in (
        (_FAMILIES, RUFF_COLD, RUFF_WARM),
        (_SHARE, SHARE_COLD, SHARE_WARM),
    ):
        cache = setting.folder(f"ruff-{len(cases)}")
        argv: tuple[str, ...] = (
            program,
            "check",
            ".",
            "--isolated",
            "--quiet",
            "--output-format",
            "concise",
        )
        argv = (*argv, "--select", select, "--cache-dir", cache)
        cases.append(_case(setting, cold, *argv, prepare=_clearing(cache)))
        cases.append(_case(setting, warm, *argv))
    return cases


def _ty(setting: Setting, program: str) -> list[Case]:
    empty = _empty_environment(setting)
    return [_case(setting, TY, program, "check", ".", "--python", empty, "--output-format=concise")]


def _empty_environment(setting: Setting) -> str:
    """An environment without packages, so that ty has no third-party code to read either."""
    folder = setting.folder("empty-environment")
    if not os.path.exists(folder):
        argv = (setting.python, "-m", "venv", "--without-pip", folder)
        subprocess.run(argv, check=True, capture_output=True)
    return folder


def _mypy(setting: Setting, program: str) -> list[Case]:
    cache = setting.folder("mypy")
    argv: tuple[str, ...] = (
        program,
        "--config-file=",
        "--no-site-packages",
        "--ignore-missing-imports",
    )
    argv = (*argv, "--explicit-package-bases", "--namespace-packages", "--cache-dir", cache, ".")
    cases = [
        _case(setting, MYPY_COLD, *argv, prepare=_clearing(cache)),
        _case(setting, MYPY_WARM, *argv),
    ]
    if setting.tree.edited:
        cases.append(_case(setting, MYPY_EDITED, *argv, prepare=setting.edit))
    return cases


def _import_linter(setting: Setting, program: str) -> list[Case]:
    package, children = main_package(setting.tree.root, setting.tree.files)
    if len(children) < 2:
        return []
    os.makedirs(setting.scratch, exist_ok=True)
    contract = setting.folder("importlinter.ini")
    with open(contract, "w", encoding="utf-8") as stream:
        name = os.path.basename(package)
        stream.write(
            f"[importlinter]\nroot_package = {name}\n\n[importlinter:contract:bench]\n"
            f"name = bench\ntype = layers\ncontainers = {name}\n"
            f"layers =\n    {children[0]}\n    {children[1]}\n"
        )
    cache = setting.folder("import-linter")
    argv = (program, "--config", contract, "--cache-dir", cache)
    pair = [
        _case(setting, "import-linter cold", *argv, prepare=_clearing(cache)),
        _case(setting, "import-linter warm", *argv),
    ]
    path = {"PYTHONPATH": os.path.dirname(package)}
    return [
        case._replace(command=case.command._replace(env={**case.command.env, **path}))
        for case in pair
    ]


def main_package(root: str, files: Iterable[str]) -> tuple[str, list[str]]:
    """The top-level package with the most files, and its children, largest first.

    Args:
        root: root of the tree.
        files: its Python files, absolute.

    Returns:
        Directory of the package and names of its subpackages; both empty if there is none.
    """
    packages = {os.path.dirname(path) for path in files if path.endswith(os.sep + "__init__.py")}
    sizes: dict[str, int] = {}
    for path in files:
        folder = os.path.dirname(path)
        while folder in packages:
            sizes[folder] = sizes.get(folder, 0) + 1
            folder = os.path.dirname(folder)
    tops = [folder for folder in packages if os.path.dirname(folder) not in packages]
    if not tops:
        return "", []
    best = max(tops, key=lambda folder: (sizes[folder], folder))
    children = [folder for folder in packages if os.path.dirname(folder) == best]
    children.sort(key=lambda folder: (-sizes[folder], folder))
    return best, [os.path.basename(folder) for folder in children]


def _pylint(setting: Setting, program: str) -> list[Case]:
    argv: tuple[str, ...] = (
        program,
        "--recursive=y",
        "-j",
        str(setting.jobs),
        "--rcfile",
        os.devnull,
    )
    argv = (*argv, "--disable=all", f"--enable={_PYLINT}", "--exit-zero", "--score=n", ".")
    return [_case(setting, "pylint, 4 checks", *argv)]


def _flake8_async(setting: Setting, program: str) -> list[Case]:
    argv = (program, "--isolated", "--select=ASYNC", "-j", str(setting.jobs), "--exit-zero", ".")
    return [_case(setting, "flake8-async", *argv)]


def _semgrep(setting: Setting, program: str) -> list[Case]:
    rules = os.path.join(os.path.dirname(os.path.abspath(__file__)), "semgrep-rules.yml")
    argv: tuple[str, ...] = (
        program,
        "scan",
        "--config",
        rules,
        "--metrics=off",
        "--disable-version-check",
    )
    argv = (*argv, "--quiet", "--no-git-ignore", "--jobs", str(setting.jobs), ".")
    case = _case(setting, "semgrep, 5 rules", *argv)
    private = {
        "SEMGREP_SETTINGS_FILE": setting.folder("semgrep.yml"),
        "SEMGREP_LOG_FILE": setting.folder("semgrep.log"),
    }
    env = {**case.command.env, **private}
    return [case._replace(command=case.command._replace(env=env))]


def _evloop_lint(setting: Setting, program: str) -> list[Case]:
    return [_case(setting, "evloop-lint", program, "--isolated", "--exit-zero", ".")]


def all_peers() -> tuple[Peer, ...]:
    """Every peer there is a case for.

    Returns:
        The peers, in the order they are measured in.
    """
    return (
        Peer("ruff", "ruff", _ruff),
        Peer("ty", "ty", _ty),
        Peer("mypy", "mypy", _mypy, library=_SHADOWS),
        Peer("import-linter", "lint-imports", _import_linter, library=_SHADOWS),
        Peer("pylint", "pylint", _pylint),
        Peer("flake8-async", "flake8", _flake8_async),
        Peer("semgrep", "semgrep", _semgrep),
        Peer("evloop-lint", "evloop-lint", _evloop_lint),
    )


def find_peers(names: list[str] | None, folders: list[str], env: dict[str, str]) -> list[Found]:
    """Looks for the peers.

    Args:
        names: which ones are wanted; all if None.
        folders: directories of executables, tried before ``PATH``.
        env: environment to run them in.

    Returns:
        Every peer that is wanted, found or not.
    """
    search = os.pathsep.join([*folders, env.get("PATH", "")])
    wanted = [peer for peer in all_peers() if names is None or peer.name in names]
    return [_find(peer, search, env) for peer in wanted]


def _find(peer: Peer, search: str, env: dict[str, str]) -> Found:
    path = shutil.which(peer.program, path=search)
    if path is None:
        return Found(peer, "", problem=f"no {peer.program} at hand")
    # import-linter has no --version.
    question = "--help" if peer.program == "lint-imports" else "--version"
    try:
        answer = subprocess.run(
            (path, question),
            capture_output=True,
            text=True,
            env=_with_folder(env, path),
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Found(peer, "", problem=f"{path} {question}: {type(error).__name__}")
    if answer.returncode != 0:
        # The shim of an interpreter that lacks it, for instance.
        return Found(peer, "", problem=f"{path} {question}: exit code {answer.returncode}")
    version = answer.stdout.strip()
    if peer.name == "flake8-async" and "async" not in version:
        return Found(peer, "", problem=f"{path} has no flake8-async")
    return Found(peer, path, version.splitlines()[0] if question == "--version" else "")


def peer_cases(setting: Setting, found: list[Found]) -> tuple[list[Case], list[Outcome]]:
    """The cases of all peers for one tree.

    Args:
        setting: the tree and how to run in it.
        found: the peers.

    Returns:
        What can be measured, and an outcome for each peer that cannot, with the reason.
    """
    cases: list[Case] = []
    absent: list[Outcome] = []
    for peer, path, _, problem in found:
        if not path:
            absent.append(Outcome(peer.name, "not installed", problem))
        elif setting.tree.standard_library and peer.library:
            absent.append(Outcome(peer.name, "not applicable", peer.library))
        else:
            own = peer.cases(setting, path)
            cases.extend(own)
            if not own:
                absent.append(Outcome(peer.name, "not applicable", "no package with two children"))
    return cases, absent
