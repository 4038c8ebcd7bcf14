"""``image-single-stage``: the image that runs is the one that was built in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import backend_images, final_line, run_text, runs_of
from bylaw.rules.boot.images import Image, sources
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-single-stage",
    summary="An image is built in one stage, so that what builds it is shipped with it.",
    clauses=("DC-2.1", "CON-DEP"),
    severity="warning",
    how="tree",
    family="deploy",
    mend="build in a stage of its own and COPY --from it what runs",
    needs=frozenset({"manifests"}),
)

_TOOLS = re.compile(
    r"\b(build-essential|gcc|g\+\+|build-base|musl-dev|cargo|rustc|rustup|clang|cmake|"
    r"python3?-dev|linux-headers|nodejs|npm install)\b"
)
_REMOVES = re.compile(
    r"\b(?:apk\s+(?:--\S+\s+)*del|apt(?:-get)?\s+(?:-\S+\s+)*(?:purge|remove|autoremove))\b"
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per image; a note where no build tool is left in it."""
    for image, _ in backend_images(context):
        if len(sources(image)) > 1:
            continue
        left = _left(image)
        message = "the image is built in one stage"
        told = f"{message}, and ships {left} with the service" if left else message
        yield file_finding(
            INFO, image.path, final_line(image), told, severity="" if left else "note",
            sink=left or "stage",
        )  # fmt: skip


def _left(image: Image) -> str:
    """A build tool that is installed and not taken away again; empty for none."""
    for each in runs_of(image):
        text = run_text(each)
        match = _TOOLS.search(text)
        if match is not None and not _is_removed(match[1], text):
            return match[1]
    return ""


def _is_removed(tool: str, text: str) -> bool:
    """Whether the same RUN takes a tool away again: ``apk del``, ``apt-get purge``."""
    after = _REMOVES.split(text)
    if len(after) < 2:
        return False
    return any(tool in part or "auto-remove" in part or ".build" in part or "build-deps" in part
               for part in after[1:])  # fmt: skip
