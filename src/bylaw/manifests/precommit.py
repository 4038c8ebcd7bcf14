"""pre-commit's configuration: which hooks run with which arguments."""

from __future__ import annotations

from bylaw.manifests.command import Command
from bylaw.manifests.shell import Setting, shell_commands
from bylaw.manifests.yaml_nodes import Document, get, items, line_of, scalar, strings
from bylaw.manifests.yaml_shapes import Hook, PreCommit


def read_precommit(path: str, document: Document) -> PreCommit:
    """Read ``.pre-commit-config.yaml``.

    Args:
        path: the file, relative to the root.
        document: its YAML.

    Returns:
        Its hooks.
    """
    hooks: list[Hook] = []
    commands: list[Command] = []
    for repository in items(get(document.root, "repos")):
        source = scalar(get(repository, "repo")) or ""
        revision = scalar(get(repository, "rev")) or ""
        for node in items(get(repository, "hooks")):
            entry = get(node, "entry")
            text = scalar(entry) or ""
            arguments = tuple(strings(get(node, "args")))
            identity = scalar(get(node, "id")) or ""
            stages = tuple(strings(get(node, "stages")))
            hooks.append(
                Hook(identity, line_of(node), source, revision, arguments, text, stages)
            )  # fmt: skip
            if entry is None or scalar(get(node, "language")) in ("pygrep", "fail", "docker_image"):
                continue
            setting = Setting(path, "pre-commit", identity)
            found = shell_commands(text, setting, line_of(entry), entry.start_mark.column + 1)
            commands += [
                each._replace(argv=(*each.argv, *arguments), is_shell=False) for each in found[:1]
            ]
            commands += found[1:]
    return PreCommit(tuple(hooks), tuple(commands))
