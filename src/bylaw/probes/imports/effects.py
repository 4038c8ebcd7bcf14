"""Events the agent recorded, as observations, and which of them break a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bylaw.model.environment import is_ambient
from bylaw.model.roles import SCRIPT, TEST
from bylaw.probes.outcome import Observation

RULES: Mapping[str, str] = {
    "env-read": "import-time-env-read",
    "database": "import-time-database",
    "network": "import-time-network",
    "raise": "import-time-raise",
    "exit": "import-time-raise",
    "filesystem-read": "import-time-filesystem",
    "filesystem-write": "import-time-filesystem",
    "process": "import-time-process",
    "thread": "import-time-process",
}
"""Effect kind -> the static rule that looks for it."""

_COUNTED = frozenset(RULES) - {"filesystem-read"}
_HANDLERS = ("signal.signal", "atexit.register")
CONSTRUCTED = " (constructed, not connected)"
_BY = {
    "default": "os.environ.setdefault", "library": "a library it calls",
    "switch": "a library it calls",
    "import": "the body of a third-party module", "standard": "the standard library",
}  # fmt: skip


class Describer:
    """Turns events into observations.

    Attributes:
        names: module name of each path.
        roles: role of each path.
    """

    def __init__(self, names: Mapping[str, str], roles: Mapping[str, str]) -> None:
        self.names = names
        self.roles = roles

    def symbol(self, path: str, function: str) -> str:
        """Dotted name of a scope."""
        module = self.names.get(path, path)
        inner = function.replace(".<locals>", "")
        return module if function == "<module>" else f"{module}.{inner}"

    def observation(
        self, kind: str, what: str, stack: Iterable[Iterable[Any]], environment: str,
        by: str = "", aside: str = "",
    ) -> Observation:  # fmt: skip
        """One observation with its stack, nearest line first."""
        frames = [(str(path), int(line), str(function)) for path, line, function in stack]
        path, line, function = frames[0] if frames else ("", 0, "")
        role = self.roles.get(frames[-1][0], "") if frames else ""
        lines = [what]
        lines += [f"by: {by}"] if by else []
        lines += [f"role: {role}"] if role not in ("", "code") else []
        lines += [f"aside: {aside}"] if aside else []
        lines += [f"at: {each[0]}:{each[1]} {each[2]}" for each in frames]
        symbol = self.symbol(path, function) if frames else ""
        return Observation(kind, path, line, symbol, "\n".join(lines), environment)

    def events(self, events: Iterable[list[Any]], environment: str) -> Iterator[Observation]:
        """The observations of one module's events."""
        for effect, name, stack, by, owner in events:
            kind, _, qualifier = effect.partition(":")
            what = name + (CONSTRUCTED if qualifier == "constructed" else "")
            if kind == "env-read":
                what = "every variable" if name == "*" else name
            told = f"{_BY[by]}: {owner}" if owner and by in _BY else _BY.get(by, "")
            aside = self._aside(kind, name, by, stack)
            yield self.observation(kind, what, stack, environment, told, aside)

    def _aside(self, kind: str, name: str, by: str, stack: list[list[Any]]) -> str:
        """Why an effect does not count against the module; empty where it does."""
        role = self.roles.get(stack[-1][0], "")
        if role in (TEST, SCRIPT):
            return role
        if by == "import":
            return "third-party module"
        if kind not in _COUNTED:
            return "note"
        if by == "default":
            return "sets a default"
        if by == "switch":
            return "a variable of the library"
        if by == "standard" and (kind == "env-read" or name in _HANDLERS):
            return "the standard library's own"
        if by == "library" and kind == "env-read" and name != "*" and is_ambient(name):
            return "a variable of the platform"
        return ""


def counts(observation: Observation) -> bool:
    """Whether an observation breaks a rule."""
    return observation.kind in _COUNTED and not observation.remarks("aside")
