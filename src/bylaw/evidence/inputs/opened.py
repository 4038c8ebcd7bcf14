"""Every file of a tree that anybody opens meanwhile, as the kernel tells it (inotify, Linux only).

It sees what no interpreter can: a library of machine code that opens files by itself. It does not
see who, so that what others open at the same time is counted too; nor a look at a file's size.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

_OPEN, _IS_DIRECTORY, _OVERFLOW, _GONE = 0x20, 0x40000000, 0x4000, 0x8000
_ONLY_DIRECTORY = 0x01000000
HISTORY = ".git"
"""What paths in the directory of git begin with, wherever that lies."""

_HEAD = struct.Struct("iIII")
_PIECE = 1 << 20


class Opened:
    """Watches the directories of a tree between ``start`` and ``stop``.

    Args:
        root: absolute path of the root.
        directories: those of the tree, relative to it.
        witness: a file of the tree, opened to see whether that is told.
        history: directory of git; empty where there is none.
    """

    def __init__(
        self, root: str, directories: Iterable[str], witness: str, history: str = ""
    ) -> None:
        self.paths: set[str] = set()
        self.trouble = ""
        self._root, self._witness = root, witness
        self._directories = sorted(directories)
        self._history = history
        self._of: dict[int, str] = {}
        self._handle = -1
        self._wake: tuple[int, int] = (-1, -1)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts watching; afterwards ``trouble`` says whether it works."""
        try:
            self._watch()
        except (OSError, AttributeError) as error:
            self.trouble = f"files cannot be watched here: {error}"
        if self.trouble:
            self._close()
            return
        self._wake = os.pipe()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops watching; everything opened until now is in ``paths``."""
        if self._thread is None:
            return
        os.write(self._wake[1], b".")
        self._thread.join()
        self._drain()
        self._thread = None
        for each in self._wake:
            os.close(each)
        self._close()

    def _watch(self) -> None:
        if not sys.platform.startswith("linux"):
            self.trouble = "files cannot be watched on this system"
            return
        library: Any = ctypes.CDLL(None, use_errno=True)
        self._handle = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        places = [(each, f"{self._root}/{each}" if each else self._root)
                  for each in self._directories]  # fmt: skip
        if self._history:
            places.append((HISTORY, self._history))
        for each, name in places:
            place = os.fsencode(name)
            number = library.inotify_add_watch(self._handle, place, _OPEN | _ONLY_DIRECTORY)
            if number < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            self._of[number] = each
        # Some file systems take a watch and never tell anything.
        os.close(os.open(f"{self._root}/{self._witness}", os.O_RDONLY | os.O_NONBLOCK))
        self._drain()
        if self._witness not in self.paths:
            self.trouble = "this file system does not tell what is opened"
        self.paths.clear()

    def _listen(self) -> None:
        while True:
            ready = select.select([self._handle, self._wake[0]], [], [])[0]
            if self._handle in ready:
                self._drain()
            if self._wake[0] in ready:
                return

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._handle, _PIECE)
            except BlockingIOError:
                return
            for number, mask, name in _events(data):
                if mask & _OVERFLOW:
                    self.trouble = "more files were opened than the kernel keeps count of"
                elif mask & _OPEN and not mask & (_GONE | _IS_DIRECTORY):
                    below = self._of.get(number, "")
                    self.paths.add(f"{below}/{name}" if below else name)

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _events(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Watch, mask and name of each event in what the kernel told at once."""
    place = 0
    while place < len(data):
        number, mask, _, size = _HEAD.unpack_from(data, place)
        start = place + _HEAD.size
        place = start + size
        yield number, mask, os.fsdecode(data[start:place].rstrip(b"\0"))
