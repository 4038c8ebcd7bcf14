"""The Procfile: Heroku's buildpacks and those of its kind read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bylaw.rules.adoption.entry_file import todo_lines
from bylaw.rules.adoption.plan import Open, Service

_HEAD = "# Read by Heroku and platforms of its kind; an image and Render have their own files."
_PROCESS = re.compile(r"^([A-Za-z0-9_-]+):\s*(\S.*)$")


def process_text(service: Service) -> str:
    """A Procfile for a service that has none."""
    rows = [_HEAD, f"web: {' '.join(service.command)}"]
    if service.worker:
        rows.append(f"worker: {worker_words(service)}")
    return "\n".join(rows) + "\n"


def worker_words(service: Service) -> str:
    """What a shell runs to start the worker."""
    return f"WORKER_MODE=true {' '.join(service.command)}"


def edited_processes(
    text: str, service: Service, workers: Sequence[str], opens: Sequence[Open]
) -> str:  # fmt: skip
    """The text of a Procfile that starts the service with the one command.

    Args:
        text: of the file.
        service: what is decided.
        workers: names of processes that start the worker that the entry now starts.
        opens: what could not be kept of the web process; marked above it.
    """
    rows = []
    for row in text.split("\n"):
        match = _PROCESS.match(row)
        if match is not None and match[1] == "web":
            new = f"web: {' '.join(service.command)}"
            if row.rstrip() != new and "heroku" not in text.lower():
                rows.append(_HEAD)
            if row.rstrip() != new:
                rows += [line for each in opens for line in todo_lines(each)]
            rows.append(new if row.rstrip() != new else row)
        elif match is not None and match[1] in workers and service.worker:
            rows.append(f"{match[1]}: {worker_words(service)}")
        else:
            rows.append(row)
    return "\n".join(rows)
