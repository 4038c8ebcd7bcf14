"""``generated-code-edited``: a generated file changed and nothing it is made from did."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.change.lines import first_difference
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.repository import Change
from bylaw.rules.rule import RuleInfo
from bylaw.source.directory_kinds import is_generated_head, is_generated_name

INFO = RuleInfo(
    name="generated-code-edited",
    summary="A generated file changed, and neither its input nor its generator did.",
    clauses=("PQG-2.2", "PYPH2-FAIL-04"),
    severity="error",
    how="change",
    family="change",
    mend="change the input and run the generator again",
    needs=frozenset({"base"}),
)

_INPUTS = (
    ".proto", ".thrift", ".avsc", ".graphql", ".gql", ".xsd", ".wsdl", ".fbs", ".capnp", ".smithy",
    ".j2", ".jinja", ".jinja2", ".mako", ".tmpl", ".template", ".g4", ".lark", ".peg", ".in",
    ".lock", ".yaml", ".yml", ".json", ".toml", ".csv", ".sql",
)  # fmt: skip
_FILE = re.compile(r"[\w./-]+\.[A-Za-z][\w]{0,8}")
_HEAD = 1024


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per generated file, at its first changed line."""
    change = context.repository.change()
    if isinstance(change, str):
        context.not_verified(INFO, change)
        return
    changed = change.changed()
    for path in sorted(changed):
        if path.endswith((".py", ".pyi")) and path in change.held():
            yield from _judge(context, change, path, changed - {path})


def _judge(context: RuleContext, change: Change, path: str, others: set[str]) -> Iterator[Finding]:
    after = context.repository.text(path)
    head = after[:_HEAD].encode("utf-8", "replace")
    if not after or not (is_generated_name(path.rpartition("/")[2]) or is_generated_head(head)):
        return
    before = change.before(path)
    if before is None or _same(before, after) or _has_input(path, after, others):
        return
    message = "this file is generated, and was changed without its input"
    yield file_finding(
        INFO, path, first_difference(before, after), message, confidence=1, sink="generated"
    )


def _same(before: str, after: str) -> bool:
    return before.split() == after.split()


def _has_input(path: str, text: str, others: set[str]) -> bool:
    """Whether anything changed that the file may be made from.

    The names its head gives decide where there are any that the change could hold; else any file of
    a kind that generators read, a lock that pins the generator, or a program for generating.
    """
    named = {name.rpartition("/")[2] for name in _FILE.findall(text[:_HEAD])}
    stem = path.rpartition("/")[2].removesuffix(".py").removesuffix(".pyi")
    for other in others:
        name = other.rpartition("/")[2]
        if name in named or name.partition(".")[0] == re.sub(r"_pb2(_grpc)?$", "", stem):
            return True
        if other.endswith(_INPUTS) or "gen" in name.lower():
            return True
    return False
