from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks import cases, floor, measure, peers, process, suite, tables, targets, trees
from benchmarks.generate import backend, generate

STAND_IN = """\
import json, os, sys
if "--version" in sys.argv:
    print("stand-in 1")
    sys.exit(0)
count = sum(name.endswith(".py") for _, _, names in os.walk(".") for name in names)
print(json.dumps({"summary": {"files": count, "analysed": ANALYSED, "findings": 2}}))
sys.exit(CODE)
"""


def stand_in(folder: Path, code: int = 1, analysed: str = "count") -> str:
    script = folder / "stand_in.py"
    script.write_text(STAND_IN.replace("CODE", str(code)).replace("ANALYSED", analysed))
    return f"{sys.executable} {script}"


def figures(role: str, medians: dict[str, float], files: int = 700) -> targets.Figures:
    return targets.Figures("t", role, files, medians, memory_mib=None)


def by_label(verdicts: list[targets.Verdict]) -> dict[str, targets.Verdict]:
    return {verdict.label: verdict for verdict in verdicts}


def outcome(case: str, *seconds: float) -> measure.Outcome:
    return measure.Outcome(case, "ok", seconds=seconds, processor_seconds=seconds)


def a_case(**changes: Any) -> measure.Case:
    command = process.Command(("tool",), "/", {}, 120.0)
    return measure.Case("c", command, frozenset({0, 1}))._replace(**changes)


def a_run(**changes: Any) -> process.Run:
    return process.Run(2.0, 3.0, 40.0, 0, False, b"", "")._replace(**changes)


@pytest.mark.parametrize("modules", [16, 17, 40, 101])
def test_backend_any_size_has_that_many_parsable_modules(modules: int) -> None:
    files = backend(modules)

    assert len(files) == modules
    for text in files.values():
        ast.parse(text)


def test_backend_too_small_has_one_domain() -> None:
    assert len(backend(1)) == 16


def test_generate_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"

    assert generate(str(first), 60) == generate(str(second), 60) == 60

    written = sorted(path.relative_to(first) for path in first.rglob("*.py"))
    assert len(written) == 60
    for path in written:
        assert (first / path).read_bytes() == (second / path).read_bytes()


def test_backend_any_size_imports_only_what_it_has() -> None:
    files = backend(73)
    modules = {path[:-3].replace("/", ".").removesuffix(".__init__") for path in files}

    for path, text in files.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                base = path.rsplit("/", 1)[0].replace("/", ".")
                assert f"{base}.{node.module}" in modules
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app"):
                assert node.module in modules


def test_backend_four_times_the_size_has_four_times_the_lines() -> None:
    lines = [sum(text.count("\n") for text in backend(size).values()) for size in (400, 1600)]

    assert lines[1] / lines[0] == pytest.approx(4, rel=0.05)


def test_judge_tree_times_within_limits_are_met() -> None:
    medians = {
        cases.FLOOR_ONE: 0.2,
        cases.FLOOR_ALL: 0.1,
        cases.COLD: 0.19,
        cases.UNCHANGED: 0.06,
        cases.EDITED: 0.09,
        peers.TY: 0.38,
        peers.RUFF_WARM: 0.08,
        peers.MYPY_EDITED: 0.45,
    }

    judged = by_label(targets.judge_tree(figures("medium", medians)))

    assert judged["cold / floor"].value == pytest.approx(1.9)
    assert (judged["cold / floor"].first, judged["cold / floor"].goal) == ("met", "missed")
    assert judged["cold / ty"].value == pytest.approx(0.5)
    assert judged["cold / ty"].goal == "met"
    assert judged["unchanged"].value == pytest.approx(60)
    assert judged["unchanged / ruff warm"].value == pytest.approx(0.75)
    assert judged["unchanged / ruff warm"].first == ""
    assert judged["edit / mypy edit"].value == pytest.approx(0.2)
    assert judged["edit"].goal == "met"


def test_judge_tree_times_beyond_limits_are_missed() -> None:
    medians = {cases.FLOOR_ALL: 0.1, cases.COLD: 0.21, cases.UNCHANGED: 0.151}

    judged = by_label(targets.judge_tree(figures("medium", medians)))

    assert judged["cold / floor"].first == "missed"
    assert judged["unchanged"].first == "missed"


def test_judge_tree_absent_peer_is_not_measured() -> None:
    judged = by_label(targets.judge_tree(figures("large", {cases.COLD: 1.0})))

    assert judged["cold / ty"].value is None
    assert judged["cold / ty"].first == "not measured"
    assert judged["memory, cold"].first == "not measured"


def test_judge_tree_few_files_uses_the_floor_of_one_process() -> None:
    medians = {cases.FLOOR_ONE: 0.2, cases.FLOOR_ALL: 0.1, cases.COLD: 0.4}

    judged = by_label(targets.judge_tree(figures("small", medians, files=49)))

    assert judged["cold / floor"].value == pytest.approx(2.0)
    assert judged["cold / floor"].first == ""


def test_judge_tree_memory_is_compared_in_megabytes() -> None:
    large = figures("large", {})._replace(memory_mib=1000.0)

    judged = by_label(targets.judge_tree(large))

    assert judged["memory, cold"].value == pytest.approx(1048.576)
    assert judged["memory, cold"].first == "missed"


def test_growth_linear_times_is_one() -> None:
    assert targets.growth([(100, 0.1), (400, 0.4), (1600, 1.6)]) == pytest.approx(1.0)


def test_growth_one_steep_step_decides() -> None:
    assert targets.growth([(100, 1.0), (400, 2.0), (1600, 16.0)]) == pytest.approx(2.0)


def test_growth_single_size_is_unknown() -> None:
    assert targets.growth([(100, 1.0)]) is None


def test_judge_machine_absent_commands_are_not_measured() -> None:
    judged = by_label(targets.judge_machine({cases.VERSION: 0.03}, []))

    assert (judged["--version"].first, judged["--version"].goal) == ("met", "missed")
    assert judged["worst step"].first == "not measured"
    assert judged["unchanged tree, 40 claims"].first == "not measured"


def test_add_run_accepted_code_keeps_the_time() -> None:
    known = measure.Outcome("c", "ok")

    for wall in (3.0, 1.0, 2.0):
        known = measure.add_run(a_case(), known, a_run(wall=wall, exit_code=1))

    assert known.seconds == (3.0, 1.0, 2.0)
    assert known.median == 2.0


def test_add_run_other_code_fails_with_its_message() -> None:
    failed = measure.add_run(a_case(), outcome("c", 1.0), a_run(exit_code=2, error="no config"))

    assert failed.status == "failed"
    assert failed.note == "exit code 2: no config"
    assert failed.median is None


def test_add_run_time_limit_is_stopped() -> None:
    stopped = measure.add_run(a_case(), measure.Outcome("c", "ok"), a_run(stopped=True))

    assert (stopped.status, stopped.note) == ("stopped", ">120 s")


def test_add_run_own_time_replaces_the_wall() -> None:
    case = a_case(reads_seconds=True)

    timed = measure.add_run(case, measure.Outcome("c", "ok"), a_run(output=b'{"seconds": 0.5}'))

    assert timed.seconds == (0.5,)


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (b'{"summary": {"files": 2, "analysed": 2, "findings": 0}}', ""),
        (b'{"summary": {"files": 2, "analysed": 0, "findings": 0}}', "analysed no file"),
        (b"Traceback", "printed no report"),
        (b"[]", "printed no report"),
    ],
)
def test_report_problem_of_output_says_why_it_does_not_count(output: bytes, problem: str) -> None:
    assert cases.report_problem(output) == problem


def test_distrust_other_report_than_without_cache_fails() -> None:
    reports = {
        cases.COLD: b"one",
        cases.UNCHANGED: b"one",
        cases.EDITED: b"one",
        cases.NO_CACHE: b"two",
    }

    judged = cases.distrust([outcome(c, 1.0)._replace(output=o) for c, o in reports.items()])

    assert [one.status for one in judged] == ["ok", "ok", "failed", "ok"]
    assert judged[2].note == f"another report than {cases.NO_CACHE}"


def test_run_command_absent_program_is_127() -> None:
    run = process.run_command(process.Command(("/no/such/tool",), "/", {}, 5.0))

    assert run.exit_code == 127
    assert "no/such/tool" in run.error


def test_run_command_beyond_its_limit_is_stopped() -> None:
    argv = (sys.executable, "-c", "import threading; threading.Event().wait()")

    run = process.run_command(process.Command(argv, "/", {}, 0.2))

    assert run.stopped


def test_share_out_sizes_gives_the_next_to_the_lightest() -> None:
    bins = floor.share_out([(5, "a"), (4, "b"), (3, "c"), (1, "d")], 2)

    assert bins == [["a", "d"], ["b", "c"]]


def test_edit_target_of_generated_tree_is_imported_by_others(tmp_path: Path) -> None:
    generate(str(tmp_path), 60)
    texts = {path: Path(path).read_text() for path in trees.python_files(str(tmp_path))}

    edited, importers = trees.edit_target(str(tmp_path), texts)

    assert Path(edited).name in {"client.py", "repository.py", "schemas.py", "tasks.py"}
    assert importers > 0
    trees.append_function(edited, 7)
    ast.parse(Path(edited).read_text())


def test_count_importers_all_forms_are_seen(tmp_path: Path) -> None:
    root = str(tmp_path)
    texts = {
        f"{root}/src/app/a.py": "",
        f"{root}/src/app/b.py": "from .a import f\n",
        f"{root}/src/app/c.py": "from app import a\n",
        f"{root}/src/app/d.py": "import app.a\nimport app.a\n",
        f"{root}/src/app/sub/e.py": "    from ..a import (\n    f)\n",
        f"{root}/src/app/sub/g.py": "from ..sub import e\n",
    }

    counts = trees.count_importers(root, texts)

    assert counts == {f"{root}/src/app/a.py": 4, f"{root}/src/app/sub/e.py": 1}


def test_main_package_of_src_layout_is_the_largest(tmp_path: Path) -> None:
    files = [
        str(tmp_path / name)
        for name in (
            "src/app/__init__.py",
            "src/app/a/__init__.py",
            "src/app/b/__init__.py",
            "src/app/b/x.py",
            "tests/__init__.py",
        )
    ]

    assert peers.main_package(str(tmp_path), files) == (str(tmp_path / "src/app"), ["b", "a"])


def test_find_peers_nowhere_is_said_and_not_dropped() -> None:
    found = peers.find_peers(["mypy", "semgrep"], [], {"PATH": ""})

    assert [(one.peer.name, one.path) for one in found] == [("mypy", ""), ("semgrep", "")]
    assert found[0].problem == "no mypy at hand"


def test_tree_table_stopped_and_absent_are_shown(tmp_path: Path) -> None:
    tree = trees.make_tree(trees.Source("t", "", 16, what="generated"), str(tmp_path / "t"))
    shown = tables.tree_table(
        tree,
        [
            outcome(cases.FLOOR_ONE, 0.5),
            outcome(cases.COLD, 1.0, 3.0, 1.25),
            measure.Outcome("pylint", "stopped", ">120 s"),
            measure.Outcome("semgrep", "not installed", "no semgrep at hand"),
        ],
    )

    assert "2.50" in shown
    assert ">120 s" in shown
    assert "not installed: no semgrep at hand" in shown


def test_main_with_stand_in_writes_every_part(tmp_path: Path) -> None:
    generate(str(tmp_path / "backend"), 20)
    target = tmp_path / "bench.json"
    arguments = ["--rounds", "1", "--tree", f"tiny={tmp_path / 'backend'}", "--peers", "none"]
    arguments += ["--growth-modules", "16", "--bylaw", stand_in(tmp_path), "--json", str(target)]

    assert suite.main(arguments) == 0

    report = json.loads(target.read_text())
    assert report["schema"] == "bylaw.bench/1"
    assert report["versions"]["bylaw"] == "stand-in 1"
    (tree,) = report["trees"]
    assert (tree["role"], tree["files"], tree["analysed"]["analysed"]) == ("small", 20, 20)
    assert {case["status"] for case in tree["cases"]} == {"ok"}
    assert len(report["growth"]) == 6
    assert {target["tree"] for target in report["targets"]} >= {"tiny", "start", "growth"}
    assert not (tmp_path / "backend" / ".git").exists()


@pytest.mark.parametrize(("code", "analysed"), [(2, "count"), (3, "0")])
def test_main_bylaw_fails_is_an_error(tmp_path: Path, code: int, analysed: str) -> None:
    generate(str(tmp_path / "backend"), 16)
    arguments = ["--rounds", "1", "--tree", f"tiny={tmp_path / 'backend'}", "--peers", "none"]
    arguments += ["--growth-modules", "0", "--bylaw", stand_in(tmp_path, code, analysed)]

    assert suite.main(arguments) == 1


@pytest.mark.parametrize("arguments", [["--tree", "nowhere"], ["--peers", "nobody"]])
def test_main_wrong_argument_is_two(arguments: list[str]) -> None:
    assert suite.main(arguments) == 2
