"""``image-root-user``: the process in the image runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.boot.backend_images import (
    BackendImage,
    backend_images,
    final_line,
    is_official,
    value_in,
)
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-root-user",
    summary="The final stage of an image runs its process as root.",
    clauses=("DC-2.3", "CON-DEP"),
    severity="warning",
    how="tree",
    family="deploy",
    mend="create a user and name it with USER after everything that needs root",
    needs=frozenset({"manifests"}),
)

_DROPS = re.compile(r"\b(gosu|su-exec|setpriv|s6-setuidgid|runuser|chpst|supervisord|s6-svscan)\b"
                    r"|\bsu\s+-|\bsudo\s+-u|--uid\b|--user[= ]")  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per image, at the USER that counts or at the FROM of the final stage."""
    for each in backend_images(context):
        user = each.image.state.user
        name = value_in(each.image, user.text.strip()) if user is not None else ""
        if "$" in name or (name and name.partition(":")[0] not in ("root", "0")):
            continue
        base = each.image.base
        if user is None and re.search(r"nonroot|rootless|unprivileged", base):
            continue
        known = user is not None or is_official(base)
        drops = _drops(context, each)
        message = "the process runs as root"
        if drops:
            message += f", unless {drops} drops its rights"
        line = user.line if user is not None else final_line(each.image)
        yield file_finding(
            INFO, each.image.path, line, message, severity="note" if drops else "",
            confidence=0 if known else 2, sink="root", symbol=each.image.name,
        )  # fmt: skip


def _drops(context: RuleContext, each: BackendImage) -> str:
    """What an entry point drops privileges with; empty where it does not."""
    state = each.image.state
    texts = [" ".join((one.text, *one.words)) for one in (state.entrypoint, state.command) if one]
    for command in each.commands:
        paths = {step.path for step in command.steps if step.path.endswith((".sh", ".bash"))}
        texts += [context.repository.text(path) for path in sorted(paths)]
        texts += [context.repository.text(path) for path in sorted(
            {step.path for step in command.steps} - {each.image.path})]  # fmt: skip
    if state.entrypoint is not None and "/init" in state.entrypoint.words[:1]:
        return "/init"
    match = next((match for text in texts if (match := _DROPS.search(text))), None)
    return match[0].strip() if match else ""
