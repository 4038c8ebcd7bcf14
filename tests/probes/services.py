"""Small real services on disk, for the boot probe."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.probes.backend import Answer, write

from bylaw.probes.outcome import read_outcome

BOOT = Path(__file__).parents[2] / "packages" / "bylaw-boot"
DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY . /app
EXPOSE {port}
CMD {command}
"""
FASTAPI = """from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health():
    return {"status": "ok"}
"""
FLASK = """from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return {"status": "ok"}
"""
DJANGO = {
    "manage.py": """import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "site_/__init__.py": "",
    "site_/settings.py": """import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "site_.urls"
INSTALLED_APPS = []
""",
    "site_/urls.py": """from django.http import JsonResponse
from django.urls import path

urlpatterns = [path("healthz", lambda request: JsonResponse({}))]
""",
    "site_/wsgi.py": """import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
application = get_wsgi_application()
""",
    ".env.example": "SECRET_KEY=only-here\n",
}
WORKER = """import asyncio
import os
import signal


async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
    await writer.drain()
    writer.close()


async def work():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_server(answer, "0.0.0.0", int(os.environ["PORT"]))
    await stop.wait()
    server.close()
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(work())
"""


class Left(NamedTuple):
    """What there is on the machine that a probe might leave behind."""

    processes: frozenset[str]
    ports: frozenset[str]
    files: frozenset[str]


def left_over(root: Path, mark: str) -> Left:
    """Processes and files that carry the mark of a test, and every port somebody listens on."""
    processes = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{name}/cmdline").read_bytes()
            environment = Path(f"/proc/{name}/environ").read_bytes()
            if name != str(os.getpid()) and mark.encode() in words + environment:
                processes.add(name)
    ports: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        ports.update(row[1] for row in rows if row[3] == "0A" and row[1].endswith(":A86D"))
    files = {str(each.relative_to(root)) for each in root.rglob("*") if ".git" not in each.parts}
    return Left(frozenset(processes), frozenset(ports), frozenset(files))


def service(root: Path, files: dict[str, str], command: str, port: str = "8000") -> Path:
    """A repository with a Dockerfile that starts a service; ``app`` is its package."""
    image = DOCKERFILE.format(command=command, port=port)
    return write(root, {"app/__init__.py": "", "Dockerfile": image, **files})


def boot(root: Path, *words: str, python: str = sys.executable) -> Answer:
    """Runs ``bylaw probe boot`` as users do."""
    command = [sys.executable, "-m", "bylaw", "probe", "boot", str(root), "--no-cache"]
    done = subprocess.run(
        [*command, "--python", python, *words], capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    assert "Traceback" not in done.stderr
    return Answer(done.returncode, read_outcome(done.stdout, "it"), json.loads(done.stdout))


def codes(answer: Answer) -> set[str]:
    """Reason codes but for the one that is a matter of this machine's other interpreters."""
    return set(answer.outcome.reason_codes) - {"fault-not-seeded"}
