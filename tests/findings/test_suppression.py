from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.facts.noqa import file_noqa_codes, noqa_codes
from bylaw.finding import Finding
from bylaw.findings.suppression import (
    TOOL_RULES,
    Suppression,
    SuppressionMatch,
    apply_suppressions,
    parse_suppressions,
)

_KNOWN = frozenset({"import-time-env-read", "import-cycle", "swallowed-exception", *TOOL_RULES})
_RULE = "import-time-env-read"


def _parse(text: str, *, own_line: bool = False) -> list[Suppression]:
    return list(parse_suppressions([(4, 9, text, own_line)]))


def _finding(line: int = 4, end_line: int = 4, rule: str = _RULE, path: str = "a.py") -> Finding:
    return Finding(rule, (), "error", "definite", path, line, 1, end_line, "a.f", "message")


def _apply(
    findings: list[Finding],
    comments: list[tuple[int, str, bool]],
    enabled: frozenset[str] = _KNOWN,
) -> SuppressionMatch:
    parsed = parse_suppressions([(line, 5, text, own) for line, text, own in comments])
    return apply_suppressions(findings, {"a.py": parsed}, _KNOWN, enabled)


def _told(match: SuppressionMatch) -> list[tuple[str, str]]:
    return [(finding.rule, finding.message) for finding in match.tool_findings]


@pytest.mark.parametrize(
    ("text", "rules", "reason"),
    [
        ("# bylaw: ignore[a] because", ("a",), "because"),
        ("#bylaw:ignore[a]because", ("a",), "because"),
        ("# bylaw: ignore[a, b-c ,a] two words", ("a", "b-c"), "two words"),
        ("#  Bylaw :  IGNORE [a]: why", ("a",), "why"),
        ("# bylaw: ignore[a] - see #123", ("a",), "see #123"),
        ("# bylaw: ignore[a] because  # noqa: E501", ("a",), "because"),
        ("# bylaw: ignore[a] because #noqa", ("a",), "because"),
        ("# bylaw: ignore[a] größe", ("a",), "größe"),
        ("# bylaw: ignore[a]", ("a",), ""),
        ("# bylaw: ignore[a] --", ("a",), ""),
        ("# bylaw: ignore[a,]x", ("a",), "x"),
    ],
)
def test_parse_suppressions_named_rules_and_reason_are_read(
    text: str, rules: tuple[str, ...], reason: str
) -> None:
    assert _parse(text) == [Suppression(4, 9, rules, reason, False)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# bylaw: ignore", "blanket"),
        ("# bylaw: ignore because", "blanket"),
        ("# bylaw: ignore[] because", "blanket"),
        ("# bylaw: ignore[ , ] because", "blanket"),
        ("# bylaw: ignore: a", "blanket"),
        ("# bylaw: ignore[a because", "unclosed"),
    ],
)
def test_parse_suppressions_no_rule_is_a_problem(text: str, problem: str) -> None:
    assert [(item.rules, item.problem) for item in _parse(text)] == [((), problem)]


@pytest.mark.parametrize(
    "text",
    [
        "# bylaw",
        "# bylaw: ignored[a] x",
        "# bylaw: ignore-file",
        "# bylaw ignore[a] x",
        "# see bylaw: ignore[a] x",
        '# write "# bylaw: ignore[a] x" there',
        "# nobylaw: ignore[a] x",
        "#",
        "",
    ],
)
def test_parse_suppressions_other_comments_are_none(text: str) -> None:
    assert _parse(text) == []


def test_parse_suppressions_behind_another_comment_keeps_its_column() -> None:
    text = "# noqa: E501  # bylaw: ignore[a] x  # bylaw: ignore[b] y"
    assert _parse(text, own_line=True) == [
        Suppression(4, 9 + text.index("# bylaw: ignore[a]"), ("a",), "x", True),
        Suppression(4, 9 + text.index("# bylaw: ignore[b]"), ("b",), "y", True),
    ]


@given(st.text(alphabet="# bylawBignore[],:-x\t", max_size=60))
def test_parse_suppressions_any_comment_is_read_without_error(text: str) -> None:
    for item in _parse("#" + text):
        assert item.problem or item.rules
        assert item.column >= 9
        assert all(name == name.strip() and name for name in item.rules)


_NAME = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8}){0,3}", fullmatch=True)
_REASON = st.from_regex(r"[a-z0-9][a-z0-9 .,]{0,30}[a-z0-9]", fullmatch=True)


@given(st.lists(_NAME, min_size=1, max_size=5, unique=True), _REASON)
def test_parse_suppressions_written_comment_reads_back(names: list[str], reason: str) -> None:
    text = f"# bylaw: ignore[{', '.join(names)}] {reason}"
    assert _parse(text) == [Suppression(4, 9, tuple(names), reason, False)]


@pytest.mark.parametrize(
    "text",
    [
        "# bylaw: ignore[" + "a" * 2_000_000,
        "# bylaw: ignore[" + "," * 2_000_000,
        "# bylaw: ignore[a]" + " #" * 1_000_000,
        "#" * 2_000_000 + " bylaw",
        "# bylaw: ignore" + "[" * 2_000_000,
        "# bylaw: ignore[a]" + " " * 2_000_000,
        "# bylaw" + " " * 2_000_000,
        "# noqa:" + " ,A1" * 500_000,
        "# noqa:" + "A" * 2_000_000,
        "# noqa" + " " * 2_000_000,
        "# ruff" + " # ruff:" * 250_000,
    ],
)
def test_parsing_huge_comment_ends(text: str) -> None:
    # No clock: anything above linear time would take minutes here.
    assert len(_parse(text)) <= 1
    assert noqa_codes(text) in (None, frozenset({"A1"}), frozenset())
    assert file_noqa_codes(text) is None


@pytest.mark.parametrize("line", [4, 5, 6])
def test_apply_suppressions_anywhere_in_the_span_counts(line: int) -> None:
    match = _apply([_finding(4, 6)], [(line, f"# bylaw: ignore[{_RULE}] why", False)])
    assert match.kept == ()
    assert [(s.kind, s.reason) for s in match.suppressed] == [("comment", "why")]
    assert match.tool_findings == ()


@pytest.mark.parametrize(("line", "own_line"), [(3, False), (7, False), (7, True), (2, True)])
def test_apply_suppressions_outside_the_span_does_not_count(line: int, own_line: bool) -> None:
    match = _apply([_finding(4, 6)], [(line, f"# bylaw: ignore[{_RULE}] why", own_line)])
    assert match.kept == (_finding(4, 6),)
    assert _told(match) == [
        ("unused-suppression", f"nothing here breaks {_RULE}: the suppression is unused")
    ]


def test_apply_suppressions_own_line_above_counts() -> None:
    match = _apply([_finding(4, 6)], [(3, f"# bylaw: ignore[{_RULE}] why", True)])
    assert (match.kept, match.tool_findings) == ((), ())


def test_apply_suppressions_own_line_above_is_not_for_a_span_around_it() -> None:
    match = _apply([_finding(4, 9), _finding(8, 8)], [(7, f"# bylaw: ignore[{_RULE}] y", True)])
    assert len(match.suppressed) == 2


def test_apply_suppressions_stacked_own_lines_all_count() -> None:
    comments = [
        (2, f"# bylaw: ignore[{_RULE}] one", True),
        (3, "# bylaw: ignore[import-cycle] two", True),
    ]
    match = _apply([_finding(4), _finding(4, rule="import-cycle")], comments)
    assert (match.kept, match.tool_findings) == ((), ())


def test_apply_suppressions_other_rule_is_kept() -> None:
    match = _apply([_finding(rule="import-cycle")], [(4, f"# bylaw: ignore[{_RULE}] y", False)])
    assert len(match.kept) == 1


def test_apply_suppressions_other_file_is_kept() -> None:
    match = _apply([_finding(path="b.py")], [(4, f"# bylaw: ignore[{_RULE}] y", False)])
    assert len(match.kept) == 1


def test_apply_suppressions_no_reason_silences_nothing() -> None:
    match = _apply([_finding()], [(4, f"# bylaw: ignore[{_RULE}]", False)])
    assert match.kept == (_finding(),)
    assert _told(match) == [
        (
            "suppression-without-reason",
            f"the suppression of {_RULE} gives no reason, so it has no effect",
        )
    ]
    about = match.tool_findings[0]
    assert (about.severity, about.line, about.column) == ("error", 4, 5)


def test_apply_suppressions_blanket_says_rules_must_be_named() -> None:
    match = _apply([_finding()], [(4, "# bylaw: ignore because", False)])
    assert len(match.kept) == 1
    assert [rule for rule, _ in _told(match)] == ["suppression-without-reason"]
    assert "rules must be named" in match.tool_findings[0].message


def test_apply_suppressions_unused_name_beside_a_used_one_is_told() -> None:
    comment = f"# bylaw: ignore[{_RULE}, import-cycle] why"
    match = _apply([_finding()], [(4, comment, False)])
    assert len(match.suppressed) == 1
    assert _told(match) == [
        ("unused-suppression", "nothing here breaks import-cycle: the suppression is unused")
    ]
    assert match.tool_findings[0].mend == "remove the unused name"


def test_apply_suppressions_rule_that_did_not_run_is_never_unused() -> None:
    comment = f"# bylaw: ignore[{_RULE}, import-cycle] why"
    assert _apply([], [(4, comment, False)], frozenset({_RULE})).tool_findings == ()


def test_apply_suppressions_unknown_name_suggests_the_nearest() -> None:
    match = _apply([_finding()], [(4, "# bylaw: ignore[import-time-env-reed] why", False)])
    assert len(match.kept) == 1
    assert [finding.rule for finding in match.tool_findings] == ["unused-suppression"]
    assert match.tool_findings[0].severity == "warning"
    assert match.tool_findings[0].mend == "did you mean `import-time-env-read`?"


def test_apply_suppressions_unknown_name_like_none_points_at_the_list() -> None:
    match = _apply([], [(4, "# bylaw: ignore[zzzz] why", False)], frozenset())
    assert match.tool_findings[0].mend == "`bylaw rules` lists the names"


@pytest.mark.parametrize("rule", sorted(TOOL_RULES))
def test_apply_suppressions_own_rules_cannot_be_silenced(rule: str) -> None:
    match = _apply([_finding(rule=rule)], [(4, f"# bylaw: ignore[{rule}] why", False)])
    assert len(match.kept) == 1
    assert _told(match) == [
        ("unused-suppression", f"{rule} is about Bylaw itself and cannot be suppressed")
    ]


def test_apply_suppressions_two_comments_for_one_finding_are_both_used() -> None:
    comments = [
        (3, f"# bylaw: ignore[{_RULE}] above", True),
        (4, f"# bylaw: ignore[{_RULE}] beside", False),
    ]
    match = _apply([_finding()], comments)
    assert len(match.suppressed) == 1
    assert match.tool_findings == ()


def test_apply_suppressions_many_comments_and_findings_ends() -> None:
    findings = [_finding(line, line) for line in range(1, 20_001)]
    comments = [(line, f"# bylaw: ignore[{_RULE}] why", False) for line in range(1, 20_001)]
    match = _apply(findings, comments)
    assert (match.kept, match.tool_findings) == ((), ())


_COMMENTS = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.sampled_from(
            [
                f"# bylaw: ignore[{_RULE}] why",
                f"# bylaw: ignore[{_RULE}]",
                "# bylaw: ignore[import-cycle] why",
                f"# bylaw: ignore[{_RULE}, import-cycle] why",
                "# bylaw: ignore",
                "# bylaw: ignore[nothing] why",
            ]
        ),
        st.booleans(),
    ),
    max_size=6,
)
_SPANS = st.lists(
    st.builds(_finding, st.integers(1, 9), st.integers(1, 9), st.sampled_from(sorted(_KNOWN))),
    max_size=6,
)


@given(_SPANS, _COMMENTS)
def test_apply_suppressions_every_finding_is_kept_or_silenced_once(
    findings: list[Finding], comments: list[tuple[int, str, bool]]
) -> None:
    match = _apply(findings, comments)
    assert sorted([*match.kept, *(s.finding for s in match.suppressed)]) == sorted(findings)
    assert all(s.reason for s in match.suppressed)
    assert not {s.finding.rule for s in match.suppressed} & TOOL_RULES


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa", set()),
        ("#noqa", set()),
        ("## noqa", set()),
        ("# NoQA", set()),
        ("# noqa # why", set()),
        ("# noqa# why", set()),
        ("# noqa E722", set()),
        ("# noqa: E722", {"E722"}),
        ("#NOQA : E722", {"E722"}),
        ("# noqa: E722,BLE001", {"E722", "BLE001"}),
        ("# noqa:E722 BLE001 because", {"E722", "BLE001"}),
        ("# noqa: E722, , F401", {"E722", "F401"}),
        ("# noqa: E722F401", {"E722", "F401"}),
        ("# text # noqa: E722 # more", {"E722"}),
        ("# type: ignore[x]  # noqa: E722", {"E722"}),
    ],
)
def test_noqa_codes_valid_comment_gives_codes(comment: str, codes: set[str]) -> None:
    assert noqa_codes(comment) == frozenset(codes)


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "#",
        "# text noqa",
        "# noqaE722",
        "# noqa-E722",
        "# noqa:",
        "# noqa: because E722",
        "# noqa: e722",
        "# noqa:E722-because",
        "# nonoqa",
        "# : noqa",
        "# ruff: noqa",
    ],
)
def test_noqa_codes_anything_else_is_none(comment: str) -> None:
    assert noqa_codes(comment) is None


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# ruff: noqa", set()),
        ("#ruff:noqa", set()),
        ("# ruff : noqa", set()),
        ("# flake8: noqa", set()),
        ("# flake8: noqa: E722", {"E722"}),
        ("# x # ruff: NOQA: E722, F401", {"E722", "F401"}),
    ],
)
def test_file_noqa_codes_valid_comment_gives_codes(comment: str, codes: set[str]) -> None:
    assert file_noqa_codes(comment) == frozenset(codes)


@pytest.mark.parametrize("comment", ["# noqa", "# RUFF: noqa", "# ruff noqa", "# ruffx: noqa", ""])
def test_file_noqa_codes_anything_else_is_none(comment: str) -> None:
    assert file_noqa_codes(comment) is None
