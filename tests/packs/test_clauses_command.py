"""``bylaw clauses`` and ``bylaw explain CLAUSE``, as they are called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.packs.conftest import clause, pack

from bylaw.cli.clauses import clauses_command
from bylaw.cli.entry import bylaw
from bylaw.errors import Diagnostic
from bylaw.packs import checking
from bylaw.packs.clause import STATUSES
from bylaw.packs.known import known_names
from bylaw.packs.standing import standing_of
from bylaw.report.clauses_report import render_clauses
from bylaw.rules.registry import INFOS

STATUS_KEYS = ["total", *STATUSES]


def _call(*words: str) -> Result:
    return CliRunner().invoke(bylaw, list(words), catch_exceptions=False)


def _process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bylaw", *words], capture_output=True, text=True, check=False,
        timeout=60, env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def test_clauses_json_has_exactly_the_published_shape() -> None:
    document = json.loads(_call("clauses", "--format", "json").output)

    assert list(document) == ["schema", "packs", "errors"]
    assert document["schema"] == "bylaw.clauses/1"
    assert document["errors"] == []
    assert len(document["packs"]) == 5
    for each in document["packs"]:
        assert list(each) == ["pack", "source", "clauses", "coverage"]
        assert list(each["coverage"]) == ["must", "should", "may", "total"]
        assert all(list(row) == STATUS_KEYS for row in each["coverage"].values())
        assert each["coverage"]["total"]["total"] == len(each["clauses"])
        for one in each["clauses"]:
            assert list(one) == [
                "id", "strength", "text", "section", "enforced_by", "status", "why",
            ]  # fmt: skip
            assert all(list(name) == ["kind", "name"] for name in one["enforced_by"])
            assert one["status"] == "enforced" or one["why"], one["id"]


def test_clauses_one_pack_is_that_pack() -> None:
    document = json.loads(_call("clauses", "constitution", "--format", "json").output)

    assert [each["pack"] for each in document["packs"]] == ["constitution"]


def test_clauses_unknown_pack_is_2_with_the_nearest() -> None:
    ran = _process("clauses", "constituton")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "did you mean constitution?" in ran.stderr


def test_clauses_unknown_pack_in_json_keeps_the_shape() -> None:
    ran = _process("clauses", "zzz", "--format", "json")

    document = json.loads(ran.stdout)
    assert (ran.returncode, document["packs"]) == (2, [])
    assert document["errors"] == [
        {
            "code": "usage", "message": "unknown pack: zzz", "path": "", "line": 0,
            "hint": "one of execution-contract, deployment-contract, backend-python, "
            "constitution, fastapi-strict",
        }
    ]  # fmt: skip


def test_clauses_check_of_what_is_shipped_is_0() -> None:
    ran = _call("clauses", "--check")

    assert ran.exit_code == 0
    assert ran.output.endswith("Every name leads somewhere.\n")


@pytest.mark.parametrize("format_", ["text", "json"])
def test_clauses_check_dangling_name_is_1(monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    told = Diagnostic("dangling-name", "EC-1.1 names rule:x", hint="name one", exit_code=1)
    monkeypatch.setattr(checking, "dangling_names", lambda *_: (told,))

    ran = CliRunner().invoke(clauses_command, ["--check", "--format", format_])

    assert ran.exit_code == 1
    if format_ == "json":
        document = json.loads(ran.output)
        assert [each["message"] for each in document["errors"]] == ["EC-1.1 names rule:x"]
        assert len(document["packs"]) == 5
    else:
        assert "1 dangling name\n  dangling-name: EC-1.1 names rule:x\n    name one" in ran.output


def test_clauses_text_has_counts_and_one_line_per_clause() -> None:
    known = known_names(INFOS.values())
    sample = pack(
        clause(("rule:import-cycle", "probe:contract")),
        clause(("manual:reviewer",), id="X-1.2", why="people judge"),
    )

    text = render_clauses([standing_of(sample, known)], (), "text", color=False, width=60)

    assert text == (
        "sample  009 Sample\n"
        "  2 clauses: 1 enforced, 1 manual\n"
        "\n"
        "  X-1.1  must    enforced  Something holds.  [rule:import-cycle]\n"
        "  X-1.2  must    manual    Something holds.  [manual:reviewer]  (people judge)\n"
        "\n"
    )


def test_clauses_text_on_a_terminal_stays_within_its_width() -> None:
    known = known_names(INFOS.values())
    sample = pack(clause(("manual:reviewer",), why="people judge this " * 9))

    text = render_clauses([standing_of(sample, known)], (), "text", color=True, width=72)

    assert "\x1b[" in text
    plain = "".join(part.partition("m")[2] if number else part
                    for number, part in enumerate(text.split("\x1b[")))  # fmt: skip
    assert max(map(len, plain.splitlines())) <= 72


def test_clauses_without_colour_where_it_is_not_wanted() -> None:
    assert "\x1b[" not in _call("clauses", "execution-contract").output


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("EC-4.1", ["EC-4.1  must  enforced", "line 52", "# import-time-env-read"]),
        ("EC-4", ["EC-4.5", "EC-4 is enforced by 7 rules:"]),
        ("GOV-EVID-4", ["GOV-EVID.4", "# dangling-reference"]),
        ("AP-PY10", ["AP-PY10.2", "# blocking-call-in-async"]),
        ("DC-16.1", ["a live deployment is watched by a person"]),
        ("WARN-PYTHON-ASYNC-DETERMINISM", ["PYPH2-4.3"]),
        ("import-cycle", ["# import-cycle"]),
    ],
)
def test_explain_takes_rules_handles_sentences_and_aliases(name: str, told: list[str]) -> None:
    ran = _call("explain", name)

    assert ran.exit_code == 0
    for each in told:
        assert each in ran.output


def test_explain_unknown_name_is_2_with_the_nearest() -> None:
    ran = _process("explain", "EC-4x1")

    assert ran.returncode == 2
    assert "did you mean" in ran.stderr


def test_check_reads_no_clauses(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("ONE = 1\n")
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bylaw", "check", ".", "--no-cache"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert "bylaw.rules.registry" in ran.stderr
    loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert {each for each in loaded if each.startswith("bylaw.packs")} <= {
        "bylaw.packs", "bylaw.packs.demands", "bylaw.packs.own", "bylaw.packs.own.enabled",
    }  # fmt: skip


@pytest.mark.parametrize("words", [("--format", "yaml"), ("a", "b"), ("--no-such-option",)])
def test_clauses_usage_error_is_2(words: tuple[str, ...]) -> None:
    assert _process("clauses", *words).returncode == 2
