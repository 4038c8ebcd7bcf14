"""Old findings a team has accepted: matched by what they are, counted, never by line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from bylaw.errors import BaselineError
from bylaw.finding import Finding, sort_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

SCHEMA = "bylaw.baseline/1"

_REBUILD = "restore it from version control, or write a new one with `bylaw check --grow-baseline`"
_TEXT_KEYS = ("rule", "symbol", "sink", "path")


class BaselineEntry(NamedTuple):
    """So many findings of one identity.

    Attributes:
        rule: name of the rule.
        symbol: dotted name of the scope.
        sink: what is reached.
        path: where the findings stood when the entry was written; for people, and to choose
            between entries that are equal otherwise.
        number: how many findings the entry stands for.
        line: line of the entry in the baseline file; 1 where it is not known.
    """

    rule: str
    symbol: str
    sink: str
    path: str
    number: int
    line: int = 1


class Baseline(NamedTuple):
    """The entries of a baseline file, sorted, one per rule, symbol, sink and path."""

    entries: tuple[BaselineEntry, ...] = ()


class BaselineMatch(NamedTuple):
    """What a baseline says about the findings of a run.

    Attributes:
        kept: findings the baseline does not hold, sorted.
        baselined: findings it holds, sorted.
        stale: entries nothing matched any more; ``number`` is what is left over.
    """

    kept: tuple[Finding, ...]
    baselined: tuple[Finding, ...]
    stale: tuple[BaselineEntry, ...]


def load_baseline(path: str) -> Baseline:
    """Read a baseline file.

    Args:
        path: the file to read.

    Returns:
        Its entries, each with the line it stands on.

    Raises:
        BaselineError: the file is missing, unreadable or malformed.
    """
    import json

    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except FileNotFoundError as error:
        hint = "create it with `bylaw check --grow-baseline`, or name the file that exists"
        raise BaselineError("the baseline does not exist", path=path, hint=hint) from error
    except UnicodeDecodeError as error:
        raise BaselineError("the baseline is not UTF-8", path=path, hint=_REBUILD) from error
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"the baseline cannot be read: {reason}"
        raise BaselineError(
            message, path=path, hint="check the path and its permissions"
        ) from error
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the baseline is not valid JSON: {error.msg} (column {error.colno})"
        raise BaselineError(message, path=path, line=error.lineno, hint=_REBUILD) from error
    except (ValueError, RecursionError) as error:
        message = f"the baseline is not valid JSON: {error}"
        raise BaselineError(message, path=path, line=1, hint=_REBUILD) from error
    return _baseline(document, text, path)


def apply_baseline(
    findings: Sequence[Finding],
    baseline: Baseline,
    *,
    enabled_rules: Collection[str] | None = None,
) -> BaselineMatch:
    """Divide findings into new ones and those the baseline holds.

    Entries match by rule, symbol and sink. Findings at an entry's own path come first; what is
    left of the entry then covers findings elsewhere, so that a moved file still matches. Where
    there are more findings than the entry counts, those further down are new.

    Args:
        findings: findings of the whole root, before any filter by path or confidence.
        baseline: what was accepted.
        enabled_rules: rules of this run; entries of others are left alone. None: all.

    Returns:
        New findings, accepted findings and stale entries.
    """
    left: dict[tuple[str, str, str], dict[str, int]] = {}
    for entry in _judged(baseline, enabled_rules):
        paths = left.setdefault((entry.rule, entry.symbol, entry.sink), {})
        paths[entry.path] = paths.get(entry.path, 0) + entry.number
    ordered = sorted(findings, key=sort_key)
    accepted = {i for i, finding in enumerate(ordered) if _take(left, finding, finding.path)}
    spare = {identity: _spare(paths) for identity, paths in left.items()}
    for index, finding in enumerate(ordered):
        identity = (finding.rule, finding.symbol, finding.sink)
        if index not in accepted and identity in spare:
            path = next(spare[identity], None)
            if path is not None and _take(left, finding, path):
                accepted.add(index)
    return BaselineMatch(
        tuple(finding for i, finding in enumerate(ordered) if i not in accepted),
        tuple(finding for i, finding in enumerate(ordered) if i in accepted),
        _stale(left, baseline, enabled_rules),
    )


def updated(
    baseline: Baseline,
    findings: Sequence[Finding],
    *,
    enabled_rules: Collection[str] | None = None,
) -> Baseline:
    """The baseline without what is gone; nothing is added and no count rises.

    Args:
        baseline: what was accepted.
        findings: findings of the whole root today.
        enabled_rules: rules of this run; entries of others are left alone. None: all.

    Returns:
        The same entries, lowered to what was found.
    """
    stale = apply_baseline(findings, baseline, enabled_rules=enabled_rules).stale
    gone = {entry[:4]: entry.number for entry in stale}
    entries = _merged(baseline.entries).entries
    return _merged(e._replace(number=e.number - gone.get(e[:4], 0)) for e in entries)


def grown(baseline: Baseline, findings: Sequence[Finding]) -> Baseline:
    """The baseline with today's findings added; stale entries stay until they are removed.

    Args:
        baseline: what was accepted; an empty ``Baseline()`` to begin one.
        findings: findings of the whole root today.

    Returns:
        A baseline that holds every one of the findings.
    """
    new = apply_baseline(findings, baseline).kept
    today = (BaselineEntry(f.rule, f.symbol, f.sink, f.path, 1) for f in new)
    return _merged((*baseline.entries, *today))


def write_baseline(path: str, baseline: Baseline) -> None:
    """Write a baseline file whole or not at all.

    Args:
        path: the file to write; the target of a symbolic link is replaced, not the link.
        baseline: what to write.

    Raises:
        BaselineError: the file cannot be written.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        try:
            # Undecodable bytes of a path are lone surrogates: backslashreplace spells them the
            # way JSON does.
            with open(
                temporary, "w", encoding="utf-8", errors="backslashreplace", newline="\n"
            ) as file:
                file.write(baseline_text(baseline))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"the baseline cannot be written: {reason}"
        hint = "check that its folder exists and is writable"
        raise BaselineError(message, path=path, hint=hint) from error


def baseline_text(baseline: Baseline) -> str:
    """The baseline as JSON: sorted, one entry a line, so that diffs and merges stay small."""
    import json

    rows = []
    for entry in _merged(baseline.entries).entries:
        fields = {**{key: getattr(entry, key) for key in _TEXT_KEYS}, "count": entry.number}
        rows.append("    " + json.dumps(fields, ensure_ascii=False))
    body = "[\n" + ",\n".join(rows) + "\n  ]" if rows else "[]"
    return f'{{\n  "schema": "{SCHEMA}",\n  "entries": {body}\n}}\n'


def stale_findings(path_of_baseline: str, stale: Iterable[BaselineEntry]) -> list[Finding]:
    """One ``stale-baseline`` warning for each entry that outlived what it stood for.

    Args:
        path_of_baseline: the file, relative to the root.
        stale: entries as ``apply_baseline`` returned them.

    Returns:
        Findings anchored at the entries' own lines.
    """
    return [
        Finding(
            rule="stale-baseline",
            clauses=(),
            severity="warning",
            confidence="definite",
            path=path_of_baseline,
            line=entry.line,
            column=1,
            end_line=entry.line,
            symbol=entry.symbol,
            message=_stale_message(entry),
            mend="run `bylaw check --update-baseline`",
            sink=f"{entry.rule} {entry.sink}".rstrip(),
        )
        for entry in stale
    ]


def _stale_message(entry: BaselineEntry) -> str:
    scope = f"{entry.symbol} ({entry.path})" if entry.symbol else entry.path
    what = f"{entry.number} findings" if entry.number > 1 else "a finding"
    verb = "are" if entry.number > 1 else "is"
    return f"the baseline holds {what} of {entry.rule} in {scope} that {verb} gone"


def _judged(baseline: Baseline, enabled: Collection[str] | None) -> Iterable[BaselineEntry]:
    return (e for e in baseline.entries if enabled is None or e.rule in enabled)


def _take(left: dict[tuple[str, str, str], dict[str, int]], finding: Finding, path: str) -> bool:
    paths = left.get((finding.rule, finding.symbol, finding.sink))
    if not paths or not paths.get(path):
        return False
    paths[path] -= 1
    return True


def _spare(paths: dict[str, int]) -> Iterator[str]:
    """Each path as often as its entry has something left; lazily, for counts may be huge."""
    for path in sorted(paths):
        for _ in range(paths[path]):
            yield path


def _stale(
    left: dict[tuple[str, str, str], dict[str, int]],
    baseline: Baseline,
    enabled: Collection[str] | None,
) -> tuple[BaselineEntry, ...]:
    stale = []
    for entry in _judged(_merged(baseline.entries), enabled):
        count = left[(entry.rule, entry.symbol, entry.sink)][entry.path]
        if count:
            stale.append(entry._replace(number=count))
    return tuple(stale)


def _merged(entries: Iterable[BaselineEntry]) -> Baseline:
    """Entries of equal identity and path as one; those that count nothing dropped."""
    merged: dict[tuple[str, str, str, str], BaselineEntry] = {}
    for entry in entries:
        key = (entry.rule, entry.path, entry.symbol, entry.sink)
        known = merged.get(key)
        merged[key] = known._replace(number=known.number + entry.number) if known else entry
    return Baseline(tuple(merged[key] for key in sorted(merged) if merged[key].number > 0))


def _baseline(document: object, text: str, path: str) -> Baseline:
    def broken(message: str, line: int = 1) -> BaselineError:
        return BaselineError(f"the baseline {message}", path=path, line=line, hint=_REBUILD)

    if not isinstance(document, dict):
        raise broken("is not a JSON object")
    if document.get("schema") != SCHEMA:
        raise broken(f'does not say "schema": "{SCHEMA}"')
    unknown = sorted(set(document) - {"schema", "entries"})
    if unknown:
        raise broken(f"has an unknown key: {unknown[0]}")
    rows = document.get("entries")
    if not isinstance(rows, list):
        raise broken('has no list of "entries"')
    lines = _entry_lines(text, len(rows))
    entries = []
    for index, row in enumerate(rows):
        problem = _entry_problem(row)
        if problem:
            raise broken(f"has an entry {problem} (number {index + 1})", lines[index])
        texts = {key: row[key] for key in _TEXT_KEYS}
        entries.append(BaselineEntry(**texts, number=row["count"], line=lines[index]))
    return _merged(entries)


def _entry_problem(row: object) -> str:
    if not isinstance(row, dict):
        return "that is not an object"
    for key in _TEXT_KEYS:
        if not isinstance(row.get(key), str):
            return f'without a text "{key}"'
    count = row.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return 'whose "count" is not a number of at least 1'
    unknown = sorted(set(row) - {*_TEXT_KEYS, "count"})
    return f"with an unknown key {unknown[0]}" if unknown else ""


def _entry_lines(text: str, expected: int) -> list[int]:
    """The line each entry starts on; all 1 where the layout is too odd to tell.

    The text is known to be valid JSON whose only keys are ``schema`` and ``entries``, and the
    value of ``schema`` is fixed: the first quoted ``"entries"`` is the key.
    """
    import json

    decode = json.JSONDecoder().raw_decode
    lines: list[int] = []
    line, counted = 1, 0
    at = text.find("[", text.find('"entries"')) + 1
    while len(lines) < expected:
        while text[at : at + 1] in {" ", "\t", "\r", "\n", ","}:
            at += 1
        line += text.count("\n", counted, at)
        counted = at
        lines.append(line)
        try:
            at = decode(text, at)[1]
        except ValueError:
            return [1] * expected
    return lines
