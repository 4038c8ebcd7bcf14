from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bylaw.finding import Finding
from bylaw.mends.edit import SAFE, Edit, Mend, apply_edits, compatible, contents_after, groups


def _mend(name: str, *edits: Edit) -> Mend:
    finding = Finding(name, (), "warning", "definite", edits[0].path, 1, 1, 1, "s", "m", sink=name)
    return Mend(finding, SAFE, edits)


def test_apply_edits_is_independent_of_their_order() -> None:
    edits = [Edit("a", 4, 6, b"XY!"), Edit("a", 0, 0, b">"), Edit("a", 2, 3, b"")]

    assert apply_edits(b"abcdefg", edits) == apply_edits(b"abcdefg", edits[::-1]) == b">abdXY!g"


def test_apply_edits_the_same_edit_twice_is_one() -> None:
    edit = Edit("a", 0, 0, b"import asyncio\n")

    assert apply_edits(b"x", [edit, edit]) == b"import asyncio\nx"


def test_compatible_the_first_of_two_that_overlap_wins() -> None:
    one, two = _mend("one", Edit("a", 0, 4, b"x")), _mend("two", Edit("a", 3, 5, b"y"))
    third = _mend("three", Edit("b", 3, 5, b"y"))

    assert compatible([one, two, third]) == ([one, third], [two])
    assert compatible([two, one, third]) == ([two, third], [one])


def test_compatible_insertions_at_one_place_wait_unless_equal() -> None:
    one, same = _mend("one", Edit("a", 3, 3, b"x")), _mend("same", Edit("a", 3, 3, b"x"))
    other, after = _mend("other", Edit("a", 3, 3, b"y")), _mend("after", Edit("a", 4, 5, b"y"))

    assert compatible([one, same, other, after]) == ([one, same, after], [other])


def test_compatible_neighbours_go_together() -> None:
    one, two = _mend("one", Edit("a", 0, 3, b"x")), _mend("two", Edit("a", 3, 5, b"y"))

    assert compatible([one, two]) == ([one, two], [])


def test_groups_join_what_shares_a_file_through_others() -> None:
    a, b = _mend("a", Edit("a", 0, 1, b"")), _mend("b", Edit("b", 0, 1, b""))
    c = _mend("c", Edit("c", 0, 1, b""))
    both = _mend("both", Edit("a", 4, 5, b""), Edit("b", 4, 5, b""))

    assert groups([a, b, c, both]) == [[c], [a, b, both]]


_RANGES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 6), st.binary(max_size=4)), max_size=12
)


@given(st.binary(min_size=46, max_size=60), _RANGES)
def test_compatible_mends_change_nothing_outside_their_ranges(
    data: bytes, ranges: list[tuple[int, int, bytes]]
) -> None:
    mends = [_mend(str(n), Edit("a", s, s + size, new)) for n, (s, size, new) in enumerate(ranges)]
    chosen, waiting = compatible(mends)
    after = contents_after(chosen, {"a": data}).get("a", data)

    assert sorted([*chosen, *waiting]) == sorted(mends)
    at = 0
    for edit in sorted({edit for mend in chosen for edit in mend.edits}):
        kept = data[at : edit.start]
        assert after.startswith(kept + edit.replacement)
        after, at = after[len(kept) + len(edit.replacement) :], edit.end
    assert after == data[at:]
