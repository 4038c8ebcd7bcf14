"""Installed plug-ins through the real command: found, configured, reported; never in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugins.conftest import Call, Ran, Site

SHIPPED = "import-time-env-read"
SAME = "nothing changed"
BOUND = "# Rules\n\nCode MUST NOT call TODO.\n\n```bylaw\nrule: acme-todo\n```\n"


def check(call: Call, backend: Path, *words: str) -> Ran:
    """The shipped rule and every rule of plug-ins, in JSON."""
    return call("check", backend, "--format", "json", "--no-cache", *words)


def test_check_installed_rule_runs_by_default(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    ran = check(call, backend)
    [found] = [each for each in ran.document["findings"] if each["rule"] == "acme-todo"]
    assert (found["path"], found["line"], found["severity"]) == ("app/main.py", 9, "warning")
    assert found["message"] == "unwanted: app.marks.TODO"
    assert found["help_url"] == ""
    assert SHIPPED in ran.rules


def test_check_rule_off_by_default_runs_where_selected(
    call: Call, site: Site, backend: Path
) -> None:
    site.install_rule(more='default=False, aliases=("ACME-9",), url="https://acme.example/todo"')
    assert "acme-todo" not in check(call, backend).rules
    by_alias = check(call, backend, "--select", "ACME-9")
    assert by_alias.rules == ["acme-todo"]
    assert by_alias.document["findings"][0]["help_url"] == "https://acme.example/todo"
    (backend / "bylaw.toml").write_text("[rules.acme-todo]\nenabled = true\n")
    assert "acme-todo" in check(call, backend).rules
    assert "acme-todo" not in check(call, backend, "--ignore", "acme-todo").rules


def test_check_rule_is_configured_like_a_shipped_one(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    (backend / "bylaw.toml").write_text('[rules.acme-todo]\nword = "FIXME"\nseverity = "note"\n')
    ran = check(call, backend, "--select", "acme-todo")
    assert [(each["line"], each["severity"]) for each in ran.document["findings"]] == [(10, "note")]
    (backend / "bylaw.toml").write_text("[rules.acme-todo]\nword = 3\nwrod = 1\n")
    ran = check(call, backend)
    assert (ran.code, [message for _, message in ran.errors]) == (
        2,
        ["`rules.acme-todo.word` must be a string, not an integer",
         "unknown key `wrod` in `rules.acme-todo`"],
    )  # fmt: skip


@pytest.mark.parametrize("words", [["model"], ["graph"], ["boot", "inventory"]], ids=" ".join)
def test_rule_may_be_configured_whatever_command_reads_it(
    words: list[str], call: Call, site: Site, backend: Path
) -> None:
    site.install_rule()
    (backend / "bylaw.toml").write_text('[rules.acme-todo]\nword = "FIXME"\n')
    (backend / "Procfile").write_text("web: uvicorn app.main:app\n")
    ran = call(*words, backend)
    assert (ran.code, ran.err) == (0, "")


def test_pack_lint_knows_the_rules_of_plugins(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    (backend / "bylaw.toml").write_text('[rules.acme-todo]\nword = "FIXME"\n')
    (backend / "RULES.md").write_text(BOUND)
    ran = call("pack", "lint", backend / "RULES.md", "--format", "json")
    assert (ran.code, ran.err, ran.document["errors"]) == (0, "", [])


def test_check_finding_is_suppressed_and_baselined(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    main = backend / "app" / "main.py"
    text = main.read_text()
    main.write_text(text.replace("TODO()\n    F", "TODO()  # bylaw: ignore[acme-todo] ours\n    F"))
    ran = check(call, backend)
    assert "acme-todo" not in ran.rules
    assert ran.document["summary"]["suppressed"] == 1
    main.write_text(text)
    assert "acme-todo" not in check(call, backend, "--grow-baseline").rules
    assert check(call, backend).code == 0


def test_check_sarif_names_rule_and_plugin(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    ran = call("check", backend, "--format", "sarif")
    run = json.loads(ran.out)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    [rule] = [each for each in rules if each["id"] == "acme-todo"]
    assert rule["properties"]["plugin"] == "acme-rules 1.0"
    assert "helpUri" not in rule
    [result] = [each for each in run["results"] if each["ruleId"] == "acme-todo"]
    assert rules[result["ruleIndex"]]["id"] == "acme-todo"


def test_rules_and_explain_show_the_rule(call: Call, site: Site) -> None:
    site.install_rule()
    ran = call("rules", "--format", "json")
    [rule] = [each for each in ran.document["rules"] if each["name"] == "acme-todo"]
    assert (ran.code, rule["plugin"], rule["family"]) == (0, "acme-rules 1.0", "plug-ins")
    assert rule["options"] == [
        {"name": "word", "default": "TODO", "summary": "name that may not be called"}
    ]
    shown = call("explain", "acme-todo")
    assert shown.code == 0
    assert "A call that nobody wants." in shown.out
    assert "From the plug-in acme-rules 1.0." in shown.out


BROKEN = {
    "missing-module": ({}, "ModuleNotFoundError: No module named 'acme_rules'"),
    "import-fails": ({"acme_rules.py": "1 / 0\n"}, "ZeroDivisionError: division by zero"),
    "does-not-parse": ({"acme_rules.py": "def (:\n"}, "SyntaxError: "),
    "exits": ({"acme_rules.py": "import sys\nsys.exit(3)\n"}, "SystemExit: 3"),
    "no-attribute": ({"acme_rules.py": ""}, "AttributeError: "),
    "no-rule": ({"acme_rules.py": "RULE = 1\n"}, "acme_rules:RULE is no bylaw.plugin.Rule"),
}


@pytest.mark.parametrize(("modules", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_check_broken_plugin_is_named_and_takes_no_rule_with_it(
    call: Call, site: Site, backend: Path, modules: dict[str, str], said: str
) -> None:
    site.install("acme-rules", "1.0", modules, {"acme-todo": "acme_rules:RULE"})
    (backend / "bylaw.toml").write_text("[rules.acme-todo]\nword = 'x'\n")
    ran = check(call, backend)
    [(code, message)] = ran.errors
    assert (ran.code, code) == (2, "plugin")
    assert message.startswith("plug-in acme-rules 1.0: the rule acme-todo cannot be used: " + said)
    assert "python -m pip uninstall acme-rules" in ran.document["errors"][0]["hint"]
    assert SHIPPED in ran.rules
    assert call("rules").code == 2
    assert call("explain", "acme-todo").code == 2
    assert call("explain", SHIPPED).code == 0


WRONG = {
    "other-name": ('name="acme-other"', "its entry point is called acme-todo"),
    "severity": ('severity="fatal"', "its severity 'fatal' is none of"),
    "how": ('how="magic"', "its how 'magic' is none of"),
    "summary": ('summary=""', "its summary or its mend is empty"),
    "option": ('options=(Option("a", None, "b"),)', "the default of its option a has no type"),
    "option-name": ('options=(Option("A b", 1, "b"),)', "its option 'A b' is not lower-case"),
    "taken-option": ('options=(Option("enabled", 1, "b"),)', "two options have one name"),
    "file": ('files=("../x",)', "its file ../x does not lie below the root"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG.keys())
def test_check_rule_that_declares_nonsense_is_named(
    call: Call, site: Site, backend: Path, words: str, said: str
) -> None:
    text = (
        "from bylaw.plugin import Option, Rule, RuleInfo\n"
        'words = dict(name="acme-todo", summary="One.", mend="Two.")\n'
        f"RULE = Rule(RuleInfo(**(words | dict({words}))), lambda context: [])\n"
    )
    site.install("acme-rules", "1.0", {"acme_rules.py": text}, {"acme-todo": "acme_rules:RULE"})
    ran = check(call, backend)
    [(code, message)] = ran.errors
    assert (ran.code, code) == (2, "plugin")
    assert said in message
    assert SHIPPED in ran.rules


def test_check_name_of_a_shipped_rule_is_an_error(call: Call, site: Site, backend: Path) -> None:
    site.install_rule(SHIPPED)
    ran = check(call, backend)
    [(code, message)] = ran.errors
    assert (ran.code, code) == (2, "plugin")
    assert f"{SHIPPED} is the name of a rule that ships with Bylaw" in message
    assert ran.rules.count(SHIPPED) == 1


def test_check_name_of_two_plugins_is_an_error_of_both(
    call: Call, site: Site, backend: Path
) -> None:
    site.install_rule()
    site.install("other-rules", "2.0", {}, {"acme-todo": "acme_rules:RULE"})
    ran = check(call, backend)
    assert ran.code == 2
    assert [message.partition(":")[0] for _, message in ran.errors] == [
        "plug-in acme-rules 1.0",
        "plug-in other-rules 2.0",
    ]
    assert SHIPPED in ran.rules
    assert "acme-todo" not in ran.rules


CRASHES = {
    "raises": ("raise KeyError('x')", "KeyError at find:"),
    "exits": ("raise SystemExit(0)", "it ended the process: SystemExit: 0"),
    "yields-text": ('yield "x"', "it yields str where a Finding is due"),
    "undeclared-file": ("context.text('a.toml')", "acme-todo does not name a.toml among its files"),
    "unknown-kind": ("list(context.effects([], {'magic'}))", "no kind of effect: magic"),
    "other-rule": (
        "yield context.make_finding(call, 'x')._replace(rule='import-cycle')",
        "it yields a finding of import-cycle",
    ),
}


@pytest.mark.parametrize(("body", "said"), CRASHES.values(), ids=CRASHES.keys())
def test_check_rule_that_crashes_is_named_and_takes_no_rule_with_it(
    call: Call, site: Site, backend: Path, body: str, said: str
) -> None:
    site.install_rule(body=body)
    ran = check(call, backend)
    [(code, message)] = ran.errors
    assert (ran.code, code) == (2, "internal-error")
    assert message.startswith("acme-todo (plug-in acme-rules 1.0) did not end: ")
    assert said in message
    assert ran.document["errors"][0]["hint"].startswith("file it with acme-rules 1.0")
    assert SHIPPED in ran.rules
    assert "acme-todo" not in ran.rules


def test_check_what_a_plugin_prints_stays_out_of_the_report(
    call: Call, site: Site, backend: Path
) -> None:
    site.install_rule(body="print('here')")
    ran = check(call, backend)
    assert "acme-todo" in ran.rules
    assert "here" in ran.err


def test_check_unreadable_entry_points_are_an_error(call: Call, site: Site, backend: Path) -> None:
    site.install_rule()
    info = site.folder / "acme_rules-1.0.dist-info"
    (info / "entry_points.txt").write_text("[bylaw.rules]\nno sense\n")
    ran = check(call, backend)
    assert ran.code == 2
    assert "its entry points cannot be read" in ran.errors[0][1]
    assert SHIPPED in ran.rules


def test_check_rule_that_could_not_look_is_not_verified(
    call: Call, site: Site, backend: Path
) -> None:
    site.install_rule(body="context.not_verified('no map'); continue")
    ran = check(call, backend, "--select", "acme-todo")
    assert ran.code == 3
    assert ran.document["not_verified"] == [{"rule": "acme-todo", "reason": "no map"}]


def test_check_repository_cannot_bring_a_plugin_of_its_own(
    call: Call, site: Site, tmp_path: Path, backend: Path
) -> None:
    """``python -m bylaw`` puts the current directory first: nothing there may run."""
    site.install_rule()
    for each in [*site.folder.iterdir()]:
        each.rename(tmp_path / each.name)
    assert "acme-todo" not in check(call, backend).rules
    assert check(call, backend).errors == []


def warm(call: Call, backend: Path) -> Ran:
    """Runs until the stored report is printed: files as young as the run are not trusted yet."""
    for _ in range(12):
        ran = call("check", backend)
        if SAME in ran.out:
            return ran
    raise AssertionError("the stored report is never used")


def test_check_plugin_of_another_version_reports_anew(
    call: Call, site: Site, backend: Path
) -> None:
    site.install_rule()
    assert "acme-todo" in warm(call, backend).out
    site.install_rule(more="default=False")
    ran = call("check", backend)
    assert SAME not in ran.out
    assert "acme-todo" not in ran.out
    assert SAME in warm(call, backend).out


def test_check_plugin_that_comes_and_goes_reports_anew(
    call: Call, site: Site, backend: Path
) -> None:
    assert "acme-todo" not in warm(call, backend).out
    site.install_rule()
    assert "acme-todo" in warm(call, backend).out
    for path in (site.folder / "acme_rules-1.0.dist-info").iterdir():
        path.unlink()
    (site.folder / "acme_rules-1.0.dist-info").rmdir()
    ran = call("check", backend)
    assert SAME not in ran.out
    assert "acme-todo" not in ran.out


def test_check_plugin_whose_code_or_file_changes_reports_anew(
    call: Call, site: Site, backend: Path
) -> None:
    """As an installation in development does: the metadata stay as they are."""
    body = "if context.text('words.txt'): continue"
    site.install_rule(more='files=("words.txt",)', body=body)
    warm(call, backend)
    code = site.folder / "acme_rules.py"
    code.write_text(code.read_text().replace("unwanted", "unwelcome"))
    assert "unwelcome" in call("check", backend).out
    assert "unwelcome" in warm(call, backend).out
    (backend / "words.txt").write_text("any\n")
    ran = call("check", backend)
    assert SAME not in ran.out
    assert "acme-todo" not in ran.out


def test_check_without_plugins_loads_nothing_for_them(call: Call, backend: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, bylaw; bylaw.check(sys.argv[1], use_cache=False);"
        "print([name for name in ('bylaw.plugin', 'importlib.metadata') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(backend)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_check_rule_runs_beside_enabled_packs(call: Call, site: Site, backend: Path) -> None:
    """Whoever installs a plug-in asks for its rules; a pack takes none of them away."""
    site.install_rule()
    (backend / "bylaw.toml").write_text('[packs]\nenable = ["execution-contract"]\n')
    assert "acme-todo" in check(call, backend).rules
    (backend / "bylaw.toml").write_text(
        '[packs]\nenable = ["execution-contract"]\n\n[rules.acme-todo]\nenabled = false\n'
    )
    assert "acme-todo" not in check(call, backend).rules


def test_check_plugin_of_another_version_leaves_the_facts_of_the_files(
    call: Call, site: Site, backend: Path, tmp_path: Path
) -> None:
    """No plug-in has a part in facts: what was read of the files is not read again."""
    site.install_rule()
    warm(call, backend)
    [stored] = (tmp_path / "cache").rglob("facts")
    before = stored.stat()
    site.install_rule(more="default=False")
    assert SAME not in call("check", backend).out
    after = stored.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
