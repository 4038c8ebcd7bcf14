"""``image-no-healthcheck``: nothing asks whether the service in the image is well."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import backend_images, final_line
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-no-healthcheck",
    summary="The final stage of an image that serves requests has no HEALTHCHECK.",
    clauses=("DC-2.4", "CON-DEP"),
    severity="warning",
    how="tree",
    family="deploy",
    mend='HEALTHCHECK CMD ["python", "-m", "bylaw_boot", "health"], or a request of your own',
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per image; a note where the platform that runs it asks by itself."""
    for image, commands in backend_images(context):
        check = image.state.healthcheck
        if check is not None and check.text.strip().upper() != "NONE":
            continue
        serving = [each for each in commands if each.role == "api"]
        if not serving:
            continue
        asking = next((each for each in serving if each.health), None)
        message = "the image has no HEALTHCHECK"
        if check is not None:
            message = "HEALTHCHECK NONE turns off what the base image asks"
        if asking is not None:
            message += f"; {asking.workload.path}:{asking.health[0].line} asks in its place"
        yield file_finding(
            INFO, image.path, check.line if check is not None else final_line(image), message,
            severity="note" if asking is not None else "", sink="HEALTHCHECK", symbol=image.name,
        )  # fmt: skip
