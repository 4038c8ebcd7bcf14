"""``gate-disabled``: a verification command that cannot fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.manifests.checks import Check, check_of
from bylaw.manifests.command import Command
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="gate-disabled",
    summary="A verification command whose failure does not count, or that checks less than it "
    "says.",
    clauses=("GOV-EVID", "PQG-1", "PQG-4", "PQG-5", "PQG-6"),
    severity="error",
    how="tree",
    family="gates",
    mend="let its failure fail the job, or remove the command",
    needs=frozenset({"manifests"}),
)

_SOURCES = ("github", "gitlab", "makefile", "script", "pre-commit", "dockerfile")
_FLAGS = {
    "--exit-zero": "--exit-zero", "--fail-never": "--fail-never", "-e0": "-e0",
    "--suppress-no-test-exit-code": "--suppress-no-test-exit-code",
    "--fail-under=0": "a floor of 0",
    "--cov-fail-under=0": "a floor of 0",
}  # fmt: skip
_REMARK = re.compile(r"^(\s*)#\s*(-\s+)?(?:(run|script|entry):\s*)?(\S.*)$")
_PLAIN = re.compile(r"^[\w./${}=:\"'*-]+$")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command; a tool that runs again and counts is no finding."""
    for manifest in context.repository.of_kind(*_SOURCES):
        checks = [
            (command, check)
            for command in manifest.commands
            if (check := check_of(command.argv)) is not None
        ]
        counting = {(command.name, check.tool) for command, check in checks
                    if not _reason(command, check) and not _mends(check)}  # fmt: skip
        for command, check in checks:
            reason = _reason(command, check)
            if reason and (command.name, check.tool) not in counting:
                yield _finding(command, check, reason)
        if manifest.kind in ("github", "gitlab"):
            yield from _commented_out(context, manifest.path)
    yield from _narrowed(context)


def _mends(check: Check) -> bool:
    return bool({"--fix", "--fix-only"}.intersection(check.argv))


def _reason(command: Command, check: Check) -> str:
    if command.ignored:
        return command.ignored
    if command.guarded and command.context in ("script", "make"):
        return ""
    return next((_FLAGS[word] for word in check.argv if word in _FLAGS), "")


def _finding(command: Command, check: Check, reason: str) -> Finding:
    local = command.context in ("make", "script", "image-build")
    return file_finding(
        INFO,
        command.path,
        command.line,
        f"{check.tool} runs here and cannot fail: {reason}",
        column=command.column,
        end_line=command.end_line,
        severity="warning" if local else "",
        confidence=1 if reason.startswith("| ") else 0,
        sink=f"{check.tool}: {reason}",
        symbol=command.name,
    )


def _narrowed(context: RuleContext) -> Iterator[Finding]:
    """``pytest -k`` where no run in continuous integration takes the rest."""
    runs = [
        (command, check)
        for command in context.repository.commands("github", "gitlab")
        if (check := check_of(command.argv)) is not None and check.tool in ("pytest", "py.test")
    ]
    selected = [(command, _selection(check)) for command, check in runs]
    if len({words for _, words in selected}) != 1 or not selected[0][1]:
        return
    for command, words in selected[:1]:
        if "$" in words:
            return
        yield file_finding(
            INFO, command.path, command.line,
            f"no job runs the tests that -k {words!r} leaves out", column=command.column,
            end_line=command.end_line, severity="warning", confidence=1, sink=f"-k {words}",
            symbol=command.name, mend="run the whole suite, or mark what is left out and say why",
        )  # fmt: skip


def _selection(check: Check) -> str:
    for position, word in enumerate(check.argv[:-1]):
        if word == "-k":
            return check.argv[position + 1]
    return next((word[2:] for word in check.argv if word.startswith("-k") and len(word) > 2), "")


def _commented_out(context: RuleContext, path: str) -> Iterator[Finding]:
    """A step that only a comment remembers."""
    live = {check.tool for command in context.repository.manifest(path).commands
            if (check := check_of(command.argv)) is not None}  # fmt: skip
    for number, row in enumerate(context.repository.text(path).split("\n"), 1):
        match = _REMARK.match(row)
        if match is None or not (match[3] or _is_command(match[4])):
            continue
        for command in shell_commands(match[4].strip("\"'"), Setting(path, "ci"), number):
            check = check_of(command.argv)
            if check is not None and check.tool not in live:
                yield file_finding(
                    INFO, path, number, f"{check.tool} is commented out", severity="warning",
                    column=len(match[1]) + 1, confidence=1, sink=f"comment {check.tool}",
                    mend="run it, or remove the comment",
                )  # fmt: skip
                break


def _is_command(text: str) -> bool:
    """Whether a remark is a command and not a sentence about one: words with signs in them."""
    words = text.split()
    if not all(_PLAIN.match(word) for word in words):
        return False
    known = ("check", "run", "format", "test", "python", "uv", "poetry")
    rest = [word for word in words[1:] if word not in known]
    return len(words) > 1 and all(
        word[0] in "-./$"
        or "/" in word
        or "=" in word
        or (position > 0 and rest[position - 1][0] == "-")
        for position, word in enumerate(rest)
    )
