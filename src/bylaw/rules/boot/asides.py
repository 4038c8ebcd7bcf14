"""Start commands that nothing deploys: CI jobs, Makefiles, scripts, installed commands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from bylaw.config.lines import find_lines, line_of
from bylaw.manifests.command import Command
from bylaw.manifests.meaning import meaning_of, unwrapped
from bylaw.manifests.workload import Words, Workload, exec_form
from bylaw.rules.boot.effective import start_command
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.items import ASIDE, StartCommand
from bylaw.rules.context import RuleContext

_STARTS = ("api", "worker", "scheduler")


def gather_asides(context: RuleContext, opened: set[str]) -> Iterator[StartCommand]:
    """Start commands that are there for people and jobs.

    Args:
        context: what is known.
        opened: scripts that some deployed command runs; their commands are known already.
    """
    for kind, platform, reason in (
        ("github", "github", "starts it for the length of a job"),
        ("gitlab", "gitlab", "starts it for the length of a job"),
        ("makefile", "make", "for whoever calls the target"),
        ("script", "script", "for whoever calls the script"),
    ):
        for command in context.repository.commands(kind):
            if command.path not in opened:
                yield from _aside(context, command, platform, reason)
    for name, entry in sorted(scripts(context).items()):
        words = exec_form((name,), entry.line)
        workload = Workload("project", entry.path, entry.line, name)
        made = start_command(context, workload, None, "a command that the project installs",
                             words=words, wins=False, lost=ASIDE)  # fmt: skip
        if made is not None:
            yield made
    yield from _fastapi_entry(context)


def _aside(
    context: RuleContext, command: Command, platform: str, reason: str
) -> Iterator[StartCommand]:  # fmt: skip
    argv = unwrapped(command.argv)
    deployed = _cloud_run(argv)
    if deployed is not None:
        words = exec_form(deployed, command.line, command.column)
        workload = Workload("cloud-run", command.path, command.line, command.name, "web",
                            image=_after(argv, "--image"))  # fmt: skip
        made = start_command(context, workload, None, "a flag of the deployment outranks the image",
                             words=words)  # fmt: skip
        if made is not None:
            yield made
        return
    meaning = meaning_of(argv)
    known = meaning.program in scripts(context) and meaning.role in _STARTS
    if meaning.role not in _STARTS or not (meaning.module or meaning.script or known):
        return
    words = Words(command.argv, command.text, False, command.line, command.column)
    workload = Workload(platform, command.path, command.line, command.name,
                        directory=command.directory, environment=command.environment)  # fmt: skip
    made = start_command(context, workload, None, reason, words=words, wins=False, lost=ASIDE)
    if made is not None:
        if platform == "script" and not made.resolved:
            # Where a script is called from is not known.
            made = made._replace(confidence=2)
        yield made._replace(is_development=True)


def _cloud_run(argv: tuple[str, ...]) -> tuple[str, ...] | None:
    """``gcloud run deploy --command ... --args ...``: words that outrank the image."""
    if argv[:3] not in (("gcloud", "run", "deploy"), ("gcloud", "run", "services")):
        return None
    command = _after(argv, "--command")
    given = _after(argv, "--args")
    words = [*command.split(","), *given.split(",")] if command else []
    return tuple(word for word in words if word) or None


def _after(argv: tuple[str, ...], option: str) -> str:
    for number, word in enumerate(argv):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option and number + 1 < len(argv):
            return argv[number + 1]
    return ""


def _fastapi_entry(context: RuleContext) -> Iterator[StartCommand]:
    """``[tool.fastapi] entrypoint``: what ``fastapi run`` starts without a path."""
    for path in context.repository.names("pyproject"):
        text = context.repository.text(path)
        if not re.search(r"^\[tool\.fastapi\]", text, re.M):
            continue
        try:
            entry = tomllib.loads(text)["tool"]["fastapi"].get("entrypoint")
        except (tomllib.TOMLDecodeError, KeyError, AttributeError):
            continue
        if isinstance(entry, str):
            line = line_of(find_lines(text), ("tool", "fastapi", "entrypoint")) or 1
            words = exec_form(("fastapi", "run", "--entrypoint", entry), line)
            workload = Workload("project", path, line, "fastapi",
                                directory=path.rpartition("/")[0])  # fmt: skip
            made = start_command(context, workload, None, "what `fastapi run` starts here",
                                 words=words, wins=False, lost=ASIDE)  # fmt: skip
            if made is not None:
                yield made
