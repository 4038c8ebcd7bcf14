"""A clock that can be set off: the wall clock as Python reads it, not the kernel's.

Monotonic clocks, time stamps of files and clocks of databases stay as they are.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import time
from typing import Any


class Clock:
    """The clock of this process.

    Attributes:
        shift: seconds it is off the real one.
    """

    def __init__(self) -> None:
        self.shift = 0.0

    def install(self) -> str:
        """Takes the place of the real clock.

        Returns:
            Why that cannot be done here; empty where it was.
        """
        try:
            self._replace_days()
        except Exception as error:  # noqa: BLE001 - another Python than those that are known
            return f"{type(error).__name__}: {error}"
        self._replace_times()
        return ""

    def _replace_days(self) -> None:
        """``datetime.now`` and ``utcnow``; ``today`` asks ``time.time`` by itself."""
        kind = datetime.datetime
        now, utcnow = vars(kind)["now"], vars(kind)["utcnow"]

        def shifted_now(cls: Any, tz: Any = None) -> Any:
            if tz is None:
                return now.__get__(None, cls)() + datetime.timedelta(seconds=self.shift)
            utc = now.__get__(None, cls)(datetime.timezone.utc)  # noqa: UP017 - Python 3.9
            return (utc + datetime.timedelta(seconds=self.shift)).astimezone(tz)

        def shifted_utcnow(cls: Any) -> Any:
            return utcnow.__get__(None, cls)() + datetime.timedelta(seconds=self.shift)

        shifted_now.__name__, shifted_utcnow.__name__ = "now", "utcnow"
        (methods,) = [each for each in gc.get_referents(vars(kind)) if type(each) is dict]
        methods["now"] = classmethod(shifted_now)
        methods["utcnow"] = classmethod(shifted_utcnow)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
        before = kind.now()
        self.shift = 86400.0
        after = kind.now()
        self.shift = 0.0
        if (after - before).total_seconds() < 86000:
            raise RuntimeError("the class keeps its own clock")

    def _replace_times(self) -> None:
        real_time, real_ns = time.time, time.time_ns
        made: dict[str, Any] = {
            "time": lambda: real_time() + self.shift,
            "time_ns": lambda: real_ns() + int(self.shift * 1_000_000_000),
            "localtime": _with_now(time.localtime, time),
            "gmtime": _with_now(time.gmtime, time),
            "ctime": _with_now(time.ctime, time),
        }
        strftime = time.strftime
        made["strftime"] = lambda form, *when: strftime(form, *(when or (time.localtime(),)))
        for name, function in made.items():
            function.__name__ = name
            setattr(time, name, function)


def _with_now(real: Any, clock: Any) -> Any:
    def shifted(seconds: Any = None) -> Any:
        return real(clock.time() if seconds is None else seconds)

    return shifted
