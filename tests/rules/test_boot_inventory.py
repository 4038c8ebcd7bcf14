"""The inventory of start commands: every platform, what wins, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from boot_inventory import APP, IMAGE, inventory, run_inventory, winners

import bylaw

KEYS = ["platform", "role", "argv", "module", "form", "path", "line", "wins", "reason", "resolved",
        "why"]  # fmt: skip
SERVE = "uvicorn app.main:app --host 0.0.0.0"


def test_inventory_json_has_exactly_the_published_shape(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "Dockerfile": f'{IMAGE}CMD ["python", "-m", "app.main"]\n', "justfile": "x:\n",
        "bylaw.toml": '[boot]\ncanonical = "python -m app.main"\n',
    })  # fmt: skip
    assert list(found) == ["schema", "commands", "canonical", "unsupported"]
    assert found["schema"] == "bylaw.boot/1"
    assert found["canonical"] == {"argv": ["python", "-m", "app.main"], "module": "app.main"}
    assert [list(each) for each in found["commands"]] == [KEYS]
    assert found["unsupported"][0]["path"] == "justfile"


def test_inventory_nothing_found_has_the_same_shape_and_exit_3(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    done = run_inventory(tmp_path, "--format", "json", "--no-cache")
    found = json.loads(done.stdout)
    assert done.returncode == 3
    assert (found["commands"], found["canonical"]) == ([], None)
    assert found["errors"][0]["code"] == "nothing-analysed"


def test_inventory_missing_path_has_the_same_shape_and_exit_2(tmp_path: Path) -> None:
    done = run_inventory(tmp_path, "nowhere", "--format", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["errors"]


@pytest.mark.parametrize(
    ("files", "platform", "expected"),
    [
        ({"Dockerfile": f"{IMAGE}ENTRYPOINT [\"tini\", \"--\"]\nCMD {SERVE}\n"}, "docker",
         [("api", SERVE, "Dockerfile:5")]),
        ({"Dockerfile": "FROM python:3.12 AS a\nCMD [\"python\", \"-m\", \"app.main\"]\n"
                        "FROM a\nRUN <<EOF\npip install x\nEOF\n"}, "docker",
         [("api", "python -m app.main", "Dockerfile:2")]),
        ({"Dockerfile": f"{IMAGE}CMD [\"worker\"]\nENTRYPOINT [\"./run.sh\"]\n",
          "run.sh": '#!/bin/sh\ncase $1 in\nworker) exec celery -A app.main worker;;\nesac\n'},
         "docker", [("worker", "celery -A app.main worker", "Dockerfile:4")]),
        ({"Dockerfile": f"{IMAGE}ENTRYPOINT [\"./run.sh\"]\nCMD [\"old\"]\n",
          "run.sh": '#!/bin/sh\nexec "$@"\n',
          "docker-compose.yml": "services:\n  api:\n    build: .\n    command: old\n",
          "docker-compose.override.yml": f"services:\n  api:\n    command: {SERVE}\n"}, "compose",
         [("api", SERVE, "docker-compose.override.yml:3")]),
        ({"base.yml": "", "compose.yml":
          "services:\n  api:\n    extends: {file: compose.base.yml, service: web}\n",
          "compose.base.yml": f"services:\n  web:\n    image: x\n    command: {SERVE}\n"},
         "compose", [("api", SERVE, "compose.base.yml:4"), ("api", SERVE, "compose.base.yml:4")]),
        ({"compose.yml": "services:\n  api:\n    build: .\n    profiles: [x]\n"
                         "    command: uvicorn ${APP:-app.main:app}\n"}, "compose",
         [("api", "uvicorn app.main:app", "compose.yml:5")]),
        ({"fly.toml": f'[processes]\napp = "{SERVE}"\nq = "celery -A app.main worker"\n'
                      '[deploy]\nrelease_command = "alembic upgrade head"\n'}, "fly",
         [("api", SERVE, "fly.toml:2"), ("worker", "celery -A app.main worker", "fly.toml:3"),
          ("migrate", "alembic upgrade head", "fly.toml:5")]),
        ({"heroku.yml": "build:\n  docker:\n    web: Dockerfile\nrelease:\n  image: web\n"
                        "  command: [python manage.py migrate]\n",
          "Dockerfile": f"{IMAGE}CMD {SERVE}\n"}, "heroku",
         [("api", SERVE, "Dockerfile:4"), ("migrate", "python manage.py migrate", "heroku.yml:6")]),
        ({"app.yaml": f"runtime: python312\nentrypoint: {SERVE}\n"}, "app-engine",
         [("api", SERVE, "app.yaml:2")]),
        ({".do/app.yaml": f"services:\n- name: web\n  run_command: {SERVE}\n"}, "digitalocean",
         [("api", SERVE, ".do/app.yaml:3")]),
        ({"unit.service": f"[Service]\nExecStart=old\nExecStart=\nExecStart=/v/bin/{SERVE} \\\n"
                          "  # why\n  --workers 2\n"}, "systemd",
         [("api", f"/v/bin/{SERVE} --workers 2", "unit.service:4")]),
        ({"supervisord.conf": f"[program:api]\ncommand={SERVE} ; note\n"}, "supervisord",
         [("api", SERVE, "supervisord.conf:2")]),
        ({"railway.json": '{\n"deploy": {\n"startCommand": "uvicorn app.main:app"}}'}, "railway",
         [("api", "uvicorn app.main:app", "railway.json:3")]),
        ({"nixpacks.toml": '[start]\ncmd = "uvicorn app.main:app"\n'}, "railway",
         [("api", "uvicorn app.main:app", "nixpacks.toml:2")]),
        ({"Procfile": "web: uvicorn app.main:app\n", ".ebextensions/x.config": ""},
         "elastic-beanstalk", [("api", "uvicorn app.main:app", "Procfile:1")]),
        ({"deploy.sh": "gcloud run deploy x --image y --command=uvicorn --args=app.main:app\n"},
         "cloud-run", [("api", "uvicorn app.main:app", "deploy.sh:1")]),
    ],
)  # fmt: skip
def test_inventory_platform_winning_commands(
    tmp_path: Path, files: dict[str, str], platform: str, expected: list[tuple[str, str, str]]
) -> None:
    found = winners(inventory(tmp_path, files), platform)
    assert sorted(found, key=lambda each: each[2]) == sorted(expected, key=lambda each: each[2])


def test_inventory_several_side_by_side_the_api_names_the_start(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "Dockerfile": f'{IMAGE}CMD ["./run.sh"]\n',
        "run.sh": f"#!/bin/sh\n{SERVE} &\ncelery -A app.main worker &\nwait\n",
    })  # fmt: skip
    assert winners(found, "docker") == [("api", SERVE, "Dockerfile:4")]


def test_inventory_script_of_somebody_elses_image_is_not_ours(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "scripts/entrypoint.sh": f"#!/bin/sh\n{SERVE}\n",
        "scripts/prod-jobs.sh": "#!/bin/sh\ncelery -A app.main worker\n",
        "compose.yml": "services:\n  admin:\n    image: dpage/pgadmin4\n"
                       "    entrypoint: [sh, -c, 'umask 2 && /entrypoint.sh']\n"
                       "  jobs:\n    image: r/jobs\n    entrypoint: [/opt/prod-jobs.sh]\n",
    })  # fmt: skip
    assert winners(found, "compose") == [("worker", "celery -A app.main worker", "compose.yml:7")]


def test_inventory_kubernetes_reads_documents_lists_patches_and_reports_templates(
    tmp_path: Path,
) -> None:
    pod = "kind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n" \
          "      containers:\n      - name: main\n"  # fmt: skip
    found = inventory(tmp_path, {
        "k8s/api.yaml": f"kind: ConfigMap\n---\n{pod}        image: r/x:1\n        args: [old]\n",
        "k8s/kustomization.yaml": "resources: [api.yaml]\npatches:\n- path: patch.yaml\n",
        "k8s/patch.yaml": f"{pod}        command: [uvicorn, 'app.main:app']\n",
        "chart/templates/deployment.yaml": "{{ if .Values.x }}\ncommand: [a]\n{{ end }}\n",
    })  # fmt: skip
    won = winners(found, "kubernetes")
    assert [(role, path) for role, _, path in won] == [("api", "k8s/patch.yaml:8")]
    told = [each for each in found["unsupported"] if "Helm" in each["why"]]
    assert [each["path"] for each in told] == ["chart/templates/deployment.yaml"]


def test_inventory_dashboard_override_outranks_the_file(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "render.yaml": "services:\n- type: web\n  name: a\n  runtime: python\n"
                       "  startCommand: gunicorn app.main:app\n",
        "bylaw.toml": '[[boot.override]]\nplatform = "render"\n'
                      'command = "python -m uvicorn app.main:app"\n',
    })  # fmt: skip
    assert [path for _, _, path in winners(found, "render")] == ["bylaw.toml:3"]
    lost = [each for each in found["commands"] if not each["wins"]]
    assert ["bylaw.toml:3" in each["reason"] for each in lost] == [True]


def test_inventory_same_answer_for_path_and_in_every_format(tmp_path: Path) -> None:
    inventory(tmp_path, {"Procfile": "web: uvicorn app.main:app\n", "b/Procfile": "web: x\n"})
    text = run_inventory(tmp_path, "b", "--no-cache").stdout
    drawing = run_inventory(tmp_path, "--format", "mermaid", "--no-cache").stdout
    assert "b/Procfile:1" in text
    assert " Procfile:1" not in text
    assert drawing.startswith("flowchart LR\n")
    assert "heroku" in drawing


def test_inventory_the_story_of_the_deployment_contract(tmp_path: Path) -> None:
    """A Dockerfile that names a deleted module while Procfile and render.yaml are right."""
    right = "gunicorn -k uvicorn.workers.UvicornWorker api.service:app"
    found = inventory(tmp_path, {
        "backend/Dockerfile": f'{IMAGE}CMD ["uvicorn", "src.api.service:app"]\n',
        "backend/Procfile": f"web: {right}\n", "backend/api/__init__.py": "",
        "backend/api/service.py": APP,
        "render.yaml": "services:\n- type: web\n  name: api\n  runtime: docker\n"
                       "  dockerfilePath: ./backend/Dockerfile\n  dockerContext: ./backend\n"
                       f"  startCommand: {right}\n",
    })  # fmt: skip
    render = [each for each in found["commands"] if each["platform"] == "render"]
    won = [each for each in render if each["wins"]]
    assert [(each["path"], each["module"], each["resolved"]) for each in won] == [
        ("backend/Dockerfile", "src.api.service", False)
    ]
    assert {each["path"] for each in render if not each["wins"]} == {
        "render.yaml", "backend/Procfile",
    }  # fmt: skip


def test_inventory_entry_of_bylaw_boot_runs_the_worker_where_it_is_told_to(tmp_path: Path) -> None:
    entry = (
        "from bylaw_boot import Boot\n\nboot = Boot(package='app', app='app.main:app')\n\n"
        "if __name__ == '__main__':\n    boot.main()\n"
    )
    found = inventory(tmp_path, {
        "app/boot_entry.py": entry,
        "Procfile": "web: python -m app.boot_entry\n"
                    "background: WORKER_MODE=true python -m app.boot_entry\n",
    })  # fmt: skip

    assert winners(found, "heroku") == [
        ("api", "python -m app.boot_entry", "Procfile:1"),
        ("worker", "python -m app.boot_entry", "Procfile:2"),
    ]


def test_inventory_file_that_a_build_mounts_tells_the_context(tmp_path: Path) -> None:
    image = (
        "FROM python:3.12-slim\nWORKDIR /srv\n"
        "RUN --mount=type=bind,source=requirements.txt,target=r.txt pip install -r r.txt\n"
        'COPY . .\nCMD ["fastapi", "run", "app/main.py"]\n'
    )
    found = inventory(tmp_path, {"images/api/Dockerfile": image, "requirements.txt": "fastapi\n"})

    assert [each["resolved"] for each in found["commands"]] == [True]


def test_inventory_health_of_a_file_counts_below_a_dashboard(tmp_path: Path) -> None:
    inventory(tmp_path, {
        "render.yaml": "services:\n- type: web\n  name: api\n  runtime: python\n"
                       "  startCommand: python -m app.main\n  healthCheckPath: /nowhere\n",
        "app/main.py": f'{APP}\n\n@app.get("/health")\ndef health(): ...\n',
        "bylaw.toml": '[[boot.override]]\nplatform = "render"\ncommand = "uvicorn app.main:app"\n',
    })  # fmt: skip
    found = bylaw.check(str(tmp_path), select=["boot-health-mismatch"], use_cache=False).findings

    assert [(each.path, each.line) for each in found] == [("render.yaml", 6)]
