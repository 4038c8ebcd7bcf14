"""``bylaw probe secrets``: keys and tokens that a change adds, in its files and in its history."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.facts.secrets import HINTS, HOME_MADE, is_random, promises_secret, providers_in, trace_of
from bylaw.model.roles import is_test_path
from bylaw.probes.outcome import Observation, Outcome, made_outcome
from bylaw.source.git import Git, GitError, base_of, commits_since, find_git
from bylaw.source.patches import WORK_TREE, Added, added_lines
from bylaw.source.project_root import covers

PROBE = "secrets"
IN_CHANGE, IN_HISTORY = "secret-in-change", "secret-in-history"
_QUOTED = re.compile(
    r"(?<![A-Za-z_])(?P<name>[A-Za-z_][\w-]{0,200})[\"']?\]?\s*(?::|=>?|:=)\s*[bru]{0,2}[\"']"
    r"(?P<value>[^\s\"']{16,200})[\"']"
)
_PLAIN = re.compile(
    r"^\W*(?:export\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*[:=]\s*(?P<value>[^\s\"'#,]{16,200})"
)
PASSWORD_IN_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@\"']{1,200}:(?P<value>[^\s@/$\"']{8,500})@"
)
"""A URL that says who asks, with a password long enough to be one."""
_UNQUOTED = re.compile(r"(^|/)\.env|\.(ya?ml|ini|cfg|conf|properties|toml|sh|bash|env|tf|tfvars)$|"
                       r"(^|/|\.)Dockerfile|(^|/)Procfile$")  # fmt: skip
_HINTS = tuple(each.decode("ascii") for each in HINTS)
_PROMISE = re.compile(r"(?i)secret|passw|passphrase|token|key|credential|://")
"""What every line has that one of the patterns above finds something in."""
_LONGEST = 10_000
_IGNORED = re.compile(r"bylaw: ignore\[[^\]]*\bsecret-in-source\b[^\]]*\]\s+\S")


class Secret(NamedTuple):
    """Something that looks like a secret in an added line.

    Attributes:
        kind: the provider's name, or the name that promises one.
        text: the secret; never stored or shown.
        line: 1-based line.
        is_sure: whether its form says so, and not only its name and disorder.
        row: the whole line.
    """

    kind: str
    text: str
    line: int
    is_sure: bool
    row: str


def probe_secrets(root: str, base: str, inside: Sequence[str] = ("",)) -> Outcome:
    """Looks through every line that a change adds, commit by commit.

    Args:
        root: absolute path of the root.
        base: revision the change is compared with; empty for origin's default branch.
        inside: paths below the root that are looked at; the empty one stands for all.

    Returns:
        The answer (PROBES.md, "secrets"): values are shown nowhere, salted digests are.
    """
    git = find_git(root)
    if git is None:
        return _unknown("no-repository", "the root is not in a git repository", "git init")
    try:
        start = base_of(git, base)
        cut = _is_cut(git, start)
        found = list(_observations(root, added_lines(git, start), inside))
    except GitError as error:
        return _unknown("no-base", error.message, "bylaw probe secrets --base REF")
    broken = {each.kind for each in found if not each.remarks("aside")}
    errors: tuple[Diagnostic, ...] = ()
    if cut:
        errors = (_error("shallow-history", "the history of the change is cut off",
                         "git fetch --unshallow"),)  # fmt: skip
    return made_outcome(PROBE, broken, [each.code for each in errors], found, errors)


def _unknown(code: str, message: str, hint: str) -> Outcome:
    return made_outcome(PROBE, (), (code,), (), (_error(code, message, hint),))


def _error(code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, message, hint=hint)


def _is_cut(git: Git, base: str) -> bool:
    """Whether a shallow clone lacks commits of the change."""
    try:
        with open(f"{git.common}/shallow", encoding="ascii") as file:
            ends = set(file.read().split())
    except (OSError, UnicodeDecodeError):
        return False
    return any(each.identity in ends for each in commits_since(git, base))


def secrets_in(added: Added) -> Iterator[Secret]:
    """What looks like a secret in added lines, each once.

    Args:
        added: the lines.
    """
    hinted, promised = any(each in added.text for each in _HINTS), _PROMISE.search(added.text)
    if not hinted and promised is None:
        return
    rows = added.text.split("\n")
    seen: set[str] = set()
    for kind, secret, start in providers_in(added.text) if hinted else ():
        number = added.text.count("\n", 0, start)
        seen.add(secret)
        yield Secret(kind, secret, added.line + number, kind not in HOME_MADE, rows[number])
    patterns = [_QUOTED, PASSWORD_IN_URL, *([_PLAIN] if _UNQUOTED.search(added.path) else [])]
    for number, row in enumerate(rows):
        if len(row) > _LONGEST or _PROMISE.search(row) is None:
            continue
        for pattern in patterns:
            for match in pattern.finditer(row):
                value, name = match["value"], match.groupdict().get("name") or "password"
                known = any(value in each or each in value for each in seen)
                if not known and promises_secret(name.rpartition(".")[2]) and is_random(value):
                    seen.add(value)
                    yield Secret(name, value, added.line + number, False, row)


def _observations(
    root: str, changes: Iterable[Added], inside: Sequence[str]
) -> Iterator[Observation]:
    first: dict[tuple[str, str], tuple[Secret, str]] = {}
    for added in changes:
        if not covers(inside, added.path):
            continue
        for secret in secrets_in(added):
            first.setdefault((added.path, secret.text), (secret, added.commit))
    found = [_observation(root, path, *each) for (path, _), each in first.items()]
    yield from sorted(found)


def _observation(root: str, path: str, secret: Secret, commit: str) -> Observation:
    now = _line_now(root, path, secret.text)
    trace = trace_of(secret.text)
    what = f"what has the form of a {secret.kind}"
    if not secret.is_sure and secret.kind not in HOME_MADE:
        what = f"{secret.kind} is given what looks like a real secret"
    detail = [f"{what} (digest {trace})"]
    if commit != WORK_TREE:
        detail.append(f"commit: {commit}")
    if _IGNORED.search(secret.row):
        detail.append("aside: the line is told to be none")
    elif not secret.is_sure and is_test_path(path):
        detail.append("aside: tests make up what only its name calls a secret")
    if not now:
        detail.append("gone: the work tree does not hold it any more, the history does")
    kind = IN_CHANGE if now else IN_HISTORY
    return Observation(kind, path, now or secret.line, "", "\n".join(detail), "")


def _line_now(root: str, path: str, secret: str) -> int:
    """The line of a file that holds a secret today; 0 where none does."""
    try:
        with open(os.path.join(root, path), "rb") as file:
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return 0
    at = text.find(secret)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
