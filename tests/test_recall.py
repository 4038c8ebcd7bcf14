from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from benchmarks.recall import __main__ as command
from benchmarks.recall import measure, plan
from benchmarks.recall.files import File, bound_names, read_tree
from benchmarks.recall.places import KINDS, World, find_places, survey
from benchmarks.recall.seeds import Seed, fits, make_seed
from benchmarks.recall.templates import Template, covered_rules, read_templates

from bylaw.finding import Finding, Step

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
    "backend/shop/__init__.py": "",
    "backend/shop/deep/__init__.py": "",
    "backend/shop/deep/loose/rows.py": "import os\n\n\ndef rows():\n    return os.name\n",
    "backend/shop/models.py": '"""Words."""\n\nimport sys\n\nKIND = "a"\n\n\n@staticmethod\n'
    "def kind(of):\n    '''Doc.'''\n    first = of\n    return first\n\n\nasync def later():\n"
    "    value = 1\n    return value\n",
    "backend/shop/service.py": "from shop.models import kind\n"
    "from shop.deep.loose.rows import rows\n\n\nclass Service:\n    def run(self, time):\n"
    "        if time:\n            return rows()\n"
    "        return kind(time)\n",
    "backend/shop/api.py": "from fastapi import APIRouter\nfrom shop import service\n\n"
    "router = APIRouter()\n",
    "backend/shop/main.py": "from shop.api import router\nimport shop.models\n\nAPP = [router]\n",
    "tests/test_shop.py": "from shop.models import kind\n\n\ndef test_kind():\n"
    "    found = kind(1)\n    assert found == 1\n",
    "tests/frozen/conftest.py": "from freezegun import freeze_time\n",
    "tests/frozen/test_still.py": "def test_still():\n    found = 1\n    assert found\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def world(tree: Path) -> World:
    return survey(read_tree(str(tree)))


def by_path(world: World) -> dict[str, File]:
    return {file.path: file for file in world.files}


def template(**changes: object) -> Template:
    plain = Template("rule", "name", "module", (), False, False, "import os", "X_$n = os.name", ())
    return plain._replace(**changes)  # type: ignore[arg-type]


def finding(path: str, line: int, *steps: tuple[str, int], confidence: str = "definite") -> Finding:
    witness = tuple(Step(where, at, "", "") for where, at in steps)
    return Finding("rule", (), "error", confidence, path, line, 1, line, "", "", witness=witness)


def test_read_tree_nested_folder_gets_the_name_of_its_package(world: World) -> None:
    names = {path: file.module for path, file in by_path(world).items()}

    assert names["backend/shop/models.py"] == "shop.models"
    assert names["backend/shop/deep/loose/rows.py"] == "shop.deep.loose.rows"
    assert names["tests/test_shop.py"] == ""


def test_bound_names_tells_imports_from_parameters(world: World) -> None:
    bound = bound_names(by_path(world)["backend/shop/service.py"])

    assert bound["kind"] == {"shop.models:kind"}
    assert bound["time"] == {"other"}


def test_fits_name_that_the_file_uses_otherwise_is_refused(world: World) -> None:
    places = find_places("function", world, Random(1))
    service = next(place for place in places if place.file.path.endswith("service.py"))

    assert not fits(template(top="import time"), service)
    assert fits(template(top="from shop.models import kind"), service)
    assert not fits(template(top="from other import kind"), service)


def test_find_places_test_under_a_freezer_is_left_out(world: World) -> None:
    places = find_places("test", world, Random(1))

    assert [place.file.path for place in places] == ["tests/test_shop.py"]


def test_find_places_function_is_entered_where_control_comes(world: World) -> None:
    for place in find_places("function", world, Random(3)):
        lines = place.file.text.split("\n")
        assert lines[place.line - 1].startswith(place.indent)
        assert "Doc" not in lines[place.line - 1]


def test_find_places_cycle_names_a_module_that_imports_the_place(world: World) -> None:
    for place in find_places("cycle", world, Random(1)):
        importer = dict(place.names)["importer"]
        assert place.file.module in world.loads[importer]
        assert importer not in world.reaches[place.file.module]


def test_make_seed_lines_are_those_of_the_statement(world: World) -> None:
    for place in find_places("module", world, Random(2)):
        seed = make_seed(template(), place, 7, Random(0))

        (path, text), *_ = seed.writes
        ((marked, line),) = seed.lines
        assert marked == path
        assert text.split("\n")[line - 1] == "X_7 = os.name"


def test_make_seed_marks_count_instead_of_the_whole_place(world: World) -> None:
    place = find_places("module", world, Random(2))[0]
    marked = template(here="a_$n = 1\nb_$n = 2  #!", files=(("more_$n", "c = 1 #!\n"),))

    seed = make_seed(marked, place, 3, Random(0))

    texts = dict(seed.writes)
    found = {(path, texts[path].split("\n")[line - 1]) for path, line in seed.lines}
    assert {text for _, text in found} == {"b_3 = 2", "c = 1"}
    assert "#!" not in "".join(texts.values())


def test_make_seed_broken_template_is_an_error(world: World) -> None:
    place = find_places("module", world, Random(2))[0]

    with pytest.raises(ValueError, match="rule/name"):
        make_seed(template(here="def ("), place, 1, Random(0))
    with pytest.raises(ValueError, match="nowhere"):
        make_seed(template(here="x = $nowhere"), place, 1, Random(0))


def all_seeds(world: World, seed: str) -> Iterator[Seed]:
    for rule in covered_rules():
        yield from plan.make_plan(read_templates(rule), world, seed, 1, {})


def test_make_plan_every_rule_writes_files_that_parse(world: World) -> None:
    seeds = list(all_seeds(world, "1"))

    assert len({seed.template.rule for seed in seeds}) > 30
    for seed in seeds:
        assert seed.lines
        for _, text in seed.writes:
            ast.parse(text)


def test_make_plan_same_seed_gives_the_same_plan(world: World) -> None:
    first = [(seed.writes, seed.lines) for seed in all_seeds(world, "1")]
    again = [(seed.writes, seed.lines) for seed in all_seeds(world, "1")]
    other = [(seed.writes, seed.lines) for seed in all_seeds(world, "2")]

    assert first == again != other


def test_make_plan_reported_function_takes_no_second_finding(world: World) -> None:
    templates = [template(place="function")]
    reported = {"backend/shop/service.py": [(1, 99)]}

    seeds = plan.make_plan(templates, world, "1", 5, reported)

    assert {seed.place.file.path for seed in seeds} == {
        "backend/shop/deep/loose/rows.py",
        "backend/shop/models.py",
    }


def test_batches_one_file_is_written_once_in_a_copy(world: World) -> None:
    seeds = list(all_seeds(world, "1"))

    for group in plan.batches(seeds):
        paths = [path for seed in group for path, _ in seed.writes]
        assert len(paths) == len(set(paths))
        assert len(group) == 1 or not any(seed.template.alone for seed in group)


@pytest.mark.parametrize("rule", covered_rules())
def test_read_templates_every_rule_has_three_and_known_places(rule: str) -> None:
    templates = read_templates(rule)

    assert len(templates) >= 3
    assert {each.place for each in templates} <= set(KINDS)


def test_judge_names_the_seeded_line_or_where_the_witness_ends(world: World) -> None:
    place = find_places("module", world, Random(2))[0]
    seed = make_seed(template(), place, 1, Random(0))
    ((path, line),) = seed.lines

    assert measure.judge(seed, [finding(path, line)]) == "found"
    assert measure.judge(seed, [finding("a.py", 1, (path, line))]) == "found"
    assert measure.judge(seed, [finding(path, line, confidence="possible")]) == "doubtful"
    assert measure.judge(seed, [finding("a.py", 1, (path, line), ("b.py", 1))]) == "missed"
    assert measure.judge(seed, [finding(path, line + 1)]) == "missed"


def test_main_small_tree_counts_and_leaves_it_alone(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*.py")}
    out = tmp_path / "out.json"
    rules = "swallowed-exception,fat-handler"

    code = command.main(
        ["--tree", f"shop={tree}", "--rules", rules, "--json", str(out), "--places", "1"]
    )

    assert code == 0
    assert {path: path.read_bytes() for path in tree.rglob("*.py")} == before
    document = json.loads(out.read_text())
    measured = {each["rule"]: each for each in document["measured"]}
    assert measured["swallowed-exception"]["found"] > 10
    assert set(measured) | set(document["absent"]) == set(rules.split(","))
    assert "| swallowed-exception | shop |" in capsys.readouterr().out


def test_main_unknown_rule_is_a_wrong_argument(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--tree", f"shop={tree}", "--rules", "no-such"]) == 2
    assert "no templates for 'no-such'" in capsys.readouterr().err
