"""What start commands mean, whatever they are wrapped in."""

from __future__ import annotations

import pytest

from bylaw.manifests.entry_scripts import script_commands
from bylaw.manifests.meaning import meaning_of, unwrapped
from bylaw.manifests.shell import Setting

ENTRY = """\
#!/bin/bash
set -e
server() {
  exec gunicorn -b 0.0.0.0:5000 app.wsgi:app "$@"
}
case "$1" in
  server) shift; server "$@" ;;
  worker|w) shift; exec celery -A app.tasks worker "$@" ;;
  *) exec "$@" ;;
esac
"""


@pytest.mark.parametrize(
    ("text", "role", "target"),
    [
        ("uvicorn app.main:app --host 0.0.0.0 --port $PORT", "api", "app.main:app"),
        ("tini -- gunicorn -w4 -k uvicorn.workers.UvicornWorker app.main:make()", "api",
         "app.main:make"),
        ("gosu app uv run --no-dev fastapi run --workers 4 app/main.py", "api", "app/main.py"),
        ("poetry run python -m shop.serve", "", "shop.serve"),
        ("python3 -um app --port 80", "", "app"),
        ("granian --interface asginl --ws --loop uvloop shop.asgi:application", "api",
         "shop.asgi:application"),
        ("doppler run -- hypercorn a:b --bind 0.0.0.0:1", "api", "a:b"),
        ("newrelic-admin run-program celery -A shop.jobs:app beat", "scheduler", "shop.jobs:app"),
        ("wait-for-it.sh db:5432 -- arq shop.worker.WorkerSettings", "worker",
         "shop.worker:WorkerSettings"),
        ("alembic upgrade head", "migrate", "alembic"),
        ("python manage.py runserver 0.0.0.0:8000", "api", "manage.py"),
        ("./manage.py rq worker", "worker", "manage.py"),
        ("shop server status", "other", "shop"),
    ],
)  # fmt: skip
def test_meaning_of_wrapped_command_role_and_target(text: str, role: str, target: str) -> None:
    meaning = meaning_of(tuple(text.split()))
    assert (meaning.role, meaning.target) == (role, target)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("uvicorn a:b --port=$PORT --host 0.0.0.0", "0.0.0.0", "$PORT"),
        ("gunicorn -b :8000 a:b", "0.0.0.0", "8000"),
        ("gunicorn --bind $BIND a:b", "$BIND", "unknown"),
        ("daphne -b 0.0.0.0 -p 8001 a.asgi:application", "0.0.0.0", "8001"),
        ("flask --app a run -p 80 --host=0.0.0.0", "0.0.0.0", "80"),
    ],
)
def test_meaning_of_server_host_and_port(text: str, host: str, port: str) -> None:
    meaning = meaning_of(tuple(text.split()))
    assert (meaning.host, meaning.port) == (host, port)


def test_unwrapped_nothing_left_is_empty() -> None:
    assert unwrapped(("exec",)) == ()


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["server", "--preload"],
         ("exec", "gunicorn", "-b", "0.0.0.0:5000", "app.wsgi:app", "--preload")),
        (["w", "-l", "info"], ("exec", "celery", "-A", "app.tasks", "worker", "-l", "info")),
        (["python", "-m", "shop"], ("exec", "python", "-m", "shop")),
    ],
)  # fmt: skip
def test_script_commands_case_takes_the_branch_of_the_arguments(
    arguments: list[str], last: tuple[str, ...]
) -> None:
    found = script_commands(ENTRY, Setting("entry.sh", "start"), arguments)
    assert [each.argv for each in found][-1] == last


def test_script_commands_exec_in_a_decided_branch_ends_the_script() -> None:
    text = 'if [ "${1:-api}" = "api" ]; then\n  exec uvicorn a:b\nfi\nexec celery worker\n'
    found = script_commands(text, Setting("entry.sh", "start"), [])
    assert [each.argv[1] for each in found] == ["uvicorn"]


def test_script_commands_undecided_branch_keeps_both() -> None:
    text = 'if [ "$DEBUG" = "1" ]; then\n  exec uvicorn a:b --reload\nfi\nexec gunicorn a:b\n'
    found = script_commands(text, Setting("entry.sh", "start"), [])
    assert [each.argv[1] for each in found if each.argv[0] == "exec"] == ["uvicorn", "gunicorn"]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ('A="a:b --port 80"\nuvicorn $A\n', "uvicorn a:b --port 80"),
        ('A="a:b"\n[ "$D" ] && A="$A --reload"\nuvicorn $A\n', "uvicorn a:b $A"),
        ('A="a:b"\nA+=" --port 1"\nuvicorn ${A}\n', "uvicorn a:b --port 1"),
        ("if [ $D ]; then A=a:b; else A=c:d; fi\nuvicorn $A\n", "uvicorn $A"),
        ("if [ $D ]; then A=a:b\nuvicorn $A; fi\n", "uvicorn a:b"),
        ("case $D in x) A=1 ;; *) uvicorn a:b -p $A ;; esac\n", "uvicorn a:b -p $A"),
        ("A=$(make args)\nuvicorn $A\n", "uvicorn $A"),
        ("P=${PORT:-80}\nuvicorn a:b -p $P\n", "uvicorn a:b -p ${PORT:-80}"),
        ('serve() { uvicorn $A "$@"; }\nA=a:b\nserve --port 1\n', "uvicorn a:b --port 1"),
        ("[ $D ] && A=x\nA=$A,y\nuvicorn $A\n", "uvicorn $A"),
    ],
)  # fmt: skip
def test_script_commands_variables_that_are_known_are_filled_in(text: str, last: str) -> None:
    found = script_commands(text, Setting("entry.sh", "start"), [])
    assert " ".join(found[-1].argv) == last


@pytest.mark.parametrize(
    ("known", "expected"),
    [((("ROLE", "w"),), ["celery"]), ((("ROLE", "api"),), ["uvicorn"]),
     ((), ["celery", "uvicorn"]), ((("ROLE", "$X"),), ["celery", "uvicorn"])],
)  # fmt: skip
def test_script_commands_variable_of_the_environment_takes_its_branch(
    known: tuple[tuple[str, str], ...], expected: list[str]
) -> None:
    text = 'if [[ "$ROLE" == "w" ]]; then\n  exec celery worker\nfi\nexec uvicorn a:b\n'
    found = script_commands(text, Setting("entry.sh", "start", environment=known), [])
    assert [each.argv[1] for each in found if each.argv[0] == "exec"] == expected


def test_script_commands_argument_kept_in_a_variable_takes_its_branch() -> None:
    text = 'R=${1:-api}\ncase "$R" in\n  api) uvicorn a:b ;;\n  *) celery worker ;;\nesac\n'
    found = script_commands(text, Setting("entry.sh", "start"), ["w"])
    assert [each.argv[0] for each in found] == ["celery"]


def test_script_commands_text_of_an_inner_shell_goes_with_its_branch() -> None:
    text = 'if [ "$1" = "a" ]; then\n  sh -c "uvicorn a:b"\nelse\n  sh -c "celery x"\nfi\n'
    found = script_commands(text, Setting("entry.sh", "start"), ["a"])
    assert [each.argv[0] for each in found] == ["sh", "uvicorn"]
