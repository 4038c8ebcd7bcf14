"""``image-shell-form-cmd``: a shell stands between the platform's signals and the service."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.dockerfile import Instruction
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.workload import Words
from bylaw.rules.boot.backend_images import backend_images
from bylaw.rules.boot.effective import words_of
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-shell-form-cmd",
    summary="CMD or ENTRYPOINT of the final stage starts the service below a shell, without exec.",
    clauses=("DC-1.1",),
    severity="warning",
    how="tree",
    family="deploy",
    mend='write it in exec form, ["python", "-m", "package"], or put exec before the last command',
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per instruction that counts."""
    for image, _ in backend_images(context):
        for each in (image.state.entrypoint, image.state.command):
            if each is None or not _serves_below_shell(each):
                continue
            form = "sh -c" if each.is_exec else "shell form"
            message = f"{each.keyword} in {form}: the shell gets SIGTERM, and the service does not"
            yield file_finding(INFO, image.path, each.line, message, end_line=each.end_line,
                               sink=each.keyword, symbol=image.name)  # fmt: skip


def _serves_below_shell(each: Instruction) -> bool:
    words: Words = words_of(each)
    if not words.is_shell:
        return False
    commands = shell_commands(words.text, Setting("", "start"))
    outer = [one for one in commands if not one.guarded]
    # `exec "$@"` and a supervisor that stays are what a shell may end with.
    return bool(outer) and outer[-1].argv[0] not in ("exec", "wait")
