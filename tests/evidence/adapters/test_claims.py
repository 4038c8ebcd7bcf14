"""Migrations, rules, probes and a team's own commands; what the change itself loosens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.evidence.adapters.scratch import (
    PYTEST,
    SHOP,
    SUMS_TEST,
    proven,
    repository,
    status,
    told,
    verified,
    write,
)

from bylaw.cli.entry import bylaw
from bylaw.linking import configuration_of
from bylaw.planning import bound_of

INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///app.db\n"
ENV = """from alembic import context
from sqlalchemy import engine_from_config
section = context.config.get_section(context.config.config_ini_section)
with engine_from_config(section, prefix="sqlalchemy.").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """import sqlalchemy as sa
from alembic import op
revision, down_revision = "a1", None
def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("orders")
"""
MIGRATIONS = {
    "pyproject.toml": PYTEST, "alembic.ini": INI, "migrations/env.py": ENV,
    "migrations/versions/a1.py": REVISION,
}  # fmt: skip
ELSEWHERE = ENV.replace("engine_from_config(section, prefix=\"sqlalchemy.\")",
                        "__import__('sqlalchemy').create_engine("
                        "'sqlite:////tmp/bylaw-not-ours.db')")  # fmt: skip


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ("pass", ())),
        ({"migrations/versions/a1.py": REVISION.replace('op.drop_table("orders")', "pass")},
         ("fail", ("findings",))),
        ({"migrations/versions/a1.py": REVISION.replace('op.drop_table("orders")', "1 / 0")},
         ("fail", ("findings",))),
        ({"migrations/versions/b1.py": REVISION.replace("a1", "b1")}, ("fail", ("findings",))),
        ({"migrations/versions/a1.py": ""}, ("not-verified", ("tool-broken",))),
        ({"migrations/env.py": ELSEWHERE}, ("not-verified", ("database-not-given",))),
        ({"alembic.ini": INI.replace("sqlite:///app.db", "postgresql://localhost/shop")},
         ("not-verified", ("database-other:postgresql",))),
        ({"requirements.txt": "asyncpg\n", "alembic.ini": INI.replace("sqlite:", "driver:")},
         ("not-verified", ("database-other:postgresql",))),
    ],
)  # fmt: skip
def test_migrations_go_up_down_and_up_on_a_throwaway_database(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, tuple[str, ...]]
) -> None:
    root = repository(tmp_path / "shop", {**MIGRATIONS, **files})
    item = proven(root, "migrations-reversible")
    assert told(item) == expected, item.draft.message
    assert status(root) == ""
    assert not (root / "app.db").exists()
    assert not Path("/tmp/bylaw-not-ours.db").exists()


COVERED = PYTEST + "[tool.coverage.run]\nsource = ['app']\n[tool.coverage.report]\nfail_under = "
RUFF = "[tool.ruff]\nline-length = 100\n[tool.ruff.lint]\nselect = ['E', 'F']\n"


@pytest.mark.parametrize(
    ("claim", "before", "after"),
    [
        ("lint-clean", {"pyproject.toml": RUFF}, {"pyproject.toml": RUFF.replace("'E', ", "")}),
        ("lint-clean", {"pyproject.toml": RUFF}, {"app/new.py": "import os  # noqa: F401\n"}),
        ("lint-clean", {"pyproject.toml": RUFF},
         {"pyproject.toml": RUFF + "[tool.ruff.lint.per-file-ignores]\n'app/*' = ['F401']\n"}),
        ("types-clean", {"pyproject.toml": "[tool.mypy]\nfiles = ['app']\nstrict = true\n"},
         {"app/new.py": "x: int = ''  # type: ignore[assignment]\n"}),
        ("types-clean", {"pyproject.toml": "[tool.mypy]\nfiles = ['app']\nstrict = true\n"},
         {"pyproject.toml": "[tool.mypy]\nfiles = ['app']\n"}),
        ("tests-green", {}, {"tests/test_sums.py": SUMS_TEST.replace("assert", "_ =")}),
        ("tests-green", {}, {"tests/test_sums.py": "import pytest\n" + SUMS_TEST.replace(
            "def test", "@pytest.mark.skipif(False, reason='x')\ndef test")}),
        ("tests-green", {}, {"pyproject.toml": PYTEST + 'addopts = "-p no:randomly"\n'}),
        ("coverage-floor", {"pyproject.toml": COVERED + "90\n"},
         {"pyproject.toml": COVERED + "10\n"}),
    ],
)  # fmt: skip
def test_check_that_the_change_loosens_is_not_passed(
    tmp_path: Path, claim: str, before: dict[str, str], after: dict[str, str]
) -> None:
    root = repository(tmp_path / "shop", {**SHOP, **before})
    assert proven(root, claim).result == "pass"
    write(root, after)
    item = proven(root, claim)
    assert told(item) == ("fail", ("CHECK-WEAKENED",)), item.draft.message
    assert item.draft.next_command.startswith("git diff ")


def test_check_that_the_change_loosens_is_not_reused_as_passed(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {**SHOP, "pyproject.toml": PYTEST + RUFF})
    assert verified(root, "lint-clean").entries[0].item.result == "pass"
    again = verified(root, "lint-clean", reuse=True).entries[0]
    assert (again.seen, again.item.result) == ("reused", "pass")
    write(root, {"app/new.py": "import os  # noqa: F401\n"})
    assert verified(root, "lint-clean", reuse=True).entries[0].item.result == "fail"


def test_a_silencing_comment_that_only_moves_loosens_nothing(tmp_path: Path) -> None:
    line = "import os  # noqa: F401\n"
    files = {**SHOP, "pyproject.toml": PYTEST + RUFF, "app/old.py": line}
    root = repository(tmp_path / "shop", files)
    (root / "app/old.py").unlink()
    write(root, {"app/new.py": f"\n\n{line}"})
    assert proven(root, "lint-clean").result == "pass"


DOCUMENT = (
    "# Team rules\n\nEvery change must pass the smoke test.\n\n```bylaw\n- command: {}\n```\n"
)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -c pass", ("pass", ())),
        ("python -c 1/0", ("fail", ("exit-code",))),
        ("bash -c 'python -c 1/0 || true'", ("not-verified", ("exit-ignored",))),
        ("bash -c 'python -c pass && true'", ("pass", ())),
        ("python -c 1/0 || true", ("not-verified", ("shell-not-declared",))),
        ("no-such-program --all", ("not-verified", ("tool-missing:no-such-program",))),
    ],
)
def test_command_of_a_document_is_a_claim_of_its_own(
    tmp_path: Path, command: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    files = {"rules.md": DOCUMENT.format(command), "bylaw.toml": "[packs]\nenable = ['rules.md']\n"}
    root = repository(tmp_path / "shop", {**SHOP, **files})
    (slug,) = bound_of(configuration_of(str(root)), str(root))
    assert told(proven(root, slug)) == expected


def _document(*words: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(bylaw, [*words, "--format", "json"])
    return done.exit_code, json.loads(done.stdout)


def test_run_of_another_command_is_asserted_whatever_it_ends_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "shop", SHOP))
    for word in ("true", "false"):
        done = CliRunner().invoke(bylaw, ["run", "--format", "json", "tests-green", "--", word])
        (claim,) = json.loads(done.stdout)["claims"]
        assert (done.exit_code, claim["result"]) == (3, "not-verified")
        assert claim["reason_codes"] == ["asserted"]
    code, document = _document("verify", "--base", "base", "--all")
    suite = next(each for each in document["claims"] if each["claim"] == "claim/tests-green")
    assert (code, suite["seen"], suite["result"]) == (3, "observed-now", "pass")


def test_run_of_a_claim_nobody_knows_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "shop", SHOP))
    done = CliRunner().invoke(bylaw, ["run", "tests-gren"])
    assert "did you mean tests-green" in getattr(done.exception, "hint", "")


def test_verify_says_what_was_observed_and_what_was_reused_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = PYTEST + RUFF + "[tool.ruff.format]\n[tool.mypy]\nfiles = ['app']\n"
    root = repository(tmp_path / "shop", {**SHOP, "pyproject.toml": settings})
    write(root, {"app/sums.py": SHOP["app/sums.py"].replace("a + b", "b + a")})
    monkeypatch.chdir(root)
    _, first = _document("verify", "--base", "base")
    _, second = _document("verify", "--base", "base")
    names = [each["claim"].removeprefix("claim/") for each in first["claims"]]
    assert names[:3] == ["lint-clean", "format-clean", "types-clean"]
    assert names.index("changed-tests-green") < names.index("tests-green")
    assert {each["seen"] for each in first["claims"]} == {"observed-now"}
    proven_ = [each for each in second["claims"] if each["result"] != "not-verified"]
    assert {each["seen"] for each in proven_} == {"reused"}
    assert [each["evidence"] for each in proven_] == [
        each["evidence"] for each in first["claims"] if each["result"] != "not-verified"
    ]
    assert set(first) == {"schema", "tier", "claims", "next_command", "errors"}
    assert set(first["claims"][0]) == {
        "claim", "result", "reason_codes", "message", "evidence", "seen", "counts", "next_command",
    }  # fmt: skip


def test_verify_of_nothing_changed_is_fine_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "shop", SHOP))
    done = CliRunner().invoke(bylaw, ["verify", "--base", "base"])
    assert (done.exit_code, "nothing changed" in done.stdout) == (0, True)


def test_secrets_of_the_environment_are_not_in_what_is_kept(tmp_path: Path) -> None:
    secret = "q7Rz2LkWm9Xv4TbN8sYd"
    code = f"import os\ndef test_a():\n    print(os.environ['API_TOKEN']); assert 0, {secret!r}\n"
    files = {**SHOP, "tests/test_more.py": code.replace(repr(secret), "os.environ['API_TOKEN']"),
             "bylaw.toml": f"[probe.environment]\nAPI_TOKEN = '{secret}'\n"}  # fmt: skip
    root = repository(tmp_path / "shop", files)
    item = proven(root, "tests-green")
    assert item.result == "fail"
    assert sum(each.redactions for each in item.draft.outputs) > 0
    kept = [path for path in (root / ".bylaw").rglob("*") if path.is_file()]
    assert not [path for path in kept if secret.encode() in path.read_bytes()]
