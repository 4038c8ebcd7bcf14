"""Import roots by evidence: which file a name means, and seen from where."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked

from bylaw.model.project import absolute_module, find_module

F = "def f(): ...\n"
IMPORT_APP = "from app.low import f\ndef run(): f()\n"

LAYOUTS: dict[str, tuple[dict[str, str], str, str]] = {
    "src layout": (
        {"src/app/__init__.py": "", "src/app/low.py": F, "tests/test_a.py": IMPORT_APP},
        "tests/test_a.py", "src/app/low.py"),
    "src layout without __init__": (
        {"src/app/low.py": F, "src/app/main.py": IMPORT_APP}, "src/app/main.py", "src/app/low.py"),
    "backend folder": (
        {"backend/app/__init__.py": "", "backend/app/low.py": F, "backend/app/main.py": IMPORT_APP},
        "backend/app/main.py", "backend/app/low.py"),
    "backend folder without __init__": (
        {"backend/app/low.py": F, "backend/app/main.py": IMPORT_APP},
        "backend/app/main.py", "backend/app/low.py"),
    "backend folder with __init__": (
        {"backend/__init__.py": "", "backend/app/__init__.py": "", "backend/app/low.py": F,
         "backend/app/main.py": IMPORT_APP}, "backend/app/main.py", "backend/app/low.py"),
    "backend imported by its full name": (
        {"backend/__init__.py": "", "backend/app/__init__.py": "", "backend/app/low.py": F,
         "run.py": "from backend.app.low import f\n"}, "run.py", "backend/app/low.py"),
    "namespace package in two folders": (
        {"one/acme/low.py": F, "one/acme/main.py": "from acme.low import f\n",
         "two/acme/high.py": F, "two/acme/user.py": "from acme.high import f\n",
         "app.py": "from acme.high import f\nfrom acme.low import f\n"}, "app.py",
        "one/acme/low.py two/acme/high.py"),
    "namespace by relative imports": (
        {"svc/app/api/a.py": "from ..core.low import f\n", "svc/app/core/low.py": F},
        "svc/app/api/a.py", "svc/app/core/low.py"),
    "tests with __init__": (
        {"tests/__init__.py": "", "tests/help.py": F, "tests/unit/__init__.py": "",
         "tests/unit/test_a.py": "from tests.help import f\n"},
        "tests/unit/test_a.py", "tests/help.py"),
    "tests without __init__": (
        {"tests/help.py": F, "tests/unit/test_a.py": "from help import f\n"},
        "tests/unit/test_a.py", "tests/help.py"),
    "tests as a namespace": (
        {"tests/help.py": F, "tests/unit/test_a.py": "from tests.help import f\n"},
        "tests/unit/test_a.py", "tests/help.py"),
    "conftest": (
        {"tests/conftest.py": F, "tests/test_a.py": "from conftest import f\n"},
        "tests/test_a.py", "tests/conftest.py"),
    "conftest by package": (
        {"tests/__init__.py": "", "tests/conftest.py": F,
         "tests/test_a.py": "from tests.conftest import f\n"},
        "tests/test_a.py", "tests/conftest.py"),
    "Django one level down": (
        {"site/manage.py": "from shop.settings import f\n", "site/shop/__init__.py": "",
         "site/shop/settings.py": F}, "site/manage.py", "site/shop/settings.py"),
    "scripts beside each other": (
        {"scripts/one.py": "import help\n", "scripts/help.py": F},
        "scripts/one.py", "scripts/help.py"),
    "folder of a library's name": (
        {"redis/client.py": F, "app.py": "from redis import Redis\nimport redis.asyncio\n"},
        "app.py", ""),
    "module of a library's name elsewhere": (
        {"cli/stripe.py": F, "cli/main.py": "print()", "srv/app/__init__.py": "",
         "srv/app/pay.py": "import stripe\n"}, "srv/app/pay.py", ""),
    "package inside called like a library": (
        {"app/__init__.py": "", "app/redis/__init__.py": "", "app/redis/low.py": F,
         "app/main.py": "import redis\nfrom redis import Redis\nfrom app.redis.low import f\n"},
        "app/main.py", "app/redis/low.py"),
    "package inside called like the standard library": (
        {"app/__init__.py": "", "app/logging/__init__.py": F,
         "app/main.py": "import logging\nfrom app.logging import f\n"},
        "app/main.py", "app/logging/__init__.py"),
    "top-level folder called like the standard library": (
        {"logging/conf.py": F, "app.py": "import logging\nimport logging.handlers\n"},
        "app.py", ""),
    "standard name with our file in it": (
        {"test/__init__.py": "", "test/help.py": F,
         "test/test_a.py": "from test.help import f\n"},
        "test/test_a.py", "test/help.py"),
    "extended __path__": (
        {"srv/acme/__init__.py": "__path__ = extend_path(__path__, __name__)\n",
         "srv/acme/main.py": "from acme.sdk import f\n", "sdk/acme/__init__.py": "",
         "sdk/acme/sdk.py": F}, "srv/acme/main.py", "sdk/acme/sdk.py"),
    "proper package hides the others": (
        {"srv/acme/__init__.py": "", "srv/acme/main.py": "from acme.sdk import f\n",
         "sdk/acme/__init__.py": "", "sdk/acme/sdk.py": F, "sdk/use.py": "import acme.sdk\n"},
        "srv/acme/main.py", ""),
}  # fmt: skip


def _imported(linked: Linked, importer: str) -> set[str]:
    project = linked.project
    number = project.paths.index(importer)
    found = set()
    for record in project.facts[number][0]:
        level, module, name = record[:3]
        module = absolute_module(project, number, level, module)
        target = find_module(project, number, module)
        if target is None and name:
            target = find_module(project, number, f"{module}.{name}")
        if target is not None:
            found.add(project.paths[target])
    return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_import_roots_layout_finds_the_file_meant(name: str) -> None:
    files, importer, expected = LAYOUTS[name]
    linked = Linked(files)

    assert _imported(linked, importer) == set(expected.split())
    assert not linked.project.duplicates


def test_import_roots_two_services_each_to_its_own() -> None:
    service = {"app/__init__.py": "", "app/low.py": F, "app/main.py": IMPORT_APP}
    files = {f"{name}/{path}": text for name in ("one", "two") for path, text in service.items()}
    linked = Linked(files)

    assert _imported(linked, "one/app/main.py") == {"one/app/low.py"}
    assert _imported(linked, "two/app/main.py") == {"two/app/low.py"}
    assert not linked.project.duplicates


def test_import_roots_same_named_scripts_are_no_duplicates() -> None:
    linked = Linked({"a/run.py": F, "b/run.py": F, "scripts/run.py": F, "x-y/run.py": F})

    assert not linked.project.duplicates


def test_import_roots_module_and_package_of_one_name_are_duplicates() -> None:
    linked = Linked({"app/__init__.py": "", "app/a.py": F, "app/a/__init__.py": F})

    (duplicate,) = linked.project.duplicates
    assert (duplicate.winner, duplicate.shadowed) == ("app/a/__init__.py", "app/a.py")


def test_import_roots_declared_source_is_not_guessed() -> None:
    files = {"lib/app/__init__.py": "", "lib/app/low.py": F, "lib/app/main.py": IMPORT_APP}
    linked = Linked(files, roots=["lib/app"])

    assert {module.root for module in linked.project.modules} == {"lib/app"}
    assert _imported(linked, "lib/app/main.py") == set()


def test_import_roots_library_name_stays_outside_for_its_stubs() -> None:
    source = "import redis\nfrom redis.asyncio import Redis\ndef run(): redis.Redis().get('x')\n"
    linked = Linked({"deploy/redis/check.py": F, "app/__init__.py": "", "app/main.py": source})

    assert linked.sinks("app.main.run") >= {"redis.Redis.get"}
