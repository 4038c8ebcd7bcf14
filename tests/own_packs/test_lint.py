"""``bylaw pack lint``: what stands behind each sentence, and what a document names in vain."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bylaw.cli.entry import bylaw as command
from bylaw.packs.own.vocabulary import could_enforce, vocabulary
from bylaw.rules.registry import INFOS

Write = Callable[[dict[str, str]], str]
Lint = Callable[..., Result]


@pytest.fixture
def lint(repository: Write, monkeypatch: pytest.MonkeyPatch) -> Lint:
    def run(files: dict[str, str], *words: str) -> Result:
        monkeypatch.chdir(repository(files))
        return CliRunner().invoke(command, ["pack", "lint", *words])

    return run


def _only(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(result.stdout)["documents"][0]
    return document


def test_lint_says_what_stands_behind_each_sentence(lint: Lint) -> None:
    text = (
        "# Rules\n\nNever print.\n```bylaw\nforbid-call: {to: print}\n```\n\n"
        "- No relative imports.\n- Be kind to reviewers.\n- Never lie.\n"
        "  ```bylaw\n  manual: reviewer\n  command: make lie\n  ```\n"
    )
    result = lint({"rules.md": text}, "rules.md", "--format", "json")
    document = _only(result)
    shown = [(each["line"], each["by"], each["status"]) for each in document["sentences"]]
    assert shown == [
        (3, "bound", "enforced"), (8, "suggested", "unenforced"), (9, "nothing", "unenforced"),
        (10, "bound", "planned"),
    ]  # fmt: skip
    assert document["sentences"][0]["enforced_by"] == [{"kind": "rule", "name": "forbid-call"}]
    assert document["sentences"][1]["could_be"] == ["relative-import"]
    assert document["by_rule"] == {"forbid-call": 1}
    assert result.exit_code == 0


def test_lint_strict_fails_on_what_nothing_enforces(lint: Lint) -> None:
    files = {"rules.md": "# Rules\n\nNever lie.\n"}
    assert lint(files, "rules.md").exit_code == 0
    assert lint(files, "rules.md", "--strict").exit_code == 1


def test_lint_broken_block_is_exit_1_with_its_line(lint: Lint) -> None:
    files = {"rules.md": "Never lie.\n```bylaw\nforbid-lie: {}\n```\n"}
    result = lint(files, "rules.md", "--format", "json")
    [error] = json.loads(result.stdout)["errors"]
    assert (result.exit_code, error["path"], error["line"]) == (1, "rules.md", 3)


@pytest.mark.parametrize("words", [("none.md",), ()])
def test_lint_without_a_document_is_a_usage_error(lint: Lint, words: tuple[str, ...]) -> None:
    result = lint({"app.py": ""}, *words)
    assert result.exception is not None
    assert getattr(result.exception, "exit_code", 0) == 2


def test_lint_without_files_takes_what_is_enabled(lint: Lint) -> None:
    files = {
        "bylaw.toml": '[packs]\nenable = ["a.md"]\n', "a.md": "Never lie.\n",
        ".ai/config/workflow.yaml": "rules: {custom: [team, gone]}\n",
        ".ai/rules/team.md": "Role: us\n\n# Rules\n\n## Verification\n\n```bash\nmake test\n```\n",
        "Makefile": "test:\n\ttrue\n",
    }  # fmt: skip
    result = lint(files, "--format", "json")
    found = json.loads(result.stdout)
    assert [each["path"] for each in found["documents"]] == ["a.md", ".ai/rules/team.md"]
    team = found["documents"][1]
    assert [each["message"] for each in team["warnings"]] == ["the pack has no line `Goal:`"]
    [claim] = [each for each in team["sentences"] if each["form"] == "command"]
    assert (claim["by"], claim["status"]) == ("bound", "planned")
    assert claim["enforced_by"] == [{"kind": "claim", "name": "make test"}]
    assert result.exit_code == 2
    assert "there is no .ai/rules/gone.md" in found["errors"][0]["message"]


def test_lint_contradictions_of_enabled_documents(lint: Lint) -> None:
    files = {
        "bylaw.toml": '[packs]\nenable = ["a.md", "b.md"]\n',
        "a.md": "Files MUST be short.\n```bylaw\nrule: file-too-long {limit: 300}\n```\n",
        "b.md": "Files MUST be long.\n```bylaw\nrule: file-too-long {limit: 900}\n```\n",
    }
    result = lint(files, "b.md", "--format", "json")
    [found] = json.loads(result.stdout)["contradictions"]
    assert found["about"] == "file-too-long.limit"
    assert (found["first"]["says"], found["second"]["says"]) == ("300", "900")
    assert (found["first"]["path"], found["second"]["path"]) == ("a.md", "b.md")
    assert result.exit_code == 1
    assert "file-too-long.limit: 300 or 900" in lint(files, "b.md").stdout


def test_lint_layers_that_turn_around_contradict(lint: Lint) -> None:
    def layers(*names: str) -> str:
        rows = "".join(f"  - {{name: {each}, modules: app.{each}}}\n" for each in names)
        return f"Layers MUST hold.\n```bylaw\nlayers:\n{rows}```\n"

    files = {
        "bylaw.toml": '[packs]\nenable = ["a.md", "b.md"]\n',
        "a.md": layers("web", "domain"), "b.md": layers("domain", "data", "web"),
    }  # fmt: skip
    found = json.loads(lint(files, "--format", "json").stdout)["contradictions"]
    assert [(each["first"]["says"], each["second"]["says"]) for each in found] == [
        ("app.web above app.domain", "app.domain above app.web")
    ]


DANGLING = {
    "[a](docs/gone.md)": ("link", "docs/gone.md"),
    "[a](docs/there.md#gone)": ("anchor", "docs/there.md#gone"),
    "[a](#gone)": ("anchor", "#gone"),
    "see `scripts/gone.sh`": ("path", "scripts/gone.sh"),
    "see `app/gone/`": ("path", "app/gone/"),
    "see `GONE.md`": ("path", "GONE.md"),
    "see @docs/gone.md in `@docs/gone.md`": ("path", "@docs/gone.md"),
    "the module `app.main.gone` decides": ("module", "app.main.gone"),
    "`docs/there.md` anchor `POLICY-GONE`": ("anchor", "POLICY-GONE"),
    "run `make gone`": ("command", "make gone"),
    "run `npm run gone`": ("command", "npm run gone"),
    "run `just gone`": ("command", "just gone"),
    "run `bash scripts/gone.sh`": ("command", "bash scripts/gone.sh"),
    "run `python -m app.gone`": ("module", "app.gone"),
    "`bylaw explain import-cycel` says": ("rule", "import-cycel"),
}
THERE = (
    "[a](docs/there.md#the-heading)", "[a](#rules)", "[a](https://example.org/gone.md)",
    "`app/main.py`, `main.py:12` and `app/`", "`app.main.run` and `app.state.x`", "`/health`",
    "`application/json`", "create `docs/new.md`", "`docs/<name>.md`", "`dist/out.js` and `dist/`",
    "`src/*.py`", "`make test`", "`uv run python -m app.main`", "`python -m json.tool`",
    "`admin@gone.sh`", "`github.com/gone/x.go`", "`npm run build`", "`just check`",
    "`bylaw explain import-cycle`", "`feature/name`", "never write `old/gone.py`",
)  # fmt: skip
TREE = {
    "docs/there.md": "# Title\n\n## The heading\n", "app/__init__.py": "",
    "app/main.py": "def run():\n    return 1\n", "Makefile": "test:\n\ttrue\n",
    "justfile": "check:\n  true\n", "package.json": '{"scripts": {"build": "x"}}',
    ".gitignore": "dist/\n", "scripts/x.sh": "",
}  # fmt: skip


@pytest.mark.parametrize("text", sorted(DANGLING))
def test_lint_names_what_dangles(lint: Lint, text: str) -> None:
    result = lint({**TREE, "rules.md": f"# Rules\n\n{text}\n"}, "rules.md", "--format", "json")
    found = [(each["kind"], each["name"], each["line"]) for each in _only(result)["dangling"]]
    assert found == [(*DANGLING[text], 3)]
    assert result.exit_code == 1


@pytest.mark.parametrize("text", THERE)
def test_lint_leaves_alone_what_is_there_or_no_reference(lint: Lint, text: str) -> None:
    result = lint({**TREE, "rules.md": f"# Rules\n\n{text}\n"}, "rules.md", "--format", "json")
    assert _only(result)["dangling"] == []


def test_lint_examples_of_a_table_are_no_references(lint: Lint) -> None:
    text = "# X\n\n| Kind | Form | Example |\n|---|---|---|\n| a | `x.py` | `app/gone.py` |\n"
    result = lint({**TREE, "rules.md": text}, "rules.md", "--format", "json")
    assert _only(result)["dangling"] == []


def test_lint_files_to_create_are_no_references(lint: Lint) -> None:
    text = "# X\n\n**Files to create/modify**:\n- `app/gone.py`\n"
    result = lint({**TREE, "rules.md": text}, "rules.md", "--format", "json")
    assert _only(result)["dangling"] == []


def test_lint_commands_in_blocks_are_references(lint: Lint) -> None:
    text = "# X\n\n```bash\nmake gone\npython3 app/gone.py\n```\n"
    result = lint({**TREE, "rules.md": text}, "rules.md", "--format", "json")
    assert [(each["name"], each["line"]) for each in _only(result)["dangling"]] == [
        ("make gone", 4), ("python3 app/gone.py", 5),
    ]  # fmt: skip


def test_vocabulary_names_rules_that_exist() -> None:
    assert set(vocabulary()) <= set(INFOS)


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Never block the event loop in async handlers.", "blocking-call-in-async"),
        ("Files must never exceed 500 lines.", "file-too-long"),
        ("Never commit API keys.", "secret-in-source"),
        ("Migrations must be reversible.", "irreversible-migration"),
        ("Never use bare `except:`.", "swallowed-exception"),
    ],
)
def test_could_enforce_speaks_of_the_rule(sentence: str, rule: str) -> None:
    assert rule in could_enforce(sentence)


@pytest.mark.parametrize("sentence", ["Be kind.", "Write a changelog.", "Name branches by issue."])
def test_could_enforce_stays_silent(sentence: str) -> None:
    assert could_enforce(sentence) == ()


def test_text_report_says_it_in_lines(lint: Lint) -> None:
    result = lint({"rules.md": "# Rules\n\n- Always log, see `GONE.md`.\n"}, "rules.md")
    assert "1 binding sentence: 0 bound by a block" in result.stdout
    assert "rules.md:3  path: GONE.md" in result.stdout


def test_lint_of_the_rules_of_a_shipped_pack_knows_its_clauses(lint: Lint) -> None:
    from bylaw.packs.reading import load_packs

    pack = next(each for each in load_packs() if each.name == "execution-contract")
    rows: dict[int, str] = {}
    headings = dict.fromkeys(each.heading for each in pack.clauses)
    for heading in headings:
        first = min(each.line for each in pack.clauses if each.heading == heading)
        rows[first - 1] = f"## {heading}"
    for clause in pack.clauses:
        rows.setdefault(clause.line, f"- You must know: {clause.text}")
    text = "\n".join(rows.get(number, "") for number in range(1, max(rows) + 1)) + "\n"
    document = _only(lint({"contract.md": text}, "contract.md", "--format", "json"))
    assert document["source_of"] == "execution-contract"
    said = {name for each in document["sentences"] for name in each["clauses"]}
    assert said == {each.id for each in pack.clauses}
    assert document["by_rule"]
