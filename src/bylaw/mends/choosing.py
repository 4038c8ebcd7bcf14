"""Which mends hold: all together if they can, else the culprits are found and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.finding import SEVERITIES, Finding
from bylaw.mends.edit import Mend, NoMend, contents_after, groups

MOST_TRIALS = 40
"""Analyses that one run spends on finding out which mends do not hold."""


class Judgement(NamedTuple):
    """What an analysis says about some contents.

    Attributes:
        findings: all of them, whatever the call asked for.
        unreadable: files that do not parse.
    """

    findings: Sequence[Finding]
    unreadable: frozenset[str]


Judge = Callable[[Mapping[str, bytes]], Judgement]


class _Doubt(NamedTuple):
    """Why some mends do not hold: ``files`` and ``findings`` they are blamed on, and in words."""

    files: frozenset[str]
    findings: frozenset[Finding]
    reason: str


class Choice(NamedTuple):
    """The outcome.

    Attributes:
        mends: those that hold together.
        left: those that do not, each with the reason.
    """

    mends: list[Mend]
    left: list[NoMend]


class Chooser:
    """Tries mends on one state of a repository."""

    def __init__(self, before: Judgement, contents: dict[str, bytes], judge: Judge) -> None:
        self._before = before
        self._counts = Counter(map(_key, before.findings))
        self._levels = _levels(before.findings)
        self._contents = contents
        self._judge = judge
        self.trials = 0

    def choose(self, mends: Sequence[Mend]) -> Choice:
        """The largest set found that leaves every file readable and nothing new behind.

        All are tried at once. Where that fails, the ones that look guilty are set aside, the
        others tried, and the guilty ones added again by halves, whole groups of files at a time.

        Args:
            mends: none overlapping another.

        Returns:
            Those that hold, in the same order, and the others.
        """
        doubt = self._doubt(mends)
        if doubt is None:
            return Choice(list(mends), [])
        suspects = [each for each in mends if _is_suspect(each, doubt)]
        rest = [each for each in mends if each not in suspects]
        accepted: list[Mend] = []
        left: list[NoMend] = []
        if suspects and rest and self._doubt(rest) is None:
            accepted = rest
        else:
            suspects = list(mends)
        self._add(groups(suspects), accepted, left)
        order = {id(each): number for number, each in enumerate(mends)}
        return Choice(sorted(accepted, key=lambda each: order[id(each)]), left)

    def _add(self, parts: list[list[Mend]], accepted: list[Mend], left: list[NoMend]) -> None:
        """Adds to ``accepted`` what holds, halving what does not."""
        pending = [parts]
        while pending:
            part = pending.pop()
            together = [mend for group in part for mend in group]
            doubt = self._doubt([*accepted, *together])
            if doubt is None:
                accepted += together
            elif self.trials >= MOST_TRIALS:
                reason = "too many mends of this run do not hold to tell which"
                left += [NoMend(each.finding, reason) for each in together]
            elif len(part) > 1:
                half = len(part) // 2
                pending += [part[half:], part[:half]]
            elif len(together) > 1:
                half = len(together) // 2
                pending += [[together[half:]], [together[:half]]]
            else:
                left.append(NoMend(together[0].finding, doubt.reason))

    def _doubt(self, mends: Sequence[Mend]) -> _Doubt | None:
        """What speaks against some mends; None where nothing does."""
        if not mends:
            return None
        self.trials += 1
        after = self._judge(contents_after(mends, self._contents))
        broken = after.unreadable - self._before.unreadable
        if broken:
            return _Doubt(frozenset(broken), frozenset(), "the file would not parse any more")
        mended = [each.finding for each in mends]
        gone, counts = Counter(map(_key, mended)), Counter(map(_key, after.findings))
        stays = {key for key in gone if counts[key] > self._counts[key] - gone[key]}
        blamed = frozenset(each for each in mended if _key(each) in stays)
        allowed, levels = self._levels - _levels(mended), _levels(after.findings)
        fresh = {level for level in levels if levels[level] > allowed[level]}
        if not blamed and not fresh:
            return None
        reason = "the finding would stay"
        if fresh and not blamed:
            rule, path, _ = min(fresh)
            reason = f"{rule} would be found in {path} instead"
        return _Doubt(frozenset(path for _, path, _ in fresh), blamed, reason)


def _key(finding: Finding) -> tuple[str, str, str]:
    """What makes a finding the same one after an edit: not its line, nor what is around it."""
    return (finding.rule, finding.path, finding.sink)


def _levels(findings: Iterable[Finding]) -> Counter[tuple[str, str, int]]:
    """Findings per rule and file, those of a severity and all graver ones.

    Not by sink: a test that slept by one call and now sleeps by another is no worse.
    """
    counts: Counter[tuple[str, str, int]] = Counter()
    for finding in findings:
        for level in range(SEVERITIES.index(finding.severity), len(SEVERITIES)):
            counts[finding.rule, finding.path, level] += 1
    return counts


def _is_suspect(mend: Mend, doubt: _Doubt) -> bool:
    touched: Iterable[str] = (edit.path for edit in mend.edits)
    return mend.finding in doubt.findings or any(path in doubt.files for path in touched)
