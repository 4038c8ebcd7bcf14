"""Observation of whatever runs in Python: audit events of every interpreter it starts."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType

from bylaw.evidence.inputs.compiled import ENDING, Compiled, stands_for_itself
from bylaw.evidence.inputs.elsewhere import (
    FILE,
    GIT,
    INSTALLED,
    NAMES,
    THERE,
    Layout,
    layout_of,
    look,
)
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.observed import Observed, Places
from bylaw.evidence.inputs.opened import HISTORY, Opened
from bylaw.evidence.inputs.told import Told, escapes_of, read_log
from bylaw.evidence.inputs.tree import Tree
from bylaw.probes.host import AGENTS
from bylaw.source.atomic import cache_directory
from bylaw.source.git import find_git

_VARIABLE = "BYLAW_OBSERVER_LOG"
_AGENT = os.path.join(AGENTS, "bylaw_observer")
_GIT = re.compile(r"\bgit\b")


class PythonObserver:
    """Watches one run of a Python program and of all that it starts.

    Attributes:
        variables: what to run it with.
    """

    def __init__(
        self, tree: Tree, command: Sequence[str], variables: Mapping[str, str]
    ) -> None:  # fmt: skip
        self._tree, self._command = tree, tuple(command)
        self._layout = layout_of(each.path for each in tree.files)
        self._folder = tempfile.mkdtemp(prefix="bylaw-observed-")
        self._log = os.path.join(self._folder, "log")
        before = variables.get("PYTHONPATH", "")
        path = f"{_AGENT}{os.pathsep}{before}" if before else _AGENT
        self.variables = {**variables, "PYTHONPATH": path, _VARIABLE: self._log}
        witness = next((each.path for each in tree.files if each.mode.startswith("100")), "")
        git = find_git(tree.root)
        folders = _real_folders(tree.root, self._layout)
        self._opened = Opened(tree.root, folders, witness, git.directory if git else "")
        self._started_ns = 0

    def __enter__(self) -> PythonObserver:
        for name, content in ((self._log, b""), (f"{self._log}.mark", b"\0")):
            with open(name, "wb") as file:
                file.write(content)
        self._opened.start()
        self._started_ns = time.time_ns()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._opened.stop()
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def result(self) -> Observed:
        """What was opened, listed and looked at."""
        told = read_log(self._log)
        shutil.rmtree(self._folder, ignore_errors=True)
        places = self._places(told)
        escapes = escapes_of(told, self._command)
        reads = _Reads(self._tree.root, self._layout, places, told)
        paths = reads.files()
        blind = _natively_blind(told)
        if blind and self._opened.trouble:
            escapes.append(f"{blind}, and {self._opened.trouble}")
        elif blind:
            paths |= self._opened.paths & self._layout.files
        elsewhere = {*self._beside(told, places, reads), *_installed(told, self._tree.root)}
        if escapes and self._asks_history(told):
            digest = look(GIT, "", self._tree.root, self._layout)
            elsewhere.add(Elsewhere(GIT, "", digest))
        ordered = tuple(sorted(elsewhere))
        if escapes:
            return Observed(None, _told_escapes(escapes), ordered)
        seen = f"opened by {_counted(len(told.hellos), 'Python process', 'Python processes')}"
        also = ", or by anybody meanwhile" if blind else ""
        return Observed(frozenset(paths), seen + also, ordered)

    def _places(self, told: Told) -> Places:
        own = {each for hello in told.hellos for each in (*hello.folders, *hello.packages,
                                                         hello.standard)}  # fmt: skip
        given = [self.variables.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
        temporary = [each for each in (*given, tempfile.gettempdir(), "/tmp", "/var/tmp") if each]
        home = self.variables.get("HOME", "")
        cache = self.variables.get("XDG_CACHE_HOME", "") or (f"{home}/.cache" if home else "")
        own |= {each for each in (cache, cache_directory(), _AGENT, self._folder) if each}
        return Places(self._tree.root, self._layout, own, temporary, self._started_ns)

    def _asks_history(self, told: Told) -> bool:
        """Whether a program that is not seen may have asked git for more than the files."""
        started = [word for _, words in (*told.starts, *told.replaced) for word in words]
        if any(_GIT.search(word) for word in started) or self._opened.trouble:
            return True
        return f"{HISTORY}/HEAD" in self._opened.paths

    def _beside(self, told: Told, places: Places, reads: _Reads) -> Iterator[Elsewhere]:
        for kind, paths in (
            (FILE, sorted(reads.outside)),
            (THERE, sorted(told.paths.get("there", set()) | told.paths.get("look", set()))),
            (NAMES, sorted(told.paths.get("list", ()))),
        ):
            for path in paths:
                if kind == FILE and told.first.get(path) == "write":
                    continue
                if kind == THERE and places.is_made_here(path):
                    continue
                found = places.beside(kind, path)
                if found is not None:
                    yield found


class _Reads:
    """Which files of the tree the told paths stand for, and which paths are none of them."""

    def __init__(self, root: str, layout: Layout, places: Places, told: Told) -> None:
        self.outside: set[str] = set()
        self._root, self._layout, self._places, self._told = root, layout, places, told
        opened = told.paths.get("read", set()) | told.paths.get("write", set())
        self._looks = told.paths.get("look", set()) - opened
        self._compiled = Compiled([each.bytecode for each in told.hellos])
        self._by_folder: dict[str, list[str]] = {}
        for path in layout.files:
            self._by_folder.setdefault(path.rpartition("/")[0], []).append(path)

    def files(self) -> set[str]:
        """Files of the tree whose content may have been looked at."""
        found: set[str] = set()
        paths = self._told.paths
        for path in {*paths.get("read", ()), *paths.get("look", ()), *paths.get("write", ())}:
            found.update(self._file(path))
        for path in paths.get("close", ()):
            found.update(self._inside(path, deep=False))
        # Nothing is told of folders of packages; one that lies in the tree counts as a whole.
        for path in {each for hello in self._told.hellos for each in hello.packages}:
            found.update(self._inside(path, deep=True))
        for path in paths.get("below", ()):
            found.update(self._file(path))
            found.update(self._inside(path, deep=True))
        return found

    def _file(self, path: str) -> Iterable[str]:
        if self._places.is_own(path):
            return ()
        relative = self._places.relative(path)
        own = (relative,) if relative is not None and relative in self._layout.files else ()
        if path.endswith(ENDING):
            sources = self._compiled.sources(path)
            if not own and (not sources or stands_for_itself(path)):
                self.outside.add(path)
            return (*own, *(each for source in sources for each in self._file(source)))
        if own:
            return own
        is_above = relative is None and f"{self._root}/".startswith(f"{path.rstrip('/')}/")
        is_folder = is_above or relative in self._layout.directories
        if not is_folder and (relative is not None or path not in self._looks):
            self.outside.add(path)
        return ()

    def _inside(self, path: str, deep: bool) -> Iterable[str]:
        relative = self._places.relative(path)
        if relative is None:
            # A folder above the root holds all of it.
            is_above = f"{self._root}/".startswith(f"{path.rstrip('/')}/")
            return self._layout.files if deep and is_above else ()
        if not deep:
            return self._by_folder.get(relative, ())
        below = f"{relative}/" if relative else ""
        return [each for each in self._layout.files if each.startswith(below)]


def _natively_blind(told: Told) -> str:
    """What machine code, or handles of directories, may have opened unseen, in words."""
    standard = tuple(hello.standard for hello in told.hellos)
    for path in sorted(told.paths.get("native", ())):
        is_standard = path.startswith(standard) and "-packages" not in path
        if not is_standard:
            return f"{os.path.basename(path)} may open files by itself"
    return ""


def _installed(told: Told, root: str) -> Iterator[Elsewhere]:
    folders = {each for hello in told.hellos for each in hello.packages}
    for folder in sorted(folders):
        digest = look(INSTALLED, folder, root, Layout(frozenset(), frozenset()))
        short = folder[len(root) + 1 :] if folder.startswith(f"{root}/") else folder
        yield Elsewhere(INSTALLED, short, digest)


def _real_folders(root: str, layout: Layout) -> list[str]:
    return [each for each in layout.directories if os.path.isdir(f"{root}/{each}")]


def _told_escapes(escapes: list[str]) -> str:
    more = f" (and {len(escapes) - 1} more)" if len(escapes) > 1 else ""
    return f"{escapes[0]}{more}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
