"""``bylaw probe imports``: every effect, where it is caused, and what is told apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.probes.backend import BASE, environment, probe, write

EFFECTS = {
    "env-read": "import os\nVALUE = os.environ.get('A')\n",
    "filesystem-write": "\nopen('made.txt', 'w').close()\n",
    "filesystem-read": "\nTEXT = open(__file__).read()\n",
    "process": "import subprocess\nsubprocess.run(['true'])\n",
    "thread": "import threading\nthreading.Thread(target=print).start()\n",
    "database": "import sqlite3\nsqlite3.connect(':memory:')\n",
    "network": "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\n",
    "sleep": "import time\ntime.sleep(0)\n",
    "clock": "import time\nNOW = time.time()\n",
    "random": "import uuid\nID = uuid.uuid4()\n",
    "env-write": "import os\nos.environ['A'] = 'b'\n",
    "raise": "import json\nraise LookupError('no')\n",
    "exit": "import sys\nsys.exit(3)\n",
}
NOTES = {"filesystem-read", "sleep", "clock", "random", "env-write"}


def test_probe_pure_project_passes(tmp_path: Path) -> None:
    root = write(tmp_path, {"app/__init__.py": "", "app/main.py": "VALUE = 1\n"})

    answer = probe(root)

    assert (answer.code, answer.outcome.result, answer.outcome.reason_codes) == (0, "pass", ())
    assert list(answer.document) == ["schema", "probe", "result", "reason_codes", "observations",
                                     "errors"]  # fmt: skip
    assert {frozenset(each) for each in answer.document["observations"]} == {
        frozenset({"kind", "path", "line", "symbol", "detail", "environment"})
    }
    assert len(answer.of("imported")) == 2


def test_probe_every_effect_is_seen_where_it_happens(tmp_path: Path) -> None:
    files = {f"app/do_{kind.replace('-', '_')}.py": text for kind, text in EFFECTS.items()}
    root = write(tmp_path, {"app/__init__.py": "", **files})

    answer = probe(root)

    for kind in EFFECTS:
        path = f"app/do_{kind.replace('-', '_')}.py"
        seen = [each for each in answer.of(kind) if each.path == path]
        assert seen, kind
        assert {each.line for each in seen} == {2}, kind
        assert all(bool(each.remarks("aside")) is (kind in NOTES) for each in seen), kind
    assert answer.code == 1
    assert answer.outcome.reason_codes == (
        "import-time-database", "import-time-env-read", "import-time-filesystem",
        "import-time-network", "import-time-process", "import-time-raise",
    )  # fmt: skip


@pytest.mark.parametrize(
    "read",
    [
        "os.environ['A']", "os.environ.get('A')", "os.getenv('A')", "'A' in os.environ",
        "os.environb.get(b'A')", "os.path.expandvars('$A')", "dict(os.environ)",
        "env['A']", "os.environ.pop('A', None)", "[*os.environ]",
    ],
)  # fmt: skip
def test_probe_every_way_to_read_the_environment_is_seen(tmp_path: Path, read: str) -> None:
    body = f"import os\nfrom os import environ as env\ntry:\n    X = {read}\nexcept KeyError: ...\n"
    answer = probe(write(tmp_path, {"app/__init__.py": "", "app/main.py": body}))

    assert {(each.path, each.line) for each in answer.of("env-read")} == {("app/main.py", 4)}


def test_probe_attributes_to_the_nearest_first_party_line_with_the_stack(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/env.py": "import os\n\n\ndef read(name):\n    return os.environ.get(name)\n",
            "app/main.py": "from app.env import read\n\nVALUE = read('A')\n",
            "app/other.py": "import app.main\n",
        },
    )

    (seen,) = probe(root).of("env-read")

    assert (seen.path, seen.line, seen.symbol, seen.what) == ("app/env.py", 5, "app.env.read", "A")
    assert seen.stack == [("app/env.py", 5, "read"), ("app/main.py", 3, "<module>")]


def test_probe_runs_scrubbed_then_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "import os\nURL = os.environ['APP_URL']\nassert 'SECRET_OF_USER' not in os.environ\n"
    root = write(
        tmp_path,
        {"app/__init__.py": "", "app/main.py": body, ".env.example": "APP_URL=x\n",
         ".env": "SECRET_OF_USER=1\n"},
    )  # fmt: skip

    answer = probe(root, env={"SECRET_OF_USER": "yes", "APP_URL": "of the user"})

    assert [each.environment for each in answer.of("raise")] == ["scrubbed"]
    assert [each.what for each in answer.of("needs-environment")] == [
        "app.main: the import fails without the declared environment"
    ]
    assert {each.environment for each in answer.of("imported") if "main" in each.path} == {
        "declared"
    }


def test_probe_missing_package_is_not_verified_with_one_command(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"app/__init__.py": "", "app/main.py": "import no_such_package_x\n",
         "app/two.py": "import no_such_package_y.z\n", "requirements.txt": "no_such_package_x\n"},
    )  # fmt: skip

    answer = probe(root)

    assert (answer.code, answer.outcome.result) == (3, "not-verified")
    assert answer.outcome.reason_codes == ("missing-package",)
    assert [each.hint for each in answer.outcome.errors] == [
        f"{BASE} -m pip install -r requirements.txt"
    ]


def test_probe_optional_package_is_no_matter(tmp_path: Path) -> None:
    body = "try:\n    import no_such_package_x\nexcept ImportError:\n    no_such_package_x = None\n"
    assert probe(write(tmp_path, {"app/__init__.py": "", "app/main.py": body})).code == 0


def test_probe_tells_cycles_and_double_names_apart(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/one.py": "from app.two import b\na = 1\n",
            "app/two.py": "from app.one import a\nb = 1\n",
            "lib/__init__.py": "",
            "lib/inner.py": "x = 1\n",
            "lib/user.py": "import sys\nsys.path.insert(0, 'lib')\nimport inner, lib.inner\n",
        },
    )

    answer = probe(root)

    assert {each.path for each in answer.of("circular-import")} == {"app/one.py", "app/two.py"}
    (double,) = answer.of("double-name")
    assert (double.path, double.what) == ("lib/inner.py", "loaded as inner and as lib.inner")
    assert {"circular-import", "double-name"} <= set(answer.outcome.reason_codes)


def test_probe_second_import_in_one_process_may_not_succeed(tmp_path: Path) -> None:
    body = (
        "import app\nif not hasattr(app, 'tried'):\n    app.tried = True\n    raise OSError('no')\n"
    )
    answer = probe(write(tmp_path, {"app/__init__.py": "", "app/main.py": body}))

    assert [each.path for each in answer.of("second-import-differs")] == ["app/main.py"]


def test_probe_slowest_modules_are_named_by_their_own_time(tmp_path: Path) -> None:
    slow = "n = 0\nfor i in range(400000):\n    n += i\n"
    files = {f"app/m{i}.py": "" for i in range(12)}
    root = write(
        tmp_path,
        {"app/__init__.py": "", **files, "app/slow.py": slow, "app/user.py": "import app.slow\n"},
    )

    seen = probe(root).of("slow-import")

    assert len(seen) == 10
    times = {each.symbol: float(each.what.split()[0]) for each in seen}
    assert max(times, key=lambda name: times[name]) == "app.slow"


def test_probe_roles_are_treated_apart(tmp_path: Path) -> None:
    read = "import os\nVALUE = os.environ.get('A')\n"
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/__main__.py": "raise SystemExit('ran')\n",
            "app/settings.py": read,
            "manage.py": "raise SystemExit('ran')\n",
            "tests/__init__.py": "",
            "tests/conftest.py": read,
            "tests/test_it.py": read,
            "alembic/env.py": "from alembic import context\ncontext.config\n",
            "alembic/versions/0001-first.py": "revision = '1'\ndown_revision = None\n",
            "gunicorn.conf.py": "bind = ':80'\n",
        },
    )

    answer = probe(root)

    skipped = {each.path for each in answer.of("skipped")}
    assert skipped == {"app/__main__.py", "manage.py", "alembic/env.py"}
    imported = {each.path for each in answer.of("imported")}
    assert {"alembic/versions/0001-first.py", "gunicorn.conf.py"} <= imported
    assert answer.places("env-read") == {"app/settings.py:2 A"}
    asides = {each.path: each.remarks("aside") for each in answer.of("env-read")}
    assert asides["tests/conftest.py"] == asides["tests/test_it.py"] == ["test"]


def test_probe_package_without_init_is_imported(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {"src/shop/inner/deep.py": "import os\nX = os.getenv('A')\n",
         "src/shop/main.py": "from shop.inner import deep\n"},
    )  # fmt: skip

    answer = probe(root)

    assert answer.places("env-read") == {"src/shop/inner/deep.py:2 A"}
    assert {each.symbol for each in answer.of("imported")} == {"shop.inner.deep", "shop.main"}


def test_probe_thread_starting_package_is_not_preloaded(tmp_path: Path) -> None:
    """A package that starts a thread cannot be loaded before the fork."""
    package = "import threading, time\n"
    package += "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"threaded/__init__.py": package}),
            "app/__init__.py": "",
            "app/main.py": "import threaded\nimport os\nos.getenv('A')\n",
        },
    )

    answer = probe(root, python="")

    assert answer.places("env-read") == {"app/main.py:3 A"}
    assert {each.remarks("aside")[0] for each in answer.of("thread")} == {"third-party module"}


def test_probe_without_fork_finds_the_same(tmp_path: Path) -> None:
    """Many packages that start threads: every module gets an interpreter of its own."""
    package = "import threading, time\n"
    package += "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    names = [f"threaded{number}" for number in range(9)]
    installed = environment(tmp_path / ".venv", {f"{each}/__init__.py": package for each in names})
    imports = "".join(f"import {each}\n" for each in names)
    root = write(
        tmp_path,
        {
            **installed,
            "app/__init__.py": "",
            "app/main.py": f"{imports}import os\nos.getenv('A')\n",
        },
    )

    answer = probe(root, python="")

    assert answer.places("env-read") == {"app/main.py:11 A"}
    assert len(answer.of("imported")) == 2


def test_probe_leaves_checkout_and_temporary_directory_as_they_were(tmp_path: Path) -> None:
    body = "import os\nopen('made.txt', 'w').close()\nos.remove('app/victim.txt')\n"
    root = write(tmp_path / "root", {"app/__init__.py": "", "app/main.py": body,
                                     "app/victim.txt": "here"})  # fmt: skip
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = {str(each): os.stat(each).st_mtime_ns for each in root.rglob("*")}

    answer = probe(root, env={"TMPDIR": str(scratch)})

    assert {str(each): os.stat(each).st_mtime_ns for each in root.rglob("*")} == before
    assert list(scratch.iterdir()) == []
    assert len(answer.of("filesystem-write")) >= 2


def test_probe_unknown_interpreter_is_a_usage_error(tmp_path: Path) -> None:
    import subprocess
    import sys

    root = write(tmp_path, {"app/main.py": ""})
    done = subprocess.run(
        [sys.executable, "-m", "bylaw", "probe", "imports", str(root), "--python", "/no/python"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "cannot run the interpreter" in done.stderr


def test_probe_library_reading_a_variable_of_its_own_is_set_aside(tmp_path: Path) -> None:
    library = "import os\n\n\ndef make():\n    return os.environ.get('LIBRARY_DEBUG')\n\n\n"
    library += "def read(name):\n    return os.environ.get(name)\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"library.py": library}),
            "app/__init__.py": "",
            "app/main.py": "import library\nA = library.make()\nB = library.read('APP_URL')\n",
        },
    )

    answer = probe(root, python="")

    assert answer.places("env-read") == {"app/main.py:3 APP_URL"}
    assert {tuple(each.remarks("aside")) for each in answer.of("env-read")} == {
        (), ("a variable of the library",),
    }  # fmt: skip


def test_probe_settings_class_is_named(tmp_path: Path) -> None:
    library = "import os\n\n\nclass Base:\n    def __init__(self):\n        dict(os.environ)\n"
    body = "from settings_library import Base\n\n\nclass Settings(Base): ...\n\n\nX = Settings()\n"
    root = write(
        tmp_path,
        {**environment(tmp_path / ".venv", {"settings_library.py": library}),
         "app/__init__.py": "", "app/main.py": body},
    )  # fmt: skip

    (seen,) = probe(root, python="").of("env-read")

    assert (seen.line, seen.what) == (7, "every variable")
    assert seen.remarks("by") == ["a library it calls: app.main.Settings"]


def test_probe_cycle_that_the_application_hides_is_told(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"fastapi.py": "class FastAPI: ...\n"}),
            "app/__init__.py": "",
            "app/main.py": "from fastapi import FastAPI\nimport app.one\napp = FastAPI()\n",
            "app/one.py": "import app.two\na = 1\n",
            "app/two.py": "from app.one import a\n",
            "app/three.py": "import app.two\n",
        },
    )

    answer = probe(root, python="")

    assert "circular-import" in answer.outcome.reason_codes
    assert {each.path for each in answer.of("circular-import")} == {"app/two.py"}


def test_probe_module_that_needs_the_application_first_is_told(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"fastapi.py": "class FastAPI: ...\n"}),
            "app/__init__.py": "",
            "app/main.py": "from fastapi import FastAPI\nimport app\napp.go = 1\nx = FastAPI()\n",
            "app/late.py": "import app\nVALUE = app.go\n",
        },
    )

    (seen,) = probe(root, python="").of("order-dependent")

    assert seen.path == "app/late.py"
    assert seen.what.startswith("app.late can be imported only after the application")


def test_probe_database_client_is_seen_by_the_effect_stubs(tmp_path: Path) -> None:
    library = "def create_engine(url):\n    return url\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"sqlalchemy/__init__.py": library}),
            "app/__init__.py": "",
            "app/db.py": "from sqlalchemy import create_engine\nENGINE = create_engine('x://')\n",
        },
    )

    answer = probe(root, python="")

    assert answer.places("database") == {
        "app/db.py:2 sqlalchemy.create_engine (constructed, not connected)"
    }


def test_probe_django_modules_are_imported_after_setup(tmp_path: Path) -> None:
    django = "import importlib, os\n\n\ndef setup():\n"
    django += (
        "    importlib.import_module(os.environ['DJANGO_SETTINGS_MODULE'])\n    ready.append(1)\n"
    )
    django += "\n\nready = []\n"
    start = "import os\nif __name__ == '__main__':\n"
    start += "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"django/__init__.py": django}),
            "manage.py": start,
            "shop/__init__.py": "",
            "shop/settings.py": "import django\nassert not django.ready\n",
            "shop/models.py": "import django\nassert django.ready\n",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_first.py": "import django\nassert django.ready\nMigration = 1\n",
        },
    )

    answer = probe(root, python="")

    assert answer.outcome.reason_codes == ()
    assert {each.path for each in answer.of("imported")} >= {
        "shop/settings.py", "shop/models.py", "shop/migrations/0001_first.py",
    }  # fmt: skip


def test_probe_settings_of_another_kind_are_no_django_settings(tmp_path: Path) -> None:
    django = "import importlib, os\n\n\ndef setup():\n"
    django += (
        "    importlib.import_module(os.environ['DJANGO_SETTINGS_MODULE'])\n    ready.append(1)\n"
    )
    django += "\n\nready = []\n\n\nclass ImproperlyConfigured(Exception):\n    pass\n"
    unready = "import django\nif not django.ready:\n"
    unready += "    raise django.ImproperlyConfigured('settings are not configured.')\n"
    start = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"django/__init__.py": django}),
            "src/shop/__init__.py": "",
            "src/shop/wsgi.py": start,
            "src/shop/settings/__init__.py": "from shop.names import NAME\n",
            "src/shop/settings/dev.py": "import django\nassert not django.ready\n",
            "src/shop/names.py": "import django\nassert not django.ready\nNAME = 1\n",
            "src/shop/views/__init__.py": "",
            "src/shop/views/settings.py": f"{unready}URL = 'x'\nDEBUG = True\n",
            "plugin/__init__.py": "",
            "plugin/report.py": unready,
        },
    )

    answer = probe(root, python="")

    assert answer.outcome.reason_codes == ("not-reached",)
    assert answer.places("raise") == set()
    assert {each.path for each in answer.of("not-reached")} == {"plugin/report.py"}
    assert "src/shop/views/settings.py" in {each.path for each in answer.of("imported")}


def test_probe_django_that_needs_what_is_not_there_says_how_to_see_it(tmp_path: Path) -> None:
    django = "import importlib, os\n\n\ndef setup():\n    raise OSError('no database')\n"
    start = "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.conf'\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"django/__init__.py": django}),
            "shop/__init__.py": "",
            "shop/wsgi.py": start,
            "shop/conf.py": "",
            "shop/models.py": "",
        },
    )

    answer = probe(root, python="")

    assert (answer.outcome.result, answer.places("raise")) == ("not-verified", set())
    hints = [each.hint for each in answer.outcome.errors if each.hint]
    assert len(hints) == 1
    assert hints[0].startswith("DJANGO_SETTINGS_MODULE=shop.conf ")
    assert hints[0].endswith(" -c 'import django; django.setup()'")


def test_probe_what_one_library_tells_another_to_read_is_its_own(tmp_path: Path) -> None:
    reader = "import os\n\n\ndef config(name):\n    return os.environ.get(name)\n"
    limiter = "from reader import config\n\nNAME = 'RATELIMIT_APPLICATION'\n\n\nclass Limiter:\n"
    limiter += "    def __init__(self, name=None):\n        config(name or NAME)\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"reader/__init__.py": reader,
                                               "limiter/__init__.py": limiter}),
            "app/__init__.py": "",
            "app/own.py": "from reader import config\nURL = config('APP_URL')\n",
            "app/limits.py": "from limiter import Limiter\nLIMITER = Limiter()\n",
            "app/named.py": "from limiter import Limiter\nLIMITER = Limiter('APP_LIMIT')\n",
        },
    )  # fmt: skip

    answer = probe(root, python="")

    counted = {each.path for each in answer.of("env-read") if not each.remarks("aside")}
    assert counted == {"app/own.py", "app/named.py"}


def test_probe_broken_django_settings_leave_the_others_open(tmp_path: Path) -> None:
    django = "import importlib, os\n\n\ndef setup():\n"
    django += "    importlib.import_module(os.environ['DJANGO_SETTINGS_MODULE'])\n"
    root = write(
        tmp_path,
        {
            **environment(tmp_path / ".venv", {"django/__init__.py": django}),
            "shop/__init__.py": "",
            "shop/wsgi.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n",
            "shop/settings.py": "import django, os\nKEY = os.environ['SECRET_KEY']\n",
            "shop/models.py": "",
        },
    )

    answer = probe(root, python="")

    assert answer.places("raise") == {"shop/settings.py:2 KeyError: 'SECRET_KEY'"}
    assert "shop/models.py" in {each.path for each in answer.of("not-reached")}


def test_probe_modules_that_only_import_what_fails_do_not_count(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/settings.py": "import os\nURL = os.environ['APP_URL']\n",
            "app/main.py": "from app.settings import URL\n",
            ".env.example": "APP_URL=x\n",
        },
    )

    seen = probe(root).of("needs-environment")

    assert {each.path: each.remarks("aside") for each in seen} == {
        "app/settings.py": [], "app/main.py": ["another module fails"],
    }  # fmt: skip
