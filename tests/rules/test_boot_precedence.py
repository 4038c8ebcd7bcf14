"""Where several files speak about one process: which one is heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boot_inventory import IMAGE, inventory, winners

POD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n" \
      "    spec:\n      containers:\n      - name: main\n"  # fmt: skip


def losers(document: dict[str, Any], platform: str) -> list[tuple[str, str]]:
    """Where commands of a platform stand that lose, and why."""
    return [
        (f"{each['path']}:{each['line']}", each["reason"])
        for each in document["commands"]
        if not each["wins"] and each["platform"] == platform
    ]


def test_compose_extends_and_includes_files_of_any_name(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "docker-compose.yml": "include: [parts/jobs.yml]\nservices:\n  web:\n    extends:\n"
                              "      file: common-services.yml\n      service: base\n",
        "common-services.yml": "services:\n  base:\n    build: .\n"
                               "    command: uvicorn app.main:app\n",
        "parts/jobs.yml": "services:\n  jobs:\n    build: ..\n    command: python -m app.main\n",
        "Dockerfile": f"{IMAGE}",
    })  # fmt: skip
    assert winners(found, "compose") == [
        ("api", "uvicorn app.main:app", "common-services.yml:4"),
        ("worker", "python -m app.main", "parts/jobs.yml:4"),
    ]


def test_systemd_drop_in_replaces_the_unit(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "etc/api.service": "[Service]\nExecStart=/srv/bin/python -m app.old\n"
                           "ExecStartPre=/srv/bin/alembic upgrade head\n",
        "etc/api.service.d/20-b.conf": "[Service]\nExecStart=\n"
                                       "ExecStart=/srv/bin/uvicorn app.main:app\n",
        "etc/api.service.d/10-a.conf": "[Service]\nEnvironment=PORT=9\nExecStart=\n"
                                       "ExecStart=/srv/bin/python -m app.older\n",
        "etc/elsewhere.service.d/a.conf": "[Service]\nExecStart=/srv/bin/uvicorn app.main:app\n",
    })  # fmt: skip
    assert winners(found, "systemd") == [
        ("migrate", "/srv/bin/alembic upgrade head", "etc/api.service:3"),
        ("api", "/srv/bin/uvicorn app.main:app", "etc/api.service.d/20-b.conf:3"),
        ("api", "/srv/bin/uvicorn app.main:app", "etc/elsewhere.service.d/a.conf:2"),
    ]
    assert losers(found, "systemd") == [
        ("etc/api.service:2", "etc/api.service.d/10-a.conf:3 takes it back"),
        ("etc/api.service.d/10-a.conf:4", "etc/api.service.d/20-b.conf:2 takes it back"),
    ]


def test_kustomize_json_patches_are_followed(tmp_path: Path) -> None:
    container = "/spec/template/spec/containers/0"
    found = inventory(tmp_path, {
        "k8s/base/api.yaml": f"{POD}        image: r/x:1\n        command: [python, -m, app.old]\n",
        "k8s/prod/kustomization.yaml":
            "resources: [../base]\npatches:\n- target: {kind: Deployment, name: a.*}\n  patch: |-\n"
            f"    - op: replace\n      path: {container}/command\n"
            "      value: [uvicorn, 'app.main:app']\n",
        "k8s/dev/kustomization.yaml":
            "resources: [../base]\npatchesJson6902:\n- target: {kind: Deployment, name: api}\n"
            "  path: change.yaml\n",
        "k8s/dev/change.yaml":
            f"- op: add\n  path: {container}/args\n  value: [--reload]\n"
            f"- {{op: remove, path: {container}/command}}\n",
        "k8s/odd/kustomization.yaml":
            "patches:\n- target: {labelSelector: a=b}\n  patch: |-\n"
            f"    - {{op: remove, path: {container}/command}}\n"
            "- target: {kind: Job}\n  patch: |-\n"
            f"    - {{op: remove, path: {container}/args/0}}\n",
    })  # fmt: skip
    assert ("api", "uvicorn app.main:app", "k8s/prod/kustomization.yaml:7") in winners(
        found, "kubernetes"
    )
    assert [place for place, _ in losers(found, "kubernetes")] == ["k8s/base/api.yaml:10"]
    told = [(each["path"], each["line"]) for each in found["unsupported"]]
    assert told == [("k8s/odd/kustomization.yaml", 4), ("k8s/odd/kustomization.yaml", 7)]


def test_kustomize_each_overlay_starts_its_own(tmp_path: Path) -> None:
    overlays = {
        f"k8s/{name}/{file}": text
        for name in ("blue", "green")
        for file, text in {
            "kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
            "patch.yaml": f"{POD}        command: [uvicorn, 'app.{name}:app']\n",
        }.items()
    }
    found = inventory(tmp_path, {
        "k8s/base/api.yaml": f"{POD}        image: r/x:1\n        command: [uvicorn, app.main]\n",
        **overlays,
    })  # fmt: skip
    assert [argv for _, argv, _ in winners(found, "kubernetes")] == [
        "uvicorn app.blue:app", "uvicorn app.green:app",
    ]  # fmt: skip
    [(place, reason)] = losers(found, "kubernetes")
    assert place == "k8s/base/api.yaml:10"
    assert "k8s/blue/patch.yaml:9" in reason
    assert "k8s/green/patch.yaml:9" in reason


def test_railway_file_outranks_the_builder_and_a_dockerfile_replaces_it(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "railway.toml": '[deploy]\nstartCommand = "uvicorn app.main:app"\n',
        "nixpacks.toml": '[start]\ncmd = "python -m app.nix"\n',
        "jobs/railpack.json": '{"deploy": {"startCommand": "python -m app.pack"}}\n',
        "jobs/Dockerfile": f'{IMAGE}CMD ["python", "-m", "app.main"]\n',
    })  # fmt: skip
    assert [path for _, _, path in winners(found, "railway")] == ["railway.toml:2"]
    assert losers(found, "railway") == [
        ("jobs/railpack.json:1", "Railway builds jobs/Dockerfile: the builder's file is not read"),
        ("nixpacks.toml:2", "railway.toml:2 gives railway a startCommand of its own"),
    ]


def test_docker_stage_that_two_names_reach_is_listed_once(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "Dockerfile": f'{IMAGE} \nFROM python:3.12-slim AS prod\nWORKDIR /srv\nCOPY . .\n'
                      'CMD ["python", "-m", "app.main"]\n',
        "compose.yml": "services:\n  web: {build: {context: ., target: prod}}\n",
        "fly.toml": "app = 'x'\n",
    })  # fmt: skip
    assert [path for _, _, path in winners(found, "docker")] == ["Dockerfile:8"]


def test_asides_list_what_people_and_jobs_start(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "app/entry.py": "import uvicorn\n\nuvicorn.run('app.main:app')\n",
        "start.sh": "#!/bin/sh\nset -e\nexec python -m app.entry\n",
        "start.bat": "@echo off\r\nREM python -m app.no\r\npython -m app.entry\r\n",
        "README.md": "# X\n\n```bash\nuvicorn app.main:app\n```\n",
        "docs/other.md": "```bash\nuvicorn app.main:app\n```\n",
        ".github/workflows/x.yml":
            "on: push\njobs:\n  d:\n    runs-on: x\n    steps:\n"
            "    - run: docker run -d -p 80:80 --rm --env A=b r/x uvicorn app.main:app\n"
            "    - run: docker run -d r/x\n"
            "    - uses: google-github-actions/deploy-cloudrun@v2\n"
            "      with: {flags: '--command=uvicorn --args=app.main:app'}\n"
            "    - uses: azure/webapps-deploy@v3\n"
            "      with: {startup-command: 'gunicorn app.main:app'}\n",
        "pyproject.toml": "[project]\nname='app'\n[project.scripts]\nserve='app.main:run'\n",
    })  # fmt: skip
    places = {(each["platform"], f"{each['path']}:{each['line']}", each["wins"])
              for each in found["commands"]}  # fmt: skip
    assert places == {
        ("script", "start.sh:3", False), ("script", "start.bat:3", False),
        ("document", "README.md:4", False), ("github", ".github/workflows/x.yml:6", False),
        ("cloud-run", ".github/workflows/x.yml:8", True),
        ("azure", ".github/workflows/x.yml:10", True), ("project", "pyproject.toml:4", False),
    }  # fmt: skip
    [serve] = [each for each in found["commands"] if each["platform"] == "project"]
    assert (serve["role"], serve["module"]) == ("api", "app.main")


def test_heroku_postdeploy_runs_once_when_the_app_is_made(tmp_path: Path) -> None:
    found = inventory(tmp_path, {"app.json": '{"scripts": {"postdeploy": "alembic upgrade head"}}'})
    [command] = [each for each in found["commands"] if each["platform"] == "heroku"]
    assert command["reason"] == "run once, after the first deploy"


def test_asides_command_of_the_project_keeps_what_its_words_say(tmp_path: Path) -> None:
    found = inventory(tmp_path, {
        "pyproject.toml": "[project]\nname='app'\n[project.scripts]\nshop='app.main:run'\n",
        "run.sh": "#!/bin/sh\nshop server start --host 0.0.0.0\n",
    })  # fmt: skip
    scripts = [each for each in found["commands"] if each["platform"] == "script"]
    assert [(each["role"], each["module"]) for each in scripts] == [("api", "app.main")]
