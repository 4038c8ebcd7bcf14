"""What packs ask of a run agrees with their clauses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bylaw.activation import activate
from bylaw.config import load_config
from bylaw.errors import BylawError
from bylaw.linking import context_of, link_repository
from bylaw.packs import demands
from bylaw.packs.choosing import built_rules
from bylaw.packs.known import known_names
from bylaw.packs.own.enabled import enabled_documents
from bylaw.packs.reading import DATA, load_packs
from bylaw.packs.standing import judged
from bylaw.rules.catalogue import Catalogue
from bylaw.rules.registry import INFOS
from bylaw.rules.selection import Options


def index() -> dict[str, Any]:
    """What ``rules.json`` must hold."""
    known, packs = known_names(INFOS.values()), load_packs()
    clauses = {each.id: each for pack in packs for each in pack.clauses}
    asked = {answer.clause for each in demands.questions() for answer in each.answers}
    bound = [
        each for each in sorted(asked)
        if judged(clauses[each], known).status in ("enforced", "partial")
    ]  # fmt: skip
    return {
        "rules": {pack.name: built_rules(pack.clauses, known) for pack in packs},
        "bound": bound,
    }


def test_rules_json_is_what_the_clauses_say() -> None:
    path = Path(DATA) / "rules.json"
    expected = json.dumps(index(), indent=1) + "\n"
    if not path.exists() or path.read_text() != expected:
        path.write_text(expected)
        pytest.fail("rules.json was out of date and is written anew: look at it and commit it")


def test_names_are_the_packs_that_are_shipped() -> None:
    assert tuple(pack.name for pack in load_packs()) == demands.NAMES


def test_options_by_pack_are_options_of_rules_of_that_pack() -> None:
    for pack, rules in demands.options_by_pack().items():
        for rule, options in rules.items():
            assert rule in demands.rules_by_pack()[pack], (pack, rule)
            known = {name: default for name, default, _ in INFOS[rule].options}
            for name, value in options.items():
                assert name in known, (pack, rule, name)
                assert type(value) is type(known[name]) or isinstance(value, list)


def test_strict_options_that_clauses_rest_on_are_set() -> None:
    set_by = demands.options_by_pack()
    for pack in load_packs():
        for clause in pack.clauses:
            for each in clause.enforcers:
                rule, _, option = each.name.partition(".")
                built = rule in INFOS and option in {name for name, _, _ in INFOS[rule].options}
                if each.kind == "option" and built:
                    assert option in set_by[pack.name][rule], (clause.id, each.name)


def test_questions_name_clauses_and_rules_that_exist() -> None:
    clauses = {each.id: pack.name for pack in load_packs() for each in pack.clauses}
    for question in demands.questions():
        assert len({each.value for each in question.answers}) > 1
        for answer in question.answers:
            assert clauses[answer.clause] == answer.pack
            assert set(answer.off) <= set(INFOS)


def enabled(root: Path, text: str, **options: Any) -> frozenset[str]:
    (root / "bylaw.toml").write_text(text)
    return activate(load_config(str(root), INFOS), Options(**options), Catalogue()).enabled


def test_activate_a_list_of_packs_is_the_whole_list(tmp_path: Path) -> None:
    only = enabled(tmp_path, '[packs]\nenable = ["execution-contract"]\n')
    assert "relative-import" in only  # off by default, and the pack asks for it
    assert "cors-wildcard" not in only  # on by default, and the pack does not
    assert "unused-suppression" in only  # about the tool itself
    without = enabled(tmp_path, "")
    assert "cors-wildcard" in without
    assert "relative-import" not in without


def test_activate_a_single_rule_wins_over_its_pack(tmp_path: Path) -> None:
    text = '[packs]\nenable = ["execution-contract"]\n'
    text += "[rules.relative-import]\nenabled = false\n[rules.cors-wildcard]\nenabled = true\n"
    found = enabled(tmp_path, text)
    assert "relative-import" not in found
    assert "cors-wildcard" in found


def test_activate_a_pack_may_be_selected(tmp_path: Path) -> None:
    found = enabled(tmp_path, "", select=("fastapi-strict",), ignore=("sync-handler",))
    assert "missing-port" in found
    assert "sync-handler" not in found
    assert "import-cycle" not in found


def test_activate_unknown_pack_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "bylaw.toml").write_text('[packs]\nenable = ["constitutoin"]\n')
    config = load_config(str(tmp_path), INFOS)
    with pytest.raises(BylawError, match="unknown pack") as raised:
        enabled_documents(config, str(tmp_path))
    assert "constitution" in raised.value.hint


def option(root: Path, text: str) -> object:
    """Value of ``sync-handler.strict`` in a run under a configuration."""
    (root / "bylaw.toml").write_text(text)
    config, options = load_config(str(root), INFOS), Options(use_cache=False, jobs=1)
    linked = link_repository(str(root), config, options)
    context = context_of(linked, "", activate(config, options, Catalogue()).options)
    return context.option(INFOS["sync-handler"], "strict")


def test_activate_options_of_the_configuration_win(tmp_path: Path) -> None:
    pack = '[packs]\nenable = ["fastapi-strict"]\n'
    assert option(tmp_path, "") is False
    assert option(tmp_path, pack) is True
    assert option(tmp_path, f"{pack}[rules.sync-handler]\nstrict = false\n") is False


def test_activate_a_decision_turns_off_what_the_other_answer_asks_for(tmp_path: Path) -> None:
    packs = '[packs]\nenable = ["backend-python", "constitution"]\n'
    assert "mock-overuse" in enabled(tmp_path, packs)
    assert "mock-overuse" not in enabled(tmp_path, f'{packs}[decisions]\ntest-doubles = "mocks"\n')
    decided = enabled(tmp_path, f'{packs}[decisions]\ntest-doubles = "fakes"\n')
    assert "mock-overuse" in decided
    assert "convention-drift" in decided


def test_activate_documents_alone_leave_the_defaults_on(tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Rules\n\nServices MUST NOT use Flask.\n")
    alone = enabled(tmp_path, '[packs]\nenable = ["rules.md"]\n')
    assert "cors-wildcard" in alone
    beside = enabled(tmp_path, '[packs]\nenable = ["rules.md", "execution-contract"]\n')
    assert "cors-wildcard" not in beside
