"""Seeded faults: how a start is broken, and what a service has to say then."""

from __future__ import annotations

import ast
import glob
import os
import posixpath
import re
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.probes.boot.declares import Declares, Variable
from bylaw.probes.boot.placing import ROOM, rooted
from bylaw.probes.boot.running import Start
from bylaw.probes.boot.services import Service
from bylaw.probes.interpreter import Interpreter, version_of
from bylaw.rules.context import RuleContext

NO_NUMBER = "bylaw-no-number"
NO_MODULE = "bylaw_seeded_missing_module"
_STALE = f"{ROOM}/tmp/stale/src"
_ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


class Fault(NamedTuple):
    """One way to break a start.

    Attributes:
        name: ``missing-variable``, ``bad-number``, ``broken-import``, ``stale-src``,
            ``not-a-module``, ``wrong-python``, ``all-at-once`` or ``ascii-locale``.
        what: in a few words, for people.
        start: the broken start.
        names: groups of words; of each one must be in what the service says.
        codes: codes that bylaw-boot's diagnostic must have.
        may_be_harmless: whether a service that comes up as ever is not affected, rather than
            careless.
        is_certain: whether nothing but the fault can be what the service has to notice.
        path: file that says why it is a fault.
        line: its line.
    """

    name: str
    what: str
    start: Start
    names: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...]
    may_be_harmless: bool = False
    is_certain: bool = True
    path: str = ""
    line: int = 0


class NotSeeded(NamedTuple):
    """A fault that was not seeded.

    Attributes:
        name: as in ``Fault``.
        why: in one sentence.
        is_open: whether that leaves a question; else there is nothing to break.
    """

    name: str
    why: str
    is_open: bool


def faults_of(
    context: RuleContext, service: Service, start: Start, declares: Declares,
    interpreter: Interpreter, most: int,
) -> Iterator[Fault | NotSeeded]:  # fmt: skip
    """Every fault for one service.

    Args:
        context: what is known.
        service: the service.
        start: how it is started in good order.
        declares: what it declares.
        interpreter: the project's own.
        most: variables that are taken away one by one.
    """
    start = start._replace(is_whole=False)
    missing = list(_missing(start, declares, most))
    yield from missing
    if not missing:
        yield NotSeeded("missing-variable", "no variable that is set is required", False)
    numbers = list(_numbers(service, start, declares))
    yield from numbers
    if not numbers:
        yield NotSeeded("bad-number", "no variable is read as a number", False)
    broken = _broken_import(context, start, declares)
    yield broken
    yield from _together(start, declares, [*missing, *numbers, broken])
    yield _stale_src(context, service, start, declares)
    yield _not_a_module(context, service, start, declares)
    yield _wrong_python(context, service, start, declares, interpreter)


def _missing(start: Start, declares: Declares, most: int) -> Iterator[Fault]:
    """Each required variable taken away, then all."""
    required = [each for each in declares.variables
                if each.is_required and start.environment.get(each.name)]  # fmt: skip
    for each in required[:most]:
        yield _without(start, [each])
    if len(required) > 1:
        yield _without(start, required)


def _without(start: Start, gone: list[Variable]) -> Fault:
    names = {each.name for each in gone}
    environment = {k: v for k, v in start.environment.items() if k not in names}
    what = gone[0].name if len(gone) == 1 else f"all {len(gone)} required variables"
    return Fault(
        "missing-variable", f"without {what}", start._replace(environment=environment),
        tuple((each.name, each.field) for each in gone), ("variable-missing",) * len(gone),
        is_certain=all(each.is_certain for each in gone), path=gone[0].path, line=gone[0].line,
    )  # fmt: skip


def _numbers(service: Service, start: Start, declares: Declares) -> Iterator[Fault]:
    """A number that is none: of the settings, and the port where the command takes it."""
    found = [each for each in declares.variables if each.is_number]
    own = next((each for each in found if each.name != "PORT"), None)
    port = next((each for each in found if each.name == "PORT"), None)
    from_words = any("{port}" in each for each in start.argv)
    if own is not None:
        yield _bad(start, own)
    if port is not None:
        yield _bad(start, port)
    elif from_words:
        command = service.command
        words = tuple(each.replace("{port}", NO_NUMBER) for each in start.argv)
        yield Fault("bad-number", f"PORT={NO_NUMBER}", start._replace(argv=words),
                    ((NO_NUMBER, "PORT"),), ("variable-invalid",), path=command.path,
                    line=command.line)  # fmt: skip


def _bad(start: Start, each: Variable) -> Fault:
    environment = {**start.environment, each.name: NO_NUMBER}
    return Fault(
        "bad-number", f"{each.name}={NO_NUMBER}", start._replace(environment=environment),
        ((each.name, each.field, NO_NUMBER),), ("variable-invalid",), is_certain=each.is_certain,
        path=each.path, line=each.line,
    )  # fmt: skip


def _broken_import(context: RuleContext, start: Start, declares: Declares) -> Fault | NotSeeded:
    if declares.target < 0:
        return NotSeeded("broken-import", "none of the project's own modules is started", True)
    path = context.project.paths[declares.target]
    broken = _with_import(f"{context.root}/{path}")
    if broken is None:
        return NotSeeded("broken-import", f"{path} cannot be read", True)
    text, line = broken
    return Fault(
        "broken-import", f"import {NO_MODULE} in {path}:{line}",
        start._replace(files={rooted(path): text}), ((NO_MODULE,),), ("import-failed",),
        path=path, line=line,
    )  # fmt: skip


def _with_import(path: str) -> tuple[str, int] | None:
    """The text of a file with an import that fails, behind its docstring and future imports."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return None
    line = 0
    for number, each in enumerate(tree.body):
        is_docstring = number == 0 and isinstance(each, ast.Expr) and isinstance(
            each.value, ast.Constant
        )  # fmt: skip
        is_future = isinstance(each, ast.ImportFrom) and each.module == "__future__"
        if not is_docstring and not is_future:
            break
        line = each.end_lineno or 0
    lines = text.splitlines(keepends=True)
    if not line:
        # Nothing may stand above an encoding or a line for the shell.
        line = sum(1 for each in lines[:2] if each.startswith("#"))
    head = "".join(lines[:line])
    head += "" if not head or head.endswith("\n") else "\n"
    return f"{head}import {NO_MODULE}\n{''.join(lines[line:])}", line + 1


def _together(start: Start, declares: Declares, faults: list[Fault | NotSeeded]) -> Iterator[Fault]:
    """Everything at once, in two locales: bylaw-boot names all of it, whatever the terminal."""
    seeded = [each for each in faults if isinstance(each, Fault)]
    if not declares.uses_boot:
        return
    gone = {each.name for each in declares.variables if each.is_required}
    environment = {k: v for k, v in start.environment.items() if k not in gone}
    numbers = [each for each in seeded if each.name == "bad-number"]
    for each in numbers:
        environment.update({k: v for k, v in each.start.environment.items() if v == NO_NUMBER})
    files = {k: v for each in seeded for k, v in each.start.files.items()}
    chosen = [each for each in seeded if each.name != "missing-variable"]
    whole = max((each for each in seeded if each.name == "missing-variable"),
                key=lambda each: len(each.names), default=None)  # fmt: skip
    names = tuple(names for each in chosen for names in each.names)
    codes = tuple(code for each in chosen for code in each.codes)
    # What is required and a number is set to none: it is malformed, and not missing.
    lacking = [] if whole is None else [each for each in whole.names if each[0] not in environment]
    names += tuple(lacking)
    codes += ("variable-missing",) * len(lacking)
    broken = start._replace(environment=environment, files=files)
    yield Fault("all-at-once", "with all these faults at once", broken, names, codes)
    ascii_only = broken._replace(environment={**environment, **_ASCII})
    yield Fault("ascii-locale", "with all of them, in an ASCII locale", ascii_only, names, codes)


def _stale_src(
    context: RuleContext, service: Service, start: Start, declares: Declares
) -> Fault | NotSeeded:
    """An old copy of the package, in a folder ``src`` on the path."""
    number = declares.target if declares.target >= 0 else service.command.module
    if number < 0:
        return NotSeeded("stale-src", "none of the project's own modules is started", False)
    module = context.project.modules[number]
    top = module.name.partition(".")[0]
    package = posixpath.join(module.root, top)
    initial = f"{context.root}/{package}/__init__.py"
    if not os.path.isfile(initial):
        return NotSeeded("stale-src", f"{top} is no package that could be copied", False)
    with open(initial, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    stale = f"{_STALE}/{top}/__init__.py"
    marked = f"{text}\nopen(__file__ + '.loaded', 'w').close()\n"
    known = start.environment.get("PYTHONPATH", "")
    environment = {**start.environment, "PYTHONPATH": f"{_STALE}:{known}".rstrip(":")}
    broken = start._replace(
        environment=environment, copies=((rooted(package), f"{_STALE}/{top}"),),
        files={stale: marked}, marks=(f"{stale}.loaded",),
    )  # fmt: skip
    return Fault("stale-src", f"with an old copy of {top} in a src on PYTHONPATH", broken,
                 (("src", top),), ("stale-src",), may_be_harmless=True)  # fmt: skip


def _not_a_module(
    context: RuleContext, service: Service, start: Start, declares: Declares
) -> Fault | NotSeeded:
    """The file run by its path, where the command says ``-m``."""
    meaning = service.command.meaning
    number = service.command.module
    if meaning.program != "python" or not meaning.as_module or number < 0:
        return NotSeeded("not-a-module", "the command does not run a module with -m", False)
    at = start.argv.index("-m") if "-m" in start.argv else -1
    if at < 0:
        return NotSeeded("not-a-module", "the command spells -m in a way of its own", False)
    file = rooted(context.project.paths[number])
    argv = (*start.argv[:at], file, *start.argv[at + 2 :])
    path, line = service.command.path, service.command.line
    return Fault("not-a-module", "run by its path, without -m", start._replace(argv=argv),
                 (("-m", "import", meaning.module),), ("not-a-module",), may_be_harmless=True,
                 path=path, line=line)  # fmt: skip


def _wrong_python(
    context: RuleContext, service: Service, start: Start, declares: Declares,
    interpreter: Interpreter,
) -> Fault | NotSeeded:  # fmt: skip
    """An older interpreter than the service says it needs, with the same packages."""
    oldest = declares.oldest_python
    if not oldest:
        return NotSeeded("wrong-python", "no oldest Python is declared", False)
    named = ".".join(map(str, oldest))
    other = older_interpreter(oldest)
    if other is None:
        return NotSeeded("wrong-python", f"no Python older than {named} is at hand", True)
    if declares.uses_boot and other.version < (3, 9):
        return NotSeeded("wrong-python", "bylaw-boot itself needs Python 3.9", False)
    if start.argv[0] != interpreter.path:
        return NotSeeded("wrong-python", "the program is none of Python's own", False)
    packages = os.path.join(os.path.dirname(os.path.dirname(interpreter.path)), "lib",
                            f"python{interpreter.version[0]}.{interpreter.version[1]}",
                            "site-packages")  # fmt: skip
    # Another interpreter does not see what is installed by reference (an editable install).
    number = declares.target if declares.target >= 0 else service.command.module
    own = f"{context.root}/{context.project.modules[number].root}" if number >= 0 else ""
    places = [packages, start.environment.get("PYTHONPATH", ""), own.rstrip("/")]
    environment = {**start.environment, "PYTHONPATH": ":".join(each for each in places if each)}
    version = ".".join(map(str, other.version))
    path, line = declares.says_so
    return Fault(
        "wrong-python", f"with Python {version}, older than {named}",
        start._replace(argv=(other.path, *start.argv[1:]), environment=environment), (),
        ("python-too-old",), may_be_harmless=True, path=path, line=line,
    )  # fmt: skip


def older_interpreter(oldest: tuple[int, ...]) -> Interpreter | None:
    """The newest interpreter at hand that is older than a version, and not older than 3.8."""
    major, minor = (*oldest, 0)[:2]
    for number in range(minor - 1, 7, -1):
        name = f"python{major}.{number}"
        home = os.path.expanduser("~")
        places = [
            shutil.which(name) or "",
            *sorted(glob.glob(f"{home}/.pyenv/versions/{major}.{number}.*/bin/{name}")),
            *sorted(
                glob.glob(f"{home}/.local/share/uv/python/cpython-{major}.{number}.*/bin/{name}")
            ),
        ]
        for path in filter(None, places):
            version = version_of(path)
            if version[:2] == (major, number) and re.match(r"/", path):
                return Interpreter(path, "older", version)
    return None
