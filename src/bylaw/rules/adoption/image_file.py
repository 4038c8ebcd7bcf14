"""A Dockerfile for a service that has none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from bylaw.rules.adoption.entry_file import todo_lines
from bylaw.rules.adoption.plan import DEFAULT_PORT, Open, Service

IGNORED = (".git", ".venv", "venv", ".env", ".env.*", "!.env.example", "__pycache__", "*.pyc",
           "*.sqlite3", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules")  # fmt: skip
"""What a ``COPY . .`` must not take along."""
_USER = "10001"


def image_text(service: Service, opens: Sequence[Open]) -> str:
    """A multi-stage Dockerfile: pinned base, package installed, numeric user, one command.

    Args:
        service: what is decided.
        opens: what is not, as far as it concerns the image.
    """
    return "\n".join(_lines(service, opens)) + "\n"


def _lines(service: Service, opens: Sequence[Open]) -> Iterator[str]:
    base = f"python:{service.definition.python}-slim"
    yield "# What builds the service stays in this stage."
    yield f"FROM {base} AS builder"
    yield "WORKDIR /app"
    yield from _install(service)
    yield ""
    yield f"FROM {base}"
    yield from (row for each in opens for row in todo_lines(each))
    place = "/app/.venv" if _inside(service) else "/venv"
    port = service.serving.port
    own = f" PORT={port}" if port != DEFAULT_PORT else ""
    yield f"ENV PATH={place}/bin:$PATH PYTHONUNBUFFERED=1{own}"
    yield "WORKDIR /app"
    if not _inside(service):
        yield "COPY --from=builder /venv /venv"
    yield "COPY --from=builder /app /app"
    yield "# A number, so that a platform can see that it is not root."
    yield f"USER {_USER}"
    yield f"EXPOSE {port}"
    yield from closing_lines(service)


def closing_lines(service: Service) -> list[str]:
    """The health check and the command."""
    return [health_line(service), command_line(service)]


def health_line(service: Service) -> str:
    """The HEALTHCHECK; it needs no shell and no curl."""
    return ("HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD "
            f"{json.dumps(list(service.health_command))}")  # fmt: skip


def command_line(service: Service) -> str:
    """The CMD, in exec form."""
    return f"CMD {json.dumps(list(service.command))}"


def user_lines() -> list[str]:
    """The USER of an image that has had none."""
    return ["# A number, so that a platform can see that it is not root.", f"USER {_USER}"]


def _inside(service: Service) -> bool:
    """Whether the environment lies in the project, as uv and its like make it."""
    return service.definition.manager in ("uv", "poetry", "pdm", "pipenv")


def _install(service: Service) -> Iterator[str]:
    definition = service.definition
    manager = definition.manager
    if manager == "uv":
        yield 'RUN pip install --no-cache-dir "uv>=0.9,<1"'
        yield "ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never"
        yield "# Dependencies first: they change less often than the code."
        yield "COPY pyproject.toml uv.lock ./"
        yield "RUN uv sync --frozen --no-dev --no-install-project"
        yield "COPY . ."
        yield "RUN uv sync --frozen --no-dev"
    elif manager == "poetry":
        yield 'RUN pip install --no-cache-dir "poetry>=2,<3"'
        yield "ENV POETRY_VIRTUALENVS_IN_PROJECT=true POETRY_NO_INTERACTION=1"
        yield "COPY . ."
        yield "RUN poetry install --only main"
    elif manager == "pdm":
        yield 'RUN pip install --no-cache-dir "pdm>=2,<3"'
        yield "COPY . ."
        yield "RUN pdm sync --prod"
    elif manager == "pipenv":
        yield 'RUN pip install --no-cache-dir "pipenv>=2024"'
        yield "ENV PIPENV_VENV_IN_PROJECT=1"
        yield "COPY . ."
        yield "RUN pipenv sync && .venv/bin/pip install --no-cache-dir --no-deps -e ."
    else:
        yield from _pip(definition.requirements)


def _pip(requirements: str) -> Iterator[str]:
    yield "RUN python -m venv /venv"
    if requirements:
        yield "# Dependencies first: they change less often than the code."
        yield f"COPY {requirements} ./{requirements}"
        yield f"RUN /venv/bin/pip install --no-cache-dir -r {requirements}"
    yield "COPY . ."
    yield "# Editable: the sources in /app are the one copy of the package."
    only = "--no-deps " if requirements else ""
    yield f"RUN /venv/bin/pip install --no-cache-dir {only}-e ."
