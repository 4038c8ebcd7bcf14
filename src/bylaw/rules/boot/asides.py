"""Start commands that nothing deploys: CI jobs, Makefiles, scripts, installed commands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from bylaw.config.lines import find_lines, line_of
from bylaw.manifests.command import Command, in_container
from bylaw.manifests.meaning import meaning_of, unwrapped
from bylaw.manifests.workload import Words, Workload, exec_form, split_words
from bylaw.manifests.yaml_shapes import Workflow
from bylaw.rules.boot.effective import serves, start_command
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.items import ASIDE, StartCommand
from bylaw.rules.context import RuleContext

_FLAG = "a flag of the deployment outranks the image"
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
        ("batch", "script", "for whoever calls the script"),
        ("markdown", "document", "told to readers"),
    ):
        for command in context.repository.commands(kind):
            if command.path not in opened and (kind != "markdown" or _is_readme(command.path)):
                yield from _aside(context, command, platform, reason)
    yield from _action_inputs(context)
    for name, entry in sorted(scripts(context).items()):
        words = exec_form((name,), entry.line)
        workload = Workload("project", entry.path, entry.line, name)
        made = start_command(context, workload, None, "a command that the project installs",
                             words=words, wins=False, lost=ASIDE)  # fmt: skip
        if made is not None:
            yield made
    yield from _fastapi_entry(context)


def _is_readme(path: str) -> bool:
    return path.rpartition("/")[2].lower().startswith("readme")


def _action_inputs(context: RuleContext) -> Iterator[StartCommand]:
    """Commands that a workflow hands to an action that deploys."""
    for manifest in context.repository.of_kind("github"):
        for use in manifest.detail.uses if isinstance(manifest.detail, Workflow) else ():
            given = dict(use.inputs)
            action = use.action.lower()
            words: tuple[str, ...] = ()
            if action == "google-github-actions/deploy-cloudrun":
                flags = split_words(given.get("flags", ""))
                words = _cloud_run(("gcloud", "run", "deploy", *flags)) or ()
            elif action == "azure/webapps-deploy":
                words = split_words(given.get("startup-command", ""))
            if words:
                platform = "azure" if action.startswith("azure") else "cloud-run"
                workload = Workload(platform, manifest.path, use.line, use.job, "web",
                                    image=given.get("image", ""))  # fmt: skip
                made = start_command(context, workload, None, _FLAG,
                                     words=exec_form(words, use.line))  # fmt: skip
                if made is not None:
                    yield made


def _aside(
    context: RuleContext, command: Command, platform: str, reason: str
) -> Iterator[StartCommand]:  # fmt: skip
    argv = unwrapped(command.argv)
    deployed = _cloud_run(argv)
    if deployed is not None:
        words = exec_form(deployed, command.line, command.column)
        workload = Workload("cloud-run", command.path, command.line, command.name, "web",
                            image=_after(argv, "--image"))  # fmt: skip
        made = start_command(context, workload, None, _FLAG, words=words)
        if made is not None:
            yield made
        return
    inside = in_container(argv)
    meaning = meaning_of(inside or argv)
    by_name = bool(meaning.module or meaning.script) or meaning.program in scripts(context)
    # `python -m package.entry` starts a server where that module does.
    if not by_name or not (meaning.role in _STARTS or meaning.program == "python"):
        return
    words = Words(inside or command.argv, command.text, False, command.line, command.column)
    workload = Workload(platform, command.path, command.line, command.name,
                        directory=command.directory, environment=command.environment)  # fmt: skip
    made = start_command(context, workload, None, reason, words=words, wins=False, lost=ASIDE)
    if made is None or not _starts(context, made):
        return
    if platform in ("script", "document") and not made.resolved:
        # Where a script is called from, and where a reader stands, is not known.
        made = made._replace(confidence=2)
    yield made._replace(is_development=True)


def _starts(context: RuleContext, made: StartCommand) -> bool:
    """Whether a command starts something that stays: by its program, or by the code it runs."""
    if made.meaning.role:
        return made.meaning.role in _STARTS
    return made.module >= 0 and serves(context.repository.text(context.project.paths[made.module]))


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
