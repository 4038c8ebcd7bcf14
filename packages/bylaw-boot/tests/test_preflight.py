"""A sound service passes; each seeded fault is found, also beside others, and says the way out."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from boot_service import DECLARATION, ENTRY, Service, entry_file, free_port

CANONICAL = f"python -m {ENTRY}"


def test_check_sound_service_passes_and_names_every_check(service: Service) -> None:
    ended = service.run("--check")

    assert (ended.status, ended.err) == (0, "")
    assert "ALL STARTUP CHECKS PASSED" in ended.out
    for said in (
        "no stale 'src'", f"module {ENTRY} (-m flag)", f"Python {sys.version.split()[0]} supported",
        "2 of 2 variables", "api: backend.api.service:app", "backend.core imported",
        "backend.api.service:app loaded", f"backend found at {service.root}/backend",
    ):  # fmt: skip
        assert said in ended.out


def test_check_json_is_one_line_with_timings(service: Service) -> None:
    ended = service.run("--check", "--json")
    document = json.loads(ended.out)

    assert ended.out.count("\n") == 1
    assert (document["schema"], document["ok"], document["errors"]) == (
        "bylaw.boot-check/1", True, [],
    )  # fmt: skip
    assert (document["mode"], document["command"]) == ("api", CANONICAL)
    assert {each["result"] for each in document["checks"]} == {"passed", "skipped"}
    assert sum(each["milliseconds"] for each in document["checks"]) == pytest.approx(
        document["milliseconds"], abs=0.1
    )


def test_check_does_not_mind_that_the_service_itself_has_the_port(service: Service) -> None:
    running = service.start()
    running.wait_for("Uvicorn running")

    assert service.run("--check").status == 0


@pytest.mark.parametrize(
    "layout", ["/usr/src/app", "/home/me/src/shop"], ids=["images", "developers"]
)
def test_src_above_the_project_is_no_fault(service: Service, tmp_path: Path, layout: str) -> None:
    root = tmp_path / layout.lstrip("/")
    root.parent.mkdir(parents=True)
    service.root.rename(root)
    service.root = root

    assert service.run("--check").status == 0


def test_package_below_src_is_no_fault(service: Service, site: Path) -> None:
    (service.root / "src").mkdir()
    (service.root / "backend").rename(service.root / "src" / "backend")
    path = os.pathsep.join([str(site), str(service.root / "src")])

    assert service.run("--check", PYTHONPATH=path).status == 0


def test_src_of_a_frontend_is_no_fault(service: Service) -> None:
    service.write({"src/index.ts": "", "src/components/app.tsx": ""})

    assert service.run("--check").status == 0


def test_src_of_another_editable_installation_is_no_fault(service: Service, tmp_path: Path) -> None:
    other = tmp_path / "other" / "src"
    other.mkdir(parents=True)
    (other / "othertool.py").write_text("")
    folder = tmp_path / "installed" / "site-packages"
    folder.mkdir(parents=True)
    (folder / "other.pth").write_text(f"{other}\n")
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(folder), str(other)])

    assert service.run("--check", PYTHONPATH=path).status == 0
    (folder / "other.pth").unlink()
    assert service.run("--check", PYTHONPATH=path).codes == ["stale-src"]


def test_start_stale_src_folder_fails(service: Service) -> None:
    service.write({"src/api/service.py": ""})
    ended = service.run()

    assert (ended.status, ended.codes) == (1, ["stale-src"])
    assert f"`import src` would load {service.root}/src" in ended.err


def test_start_stale_src_entry_fails_though_the_folder_is_gone(service: Service) -> None:
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(service.root / "src")])
    ended = service.run(PYTHONPATH=path)

    assert (ended.status, ended.codes) == (1, ["stale-src"])
    assert f"sys.path holds {service.root}/src" in ended.err


def test_start_src_package_fails(service: Service) -> None:
    service.write({"src/__init__.py": ""})

    assert service.run().codes == ["stale-src"]


def test_start_as_file_fails(service: Service) -> None:
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(service.root)])
    ended = service.python("backend/infrastructure/worker_entry.py", PYTHONPATH=path)

    assert (ended.status, ended.diagnostic["command"]) == (1, CANONICAL)
    assert ended.codes == ["package-on-path", "not-a-module"]


def test_start_as_file_that_forges_its_package_fails(service: Service) -> None:
    forged = (
        "import importlib.machinery as m, sys\n"
        "__package__ = 'backend.infrastructure'\n"
        f"__spec__ = m.ModuleSpec('{ENTRY}', None, origin=__file__)\n"
        "sys.path.pop(0)\n"
    )
    service.write(
        {"backend/infrastructure/worker_entry.py": forged + entry_file(DECLARATION).lstrip()}
    )
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(service.root)])
    ended = service.python("backend/infrastructure/worker_entry.py", PYTHONPATH=path)

    assert ended.codes == ["not-a-module"]


def test_start_from_inside_the_package_fails(service: Service) -> None:
    ended = service.python("-m", "infrastructure.worker_entry", cwd="backend")

    assert "wrong-module" in ended.codes
    assert "package-missing" in ended.codes


def test_start_through_c_fails(service: Service) -> None:
    ended = service.python("-c", f"from {ENTRY} import boot; boot.main()")

    assert ended.codes == ["not-a-module"]
    assert "executed through `python -c`" in ended.err


def test_start_by_another_script_fails(service: Service) -> None:
    service.write({"run.py": f"from {ENTRY} import boot\nboot.main()\n"})
    ended = service.python("run.py")

    assert ended.codes == ["not-a-module"]


@pytest.mark.parametrize("flags", [["-B", "-m"], ["-Bm"], ["-X", "utf8", "-W", "ignore", "-m"]])
def test_start_with_flags_of_the_interpreter_is_a_module(
    service: Service, flags: list[str]
) -> None:
    assert service.python(*flags, ENTRY, "--check").status == 0


def test_start_package_with_main_is_a_module(service: Service) -> None:
    service.write({"backend/__main__.py": entry_file(DECLARATION)})
    ended = service.python("-m", "backend", "--check", "--json")

    assert json.loads(ended.out)["command"] == "python -m backend"


def test_start_second_copy_fails(service: Service, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "backend"
    copy.mkdir(parents=True)
    (copy / "__init__.py").write_text("")
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(copy.parent)])
    ended = service.run(PYTHONPATH=path)

    assert ended.codes == ["second-copy"]
    assert f"a second copy lies in {copy}" in ended.err


def test_start_package_folder_on_path_fails(service: Service) -> None:
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(service.root / "backend")])

    assert service.run(PYTHONPATH=path).codes == ["package-on-path"]


def test_start_package_without_init_fails(service: Service) -> None:
    (service.root / "backend" / "__init__.py").unlink()

    assert service.run().codes == ["package-without-init"]


def test_start_old_python_fails_and_does_not_try_imports(service: Service) -> None:
    service.write({"backend/core.py": "raise RuntimeError\n"})
    service.declare(DECLARATION + ", python=(3, 99)")
    ended = service.run()

    assert ended.codes == ["python-too-old"]
    assert "3.99 or newer is needed" in ended.err


def test_start_broken_import_names_cause_and_own_line(service: Service) -> None:
    service.write({"backend/core.py": "\n\nimport stripe_of_nowhere\n"})
    ended = service.run()
    (error,) = ended.diagnostic["errors"]

    assert (error["code"], error["line"]) == ("import-failed", 3)
    assert error["path"] == str(service.root / "backend" / "core.py")
    assert "cannot import backend.core: ModuleNotFoundError" in error["message"]
    assert "'stripe_of_nowhere'" in error["resolution"]


def test_start_one_cause_for_several_modules_is_told_once(service: Service) -> None:
    service.write({"backend/core.py": "raise RuntimeError('no')\n"})
    service.write({"backend/api/service.py": "import backend.core\n"})
    ended = service.run()

    # Each module runs the broken line, and the own line nearest to the fault is the same.
    assert len(ended.diagnostic["errors"]) == 1
    assert "backend.core and backend.api.service:app" in ended.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise SystemExit(0)", "it ends the process (SystemExit: 0)"),
        ("import sys; sys.exit('bad')", "SystemExit: bad"),
        ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
        ("def broken(:", "SyntaxError"),
        ("from backend import nothing", "cannot import name 'nothing'"),
    ],
)
def test_start_module_that_raises_anything_is_an_error(
    service: Service, line: str, said: str
) -> None:
    service.write({"backend/core.py": f"{line}\n"})
    ended = service.run()

    assert (ended.status, ended.codes) == (1, ["import-failed"])
    assert said in ended.err


def test_start_failing_import_that_left_a_thread_still_ends(service: Service) -> None:
    text = (
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\nraise OSError\n"
    )
    service.write({"backend/core.py": text})

    assert service.run().status == 1


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("backend.api.service:aap", "did you mean 'app'?"),
        ("backend.api.service", "is not of the form"),
        ("backend.api.service:json", "cannot be called"),
    ],
)
def test_start_wrong_target_is_an_error(service: Service, target: str, said: str) -> None:
    service.declare(DECLARATION.replace("backend.api.service:app", target))
    ended = service.run()

    assert ended.codes == ["target-missing"]
    assert said in ended.err


def test_start_shutdown_hook_that_is_not_there_fails(service: Service) -> None:
    service.declare(DECLARATION + ', shutdown=["backend.core:close"]')

    assert service.run().codes == ["target-missing"]


def test_start_missing_variable_fails(service: Service) -> None:
    del service.environ["DATABASE_URL"]
    ended = service.run()

    assert (ended.status, ended.codes) == (1, ["variable-missing"])
    assert "DATABASE_URL is not set" in ended.err


@pytest.mark.parametrize("text", ["80a", "0", "65536", "-1", "8_000", "\uff18000"])
def test_start_bad_port_fails(service: Service, text: str) -> None:
    assert service.run(PORT=text).codes == ["variable-invalid"]


@pytest.mark.parametrize("text", ["maybe", "2", "wahr"])
def test_start_bad_mode_fails(service: Service, text: str) -> None:
    ended = service.run(WORKER_MODE=text)

    assert ended.codes == ["variable-invalid"]
    assert "WORKER_MODE must be true or false" in ended.err


def test_start_mode_without_target_fails(service: Service) -> None:
    service.declare('package="backend", app="backend.api.service:app"')
    ended = service.run(WORKER_MODE="true")

    assert ended.codes == ["mode-impossible"]


def test_start_port_taken_fails(service: Service) -> None:
    service.start().wait_for("Uvicorn running")
    ended = service.run()

    assert ended.codes == ["port-taken"]


def test_start_folder_that_is_not_writable_fails(service: Service) -> None:
    service.declare(DECLARATION + ', writable=[".", "no/such/folder"]')
    ended = service.run()

    assert ended.codes == ["not-writable"]
    assert "no/such/folder" in ended.err


def test_start_unreachable_server_fails_in_time(service: Service) -> None:
    service.environ["REDIS"] = f"redis://127.0.0.1:{free_port()}/0"
    service.declare(DECLARATION + ', reach=[Reach("REDIS", timeout=0.2)]')
    ended = service.run()

    assert ended.codes == ["unreachable"]
    assert "REDIS names 127.0.0.1:" in ended.err


def test_check_reachable_server_passes(service: Service) -> None:
    running = service.start()
    running.wait_for("Uvicorn running")
    service.declare(DECLARATION + ', reach=[Reach("SHOP", timeout=5)]')
    ended = service.run("--check", SHOP=f"127.0.0.1:{running.port}")

    assert ended.status == 0
    assert f"SHOP: 127.0.0.1:{running.port} reachable" in ended.out


def test_start_distribution_that_is_not_installed_fails(service: Service) -> None:
    service.declare(DECLARATION + ', distribution="email-assistant"')
    ended = service.run()

    assert ended.codes == ["not-installed"]
    assert "pip install -e ." in ended.diagnostic["errors"][0]["resolution"]


def _install(folder: Path, name: str, record: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text(record)


def test_check_installed_distribution_is_named(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "env" / "site-packages"
    _install(folder, "shop", "shop.pth,,\n")
    service.declare(DECLARATION + ', distribution="shop"')
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(folder)])

    assert "editable installation shop 1.0" in service.run("--check", PYTHONPATH=path).out


def test_start_installed_copy_shadowed_by_sources_fails(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "env" / "site-packages"
    _install(folder, "backend", "backend/__init__.py,,\n")
    path = os.pathsep.join([service.environ["PYTHONPATH"], str(folder)])

    assert service.run(PYTHONPATH=path).codes == ["second-copy"]


@pytest.mark.parametrize("server", ["waitress", "daphne"])
def test_start_unknown_server_fails(service: Service, server: str) -> None:
    service.declare(DECLARATION + f', serving=Serving(server="{server}")')

    assert service.run().codes == ["server-missing"]


def test_start_without_any_server_fails(service: Service) -> None:
    ended = service.python("-S", "-m", ENTRY)

    assert ended.codes == ["server-missing"]
    assert "add uvicorn to the dependencies" in ended.err


def test_start_many_faults_tells_all_of_them_together(service: Service) -> None:
    service.write({"src/old.py": "", "backend/core.py": "import stripe_of_nowhere\n"})
    service.declare(
        DECLARATION.replace('Var("DATABASE_URL")', 'Var("DATABASE_URL"), Var("LIMIT", int)')
        + ', python=(3, 9), writable=["no/such"], distribution="shop"'
    )
    del service.environ["DATABASE_URL"]
    ended = service.run(LIMIT="ten", PORT="http")

    assert ended.codes == [
        "stale-src", "variable-missing", "variable-invalid", "variable-invalid", "import-failed",
        "not-installed", "not-writable",
    ]  # fmt: skip
    for number in range(1, 8):
        assert f"  {number}. [" in ended.err
    assert all(each["resolution"] for each in ended.diagnostic["errors"])


def test_check_many_faults_are_the_same_as_at_start(service: Service) -> None:
    service.write({"src/old.py": "", "backend/core.py": "import stripe_of_nowhere\n"})
    ended = service.run("--check", "--json")

    assert ended.status == 1
    assert json.loads(ended.out)["errors"] == ended.diagnostic["errors"]
    assert ended.codes == service.run().codes


def test_start_unknown_argument_is_a_usage_error(service: Service) -> None:
    ended = service.run("--chek")

    assert ended.status == 2
    assert "usage: python -m" in ended.err
    assert "ALL STARTUP" not in ended.out
