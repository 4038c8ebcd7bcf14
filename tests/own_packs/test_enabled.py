"""Which documents count, and what a run makes of what they bind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import bylaw
from bylaw.config import Config, ConfigProblemsError, RuleConfig
from bylaw.packs.own.enabled import enabled_documents, find_documents, with_bindings
from bylaw.result import CheckResult

Write = Callable[[dict[str, str]], str]

WORKFLOW = ".ai/config/workflow.yaml"
KIT = "rules:\n  kit:\n    - core\n  custom:\n    - backend\n"
PACK = "Role: engineers\nGoal: services\n\n# Rules\n\nNever print.\n"
FORBID = "Never print.\n```bylaw\nforbid-call: {to: print}\n```\n"
PRINTS = "def show(x):\n    print(x)\n"


def _check(root: str, **options: object) -> CheckResult:
    return bylaw.check(root, use_cache=False, jobs=1, **options)  # type: ignore[arg-type]


def test_enabled_documents_without_any_reads_nothing(repository: Write) -> None:
    root = repository({"app.py": "", "CLAUDE.md": "Never print.\n"})
    found = enabled_documents(Config(), root)
    assert (found.documents, found.problems, found.watched) == ((), (), (WORKFLOW,))


def test_no_document_is_read_where_none_is_enabled(repository: Write) -> None:
    root = repository({"app.py": "x = 1\n"})
    code = (
        "import sys, bylaw; bylaw.check(sys.argv[1], use_cache=False, jobs=1); "
        "print([m for m in sys.modules if m.startswith('markdown_it') or m.endswith("
        "('own.document', 'own.markdown', 'own.words', 'packs.reading'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_enabled_documents_by_path_and_by_name(repository: Write) -> None:
    root = repository({"docs/rules.md": PACK, ".ai/rules/team.md": PACK})
    found = enabled_documents(Config(packs=("docs/rules.md", "team", "constitution")), root)
    assert [each.path for each in found.documents] == ["docs/rules.md", ".ai/rules/team.md"]
    assert set(found.watched) >= {"docs/rules.md", ".ai/rules/team.md", WORKFLOW}


def test_enabled_documents_unknown_name_says_the_nearest(repository: Write) -> None:
    root = repository({".ai/rules/team.md": PACK})
    with pytest.raises(ConfigProblemsError) as raised:
        enabled_documents(Config(path="bylaw.toml", packs=("taem", "constituton")), root)
    assert [each.message for each in raised.value.problems] == [
        "unknown pack: taem", "unknown pack: constituton",
    ]  # fmt: skip
    assert [each.hint for each in raised.value.problems] == [
        "did you mean `team`?", "did you mean `constitution`?",
    ]  # fmt: skip


def test_workflow_of_the_kit_enables_what_it_lists(repository: Write) -> None:
    root = repository({WORKFLOW: KIT, ".ai/rules/core.md": PACK, ".ai/rules/backend.md": PACK})
    found = enabled_documents(Config(), root)
    assert [each.name for each in found.documents] == ["core", "backend"]


def test_workflow_that_lists_a_missing_file_is_an_error(repository: Write) -> None:
    root = repository({WORKFLOW: KIT, ".ai/rules/core.md": PACK, "app.py": "x = 1\n"})
    [problem] = find_documents(Config(), root).problems
    assert "`rules.custom` enables backend" in problem.message
    assert (problem.path, problem.line, problem.exit_code) == (WORKFLOW, 5, 2)
    assert _check(root).exit_code == 2


def test_workflow_that_is_not_yaml_is_an_error(repository: Write) -> None:
    root = repository({WORKFLOW: "rules: [\n"})
    [problem] = find_documents(Config(), root).problems
    assert (problem.path, problem.exit_code) == (WORKFLOW, 2)


def test_check_finds_what_an_enabled_document_forbids(repository: Write) -> None:
    root = repository(
        {"bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "rules.md": FORBID, "app/a.py": PRINTS}
    )
    result = _check(root)
    [finding] = [each for each in result.findings if each.rule == "forbid-call"]
    assert (finding.path, finding.line, finding.severity) == ("app/a.py", 2, "error")
    assert finding.clauses == ("rules.1",)
    assert finding.message.endswith('calls print: "Never print." (rules.md:1)')
    assert result.exit_code == 1


def test_check_broken_block_ends_the_run(repository: Write) -> None:
    root = repository(
        {
            "bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "app/a.py": PRINTS,
            "rules.md": "Never print.\n```bylaw\nforbid-cal: {to: print}\n```\n",
        }
    )  # fmt: skip
    result = _check(root)
    [error] = result.errors
    assert (result.exit_code, error.path, error.line) == (2, "rules.md", 3)
    assert error.hint == "did you mean `forbid-call`?"


def test_check_scope_that_names_nothing_is_not_verified(repository: Write) -> None:
    block = FORBID.replace("{to", "{from: app.domain, to")
    root = repository(
        {"bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "rules.md": block, "app/a.py": PRINTS}
    )
    result = _check(root)
    [lacking] = [each for each in result.not_verified if each.rule == "forbid-call"]
    assert result.exit_code == 3
    assert (lacking.rule, lacking.reason) == (
        "forbid-call", "rules.md:1 binds app.domain, and nothing here is called so",
    )  # fmt: skip


def test_check_suppression_by_comment_holds_for_own_rules(repository: Write) -> None:
    code = "def show(x):\n    print(x)  # bylaw: ignore[forbid-call] a command line\n"
    root = repository(
        {"bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "rules.md": FORBID, "app/a.py": code}
    )
    result = _check(root)
    assert not [each for each in result.findings if each.rule == "forbid-call"]


def test_check_bound_rule_runs_with_its_options_and_its_words(repository: Write) -> None:
    lines = "".join(f"    x = {number}\n" for number in range(30))
    root = repository(
        {
            "bylaw.toml": '[packs]\nenable = ["rules.md"]\n',
            "rules.md": "Functions MUST be short.\n```bylaw\n"
            "rule: function-too-long {limit: 20}\n```\n",
            "app/a.py": f"def long():\n{lines}",
        }
    )
    [finding] = [each for each in _check(root).findings if each.rule == "function-too-long"]
    assert finding.severity == "warning"
    assert finding.clauses[-1] == "rules.1"
    assert '"Functions MUST be short." (rules.md:1)' in finding.message


def test_with_bindings_own_decisions_come_first(repository: Write) -> None:
    root = repository(
        {
            "a.md": "Files MUST be short.\n```bylaw\nrule: file-too-long {limit: 300}\n```\n",
            "b.md": "Files MUST be long.\n```bylaw\nrule: file-too-long {limit: 900}\n```\n",
        }
    )
    written = Config(packs=("a.md", "b.md"))
    bindings = enabled_documents(written, root).bindings
    assert with_bindings(written, bindings).rule("file-too-long") == RuleConfig(
        "file-too-long", True, "warning", (("limit", 300),)
    )
    own = written._replace(rules=(RuleConfig("file-too-long", False, "note", (("limit", 7),)),))
    assert with_bindings(own, bindings).rule("file-too-long") == own.rules[0]


def test_check_layers_of_a_document(repository: Write) -> None:
    layers = (
        "The domain MUST NOT import the web.\n```bylaw\nlayers:\n"
        "  - {name: web, modules: shop.web}\n  - {name: domain, modules: [shop.domain]}\n```\n"
    )
    root = repository(
        {
            "bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "rules.md": layers,
            "shop/__init__.py": "", "shop/web.py": "TITLE = 1\n",
            "shop/domain.py": "from shop.web import TITLE\n\nX = TITLE\n",
        }
    )  # fmt: skip
    [finding] = [each for each in _check(root).findings if each.rule == "layer-violation"]
    assert (finding.path, finding.severity, finding.confidence) == (
        "shop/domain.py", "error", "definite",
    )  # fmt: skip
    assert finding.clauses == ("rules.1",)


def _run(root: str, cache: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "check", "--select", "forbid-call,require-file", "."],
        cwd=root, capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": cache},
        check=False,
    )  # fmt: skip
    return done.stdout


def test_stored_report_does_not_outlive_a_changed_document(
    repository: Write, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = str(tmp_path_factory.mktemp("cache"))
    files = {"bylaw.toml": '[packs]\nenable = ["rules.md"]\n', "app/a.py": PRINTS}
    root = repository({**files, "rules.md": "# Rules\n\nNever print.\n"})
    assert "calls print" not in _run(root, cache)
    repository({"rules.md": FORBID})
    assert "calls print" in _run(root, cache)
    repository({"rules.md": "Keep a log.\n```bylaw\nrequire-file: {path: LOG.md}\n```\n"})
    assert "there is no LOG.md" in _run(root, cache)
    repository({"LOG.md": ""})
    assert "there is no LOG.md" not in _run(root, cache)
