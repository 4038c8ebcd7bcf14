"""From what was seen of a broken start to what counts."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from bylaw.probes.boot.causes import last_words
from bylaw.probes.boot.faults import Fault, NotSeeded
from bylaw.probes.boot.running import Seen
from bylaw.probes.boot.verdicts import Place, Verdicts

_DIAGNOSTIC = "bylaw.boot-diagnostic/1"


class FaultJudge:
    """Judges the broken starts of one service.

    Args:
        place: of the command.
        uses_boot: whether the service starts through bylaw-boot.
        verdicts: where it is taken down.
    """

    def __init__(self, place: Place, uses_boot: bool, verdicts: Verdicts) -> None:
        self._place = place
        self._uses_boot = uses_boot
        self._verdicts = verdicts

    def not_seeded(self, fault: NotSeeded) -> None:
        """A fault that was not tried."""
        if fault.is_open:
            self._verdicts.judge("fault-not-seeded", self._place, f"{fault.name}: {fault.why}")
        else:
            self._verdicts.note("fault-not-applicable", self._place, f"{fault.name}: {fault.why}")

    def judge(self, fault: Fault, seen: Seen) -> None:
        """Takes down what was seen of a broken start."""
        place = self._place
        if fault.path:
            place = place._replace(path=fault.path, line=fault.line)
        if seen.problem or seen.said["problem"]:
            text = seen.problem or seen.said["problem"]
            self._verdicts.judge("agent-ended", place, f"{fault.what}: {text}")
        elif seen.is_ready or seen.said.get("runs"):
            self._came_up(fault, seen, place)
        elif seen.status is None:
            self._hangs(fault, seen, place)
        elif seen.status == 0:
            self._count("fault-exit-zero", fault, place, "it ends with 0")
        elif self._uses_boot:
            self._diagnostic(fault, seen, place)
        else:
            self._plain(fault, seen, place)

    def _count(self, code: str, fault: Fault, place: Place, what: str, *remarks: str) -> None:
        if not fault.is_certain:
            what += "; nothing shows that this is what it had to notice"
            code = "fault-unsure"
        self._verdicts.judge(code, place, f"{fault.what}: {what}", f"fault: {fault.name}", *remarks)

    def _came_up(self, fault: Fault, seen: Seen, place: Place) -> None:
        if fault.may_be_harmless and not self._uses_boot and not seen.said.get("marks"):
            what = f"{fault.what}: it starts as ever, this does not touch it"
            self._verdicts.note("fault-harmless", place, what, f"fault: {fault.name}")
            return
        how = "it comes up and answers" if seen.is_ready else "it goes on running"
        if seen.said.get("marks"):
            how += ", with the old code"
        self._count("fault-unnoticed", fault, place, how)

    def _hangs(self, fault: Fault, seen: Seen, place: Place) -> None:
        if seen.is_crowded:
            fault = fault._replace(is_certain=False)
        what = f"it neither ends nor answers within {seen.longest:.0f} s"
        self._count("fault-hangs", fault, place, what, f"said: {last_words(seen.output)}")

    def _plain(self, fault: Fault, seen: Seen, place: Place) -> None:
        said = _joined(seen.output).lower()
        named = [any(word.lower() in said for word in words) for words in fault.names]
        if fault.names and not any(named):
            what = f"it ends with {seen.status} and does not name the cause"
            self._count("fault-unnamed", fault, place, what, f"said: {last_words(seen.output)}")
            return
        names = " and names the cause" if fault.names else ""
        self._noticed(fault, place, f"it ends with {seen.status}{names}")

    def _noticed(self, fault: Fault, place: Place, what: str) -> None:
        self._verdicts.note("fault-noticed", place, f"{fault.what}: {what}", f"fault: {fault.name}")

    def _diagnostic(self, fault: Fault, seen: Seen, place: Place) -> None:
        errors = _errors(seen)
        if errors is None:
            what = f"it ends with {seen.status}, and standard error does not end in a diagnostic"
            self._count("diagnostic-missing", fault, place, what,
                        f"said: {last_words(seen.output)}")  # fmt: skip
            return
        said = json.dumps(errors)
        told = Counter(str(each.get("code")) for each in errors)
        lacks = list((Counter(fault.codes) - told).elements())
        named = fault.names if fault.name != "stale-src" else ()
        lacks += [words[0] for words in named if not any(each in said for each in words)]
        lacks += [f"the resolution of {each.get('code')}" for each in errors
                  if not each.get("resolution") or not each.get("message")]  # fmt: skip
        if seen.status != 1:
            lacks.append(f"exit status 1 (it is {seen.status})")
        if fault.name == "ascii-locale" and not seen.said["ascii"]:
            lacks.append("plain ASCII")
        if lacks:
            what = f"its diagnostic lacks {', '.join(map(str, lacks))}"
            self._count("diagnostic-incomplete", fault, place, what)
            return
        self._noticed(fault, place, "it ends with 1, and its diagnostic names every problem")


def _errors(seen: Seen) -> list[dict[str, Any]] | None:
    """The problems of the diagnostic that ends standard error; None where there is none."""
    lines = str(seen.said.get("err", "")).rstrip("\n").split("\n")
    try:
        document = json.loads(lines[-1])
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("schema") != _DIAGNOSTIC:
        return None
    errors = document.get("errors")
    return errors if isinstance(errors, list) and errors else None


def _joined(output: str) -> str:
    """The output without the boxes some terminals' libraries draw, long words put together."""
    lines = [each.strip(" │║|") for each in output.splitlines()]
    return "\n".join(lines) + "\n" + "".join(lines)
