"""``require-file``: a file that a team's own document asks for is not there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.binding import Binding, of_kind, told
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="require-file",
    summary="A file that a document of the team asks for is not there.",
    clauses=(),
    severity="error",
    how="tree",
    family="own",
    mend="add the file, or change the document",
    needs=frozenset({"manifests"}),
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per missing file, at the sentence that asks for it."""
    for binding in of_kind(context.bindings, INFO.name):
        for folder in _folders(context, binding):
            for path in binding.patterns("path"):
                wanted = f"{folder}/{path}" if folder else path
                if not _there(context.root, wanted):
                    message = f"there is no {wanted}"
                    found = file_finding(INFO, binding.path, binding.line, message, sink=wanted)
                    yield told(found, binding)


def _folders(context: RuleContext, binding: Binding) -> list[str]:
    """Folders each of which has to have the file; the root where none are named."""
    import glob

    patterns = binding.patterns("each")
    if not patterns:
        return [""]
    found = set()
    for pattern in patterns:
        for each in glob.glob(pattern.strip("/"), root_dir=context.root, recursive=True):
            name = each.replace(os.sep, "/")
            if os.path.isdir(f"{context.root}/{each}") and not name.endswith("__pycache__"):
                found.add(name)
    if not found:
        reason = f"{binding.place} binds {', '.join(patterns)}, and no folder is called so"
        context.not_verified(INFO, reason)
    return sorted(found)


def _there(root: str, path: str) -> bool:
    import glob

    if glob.has_magic(path):
        return any(glob.iglob(path, root_dir=root, recursive=True))
    return os.path.exists(f"{root}/{path}")
