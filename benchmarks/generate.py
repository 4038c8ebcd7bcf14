"""Writes a synthetic backend of a given number of modules, the same one every time.

A backend is a core (settings, database, clock, errors), then domains of nine modules each: schemas,
models, repository, client, service, tasks, routes, tests. A service uses the services of two
earlier domains, so that effects travel along chains whose length grows with the logarithm of the
size, as in real programs. One domain in four carries the faults that Bylaw looks for, so findings
grow with size as well. Nothing here is random and nothing depends on the Python version.
"""

from __future__ import annotations

import os

from benchmarks.backend_text import CORE, PARTS

_SMALLEST = len(CORE) + len(PARTS) + 1
_FAULTY_EVERY = 4


def generate(root: str, modules: int) -> int:
    """Writes the backend.

    Args:
        root: directory to write into; made if absent.
        modules: how many Python files it is to have.

    Returns:
        How many it has; a backend has one full domain at least.
    """
    files = backend(modules)
    for path, text in files.items():
        target = os.path.join(root, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    return len(files)


def backend(modules: int) -> dict[str, str]:
    """The files of the backend.

    Args:
        modules: how many there are to be.

    Returns:
        Content by path, in the order of dependence: no file uses a later one.
    """
    wanted = max(modules, _SMALLEST) - 1
    files = dict(CORE)
    domain = 0
    while len(files) < wanted:
        # A last domain may stay without its later parts; what it has only uses what it has.
        for path, template in PARTS[: wanted - len(files)]:
            files[path.replace("DD", _name(domain))] = _fill(template, domain)
        domain += 1
    complete = [number for number in range(domain) if f"app/{_name(number)}/routes.py" in files]
    files["app/main.py"] = _main(complete)
    return files


def _name(domain: int) -> str:
    return f"domain{domain:04d}"


def _fill(template: str, domain: int) -> str:
    faulty = domain % _FAULTY_EVERY == 0
    upstream = sorted({domain // 2, domain - domain % 10} - {domain})
    imports = "".join(
        f"from app.{_name(number)} import service as up{number}\n" for number in upstream
    )
    scores = " + ".join(f"up{number}.score(order_id)" for number in upstream) or "0"
    replacements = {
        "UPSTREAM_IMPORTS\n": f"{imports}\n",
        "UPSTREAM_SCORE": scores,
        "TASK_IMPORTS\n": "import os\nimport time\n\n" if faulty else "\n",
        "TASK_STATE\n": 'BATCH = int(os.environ.get("BATCH", "10"))\n\n' if faulty else "\n",
        "TASK_WAIT": "time.sleep(0.1)" if faulty else "await asyncio.sleep(0.1)",
        "TASK_CAUGHT": "Exception" if faulty else "ValueError",
        "TASK_HANDLER": "pass" if faulty else 'logger.info("nothing to report")',
        "HOW_CLOSED": "async " if faulty else "",
        "TEST_NOW": "datetime.datetime.now()" if faulty else "FixedClock().now()",
        "DD": _name(domain),
    }
    for mark, value in replacements.items():
        template = template.replace(mark, value)
    return template


def _main(domains: list[int]) -> str:
    imports = "".join(
        f"from app.{_name(number)}.routes import router as {_name(number)}\n" for number in domains
    )
    lines = "".join(f"    app.include_router({_name(number)})\n" for number in domains)
    return (
        f'"""The whole backend."""\n\nfrom fastapi import FastAPI\n\n{imports}\n\n'
        f"def make_app() -> FastAPI:\n    app = FastAPI()\n{lines}    return app\n"
    )
