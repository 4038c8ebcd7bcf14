"""What adoption decides: application, package, variables, worker, port, health, and what not."""

from __future__ import annotations

import pytest
from adoption_backend import APP, FASTAPI, FLASK, FLASK_APP, MakeBackend, told, value

from bylaw.rules.adoption.workers import main_call

FACTORY = (
    "from flask import Flask\n\n\ndef create_app({}):\n    app = Flask(__name__)\n    return app\n"
)
ENTRY = "shop/boot_entry.py"


def test_adopt_application_of_a_start_command_is_the_one(backend: MakeBackend) -> None:
    other = {"shop/admin.py": APP, "Procfile": "web: uvicorn shop.main:app --port $PORT\n"}
    adoption = backend({**FASTAPI, **other}).adopt()

    assert value(adoption, "application") == "shop.main:app"
    assert adoption.exit_code == 0


def test_adopt_command_that_names_a_deleted_module_does_not_count(backend: MakeBackend) -> None:
    files = {
        "Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["uvicorn", "old.main:app"]\n',
        "Procfile": "web: uvicorn shop.main:app --port $PORT\n",
    }
    assert value(backend({**FASTAPI, **files}).adopt(), "application") == "shop.main:app"


def test_adopt_two_applications_are_left_open_until_one_is_named(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, "shop/admin.py": APP})
    before = service.state()
    adoption = service.adopt()

    assert adoption.exit_code == 3
    assert service.state() == before
    assert "shop.admin:app" in told(adoption)[0]
    assert "--app" in adoption.opens[0].way
    assert service.adopt(app="shop.main:app").command == "python -m shop.boot_entry"


def test_adopt_named_application_that_is_not_there_is_left_open(backend: MakeBackend) -> None:
    adoption = backend(FASTAPI).adopt(app="shop.main:nothing")

    assert (adoption.exit_code, adoption.state) == (3, "unchanged")
    assert told(adoption) == ["there is no shop.main:nothing in the tree"]


def test_adopt_folder_of_one_service_decides_between_two(backend: MakeBackend) -> None:
    files = {f"{name}/{path}": text for name in ("orders", "users")
             for path, text in FASTAPI.items()}  # fmt: skip
    files = {path.replace("/shop/", f"/{path.partition('/')[0]}_api/"): text
             for path, text in files.items()}  # fmt: skip
    service = backend(files)

    assert service.adopt(write=False).exit_code == 3
    adoption = service.adopt(inside="users")
    assert adoption.command == "python -m users_api.boot_entry"
    assert "users/Dockerfile" in dict(adoption.files)
    assert not any(path.startswith("orders") for path, _ in adoption.files)


def test_adopt_mounted_application_is_not_a_second_one(backend: MakeBackend) -> None:
    text = APP + '\n\nadmin = FastAPI()\napp.mount("/admin", admin)\n'

    adoption = backend({**FASTAPI, "shop/main.py": text}).adopt()
    assert value(adoption, "application") == "shop.main:app"


@pytest.mark.parametrize(
    ("parameters", "target"),
    [("", "shop.web:create_app()"), ("config='dev'", "shop.web:create_app()"), ("config", "")],
)
def test_adopt_factory_is_called_where_it_takes_nothing(
    backend: MakeBackend, parameters: str, target: str
) -> None:
    adoption = backend({**FLASK, "shop/web.py": FACTORY.format(parameters)}).adopt()

    found = [each.value for each in adoption.decisions if each.question == "application"]
    assert found == ([target] if target else [])


def test_adopt_object_that_a_factory_made_is_what_is_served(backend: MakeBackend) -> None:
    text = FACTORY.format("config") + "\n\napplication: Flask = create_app('prod')\n"
    adoption = backend({**FLASK, "shop/web.py": text}).adopt()

    assert value(adoption, "application") == "shop.web:application"


def test_adopt_application_without_a_package_is_left_open(backend: MakeBackend) -> None:
    service = backend({"main.py": APP, "requirements.txt": "fastapi[all]\n"})
    adoption = service.adopt()

    assert (adoption.exit_code, adoption.files) == (3, ())
    assert told(adoption) == ["main.py lies in no package"]


def test_adopt_module_beside_a_package_is_its_door(backend: MakeBackend) -> None:
    files = {
        "shop/__init__.py": "", "shop/web.py": FACTORY.format(""), "requirements.txt": "flask\n",
        "wsgi.py": "from shop.web import create_app\n\napp = create_app()\n",
        "Procfile": "web: gunicorn wsgi:app\n",
    }  # fmt: skip
    service = backend(files)
    adoption = service.adopt()

    assert value(adoption, "package") == "shop"
    assert 'app="wsgi:app"' in service.read(ENTRY)
    assert 'py-modules = ["wsgi"]' in service.read("pyproject.toml")


def test_adopt_package_that_loads_the_application_itself_is_left_open(
    backend: MakeBackend,
) -> None:
    service = backend({**FASTAPI, "shop/__init__.py": f'"""Shop."""\nimport os\n{APP}'})
    (service.root / "shop" / "main.py").unlink()
    adoption = service.adopt()

    assert adoption.opens[0][:2] == ("shop/__init__.py", 3)
    assert "# TODO(bylaw): shop/__init__.py is loaded before the entry" in service.read(ENTRY)
    service.write({"shop/__init__.py": "import os\n", "shop/main.py": APP})
    entry = service.read(ENTRY).replace("shop:app", "shop.main:app").split("\n")
    kept = [row for row in entry if "TODO" not in row and not row.startswith("#   ")]
    service.write({ENTRY: "\n".join(kept)})
    assert service.adopt().exit_code == 0


def test_adopt_folder_without_init_becomes_a_package(backend: MakeBackend) -> None:
    files = {path: text for path, text in FASTAPI.items() if not path.endswith("__init__.py")}
    service = backend({**files, "Procfile": "web: uvicorn shop.main:app --port $PORT\n"})
    service.adopt()

    assert service.read("shop/__init__.py").startswith('"""')


def test_adopt_declared_command_that_is_not_there_yet_is_where_it_says(
    backend: MakeBackend,
) -> None:
    config = '[boot]\ncanonical = "python -m shop.infrastructure.start"\n'
    service = backend({**FASTAPI, "bylaw.toml": config})
    adoption = service.adopt()

    assert adoption.command == "python -m shop.infrastructure.start"
    assert service.read("shop/infrastructure/__init__.py")
    assert "boot.main()" in service.read("shop/infrastructure/start.py")


SETTINGS = """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    pool: int = 5
    debug: bool = False
    ratio: float | None = None
    title: str = "Shop"
    key_count: int
"""
READS = """\
import os

REGION = os.environ["REGION"]
LEVEL = os.environ.get("LEVEL", "info")
HAS_TRACE = "TRACE" in os.environ
if LEVEL == "debug":
    EXTRA = os.environ["EXTRA"]


def mailer() -> str:
    return os.environ["MAILER"]
"""


def test_adopt_settings_class_gives_variables_with_types(backend: MakeBackend) -> None:
    main = "from shop.settings import Settings\n" + APP
    service = backend({**FASTAPI, "shop/settings.py": SETTINGS, "shop/main.py": main})
    adoption = service.adopt()

    assert value(adoption, "required") == "DATABASE_URL, KEY_COUNT"
    text = service.read(ENTRY)
    assert 'Var("DATABASE_URL", help="read in shop/settings.py"),' in text
    assert 'Var("KEY_COUNT", int, help=' in text
    assert 'Var("POOL", int, default=None, help=' in text
    assert 'Var("DEBUG", bool, default=None, help=' in text
    assert 'Var("RATIO", float, default=None, help=' in text
    assert "TITLE" not in text
    assert "DATABASE_URL: ${DATABASE_URL:?set DATABASE_URL}" in service.read("compose.yaml")
    assert "- key: DATABASE_URL" in service.read("render.yaml")


def test_adopt_field_that_the_code_may_give_is_not_required(backend: MakeBackend) -> None:
    text = (
        "from pathlib import Path\nfrom pydantic_settings import BaseSettings\n\n\n"
        "class Settings(BaseSettings):\n    secret: str\n    folder: Path = Path(__file__).parent\n"
        "    key: str\n\n\nsettings = Settings(secret=read(('a')))\n"
    )
    main = "from shop.settings import settings\n" + APP
    service = backend({**FASTAPI, "shop/settings.py": text, "shop/main.py": main})
    adoption = service.adopt()

    assert value(adoption, "required") == "KEY"
    assert 'Var("SECRET", default=None' in service.read(ENTRY)
    assert "FOLDER" not in service.read(ENTRY)


def test_adopt_command_of_the_project_leads_to_what_it_serves(backend: MakeBackend) -> None:
    project = FASTAPI["pyproject.toml"] + '\n[project.scripts]\nshop = "shop.cli:main"\n'
    cli = "import uvicorn\n\n\ndef main():\n    uvicorn.run('shop.main:app', port=8000)\n"
    image = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -e .\nCMD ["shop"]\n'
    files = {"pyproject.toml": project, "shop/cli.py": cli, "Dockerfile": image}
    adoption = backend({**FASTAPI, **files}).adopt()

    assert value(adoption, "application") == "shop.main:app"


def test_adopt_reads_are_required_only_where_nothing_avoids_them(backend: MakeBackend) -> None:
    main = "from shop.conf import REGION\n" + APP
    service = backend({**FASTAPI, "shop/conf.py": READS, "shop/main.py": main})
    adoption = service.adopt()

    assert value(adoption, "required") == "REGION"
    text = service.read(ENTRY)
    assert "TODO(bylaw): shop/conf.py reads MAILER without a default" in text
    assert "TODO(bylaw): shop/conf.py reads EXTRA without a default" in text
    assert 'Var("MAILER", default=None, help="read in shop/conf.py"),' in text
    assert "TRACE" not in text
    assert adoption.exit_code == 3


def test_adopt_variables_of_what_the_service_does_not_load_are_not_asked(
    backend: MakeBackend,
) -> None:
    service = backend({**FASTAPI, "shop/report.py": 'import os\n\nX = os.environ["REPORT"]\n'})
    service.adopt()

    assert "REPORT" not in service.read(ENTRY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('def main():\n    pass\n\nif __name__ == "__main__":\n    main()\n', "main"),
        ('async def run():\n    pass\n\nif __name__ == "__main__":\n    asyncio.run(run())\n',
         "run"),
        ('def main():\n    pass\n\nif __name__ == "__main__":\n    sys.exit(main())\n', "main"),
        ('def main(n):\n    pass\n\nif __name__ == "__main__":\n    main(3)\n', ""),
        ('if __name__ == "__main__":\n    other.main()\n', ""),
        ('def main():\n    pass\n\nif __name__ == "__main__":\n    setup()\n    main()\n', ""),
        ("def main():\n    pass\n", ""),
        ("def broken(:\n", ""),
    ],
)  # fmt: skip
def test_main_call_of_a_module_is_the_one_function_it_calls(text: str, name: str) -> None:
    assert main_call(text) == name


WORKER = 'def main():\n    while True:\n        pass\n\n\nif __name__ == "__main__":\n    main()\n'


def test_adopt_worker_that_is_a_function_is_run_by_the_entry(backend: MakeBackend) -> None:
    processes = "web: uvicorn shop.main:app --port $PORT\nworker: python -m shop.worker\n"
    service = backend({**FASTAPI, "shop/worker.py": WORKER, "Procfile": processes})
    adoption = service.adopt()

    assert value(adoption, "worker") == "shop.worker:main"
    assert "worker: WORKER_MODE=true python -m shop.boot_entry" in service.read("Procfile")
    assert 'worker="shop.worker:main",' in service.read(ENTRY)
    assert 'WORKER_MODE: "true"' in service.read("compose.yaml")
    assert "type: worker" in service.read("render.yaml")
    assert adoption.exit_code == 0
    assert service.findings() == []


def test_adopt_worker_that_is_no_function_is_left_open(backend: MakeBackend) -> None:
    processes = "web: uvicorn shop.main:app --port $PORT\nworker: python -m shop.worker\n"
    text = WORKER.replace("    main()\n", "    print(1)\n    main()\n")
    service = backend({**FASTAPI, "shop/worker.py": text, "Procfile": processes})
    adoption = service.adopt()

    assert "shop.worker is run as a worker" in told(adoption)[0]
    assert "worker: python -m shop.worker" in service.read("Procfile")
    assert "TODO(bylaw): shop.worker" in service.read(ENTRY)
    assert service.adopt().exit_code == 3


def test_adopt_worker_of_celery_stays_as_it_is(backend: MakeBackend) -> None:
    processes = "web: uvicorn shop.main:app --port $PORT\nworker: celery -A shop.tasks worker\n"
    tasks = "from celery import Celery\n\napp = Celery()\n"
    service = backend({**FASTAPI, "shop/tasks.py": tasks, "Procfile": processes})
    adoption = service.adopt()

    assert adoption.exit_code == 0
    assert "worker: celery -A shop.tasks worker" in service.read("Procfile")


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("/healthz", "/healthz"),
        ("/api/health", "/api/health"),
        ("/{name}/health", "/health"),
        ("/api/health/", "/api/health/"),
    ],
)
def test_adopt_health_is_a_route_of_the_application_where_it_has_one(
    backend: MakeBackend, route: str, path: str
) -> None:
    text = APP.replace("/orders", route)
    service = backend({**FASTAPI, "shop/main.py": text})

    assert value(service.adopt(), "health") == path
    assert f"healthCheckPath: {path}\n" in service.read("render.yaml")
    assert service.findings() == []


DJANGO = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/__init__.py": "", "shop/urls.py": "urlpatterns = []\n",
    "shop/settings.py": 'import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\n'
    'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["orders"]\nSTATIC_ROOT = "static"\n',
    "shop/wsgi.py": "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\n"
    'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'
    "application = get_wsgi_application()\n",
    "orders/__init__.py": "", "orders/models.py": "", "requirements.txt": "django\ngunicorn\n",
    ".python-version": "3.12\n",
}  # fmt: skip


def test_adopt_django_is_served_by_its_wsgi_module(backend: MakeBackend) -> None:
    service = backend(DJANGO)
    adoption = service.adopt()

    text = service.read(ENTRY)
    assert 'app="shop.wsgi:application",' in text
    assert 'Var("SECRET_KEY", help="read in shop/settings.py"),' in text
    assert "health_first=True" in text
    assert told(adoption) == ["Django's static files are not collected"]
    assert 'include = ["orders", "orders.*", "shop", "shop.*"]' in service.read("pyproject.toml")
    assert service.findings() == []


@pytest.mark.parametrize(
    ("files", "python"),
    [
        ({".python-version": "# ours\n3.13.1\n"}, "3.13"),
        ({".python-version": "", "runtime.txt": "python-3.11.9\n"}, "3.11"),
        ({".python-version": ""}, "3.11"),
        ({"Dockerfile": 'FROM python:3.10-slim\nCOPY . .\nCMD ["uvicorn", "shop.main:app"]\n'},
         "3.10"),
    ],
)  # fmt: skip
def test_adopt_python_is_what_the_image_or_the_project_says(
    backend: MakeBackend, files: dict[str, str], python: str
) -> None:
    assert value(backend({**FASTAPI, **files}).adopt(), "python") == python


def test_adopt_python_that_nothing_says_is_left_open(backend: MakeBackend) -> None:
    files = {path: text for path, text in FLASK.items() if path != ".python-version"}
    adoption = backend(files).adopt()

    assert adoption.exit_code == 3
    assert "nothing says which Python" in told(adoption)[0]


def test_adopt_dashboard_command_is_left_to_people(backend: MakeBackend) -> None:
    config = '[[boot.override]]\nplatform = "render"\ncommand = "uvicorn shop.main:app"\n'
    adoption = backend({**FASTAPI, "bylaw.toml": config}).adopt()

    assert told(adoption) == ["the dashboard starts uvicorn shop.main:app"]
    assert adoption.opens[0][:2] == ("bylaw.toml", 3)


def test_adopt_platform_whose_file_it_does_not_write_is_left_open(backend: MakeBackend) -> None:
    fly = 'app = "shop"\n\n[processes]\n  web = "uvicorn shop.main:app --port 8080"\n'
    service = backend({**FASTAPI, "fly.toml": fly})
    adoption = service.adopt()

    assert told(adoption) == ["fly starts uvicorn shop.main:app --port 8080"]
    assert service.read("fly.toml") == fly


def test_adopt_server_that_is_missing_is_added_to_the_dependencies(backend: MakeBackend) -> None:
    service = backend({**FLASK, "requirements.txt": "flask"})
    service.adopt()

    assert service.read("requirements.txt") == "flask\nbylaw-boot>=0.1\ngunicorn>=22\n"


@pytest.mark.parametrize("listed", ["fastapi[standard]", "fastapi[all]>=0.1", "hypercorn"])
def test_adopt_server_that_comes_along_is_not_added(backend: MakeBackend, listed: str) -> None:
    project = FASTAPI["pyproject.toml"].replace('"uvicorn"', f'"{listed}"')
    adoption = backend({**FASTAPI, "pyproject.toml": project}).adopt()

    assert "pyproject.toml" not in dict(adoption.files)


def test_adopt_text_of_an_application_it_cannot_parse_is_told(backend: MakeBackend) -> None:
    adoption = backend({"shop/__init__.py": "", "shop/main.py": "def broken(:\n"}).adopt()

    assert adoption.exit_code == 3
    assert adoption.files == ()
    assert FLASK_APP
