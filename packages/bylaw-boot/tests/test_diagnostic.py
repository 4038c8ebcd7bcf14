"""What is printed: for people, for programs, without secrets, under any locale."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from boot_service import DECLARATION, ENTRY, Service

SECRET = "hunter2-geheim"


def test_start_failure_text_says_what_the_contract_asks(service: Service) -> None:
    ended = service.run(PORT="x")

    for said in (
        "CRITICAL: STARTUP VALIDATION FAILED", "DEPLOYMENT CONTRACT VIOLATION DETECTED",
        "CRITICAL ERRORS (1):", "  1. [variable-invalid]", "     -> ", "RESOLUTION STEPS",
        f'CMD ["python", "-m", "{ENTRY}"]', "backend/ contains __init__.py", "no src/ exists",
        "pip install -e .", f"CORRECT COMMAND: python -m {ENTRY}", "EXIT STATUS: 1",
    ):  # fmt: skip
        assert said in ended.err


def test_start_logs_version_directory_and_import_path(service: Service) -> None:
    ended = service.run(PORT="x")

    assert f"[boot] Python {sys.version.split()[0]}" in ended.err
    assert f"[boot] working directory: {service.root}" in ended.err
    assert f"[boot] sys.path: {service.root}, " in ended.err


def test_start_failure_last_line_is_the_diagnostic(service: Service) -> None:
    ended = service.run(PORT="x")

    assert ended.out == ""
    assert set(ended.diagnostic) == {"schema", "ok", "errors", "command"}
    assert ended.diagnostic["schema"] == "bylaw.boot-diagnostic/1"
    assert ended.diagnostic["ok"] is False
    assert set(ended.diagnostic["errors"][0]) == {"code", "message", "resolution"}


@pytest.mark.parametrize("arguments", [(), ("--check",), ("--check", "--json")])
def test_start_secret_in_a_cause_is_never_shown(
    service: Service, arguments: tuple[str, ...]
) -> None:
    service.write(
        {
            "backend/core.py": "import os\nraise ValueError(os.environ['DATABASE_URL'])\n",
            "backend/api/service.py": "import os\nraise ValueError(os.environ['API_TOKEN'] * 2)\n",
        }
    )
    ended = service.run(*arguments, API_TOKEN="sk-live-4711", PORT="x")

    assert len(ended.diagnostic["errors"]) == 3
    assert "postgresql://***@db.example/shop" in ended.err
    assert "<API_TOKEN><API_TOKEN>" in ended.err
    assert SECRET not in ended.out + ended.err
    assert "sk-live" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("raise ValueError(text)", 'quo"te\\back'),
        ("raise ValueError([text])", "it's\\one"),
        ("raise ValueError(text)", "Stra\u00dfe-geheim"),
        ("raise ValueError(text)", "-----BEGIN KEY-----\nMIIgeheim\n-----END KEY-----"),
        ("raise ValueError(text)", "errors"),
    ],
)
def test_start_secret_that_is_escaped_is_hidden_and_json_stays_json(
    service: Service, line: str, secret: str
) -> None:
    service.write({"backend/core.py": f"import os\ntext = os.environ['API_KEY']\n{line}\n"})
    ended = service.run("--check", "--json", API_KEY=secret, AUTH_ENABLED="true")

    assert "<API_KEY>" in json.loads(ended.out)["errors"][0]["message"]
    assert "<API_KEY>" in ended.diagnostic["errors"][0]["message"]
    assert "geheim" not in ended.out + ended.err
    assert "te\\" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ('Var("SIGNING_KEY", int)', "1234x"),
        ('Var("LIMIT", int, secret=True)', "1234x"),
        ('Var("LIMIT", lambda text: int(text, 99))', "1234x"),
        ('Var("LIMIT", choices=["a", "b"])', "1234x"),
        ('Var("LIMIT", int)', "sk-live-4711-0815"),
    ],
)
def test_start_malformed_value_that_may_be_secret_is_not_shown(
    service: Service, variable: str, text: str
) -> None:
    name = variable.split('"')[1]
    service.declare(DECLARATION.replace('Var("DATABASE_URL")', variable))
    ended = service.run(**{name: text})

    assert ended.codes == ["variable-invalid"]
    assert text not in ended.err


def test_start_malformed_number_is_shown(service: Service) -> None:
    service.declare(DECLARATION.replace('Var("DATABASE_URL")', 'Var("LIMIT", int)'))

    assert "LIMIT must be an integer, not '1_0'" in service.run(LIMIT="1_0").err


def test_crash_of_a_worker_shows_no_secret(service: Service) -> None:
    service.write(
        {
            "backend/worker.py": "import os\ndef run():\n"
            "    raise OSError(os.environ['DB_PASSWORD'])\n"
        }
    )
    ended = service.run(WORKER_MODE="1", DB_PASSWORD=SECRET)

    assert (ended.status, ended.codes) == (1, ["worker-failed"])
    assert "Traceback" in ended.err
    assert SECRET not in ended.err


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
    ids=["C", "ascii", "strict"],
)
def test_start_is_readable_under_an_ascii_locale(service: Service, locale: dict[str, str]) -> None:
    service.write({"backend/core.py": "raise ValueError('Stra\\u00dfe \\U0001f6a8')\n"})
    ended = service.run(**locale)

    assert ended.codes == ["import-failed"]
    assert "Stra\\xdfe \\U0001f6a8" in ended.err
    assert ended.err.isascii()
    assert "\\u00dfe" in ended.err.splitlines()[-1]


def test_check_json_under_an_ascii_locale_stays_json(service: Service) -> None:
    service.write({"backend/core.py": "raise ValueError('Stra\\u00dfe')\n"})
    ended = service.run("--check", "--json", PYTHONIOENCODING="ascii:strict")

    assert "Straße" in json.loads(ended.out)["errors"][0]["message"]


def test_check_text_under_an_ascii_locale_is_escaped(service: Service) -> None:
    service.root = service.root.rename(service.root.with_name("stra\u00dfe"))
    ended = service.run("--check", PYTHONIOENCODING="ascii:strict")

    assert ended.status == 0
    assert "stra\\xdfe/backend" in ended.out
    assert "ALL STARTUP CHECKS PASSED" in ended.out


def test_start_with_closed_streams_still_ends_with_1(service: Service) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "{sys.executable}" -m {ENTRY} >&- 2>&- <&-'],
        cwd=service.root, env={**service.environ, "PORT": "x"}, timeout=30, check=False,
    )  # fmt: skip

    assert done.returncode == 1


def test_quotes_and_line_breaks_in_a_value_are_named(service: Service) -> None:
    assert "the quotes are part of the value" in service.run(PORT='"8000"').err
    assert "begins or ends with a blank" in service.run(PORT="8000\n").err
