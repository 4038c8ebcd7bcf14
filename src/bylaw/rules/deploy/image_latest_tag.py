"""``image-latest-tag``: what an image is built upon is another thing tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.dockerfile import Instruction
from bylaw.rules.boot.backend_images import backend_images
from bylaw.rules.boot.images import Image, filled, global_arguments, parent_stage, sources
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-latest-tag",
    summary="A stage starts from an image without a tag, or from one that moves.",
    clauses=("DC-9.1",),
    severity="warning",
    how="tree",
    family="deploy",
    mend="name a version (python:3.12-slim), or a digest",
    options=(("moving", ["latest", "edge", "nightly"], "Tags that mean another image later."),),
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per stage that reaches a deployed image; a note for what is copied from."""
    moving = frozenset(context.option(INFO, "moving"))
    seen = set()
    for image, _ in backend_images(context):
        for number in sources(image):
            stage = image.parsed.stages[number]
            if parent_stage(image.parsed, number) is None:
                base = filled(stage.base, global_arguments(image.parsed))
                if _moves(base, moving) and (image.path, stage.line) not in seen:
                    seen.add((image.path, stage.line))
                    message = f"{base} is another image whenever it is built"
                    yield file_finding(INFO, image.path, stage.line, message, sink=base,
                                       symbol=stage.name)  # fmt: skip
            for each in stage.instructions:
                name = _copied_from(image, each)
                if name and _moves(name, moving) and (image.path, each.line) not in seen:
                    seen.add((image.path, each.line))
                    message = f"what is copied from {name} is not pinned"
                    yield file_finding(INFO, image.path, each.line, message, severity="note",
                                       sink=name, symbol=stage.name)  # fmt: skip


def _copied_from(image: Image, each: Instruction) -> str:
    """An image that a COPY takes files from; empty for stages of the file."""
    given = next((flag[7:].strip("\"'") for flag in each.flags if flag.startswith("--from=")), "")
    names = {stage.name for stage in image.parsed.stages}
    known = filled(given, global_arguments(image.parsed))
    return "" if given.isdigit() or given.lower() in names else known


def _moves(base: str, moving: frozenset[str]) -> bool:
    if "$" in base or "@" in base or base == "scratch":
        return False
    _, colon, tag = base.rpartition("/")[2].partition(":")
    return not colon or tag in moving
