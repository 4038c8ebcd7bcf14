"""What the agents say of single modules, as observations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bylaw.model.roles import SCRIPT, TEST
from bylaw.probes.imports.effects import Describer
from bylaw.probes.imports.running import Answer
from bylaw.probes.imports.targets import Target, Targets
from bylaw.probes.outcome import Observation

_DENIED = "Read-only file system"
_DJANGO = ("ImproperlyConfigured", "AppRegistryNotReady")
_UNREADY = re.compile(r"settings are not configured|Apps aren't loaded yet")
_ENDED = {
    "time": ("time-limit", "its import did not end within the time limit"),
    "flood": ("output-limit", "it wrote too much through the channel of the agent"),
    "processes": ("process-limit", "it started more processes than are allowed"),
    "crash": ("crashed", "the process that imported it ended without an answer"),
}


class Notes:
    """Takes down what is said of each module.

    Attributes:
        observations: what was seen so far.
        missing: top-level names of packages that are not installed.
        describe: makes observations.
    """

    def __init__(self, targets: Targets, describer: Describer, ours: Iterable[str]) -> None:
        self.observations: set[Observation] = set()
        self.missing: set[str] = set()
        self.describe = describer
        self._targets = targets
        self._ours = frozenset(ours)

    def take(self, said: Mapping[str, Any], environment: str, place: list[list[Any]]) -> None:
        """Events, double names and the failure of one module or preparation."""
        self.observations.update(self.describe.events(said["events"], environment))
        for path, *names in said["doubles"]:
            text = f"loaded as {' and as '.join(names)}"
            role = self.describe.roles.get(path, "")
            aside = role if role in (TEST, SCRIPT) else ""
            frames = [[path, 1, "<module>"]]
            self._add("double-name", text, frames, environment, aside)
        if said["failure"] is not None:
            self._failed(said["failure"], environment, place)

    def _add(
        self, kind: str, text: str, stack: Any, environment: str, aside: str = ""
    ) -> Observation:
        found = self.describe.observation(kind, text, stack, environment, "", aside)
        self.observations.add(found)
        return found

    def _failed(self, failure: Mapping[str, Any], environment: str, place: list[list[Any]]) -> None:
        """Notes why an import failed, at the line that did it, else at the module itself."""
        stack = failure["stack"] or place
        role = self.describe.roles.get(stack[-1][0], "") if stack else ""
        aside = role if role in (TEST, SCRIPT) else ""
        kind, text = _cause(failure, bool(stack), self._targets, self._ours)
        if kind == "missing-package":
            self.missing.add(failure["missing"].partition(".")[0])
        if kind == "raise" and _DENIED in text:
            aside = "denied by the probe"
        self._add(kind, text, stack, environment, aside)

    def prepared(self, said: Mapping[str, Any], environment: str) -> None:
        """What it means for Django's modules when ``setup()`` failed."""
        if said["failure"] is None:
            return
        for each in self._targets.django:
            text = f"{each.name}: django.setup() failed"
            self._add(
                "not-reached", text, [[each.path, 1, "<module>"]], environment, role_aside(each)
            )

    def answered(self, answer: Answer, place: list[list[Any]]) -> None:
        """How the import of one module ended, and what it left behind."""
        target, said, environment = answer.target, answer.said, answer.environment
        aside = role_aside(target)
        name = target.name or target.path
        if said["ended"]:
            kind, text = _ENDED[said["ended"]]
            if said["status"]:
                text += f" (exit status {said['status']})"
            self._add(kind, f"{name}: {text}", place, environment, aside)
        elif said["failure"] is None:
            self._add("imported", f"{name}: {answer.state}", place, environment, aside)
            if said["file"] and said["file"] != target.path:
                text = f"{name}: another file is found first: {said['file']}"
                self._add("other-file", text, place, environment, aside)
        else:
            at = "".join(f" at {path}:{line}" for path, line, _ in said["failure"]["stack"][:1])
            text = f"{name}: {said['failure']['type']}{at}"
            self._add("failed", text, place, environment, aside)
            if said["again"] and not _is_outside_cause(said["failure"]):
                text = f"{name}: the first import fails, a second one succeeds"
                aside = aside or elsewhere(said["failure"], target)
                self._add("second-import-differs", text, place, environment, aside)
        if said["left"]:
            text = f"{said['left']} processes were left running and were ended"
            self._add("process", text, place, environment, aside)
        if said["forged"]:
            text = f"{name}: {said['forged']} lines that the agent has not written"
            self._add("forged-output", text, place, environment, aside)
        if said["lost"]:
            text = f"{name}: {said['lost']} further events were not kept"
            self._add("events-lost", text, place, environment, aside)


def _cause(
    failure: Mapping[str, Any], is_placed: bool, targets: Targets, ours: frozenset[str]
) -> tuple[str, str]:
    """The kind of a failure, and what it was."""
    text = f"{failure['type']}: {failure['message']}"
    missing, source = (failure[key].partition(".")[0] for key in ("missing", "from"))
    if failure["partial"]:
        return "circular-import", text
    if targets.settings and failure["type"] in _DJANGO and _UNREADY.search(text):
        return "not-reached", f"django.setup() has to come first: {text}"
    if missing and missing not in ours:
        return "missing-package", text
    if not is_placed or failure["outside"] or (source and source not in ours):
        return "package-failed", text
    return ("exit" if failure["exit"] else "raise"), text


def _is_outside_cause(failure: Mapping[str, Any]) -> bool:
    """Whether an import failed for what the probe or the environment lacks."""
    return bool(failure["missing"] or failure["outside"] or _DENIED in failure["message"])


def elsewhere(failure: Mapping[str, Any], target: Target) -> str:
    """Why a failed import says nothing about a module: another one is what failed."""
    stack = failure["stack"]
    return "another module fails" if stack and stack[-1][0] != target.path else ""


def role_aside(target: Target) -> str:
    """Why nothing a module does counts: its role; empty for all others."""
    return target.role if target.role in (TEST, SCRIPT) else ""
