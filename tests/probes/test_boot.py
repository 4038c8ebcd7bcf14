"""``bylaw probe boot`` on small real services: started, asked, stopped, and started broken."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path

import pytest
from tests.probes.services import BOOT, DJANGO, FASTAPI, FLASK, WORKER, boot, codes, service

UVICORN = '["sh", "-c", "exec uvicorn app.main:app --host 0.0.0.0 --port $PORT"]'
needs_linux = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
pytestmark = needs_linux


def test_boot_fastapi_starts_serves_stops_and_fails_fast(tmp_path: Path) -> None:
    settings = 'import os\n\nURL = os.environ["APP_URL"]\nSIZE = int(os.environ["APP_SIZE"])\n'
    root = service(
        tmp_path,
        {"app/main.py": f"import app.settings\n{FASTAPI}", "app/settings.py": settings,
         ".env.example": "APP_URL=sqlite://\nAPP_SIZE=3\n"},
        UVICORN,
    )  # fmt: skip

    answer = boot(root)

    assert codes(answer) == set(), answer.document
    assert {each.what for each in answer.of("health")} == {"GET /health is answered with 200"}
    (in_flight,) = answer.of("in-flight")
    assert "was in hand when SIGTERM came, and was answered with 200" in in_flight.what
    assert [each.what for each in answer.of("port-honoured")] == ["it listens on $PORT"]
    assert [each.what for each in answer.of("shutdown")] == [
        "the application's lifespan shutdown ran: it was seen there",
        "the application's shutdown ran: its server logs it",
    ]
    assert {f"{each.path}:{each.line} {each.what}" for each in answer.of("fault-noticed")} >= {
        "app/settings.py:3 without APP_URL: it ends with 1 and names the cause",
        "app/settings.py:4 without APP_SIZE: it ends with 1 and names the cause",
        "app/settings.py:3 without all 2 required variables: it ends with 1 and names the cause",
        "app/settings.py:4 APP_SIZE=bylaw-no-number: it ends with 1 and names the cause",
        "Dockerfile:5 PORT=bylaw-no-number: it ends with 2 and names the cause",
        "app/main.py:1 import bylaw_seeded_missing_module in app/main.py:1: it ends with 1 "
        "and names the cause",
    }
    assert {each.path for each in answer.of("ready")} == {"Dockerfile"}


@pytest.mark.parametrize(
    "command",
    [
        '["sh", "-c", "exec gunicorn -b 0.0.0.0:$PORT app.main:app"]',
        '["sh", "-c", "exec granian --interface wsgi --host 0.0.0.0 --port $PORT app.main:app"]',
    ],
)
def test_boot_flask_passes_with_every_server(tmp_path: Path, command: str) -> None:
    answer = boot(service(tmp_path, {"app/main.py": FLASK}, command))

    assert (answer.code, codes(answer)) == (0, set()), answer.document
    assert answer.of("in-flight")


def test_boot_hypercorn_ends_with_0_where_the_import_fails(tmp_path: Path) -> None:
    """True of hypercorn 0.18: its parent ends in good order when no worker could be started."""
    command = '["sh", "-c", "exec hypercorn -b 0.0.0.0:$PORT app.main:app"]'
    answer = boot(service(tmp_path, {"app/main.py": FLASK}, command))

    assert codes(answer) == {"fault-exit-zero", "fault-unnamed"}, answer.document
    assert answer.of("in-flight")
    assert answer.of("health")


def test_boot_server_for_developers_loses_the_request(tmp_path: Path) -> None:
    command = '["sh", "-c", "exec flask --app app.main run --host 0.0.0.0 --port $PORT"]'
    answer = boot(service(tmp_path, {"app/main.py": FLASK}, command))

    assert (answer.code, codes(answer)) == (1, {"request-lost"}), answer.document
    (lost,) = answer.of("request-lost")
    assert (lost.path, lost.line) == ("Dockerfile", 5)
    assert lost.remarks("mend")


def test_boot_django_with_gunicorn_passes(tmp_path: Path) -> None:
    command = '["sh", "-c", "exec gunicorn -b 0.0.0.0:$PORT site_.wsgi"]'
    answer = boot(service(tmp_path, DJANGO, command))

    assert (answer.code, codes(answer)) == (0, set()), answer.document
    assert {each.what for each in answer.of("health")} == {"GET /healthz is answered with 200"}
    assert any(each.what.startswith("without SECRET_KEY") for each in answer.of("fault-noticed"))


def test_boot_async_worker_that_answers_is_proved(tmp_path: Path) -> None:
    files = {"app/worker.py": WORKER, "Procfile": "worker: python -m app.worker\n"}
    root = service(tmp_path, files, '["true"]')
    (root / "Dockerfile").unlink()

    answer = boot(root)

    assert codes(answer) == set(), answer.document
    assert [each.symbol for each in answer.of("ready")] == ["app.worker"]


def test_boot_worker_without_health_is_not_verified(tmp_path: Path) -> None:
    body = "import time\n\nwhile True:\n    time.sleep(0.1)\n"
    root = service(tmp_path, {"app/worker.py": body, "Procfile": "worker: python -m app.worker\n"},
                   '["true"]')  # fmt: skip
    (root / "Dockerfile").unlink()

    answer = boot(root, "--ready-seconds", "1")

    assert answer.outcome.result != "pass"
    assert "worker-without-health" in codes(answer)
    assert [each.what for each in answer.of("stopped")] == ["it ends with 143 (SIGTERM) after "
                                                           "SIGTERM"]  # fmt: skip


def with_boot(root: Path, entry: str, **files: str) -> Path:
    """The example of bylaw-boot, with another entry."""
    example = BOOT / "example"
    names = ("backend/__init__.py", "backend/core.py", "backend/worker.py", "Dockerfile",
             "backend/api/__init__.py", "backend/api/service.py",
             "backend/infrastructure/__init__.py")  # fmt: skip
    texts = {name: (example / name).read_text() for name in names}
    texts["backend/infrastructure/worker_entry.py"] = entry
    texts["bylaw.toml"] = '[probe.environment]\nDATABASE_URL = "sqlite://"\n'
    root = service(root / "shop", {**texts, **files}, "[]")
    (root / "Dockerfile").write_text(texts["Dockerfile"])
    return root


def with_packages(place: Path) -> str:
    """An environment with bylaw-boot in it, and what the tests have."""
    venv.create(place, with_pip=False, symlinks=True)
    (site,) = place.glob("lib/python3*/site-packages")
    (site / "bylaw_boot").symlink_to(BOOT / "src" / "bylaw_boot")
    own = [each for each in sys.path if each.endswith("site-packages")]
    (site / "others.pth").write_text("\n".join(own))
    return str(place / "bin" / "python")


ENTRY = (BOOT / "example" / "backend" / "infrastructure" / "worker_entry.py").read_text()


def test_boot_bylaw_boot_names_all_problems_in_both_modes(tmp_path: Path) -> None:
    answer = boot(with_boot(tmp_path, ENTRY), python=with_packages(tmp_path / "venv"))

    assert (answer.code, codes(answer)) == (0, set()), answer.document
    faults = {fault for each in answer.of("fault-noticed") for fault in each.remarks("fault")}
    assert faults == {
        "missing-variable", "bad-number", "broken-import", "all-at-once", "ascii-locale",
        "stale-src", "not-a-module",
    }  # fmt: skip
    assert {each.what for each in answer.of("health")} == {
        "GET /health is answered with 200", "GET /healthz is answered with 200",
        "GET /ready is answered with 200",
    }  # fmt: skip
    assert [each.symbol for each in answer.of("started")] == [
        "backend.infrastructure.worker_entry",
        "backend.infrastructure.worker_entry (WORKER_MODE=true)",
    ]


def test_boot_required_number_is_malformed_and_not_missing_too(tmp_path: Path) -> None:
    entry = ENTRY.replace('        Var("PORT"', '        Var("WORKERS", int),\n        Var("PORT"')
    declared = '[probe.environment]\nDATABASE_URL = "sqlite://"\nWORKERS = "2"\n'
    root = with_boot(tmp_path, entry, **{"bylaw.toml": declared})

    answer = boot(root, python=with_packages(tmp_path / "venv"))

    assert (answer.code, codes(answer)) == (0, set()), answer.document


def test_boot_declared_variable_that_is_not_checked_is_found(tmp_path: Path) -> None:
    """The entry declares a variable, and does not hand it to the checks."""
    careless = ENTRY.replace("boot.main()", "boot.variables = boot.variables[1:]\n    boot.main()")

    answer = boot(with_boot(tmp_path, careless), python=with_packages(tmp_path / "venv"))

    assert "fault-unnoticed" in codes(answer)
    assert ("backend/infrastructure/worker_entry.py", 12) in {
        (each.path, each.line) for each in answer.of("fault-unnoticed")
    }


BROKEN = {
    "start-failed": ("app/main.py", "import app.missing_thing\napp = None\n"),
    "missing-package": ("app/main.py", "import no_such_package_x\n"),
    "missing-variable": ("app/main.py", 'import os\nURL = os.environ["APP_URL"]\n'),
    "needs-service": ("app/main.py",
                      "import socket\nsocket.create_connection(('db.internal', 5432))\n"),
    "missing-place": ("app/main.py", "TEXT = open('/srv/there/is/none').read()\n"),
}  # fmt: skip


@pytest.mark.parametrize("code", BROKEN)
def test_boot_own_failure_and_what_is_not_here_are_told_apart(tmp_path: Path, code: str) -> None:
    path, body = BROKEN[code]
    answer = boot(service(tmp_path, {path: body + FASTAPI}, UVICORN))

    assert answer.outcome.reason_codes == (code,), answer.document
    own = code == "start-failed"
    assert (answer.code, answer.outcome.result) == ((1, "fail") if own else (3, "not-verified"))
    assert bool(answer.outcome.errors) is not own
    (seen,) = answer.of(code)
    assert seen.remarks("mend") or code == "missing-package"
    assert "app/main.py:" in seen.detail


def test_boot_manifest_that_disagrees_fails_at_its_line(tmp_path: Path) -> None:
    fixed = '["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8080"]'
    fly = ('app = "x"\n[http_service]\ninternal_port = 9000\n'
           '[[http_service.checks]]\npath = "/healthy"\n')  # fmt: skip
    answer = boot(service(tmp_path, {"app/main.py": FASTAPI, "fly.toml": fly}, fixed, "8080"))

    assert answer.outcome.result == "fail"
    assert {"port-mismatch", "health-missing"} <= codes(answer)
    assert {(each.path, each.line) for each in answer.of("port-mismatch")} >= {("fly.toml", 3)}
    assert {(each.path, each.line) for each in answer.of("health-missing")} == {("fly.toml", 5)}
    assert all(each.remarks("mend") for each in answer.of("health-missing"))


def test_boot_failing_and_not_verified_is_fail_with_3(tmp_path: Path) -> None:
    """3 beats 1; both reason codes are told."""
    procfile = "web: uvicorn app.main:app --port $PORT\nworker: python -m app.worker\n"
    files = {"app/main.py": "import app.missing_thing\n", "Procfile": procfile,
             "app/worker.py": "import no_such_package_x\n"}  # fmt: skip
    root = service(tmp_path, files, "[]")
    (root / "Dockerfile").unlink()

    answer = boot(root)

    assert (answer.code, answer.outcome.result) == (3, "fail")
    assert answer.outcome.reason_codes == ("missing-package", "start-failed")


def test_boot_without_start_command_is_not_verified(tmp_path: Path) -> None:
    root = service(tmp_path, {"app/main.py": FASTAPI}, "[]")
    (root / "Dockerfile").unlink()

    answer = boot(root)

    assert (answer.code, answer.outcome.reason_codes) == (3, ("no-start-command",))
    assert [each.hint for each in answer.outcome.errors if each.hint]


def test_boot_uses_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_USER", "yes")
    body = "import os\nassert not {'SECRET_OF_USER', 'IN_DOT_ENV'} & set(os.environ)\n"
    root = service(tmp_path, {"app/main.py": body + FASTAPI, ".env": "IN_DOT_ENV=1\n"}, UVICORN)

    assert codes(boot(root)) == set()


def test_boot_interpreter_that_is_too_old_is_not_verified(tmp_path: Path) -> None:
    project = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.99"\n'
    root = service(tmp_path, {"app/main.py": FASTAPI, "pyproject.toml": project}, UVICORN)

    answer = boot(root, python=sys.executable)

    assert (answer.code, answer.outcome.reason_codes) == (3, ("interpreter-too-old",))
