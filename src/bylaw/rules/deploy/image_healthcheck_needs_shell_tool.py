"""``image-healthcheck-needs-shell-tool``: a health check calls curl or wget."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import is_official, run_text, runs_of
from bylaw.rules.boot.images import Image
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand, for_developers
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-healthcheck-needs-shell-tool",
    summary="A health check calls a program such as curl that the service itself does not need.",
    clauses=("DC-2.4", "DC-2.6", "CON-DEP"),
    severity="error",
    how="tree",
    family="deploy",
    mend="ask with Python: python -m bylaw_boot health, or a line of urllib.request",
    needs=frozenset({"manifests"}),
)

_TOOL = re.compile(r"(?:^|[\s;&|(\"'/])(curl|wget|nc|netcat|httpie|jq)(?=[\s\"']|$)")
_BUSYBOX = frozenset({"wget", "nc"})
_FULL = frozenset({"curl", "wget"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per health check: an error where the image has no such program."""
    seen = set()
    for each in inventory_of(context).winning():
        image = each.place.image
        if image is None or each.is_development or for_developers(image.path):
            continue
        for health in each.health:
            if health.what not in ("HEALTHCHECK", "healthcheck") or not _is_ours(each):
                continue
            path = image.path if health.what == "HEALTHCHECK" else each.workload.path
            match = _TOOL.search(" ".join(health.argv))
            if match is None or (path, health.line) in seen:
                continue
            seen.add((path, health.line))
            severity, why = _judged(image, match[1])
            yield file_finding(
                INFO, path, health.line, f"the health check calls {match[1]}, {why}",
                severity=severity, sink=match[1], symbol=each.name,
            )  # fmt: skip


def _is_ours(command: StartCommand) -> bool:
    return command.role in ("api", "worker", "scheduler", "monitor")


def _judged(image: Image, tool: str) -> tuple[str, str]:
    """Severity, and whether the image has the program."""
    installs = any(re.search(rf"\b{tool}\b", run_text(each)) for each in runs_of(image))
    copies = any(each.keyword in ("COPY", "ADD") and f"/{tool}" in each.text
                 for each in image.state.instructions)  # fmt: skip
    if installs or copies:
        return "warning", f"so {tool} has to be installed in the image and kept patched"
    base = image.base
    tag = base.partition(":")[2].partition("@")[0]
    if not is_official(base):
        return "warning", f"which {base} may not have"
    if "alpine" in base:
        known = tool in _BUSYBOX
        return ("warning", "which busybox brings") if known else ("error", f"which {base} has not")
    if base.startswith("python") and "slim" not in tag and tool in _FULL:
        return "warning", f"which {base} brings"
    if "slim" in base or base.startswith(("python", "debian", "ubuntu")):
        return "error", f"which {base} has not, and nothing installs it"
    return "warning", f"which {base} may not have"
