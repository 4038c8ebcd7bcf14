"""Files newer than the running interpreter: read all the same, or named; nothing of theirs runs."""

from __future__ import annotations

import hashlib
import marshal
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bylaw
from bylaw.facts.gather import extract_file
from bylaw.facts.interpreters import newer_interpreters

if TYPE_CHECKING:
    from tests.robustness.conftest import Call

END = '\nimport os\nURL = os.environ["A"]\n'
NEWER = {
    "pep-695-alias": "type Pair[A, B] = tuple[A, B]\ntype Name = str\n",
    "pep-695-function": "def first[T: (int, str)](items: list[T]) -> T:\n    return items[0]\n",
    "pep-695-class": "class Box[T, *Ts, **P](list[T]):\n    def get[U](self, x: U) -> U: ...\n",
    "pep-695-many-lines": "def f[\n    T,  # [first]\n    U: int,\n](x: T) -> U:\n    return x\n",
    "pep-696": "class Box[T = int, *Ts = *tuple[int, ...]]:\n    pass\n",
    "pep-750": 'x = 1\ny = t"{x} of {x!r:>{x}}"\nz = rt"\\d{x}"\n',
    "pep-758": "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
    "pep-758-star": "try:\n    pass\nexcept* ValueError, TypeError:\n    pass\n",
    "pep-810": "lazy import json\nlazy from json import loads\n",
}
ONLY_NEWER = "x = {'a': 1}\ny = f'{x['a']} {'\\n'.join(['a'])}'\n"


@pytest.mark.parametrize("text", NEWER.values(), ids=NEWER.keys())
def test_check_newer_spelling_keeps_its_lines(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text + END)

    result = bylaw.check(str(tmp_path), use_cache=False, select=("import-time-env-read",))

    assert not result.errors
    assert [each.line for each in result.findings] == [text.count("\n") + 3]


def test_check_nested_quotes_are_read_by_a_newer_interpreter(
    call: Call, tmp_path: Path, environment: dict[str, str]
) -> None:
    if sys.version_info < (3, 12) and not newer_interpreters("/nonexistent"):
        pytest.skip("no newer interpreter at hand")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text(ONLY_NEWER + END)

    ran = call(
        "check", root, "--format", "json", "--select", "import-time-env-read",
        env={"HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"]},
    )  # fmt: skip

    assert (ran.code, ran.document["errors"]) == (1, [])
    assert [each["line"] for each in ran.document["findings"]] == [5]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this interpreter reads it")
def test_check_nothing_newer_at_hand_is_named_and_3(call: Call, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text(ONLY_NEWER + END)
    (root / "b.py").write_text(END)

    ran = call("check", root, "--format", "json", env={"PATH": "/nonexistent"})

    assert ran.code == 3
    error = ran.error("a.py")
    assert (error["code"], error["line"]) == ("syntax", 2)
    assert "newer" in error["hint"] or "new enough" in error["hint"]
    assert "b.py" in {each["path"] for each in ran.document["findings"]}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this interpreter reads it")
def test_check_newer_interpreter_goes_away_facts_go_with_it(call: Call, tmp_path: Path) -> None:
    newer = newer_interpreters("/nonexistent")
    if not newer:
        pytest.skip("no newer interpreter at hand")
    root, tools = tmp_path / "root", tmp_path / "tools"
    root.mkdir()
    tools.mkdir()
    (tools / os.path.basename(newer[0])).symlink_to(newer[0])
    (root / "a.py").write_text(ONLY_NEWER)
    words = ("check", root, "--format", "json")
    assert [call(*words, env={"PATH": str(tools)}).code for _ in range(3)] == [0, 0, 0]
    (tools / os.path.basename(newer[0])).unlink()

    assert call(*words, env={"PATH": str(tools)}).code == 3


@pytest.mark.parametrize("way", ["on-path", "link-from-outside", "pyenv-inside"])
def test_check_program_inside_the_root_is_never_run(call: Call, tmp_path: Path, way: str) -> None:
    root, marker = tmp_path / "root", tmp_path / "it-ran"
    home = root / "home"
    inside = root / "bin"
    if way == "pyenv-inside":
        inside = home / ".pyenv" / "versions" / f"3.{sys.version_info.minor + 1}.0" / "bin"
    inside.mkdir(parents=True)
    (root / "bylaw.toml").write_text("")
    (root / "a.py").write_text("def (:\n")
    path = inside
    for minor in range(sys.version_info.minor + 1, 21):
        program = inside / f"python3.{minor}"
        program.write_text(f"#!/bin/sh\ntouch {marker}\n")
        program.chmod(0o755)
        if way == "link-from-outside":
            path = tmp_path / "tools"
            path.mkdir(exist_ok=True)
            (path / program.name).symlink_to(program)

    ran = call("check", root, env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(home)})

    assert ran.code == 3
    assert not marker.exists()


@pytest.mark.parametrize(
    "said", ["", "exit 3", "kill -9 $$", "echo nonsense", "yes | head -c 9999"]
)
def test_check_broken_newer_interpreter_is_passed_over(
    call: Call, tmp_path: Path, said: str
) -> None:
    root, tools = tmp_path / "root", tmp_path / "tools"
    root.mkdir()
    tools.mkdir()
    (root / "a.py").write_text("def (:\n")
    program = tools / f"python3.{sys.version_info.minor + 1}"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)

    ran = call("check", root, "--format", "json", env={"PATH": f"{tools}:/usr/bin:/bin"})

    assert (ran.code, ran.error("a.py")["code"]) == (3, "syntax")


def test_extract_same_facts_under_every_newer_interpreter() -> None:
    programs = newer_interpreters("/nonexistent")
    if not programs:
        pytest.skip("no newer interpreter at hand")
    project = Path(__file__).parents[2]
    paths = sorted(
        str(path.relative_to(project))
        for folder in ("examples", "src/bylaw", "tests/facts")
        for path in (project / folder).rglob("*.py")
    )
    program = (
        "import sys, marshal, hashlib\n"
        "root, *paths = marshal.loads(sys.stdin.buffer.read())\n"
        "sys.path.insert(0, root + '/src')\n"
        "from bylaw.facts.gather import extract_file\n"
        "for path in paths:\n"
        "    found = extract_file(root, path, {})\n"
        "    print(path, found.problem, hashlib.sha256(repr(marshal.loads(found.blob))"
        ".encode('utf-8', 'surrogatepass')).hexdigest())\n"
    )
    own = []
    for path in paths:
        found = extract_file(str(project), path, {})
        text = repr(marshal.loads(found.blob or b"")).encode("utf-8", "surrogatepass")
        own.append(f"{path} {found.problem} {hashlib.sha256(text).hexdigest()}")
    for each in programs:
        done = subprocess.run(
            [each, "-I", "-S", "-B", "-c", program],
            input=marshal.dumps([str(project), *paths], 4), capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout.decode().splitlines() == own, each
