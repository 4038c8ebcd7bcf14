"""``flaky-retry``: failing tests that are run again until they pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.manifests.checks import check_of
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.yaml_shapes import Workflow
from bylaw.model.evaluate import evaluate
from bylaw.rules.context import RuleContext, file_finding, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="flaky-retry",
    summary="A marker, plugin or option runs a failing test again until it passes.",
    clauses=("GOV-2.3",),
    severity="warning",
    how="tree",
    family="gates",
    mend="find what the test depends on and control it; until then, skip it with a reason",
    needs=frozenset({"manifests"}),
)

_MARKERS = frozenset({
    "pytest.mark.flaky", "flaky.flaky", "flaky.plugin.flaky", "pytest_retry.retry",
    "pytest.mark.rerun", "pytest_rerunfailures.flaky",
})  # fmt: skip
_OPTIONS = ("--reruns", "--force-flaky", "--retries", "--only-rerun", "--flake-finder")
_OPTION = re.compile(r"(?<![\w-])(--reruns|--force-flaky|--retries)(?=[\s=\"']|$)")
_PLUGIN = re.compile(
    r"^\s*[\"']?(pytest-rerunfailures|pytest-retry|flaky)\b(?=[\s\"'=<>~!\[;,]|$)", re.IGNORECASE
)
_RETRYING = ("nick-fields/retry", "nick-invision/retry", "wandalen/wretry.action")


def find(context: RuleContext) -> Iterator[Finding]:
    """Findings at markers, options and steps; at the plugin itself where nothing else is found."""
    found = [*_markers(context), *_options(context), *_steps(context), *_settings(context)]
    yield from found or _plugins(context)


def _markers(context: RuleContext) -> Iterator[Finding]:
    project = context.project
    for number, function in enumerate(project.functions):
        home = project.function_home[number]
        records = [(path, line) for path, _, line in function[F.F_DECORATORS]]
        yield from _marked(context, home, number, records)
    for number, record in enumerate(project.classes):
        home = project.class_home[number]
        records = [(path, line) for path, _, line in record[F.K_DECORATORS]]
        yield from _marked(context, home, project.module_body(home), records)
    for home in range(len(project.paths)):
        binding = project.bindings[home].get("pytestmark")
        if binding is not None and binding[F.B_VALUE]:
            records = [(binding[F.B_VALUE].removesuffix("()"), binding[F.B_LINE])]
            yield from _marked(context, home, project.module_body(home), records)


def _marked(
    context: RuleContext, home: int, function: int, records: list[tuple[str, int]]
) -> Iterator[Finding]:
    for path, line in records:
        if "flaky" not in path and "re" not in path:
            continue
        value = evaluate(context.project, home, path.removesuffix("()"))
        if value is not None and value[0] in "XY" and value[1] in _MARKERS:
            message = f"{value[1]} runs this test again when it fails"
            yield make_finding(
                INFO, context.project, function, (line, 1, line), message, sink=value[1]
            )


def _options(context: RuleContext) -> Iterator[Finding]:
    kinds = ("github", "gitlab", "makefile", "script", "procfile", "compose", "dockerfile")
    for command in context.repository.commands(*kinds, "pre-commit"):
        check = check_of(command.argv)
        if check is None or check.kind != "tests":
            continue
        for position, word in enumerate(check.argv):
            name, _, value = word.partition("=")
            following = value or "".join(check.argv[position + 1 : position + 2])
            if name in _OPTIONS and following != "0":
                yield file_finding(
                    INFO, command.path, command.line, f"{name} runs failing tests again",
                    column=command.column, end_line=command.end_line, sink=name,
                    symbol=command.name,
                )  # fmt: skip
                break


def _steps(context: RuleContext) -> Iterator[Finding]:
    """Steps that hand a test command to an action that tries again."""
    for manifest in context.repository.of_kind("github"):
        if not isinstance(manifest.detail, Workflow):
            continue
        for use in manifest.detail.uses:
            text = dict(use.inputs).get("command", "")
            if not use.action.startswith(_RETRYING) or not text:
                continue
            for command in shell_commands(text, Setting(manifest.path, "ci")):
                check = check_of(command.argv)
                if check is not None and check.kind == "tests":
                    message = f"{use.action} runs {check.tool} again when it fails"
                    yield file_finding(
                        INFO, manifest.path, use.line, message, sink=use.action, symbol=use.job
                    )
                    break


def _settings(context: RuleContext) -> Iterator[Finding]:
    """``addopts`` of pytest's own configuration."""
    repository = context.repository
    for path in repository.names("pyproject", "tool-ini", "setup-cfg"):
        inside = False
        for number, row in enumerate(repository.text(path).split("\n"), 1):
            key = row.partition("=")[0].strip()
            if key == "addopts":
                inside = True
            elif row[:1] == "[" or (inside and row[:1].isalpha()):
                inside = False
            match = _OPTION.search(row.partition("#")[0])
            if inside and match:
                message = f"{match[1]} runs failing tests again"
                yield file_finding(INFO, path, number, message, sink=match[1])


def _plugins(context: RuleContext) -> Iterator[Finding]:
    repository = context.repository
    for path in repository.names("pyproject", "requirements", "setup-cfg", "pipfile"):
        for number, row in enumerate(repository.text(path).split("\n"), 1):
            match = _PLUGIN.match(row)
            if match:
                message = f"{match[1]} is installed, which runs failing tests again when told to"
                yield file_finding(
                    INFO, path, number, message, severity="note", sink=match[1],
                    mend="remove the plugin",
                )  # fmt: skip
