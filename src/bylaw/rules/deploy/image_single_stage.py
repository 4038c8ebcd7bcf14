"""``image-single-stage``: the image that runs is the one that was built in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import backend_images, final_line, run_text, runs_of
from bylaw.rules.boot.images import sources
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
        left = next((match[1] for each in runs_of(image) for text in (run_text(each),)
                     if (match := _TOOLS.search(text)) and not _is_removed(match[1], text)), "")  # fmt: skip
        message = "the image is built in one stage"
        told = f"{message}, and ships {left} with the service" if left else message
        yield file_finding(
            INFO, image.path, final_line(image), told, severity="" if left else "note",
            sink=left or "stage",
        )  # fmt: skip


def _is_removed(tool: str, text: str) -> bool:
    """Whether the same RUN takes a tool away again: ``apk del``, ``apt-get purge``."""
    after = re.split(
        r"\b(?:apk\s+(?:--\S+\s+)*del|apt(?:-get)?\s+(?:-\S+\s+)*(?:purge|remove|autoremove))\b",
        text,
    )
    if len(after) < 2:
        return False
    return any(tool in part or "auto-remove" in part or ".build" in part or "build-deps" in part
               for part in after[1:])  # fmt: skip
