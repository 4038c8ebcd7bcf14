"""Continuous integration: workflows of GitHub Actions and jobs of GitLab CI."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from bylaw.manifests.command import UNKNOWN, Command, below
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.yaml_nodes import (
    Document,
    block_of,
    get,
    is_true,
    items,
    line_of,
    pairs,
    scalar,
    strings,
    variables,
)
from bylaw.manifests.yaml_shapes import Use, Workflow

_OTHER_SHELLS = ("pwsh", "powershell", "cmd", "python", "perl", "node")
_GITLAB_WORDS = frozenset({
    "default", "include", "stages", "variables", "workflow", "image", "services", "cache",
    "before_script", "after_script", "pages:deploy", "spec",
})  # fmt: skip
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


def read_github(path: str, document: Document) -> Workflow:
    """A workflow, or a composite action, of GitHub Actions.

    Args:
        path: the file, relative to the root.
        document: its YAML.

    Returns:
        Its commands with their directory, variables, and what ignores their failure.
    """
    root = document.root
    commands: list[Command] = []
    uses: list[Use] = []
    jobs: list[tuple[str, int]] = []
    for name, key, job in pairs(get(root, "jobs")):
        jobs.append((name, line_of(key)))
        called = scalar(get(job, "uses"))
        if called:
            action, _, version = called.partition("@")
            uses.append(Use(action, version, line_of(key), name, (), ""))
        _github_steps(path, document, (root, job), name, commands, uses)
    if get(root, "runs", "steps") is not None:
        _github_steps(path, document, (root, get(root, "runs")), "runs", commands, uses)
    triggers = get(root, "on")
    named = [name for name, _, _ in pairs(triggers)] or strings(triggers)
    return Workflow(tuple(commands), tuple(uses), tuple(jobs), tuple(named))


def _github_steps(
    path: str, document: Document, outer: tuple[yaml.Node | None, yaml.Node | None], name: str,
    commands: list[Command], uses: list[Use],
) -> None:  # fmt: skip
    root, job = outer
    shell = _default(outer, "shell")
    home = _default(outer, "working-directory")
    around = (*variables(get(root, "env")), *variables(get(job, "env")))
    ignored = _continued(get(job, "continue-on-error"), "continue-on-error of the job")
    ignored = ignored or _switched_off(get(job, "if"))
    for number, step in enumerate(items(get(job, "steps"))):
        skipped = _continued(get(step, "continue-on-error"), "continue-on-error")
        identity = scalar(get(step, "id"))
        if identity and any(f"steps.{identity}." in row for row in document.lines):
            # A later step asks how it went.
            skipped = ""
        skipped = skipped or ignored or _switched_off(get(step, "if"))
        action = scalar(get(step, "uses"))
        if action:
            before, _, version = action.partition("@")
            given = variables(get(step, "with"))
            uses.append(Use(before, version, line_of(step), name, given, skipped))
        run = get(step, "run")
        own = scalar(get(step, "shell")) or shell
        if not isinstance(run, yaml.ScalarNode) or own.startswith(_OTHER_SHELLS):
            continue
        directory = scalar(get(step, "working-directory")) or home
        setting = Setting(
            path, "ci", name, _from_root(directory), (*around, *variables(get(step, "env"))),
            skipped, not own or own == "bash" or " -e" in own, ("bash" in own and "{0}" not in own)
            or "pipefail" in own, number,
        )  # fmt: skip
        commands.extend(_script(run, document, setting))


def _from_root(directory: str) -> str:
    """A working directory relative to the root, where ``github.workspace`` is checked out."""
    directory = re.sub(r"\$\{\{\s*github\.workspace\s*\}\}/?|\$GITHUB_WORKSPACE/?", "", directory)
    return below("", directory) if directory else ""


def _default(outer: tuple[yaml.Node | None, yaml.Node | None], key: str) -> str:
    root, job = outer
    return (
        scalar(get(job, "defaults", "run", key)) or scalar(get(root, "defaults", "run", key)) or ""
    )


def _continued(node: yaml.Node | None, word: str) -> str:
    return word if is_true(node) else ""


def _switched_off(condition: yaml.Node | None) -> str:
    text = (scalar(condition) or "").replace("${{", "").replace("}}", "").strip()
    return "if: false" if text == "false" else ""


def _script(node: yaml.ScalarNode, document: Document, setting: Setting) -> tuple[Command, ...]:
    block = block_of(node, document.lines)
    # An expression may hold blanks and operators; it is one opaque word of the same length.
    text = _EXPRESSION.sub(_opaque, block.text)
    found = shell_commands(text, setting, block.line, block.column, block.indent, block.fold)
    return found


def _opaque(match: re.Match[str]) -> str:
    inside = re.sub(r"[^\w.\n-]", "_", match[0][3:-2])
    return "${" + "_" + inside + "_" + "}"


def read_gitlab(path: str, document: Document) -> Workflow:
    """A ``.gitlab-ci.yml``.

    Args:
        path: the file, relative to the root.
        document: its YAML.

    Returns:
        Commands of its jobs; ``extends`` within the file is followed, hidden jobs are not jobs.
    """
    root = document.root
    table = {name: (key, node) for name, key, node in pairs(root) if name not in _GITLAB_WORDS}
    commands: list[Command] = []
    jobs: list[tuple[str, int]] = []
    for name, (key, node) in table.items():
        if name.startswith(".") or not isinstance(node, yaml.MappingNode):
            continue
        if _inherited(table, node, "script") is None and _inherited(table, node, "trigger") is None:
            continue
        jobs.append((name, line_of(key)))
        allowed = _inherited(table, node, "allow_failure")
        ignored = "allow_failure" if is_true(allowed) or get(allowed, "exit_codes") else ""
        around = (*variables(get(root, "variables")),
                  *variables(_inherited(table, node, "variables")))  # fmt: skip
        directory = ""
        before = _inherited(table, node, "before_script")
        if before is None:
            before = get(root, "default", "before_script") or get(root, "before_script")
        for part in (before, _inherited(table, node, "script")):
            for line in _lines(part):
                setting = Setting(path, "ci", name, directory, around, ignored)
                found = _script(line, document, setting)
                commands.extend(found)
                directory = _after(found, directory)
    included = tuple(
        Use(text, "", line_of(node), "", (), "") for node, text in _includes(get(root, "include"))
    )
    return Workflow(tuple(commands), included, tuple(jobs), ())


def _after(found: tuple[Command, ...], directory: str) -> str:
    """Where the shell stands after a line; each line of a job goes on where the last one ended."""
    for each in found:
        if each.argv[0] == "cd":
            directory = below(each.directory, each.argv[1]) if len(each.argv) > 1 else UNKNOWN
    return directory


def _inherited(
    table: dict[str, tuple[yaml.Node, yaml.Node]], node: yaml.Node, key: str, depth: int = 0
) -> yaml.Node | None:
    own = get(node, key)
    if own is not None or depth > 10:
        return own
    for parent in reversed(strings(get(node, "extends"))):
        if parent in table:
            found = _inherited(table, table[parent][1], key, depth + 1)
            if found is not None:
                return found
    return None


def _lines(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    for each in items(node):
        yield from _lines(each)


def _includes(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, str]]:
    if isinstance(node, yaml.ScalarNode):
        yield node, node.value
    elif isinstance(node, yaml.MappingNode):
        local = get(node, "local")
        if isinstance(local, yaml.ScalarNode):
            yield local, local.value
    for each in items(node):
        yield from _includes(each)
