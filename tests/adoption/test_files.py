"""What adoption writes: new files whole, those that are there changed as little as possible."""

from __future__ import annotations

import ast
import tomllib

import pytest
import yaml
from adoption_backend import APP, FASTAPI, FLASK, Backend, MakeBackend, told

from bylaw.manifests.dockerfile import Dockerfile, parse_dockerfile
from bylaw.rules.adoption.definition_files import (
    is_plain,
    with_dependencies,
    with_packages,
    with_requirements,
)

CMD = 'CMD ["python", "-m", "shop.boot_entry"]'
HEALTH = (
    "HEALTHCHECK --interval=30s --timeout=5s --start-period=20s "
    'CMD ["python", "-m", "bylaw_boot", "health"]'
)
WEB = "web: uvicorn shop.main:app --host 0.0.0.0 --port $PORT\n"
POETRY = (
    '[tool.poetry]\nname = "the-shop"\nversion = "1"\n\n[tool.poetry.dependencies]\n'
    'python = "^3.12"\nfastapi = "*"\nuvicorn = { version = "*" }\n'
)
UV_LOCK = '[[package]]\nname = "bylaw-boot"\nversion = "0.1"\n'
SHAPES = {
    "pip": FASTAPI,
    "requirements": FLASK,
    "uv": {**FASTAPI, "uv.lock": UV_LOCK},
    "src": {
        **{f"src/{path}" if path.startswith("shop/") else path: text
           for path, text in FASTAPI.items()},
    },
    "poetry": {**FASTAPI, "pyproject.toml": POETRY},
    "pipenv": {**FLASK, "requirements.txt": "", "Pipfile": '[packages]\nflask = "*"\n'},
    "processes": {**FASTAPI, "Procfile": WEB},
    "backend": {f"backend/{path}": text for path, text in FASTAPI.items()},
    "image": {
        **FASTAPI,
        "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install .\n"
        'CMD uvicorn shop.main:app --host 0.0.0.0\n',
    },
    "bare": {path: text for path, text in FASTAPI.items() if not path.endswith("__init__.py")}
    | {"Procfile": WEB},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_adopt_result_has_no_finding_and_no_second_change(backend: MakeBackend, shape: str) -> None:
    service = backend(SHAPES[shape])
    first = service.adopt()
    after = service.state()
    second = service.adopt()

    assert first.state == "written"
    assert first.command == "python -m shop.boot_entry"
    assert (second.state, second.files, second.diff) == ("unchanged", (), b"")
    assert service.state() == after
    assert service.findings() == []
    _are_sound(service)


def _are_sound(service: Backend) -> None:
    for path, data in service.state().items():
        text = data.decode()
        if path.endswith("pyproject.toml"):
            tomllib.loads(text)
        elif path.endswith((".yaml", ".yml")):
            yaml.safe_load(text)
        elif path.endswith(".py"):
            ast.parse(text)
        elif path.endswith("Dockerfile"):
            assert isinstance(parse_dockerfile(text), Dockerfile)


def test_adopt_new_image_is_built_in_stages_by_the_tool_of_the_lock(backend: MakeBackend) -> None:
    service = backend(SHAPES["uv"])
    service.adopt()

    text = service.read("Dockerfile")
    assert text.count("FROM python:3.12-slim") == 2
    assert "RUN uv sync --frozen --no-dev\n" in text
    assert text.endswith(f"USER 10001\nEXPOSE 8000\n{HEALTH}\n{CMD}\n")
    assert ".env\n" in service.read(".dockerignore")


def test_adopt_ignore_file_that_is_there_stays(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, ".dockerignore": "mine\n"})
    service.adopt()

    assert service.read(".dockerignore") == "mine\n"


IMAGE = """\
FROM python:3.12-slim AS build
COPY requirements.txt .
RUN pip install -r requirements.txt && pip install .

FROM build
# our own
LABEL a=b
ENTRYPOINT ["tini", "--"]
EXPOSE 8000
USER worker
HEALTHCHECK CMD ["python", "-m", "bylaw_boot", "health"]
CMD ["uvicorn", "shop.main:app", \\
     "--host", "0.0.0.0"]
"""


def test_adopt_image_that_lacks_nothing_else_gets_another_command_only(
    backend: MakeBackend,
) -> None:
    files = {**FASTAPI, "Dockerfile": IMAGE.replace("pip install .", "pip install -e .")}
    service = backend(files)
    service.adopt()

    before = files["Dockerfile"].split('CMD ["uvicorn')[0]
    assert service.read("Dockerfile") == f"{before}{CMD}\n"


def test_adopt_image_with_two_copies_of_the_package_keeps_one(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, "Dockerfile": IMAGE})
    service.adopt()

    assert "-r requirements.txt && pip install -e .\n" in service.read("Dockerfile")


def test_adopt_copy_of_another_stage_beside_the_sources_is_left_open(backend: MakeBackend) -> None:
    text = (
        "FROM python:3.12-slim AS build\nWORKDIR /src\nCOPY . .\nRUN pip install --prefix /p .\n\n"
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY --from=build /p /usr/local\nCOPY shop shop\n"
        'CMD ["uvicorn", "shop.main:app"]\n'
    )
    service = backend({**FASTAPI, "Dockerfile": text})
    assert told(service.adopt(write=False)) == [
        "the image holds shop twice: installed, and in /app"
    ]
    service.write({"Dockerfile": text.replace("COPY shop shop\n", "")})
    assert told(service.adopt()) == []


def test_adopt_image_that_leaves_the_project_out_installs_it_where_the_rest_is(
    backend: MakeBackend,
) -> None:
    text = (
        "FROM python:3.12-slim AS build\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n"
        "RUN --mount=type=cache,target=/c \\\n    uv sync --no-install-project --locked\n"
        "COPY . .\n\nFROM python:3.12-slim\nWORKDIR /app\nCOPY --from=build /app /app\n"
        'CMD ["fastapi", "run", "shop/main.py", "--port", "8000", "--workers", "2"]\n'
    )
    files = {"deploy/Dockerfile": text, "uv.lock": UV_LOCK}
    service = backend({**FASTAPI, **files})
    adoption = service.adopt()

    made = service.read("deploy/Dockerfile")
    assert "COPY . .\n# Installed where it lies" in made
    assert "copy of the package.\nRUN uv sync --locked\n\nFROM" in made
    assert "dockerfilePath: ./deploy/Dockerfile\n    dockerContext: .\n" in service.read(
        "render.yaml"
    )
    assert "      dockerfile: deploy/Dockerfile\n" in service.read("compose.yaml")
    assert told(adoption) == ["fastapi was given --workers 2, which the entry does not hand on"]
    assert service.findings() == []


def test_adopt_image_that_inherits_a_script_does_not_hand_it_the_command(
    backend: MakeBackend,
) -> None:
    text = (
        "FROM python:3.12-slim AS base\nWORKDIR /app\nCOPY . .\nRUN pip install -e .\n"
        'ENTRYPOINT ["./start.sh"]\n\nFROM base\nUSER 1\n'
    )
    start = "#!/bin/sh\nalembic upgrade head\nexec uvicorn shop.main:app --host 0.0.0.0\n"
    service = backend({**FASTAPI, "Dockerfile": text, "start.sh": start})
    adoption = service.adopt()

    made = service.read("Dockerfile")
    assert 'ENTRYPOINT []\nCMD ["python"' in made
    assert "# TODO(bylaw): `alembic upgrade head` ran before the server\n" in made
    assert told(adoption) == ["`alembic upgrade head` ran before the server"]
    assert adoption.exit_code == 3
    # What is marked stays open until the mark is gone.
    assert told(service.adopt()) == ["`alembic upgrade head` ran before the server"]
    rows = [row for row in made.split("\n") if "TODO" not in row and not row.startswith("#   ")]
    service.write({"Dockerfile": "\n".join(rows)})
    assert service.adopt().exit_code == 0


def test_adopt_image_without_anything_gets_everything(backend: MakeBackend) -> None:
    text = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY shop shop\nEXPOSE 9000\n' \
           'CMD ["uvicorn", "shop.main:app", "--host", "0.0.0.0", "--port", "9000"]\n'  # fmt: skip
    service = backend({**FASTAPI, "Dockerfile": text})
    service.adopt()

    made = service.read("Dockerfile")
    assert "COPY pyproject.toml ./\nRUN pip install --no-cache-dir --no-deps -e .\n" in made
    assert "ENV PORT=9000\n" in made
    assert made.endswith(f"USER 10001\n{HEALTH}\n{CMD}\n")
    assert 'Var("PORT", int, default=9000)' in service.read("shop/boot_entry.py")
    assert service.findings() == []


def test_adopt_image_whose_root_is_its_working_directory_is_left_open(
    backend: MakeBackend,
) -> None:
    text = 'FROM ubuntu:24.04\nCOPY shop shop\nCMD ["uvicorn", "shop.main:app"]\n'
    service = backend({**FASTAPI, "Dockerfile": text})
    adoption = service.adopt()

    assert "pip install" not in service.read("Dockerfile").replace("# ", "#").split("#")[0]
    assert any("no WORKDIR" in each for each in told(adoption))
    assert any("calls its interpreter python3" in each for each in told(adoption))


def test_adopt_image_for_developers_stays(backend: MakeBackend) -> None:
    text = 'FROM python:3.12\nCMD ["uvicorn", "shop.main:app", "--reload"]\n'
    service = backend({**FASTAPI, "Dockerfile.dev": text})
    service.adopt()

    assert service.read("Dockerfile.dev") == text


def test_adopt_options_of_the_server_are_kept_and_others_left_open(backend: MakeBackend) -> None:
    line = "web: gunicorn shop.web:app -w 4 -k gevent --threads=2 -b :$PORT --statsd-host h:1\n"
    service = backend({**FLASK, "Procfile": line})
    adoption = service.adopt()

    text = service.read("shop/boot_entry.py")
    assert 'options={"workers": 4, "worker_class": "gevent", "threads": 2},' in text
    assert "# TODO(bylaw): gunicorn was given --statsd-host h:1" in text
    assert [each.line for each in adoption.opens] == [1]


def test_adopt_several_processes_of_uvicorn_are_left_open(backend: MakeBackend) -> None:
    line = f"{WEB[:-1]} --workers 4 --proxy-headers\n"
    adoption = backend({**FASTAPI, "Procfile": line}).adopt()

    assert told(adoption) == ["uvicorn was given --workers 4, which the entry does not hand on"]


def test_adopt_configuration_of_gunicorn_is_handed_on(backend: MakeBackend) -> None:
    files = {"Procfile": "web: gunicorn -c conf/gunicorn.py shop.web:app\n",
             "conf/gunicorn.py": "workers = 2\n"}  # fmt: skip
    service = backend({**FLASK, **files})
    service.adopt()

    assert 'options={"config": "conf/gunicorn.py"},' in service.read("shop/boot_entry.py")


def test_adopt_procfile_keeps_every_other_process(backend: MakeBackend) -> None:
    text = f"# ours\nrelease: alembic upgrade head\n{WEB}clock: python -m shop.clock\n"
    service = backend({**FASTAPI, "Procfile": text, "shop/clock.py": "", "app.json": "{}"})
    service.adopt()

    assert service.read("Procfile") == (
        "# ours\nrelease: alembic upgrade head\n"
        "# Read by Heroku and platforms of its kind; an image and Render have their own files.\n"
        "web: python -m shop.boot_entry\nclock: python -m shop.clock\n"
    )


def test_adopt_compose_changes_commands_of_the_service_only(backend: MakeBackend) -> None:
    text = (
        '# ours\nservices:\n  db:\n    image: postgres:16 # kept\n    command: ["-c", "a=b"]\n'
        '  api:\n    build: .\n    entrypoint: ["/bin/sh", "-c"]\n'
        "    command: >\n      uvicorn shop.main:app\n      --host 0.0.0.0\n\n"
        '    ports:\n      - "8000:8000"\n'
    )
    service = backend({**FASTAPI, "compose.yml": text})
    service.adopt()

    start, end = text.index("    entrypoint"), text.index("\n    ports")
    new = '    entrypoint: ["python", "-m", "shop.boot_entry"]\n'
    assert service.read("compose.yml") == text[:start] + new + text[end:]
    assert service.findings() == []


def test_adopt_compose_for_developers_stays(backend: MakeBackend) -> None:
    text = ("services:\n  web:\n    build: .\n    command: uvicorn shop.main:app --reload\n"
            "    volumes:\n      - .:/app\n")  # fmt: skip
    image = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -e .\nUSER 1\n"
    service = backend({**FASTAPI, "compose.yml": text,
                       "Dockerfile": f'{image}CMD ["uvicorn", "shop.main:app"]\n'})  # fmt: skip
    service.adopt()

    assert service.read("compose.yml") == text


def test_adopt_render_native_runtime_keeps_it_and_starts_the_entry(backend: MakeBackend) -> None:
    text = (
        "services:\n  # ours\n  - type: web\n    name: shop\n    runtime: python\n"
        "    startCommand: uvicorn shop.main:app --host 0.0.0.0 --port $PORT # kept not\n"
        "    envVars: []\n"
    )
    service = backend({**FASTAPI, "render.yaml": text})
    service.adopt()

    assert service.read("render.yaml") == (
        "services:\n  # ours\n  - type: web\n    healthCheckPath: /health\n    name: shop\n"
        "    runtime: python\n    startCommand: python -m shop.boot_entry\n    envVars: []\n"
    )
    assert service.findings() == []


def test_adopt_render_image_drops_the_commands_beside_it(backend: MakeBackend) -> None:
    text = (
        "services:\n  - type: web\n    name: shop\n    runtime: docker\n"
        "    dockerCommand: uvicorn shop.main:app\n    startCommand: uvicorn shop.main:app\n"
        "    healthCheckPath: /\n"
    )
    service = backend({**FASTAPI, "render.yaml": text})
    service.adopt()

    assert service.read("render.yaml") == (
        "services:\n  - type: web\n    name: shop\n    runtime: docker\n"
        "    healthCheckPath: /health\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('dependencies = ["a"]', 'dependencies = ["a", "x>=1"]'),
        ("dependencies = []", 'dependencies = ["x>=1"]'),
        ('dependencies = [\n  "a[b]", # one ]\n  "c"\n]',
         'dependencies = [\n  "a[b]", # one ]\n  "c",\n  "x>=1",\n]'),
        ("dependencies = [\n    'a',\n]", "dependencies = [\n    'a',\n    \"x>=1\",\n]"),
        ('dependencies = [\n    "a" # last\n]',
         'dependencies = [\n    "a", # last\n    "x>=1",\n]'),
    ],
)  # fmt: skip
def test_with_dependencies_adds_to_the_list_as_it_is_written(before: str, after: str) -> None:
    head = '[project]\nname = "shop"\nversion = "1"\n'

    assert with_dependencies(f"{head}{before}\n", ["x>=1"]) == f"{head}{after}\n"


def test_with_dependencies_of_poetry_adds_a_row() -> None:
    made = with_dependencies(POETRY, ["x>=1"])

    assert made is not None
    assert made.endswith('uvicorn = { version = "*" }\nx = ">=1"\n')


@pytest.mark.parametrize("text", ["", "[project]\nname='a'\ndynamic=['dependencies']\n", "x ="])
def test_with_dependencies_that_stand_elsewhere_is_none(text: str) -> None:
    assert with_dependencies(text, ["x>=1"]) is None


def test_with_requirements_and_packages_add_lines() -> None:
    assert with_requirements("a", ["x>=1"]) == "a\nx>=1\n"
    assert with_requirements("a\n", []) == "a\n"
    assert with_packages('[packages]\na = "*"\n', ["x>=1"]) == '[packages]\nx = ">=1"\na = "*"\n'
    assert with_packages("", ["x>=1"]) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [("a==1\n# c\nb>=2 ; python_version < '3.9'\n", True), ("-r base.txt\n", False),
     ("a==1 --hash=sha256:x\n", False), ("https://x/y.whl\n", False), ("-e .\n", False)],
)  # fmt: skip
def test_is_plain_of_requirements(text: str, plain: bool) -> None:
    assert is_plain(text) is plain


def test_adopt_project_without_a_definition_gets_one(backend: MakeBackend) -> None:
    service = backend({**FLASK, "pyproject.toml": "[tool.ruff]\nline-length = 99\n"})
    service.adopt()

    document = tomllib.loads(service.read("pyproject.toml"))
    assert document["project"]["dynamic"] == ["dependencies"]
    assert document["tool"]["ruff"] == {"line-length": 99}
    assert document["tool"]["setuptools"]["packages"]["find"]["include"] == ["shop", "shop.*"]
    assert "bylaw-boot>=0.1" in service.read("requirements.txt")


@pytest.mark.parametrize(
    ("project", "said"),
    [('[project]\nname="shop"\nversion="1"\ndependencies=["fastapi", "uvicorn"]\n'
      "[tool.uv]\npackage = false\n", "[tool.uv] says that the project is no package"),
     (POETRY + "[tool.poetry.group.x]\n", "")],
)  # fmt: skip
def test_adopt_project_that_is_no_package_is_left_open(
    backend: MakeBackend, project: str, said: str
) -> None:
    adoption = backend({**FASTAPI, "pyproject.toml": project}).adopt()

    assert told(adoption) == ([said] if said else [])


def test_adopt_poetry_is_told_the_package_it_would_not_find(backend: MakeBackend) -> None:
    service = backend(SHAPES["poetry"])
    service.adopt()

    text = service.read("pyproject.toml")
    assert 'packages = [{ include = "shop" }]' in text
    assert 'build-backend = "poetry.core.masonry.api"' in text


def test_adopt_lock_without_the_library_is_left_open(backend: MakeBackend) -> None:
    adoption = backend({**FASTAPI, "uv.lock": '[[package]]\nname = "fastapi"\n'}).adopt()

    assert [(each.path, each.way) for each in adoption.opens] == [("uv.lock", "uv lock")]


def test_adopt_compiled_requirements_are_added_at_their_source(backend: MakeBackend) -> None:
    service = backend({**FLASK, "requirements.in": "flask\ngunicorn\n"})
    adoption = service.adopt()

    assert service.read("requirements.in").endswith("bylaw-boot>=0.1\n")
    assert service.read("requirements.txt") == FLASK["requirements.txt"]
    assert told(adoption) == ["requirements.txt is compiled from requirements.in"]


def test_adopt_dependency_that_needs_the_system_is_left_open(backend: MakeBackend) -> None:
    service = backend({**FLASK, "requirements.txt": "flask\ngunicorn\npsycopg2==2.9\n"})
    adoption = service.adopt()

    assert told(adoption) == ["psycopg2 needs packages of the system"]
    assert "# TODO(bylaw): psycopg2 needs packages of the system" in service.read("Dockerfile")


def test_adopt_text_of_others_stays_within_its_comment(backend: MakeBackend) -> None:
    start = "#!/bin/sh\npython -c 'a = 1\nprint(a)'\nexec uvicorn shop.main:app --host 0.0.0.0\n"
    image = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -e .\nCMD ["./go.sh"]\n'
    service = backend({**FASTAPI, "Dockerfile": image, "go.sh": start})
    service.adopt()

    rows = service.read("Dockerfile").split("\n")
    assert "# TODO(bylaw): `python -c a = 1 print(a)` ran before the server" in rows
    _are_sound(service)


def test_adopt_option_with_quotes_is_quoted(backend: MakeBackend) -> None:
    line = "web: gunicorn shop.web:app --access-logformat '%(h)s \"%(r)s\"'\n"
    service = backend({**FLASK, "Procfile": line})
    service.adopt()

    assert '"access_log_format": "%(h)s \\"%(r)s\\""' in service.read("shop/boot_entry.py")
    _are_sound(service)


def test_adopt_line_ends_of_a_file_are_kept(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, "Procfile": WEB.replace("\n", "\r\n") + "x: y\r\n"})
    service.adopt()

    text = service.read("Procfile")
    assert text.count("\r\n") == text.count("\n") == 3


def test_adopt_config_table_that_is_there_takes_the_command(backend: MakeBackend) -> None:
    service = backend({**FASTAPI, "bylaw.toml": "[boot]\n\n[rules.path-hack]\nenabled = false\n"})
    service.adopt()

    document = tomllib.loads(service.read("bylaw.toml"))
    assert document["boot"] == {"canonical": "python -m shop.boot_entry"}
    assert document["rules"]["path-hack"] == {"enabled": False}


def test_adopt_config_in_pyproject_stays_there(backend: MakeBackend) -> None:
    project = FASTAPI["pyproject.toml"] + "\n[tool.bylaw.project]\nexclude = []\n"
    service = backend({**FASTAPI, "pyproject.toml": project})
    service.adopt()

    document = tomllib.loads(service.read("pyproject.toml"))
    assert document["tool"]["bylaw"]["boot"]["canonical"] == "python -m shop.boot_entry"
    assert "bylaw.toml" not in service.state()


def test_adopt_parts_that_are_not_wanted_are_not_drafted(backend: MakeBackend) -> None:
    service = backend(FASTAPI)
    service.adopt(skip=("procfile", "render", "compose", "dockerfile", "config"))

    assert set(service.state()) - set(FASTAPI) == {"shop/boot_entry.py"}
    assert service.read("shop/main.py") == APP
