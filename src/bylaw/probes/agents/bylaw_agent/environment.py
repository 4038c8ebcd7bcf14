"""The environment as a dictionary that says who reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from bylaw_agent.recorder import ALL, Recorder


class RecordingDict(dict):  # type: ignore[type-arg]
    """Takes the place of the dictionary inside ``os.environ`` and ``os.environb``."""

    __slots__ = ("recorder",)
    recorder: Recorder

    def _note(self, key: Any) -> None:
        text = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
        self.recorder.record("env-read", text, sys._getframe(2))

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self._note(key)
        return super().__contains__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """As the dictionary's own."""
        self._note(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[Any]:
        self._note(ALL)
        return super().__iter__()

    def keys(self) -> Any:
        """As the dictionary's own."""
        self._note(ALL)
        return super().keys()

    def items(self) -> Any:
        """As the dictionary's own."""
        self._note(ALL)
        return super().items()

    def values(self) -> Any:
        """As the dictionary's own."""
        self._note(ALL)
        return super().values()


def record_environment(recorder: Recorder) -> None:
    """Puts a recording dictionary under both faces of the environment."""
    plain = os.environ._data  # type: ignore[attr-defined]
    recording = RecordingDict(plain)
    recording.recorder = recorder
    os.environ._data = recording  # type: ignore[attr-defined]
    if hasattr(os, "environb"):
        os.environb._data = recording  # type: ignore[attr-defined]
