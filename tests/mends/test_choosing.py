from __future__ import annotations

from collections.abc import Mapping

import pytest

from bylaw.finding import Finding
from bylaw.mends.choosing import MOST_TRIALS, Chooser, Judgement
from bylaw.mends.edit import SAFE, Edit, Mend


def _finding(path: str, rule: str = "rule", severity: str = "warning") -> Finding:
    return Finding(rule, (), severity, "definite", path, 1, 1, 1, "s", "m")


def _mend(path: str, new: bytes) -> Mend:
    return Mend(_finding(path), SAFE, (Edit(path, 0, 1, new),))


class _Analysis:
    """``o`` is a finding, ``x`` another rule's, ``!`` does not parse; all else is fine."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents
        self.asked = 0

    def judge(self, contents: Mapping[str, bytes]) -> Judgement:
        self.asked += 1
        state = {**self.contents, **contents}
        found = [_finding(path) for path, data in state.items() if data == b"o"]
        found += [_finding(path, "other") for path, data in state.items() if data == b"x"]
        found += [_finding("far.py", "other") for data in state.values() if data == b"f"]
        return Judgement(found, frozenset(path for path, data in state.items() if data == b"!"))

    def chooser(self) -> Chooser:
        return Chooser(self.judge({}), dict(self.contents), self.judge)


def _run(results: Mapping[str, bytes]) -> tuple[list[str], dict[str, str], int]:
    analysis = _Analysis(dict.fromkeys(results, b"o"))
    choice = analysis.chooser().choose([_mend(path, new) for path, new in results.items()])
    left = {each.finding.path: each.reason for each in choice.left}
    return [each.finding.path for each in choice.mends], left, analysis.asked


def test_choose_all_that_hold_takes_one_analysis() -> None:
    paths = {f"{number}.py": b"." for number in range(50)}

    kept, left, asked = _run(paths)

    assert (kept, left, asked) == (list(paths), {}, 2)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (b"!", "the file would not parse any more"),
        (b"o", "the finding would stay"),
        (b"x", "other would be found in 7.py instead"),
        (b"f", "other would be found in far.py instead"),
    ],
)
def test_choose_one_that_does_not_hold_is_found_and_named(new: bytes, reason: str) -> None:
    paths = {f"{number}.py": b"." for number in range(20)}

    kept, left, asked = _run({**paths, "7.py": new})

    assert left == {"7.py": reason}
    assert kept == [path for path in paths if path != "7.py"]
    assert asked < 16


def test_choose_none_that_holds_ends_within_the_limit() -> None:
    kept, left, asked = _run({f"{number}.py": b"!" for number in range(200)})

    assert kept == []
    assert len(left) == 200
    assert asked <= MOST_TRIALS + 20


def test_choose_a_finding_that_only_changes_its_sink_is_no_new_one() -> None:
    before = [_finding("a.py"), _finding("test.py")._replace(sink="time.sleep")]
    after = [_finding("test.py")._replace(sink="asyncio.sleep")]

    def judge(contents: Mapping[str, bytes]) -> Judgement:
        return Judgement(after, frozenset())

    chooser = Chooser(Judgement(before, frozenset()), {"a.py": b"o"}, judge)
    assert len(chooser.choose([_mend("a.py", b".")]).mends) == 1


def test_choose_a_graver_finding_is_a_new_one() -> None:
    before = [_finding("a.py"), _finding("b.py", "other", "note")]
    after = [_finding("b.py", "other", "error")]

    def judge(contents: Mapping[str, bytes]) -> Judgement:
        return Judgement(after if contents else before, frozenset())

    chooser = Chooser(judge({}), {"a.py": b"o"}, judge)
    assert chooser.choose([_mend("a.py", b".")]).mends == []
