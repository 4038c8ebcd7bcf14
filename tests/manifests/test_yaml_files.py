from __future__ import annotations

import pytest

from bylaw.manifests.kinds import Manifest, read_manifest
from bylaw.manifests.yaml_shapes import Compose, Workflow

WORKFLOW = """on: [push]
defaults:
  run:
    working-directory: backend
jobs:
  check:
    env: {A: "1"}
    steps:
      - uses: ./.github/actions/setup
      - run: >-
          pytest
          -q
      - name: types
        working-directory: other
        shell: bash
        run: |
          cd app
            mypy ${{ inputs.a && 'b' }} | tee log
"""


def places(found: Manifest) -> list[tuple[int, int, str, str]]:
    return [(each.line, each.column, each.argv[0], each.directory) for each in found.commands]


def test_read_manifest_workflow_commands_have_exact_places() -> None:
    found = read_manifest(".github/workflows/ci.yml", WORKFLOW)
    assert places(found) == [
        (11, 11, "pytest", "backend"),
        (17, 11, "cd", "other"),
        (18, 13, "mypy", "other/app"),
        (18, 43, "tee", "other/app"),
    ]
    assert found.commands[0].argv == ("pytest", "-q")
    assert found.commands[2].ignored == ""
    assert isinstance(found.detail, Workflow)
    assert found.detail.triggers == ("push",)


def test_read_manifest_gitlab_extends_and_reference_tags_are_read() -> None:
    text = (
        ".base:\n  allow_failure: true\n  before_script: [cd api]\n"
        "lint:\n  extends: .base\n  script:\n    - !reference [.x, script]\n    - ruff check\n"
    )
    found = read_manifest(".gitlab-ci.yml", text)
    [lint] = [each for each in found.commands if each.argv[0] == "ruff"]
    assert (lint.directory, lint.ignored, lint.line) == ("api", "allow_failure", 8)


def test_read_manifest_compose_keeps_interpolation_raw() -> None:
    text = (
        "x-env: &env\n  A: ${A:-1}\nservices:\n  web:\n    build: {context: ./api, target: prod}\n"
        '    command: ["sh", "-c", "python x.py || true"]\n    environment:\n      <<: *env\n'
        "      B: two\n    ports: ['80:80']\n    profiles: [dev]\n    extends: {service: base}\n"
    )
    found = read_manifest("deploy/compose.yml", text)
    assert isinstance(found.detail, Compose)
    [web] = found.detail.services
    assert web.environment == (("B", "two"), ("A", "${A:-1}"))
    where = (web.build_context, web.dockerfile, web.target)
    assert where == ("deploy/api", "deploy/api/Dockerfile", "prod")
    assert web.extends == ("", "base")
    assert found.commands[0].ignored == "|| true"


@pytest.mark.parametrize("text", ["a: [b", "a: b: c", "\t- x", "a: *none", "{" * 3000])
def test_read_manifest_broken_yaml_names_a_line(text: str) -> None:
    found = read_manifest("compose.yml", text)
    assert found.problem is not None
    assert found.problem.line >= 1
    assert found.problem.message


@pytest.mark.parametrize(
    "text", ["", "[]", "services: [a]", "services: {a: }", "- 1", "services:\n  a: 1"]
)
def test_read_manifest_odd_yaml_says_nothing(text: str) -> None:
    for path in ("compose.yml", ".github/workflows/x.yml", ".gitlab-ci.yml"):
        assert read_manifest(path, text).commands == ()


def test_read_manifest_markdown_prompts_and_illustrations() -> None:
    text = (
        "# Run\n\n```console\n$ make up\nmake up: done\n$ cd api\n$ python -m app\n```\n\n"
        "Before:\n\n```sh\npython app.py\n```\n\n```python\nimport os\n```\n"
    )
    found = read_manifest("README.md", text)
    assert places(found) == [(4, 3, "make", ""), (6, 3, "cd", ""), (7, 3, "python", "api")]


def test_read_manifest_makefile_variables_are_filled_in() -> None:
    text = "PY := .venv/bin/python\ncheck: lint ## all\n\t@$(PY) -m pytest $$X\n\t-$(PY) -m mypy\n"
    found = read_manifest("Makefile", text)
    assert [(each.line, each.argv, each.ignored) for each in found.commands] == [
        (3, (".venv/bin/python", "-m", "pytest", "$X"), ""),
        (4, (".venv/bin/python", "-m", "mypy"), "- before the recipe"),
    ]
