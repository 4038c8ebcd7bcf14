"""The words of the inventory: one start command, and everything known about it."""

from __future__ import annotations

import re
from typing import NamedTuple

from bylaw.manifests.meaning import Meaning
from bylaw.manifests.workload import Health, Port, Workload
from bylaw.rules.boot.expand import Place, Step
from bylaw.rules.boot.images import Image

DEAD, OVERRIDDEN, SUPERSEDED, ASIDE = "dead", "overridden", "superseded", "aside"
"""Why a command loses: nothing ever reads it there; another file outranks it there; a declared
override of the dashboard does; or it only runs on somebody's machine or in a job."""
_DEVELOPMENT = frozenset({
    "dev", "develop", "development", "local", "localhost", "test", "tests", "testing", "debug",
    "devcontainer", "e2e", "ci", "override", "example", "examples", "sandbox", "sample", "samples",
    "integration", "playground", "demo", "cypress", "docs", "benchmark", "benchmarks", "devtools",
    "preview", "vagrant", "templates", "template", "contrib",
})  # fmt: skip


class StartCommand(NamedTuple):
    """One way a platform may start something.

    Attributes:
        platform: ``docker compose render heroku railway fly kubernetes cloud-run app-engine
            digitalocean systemd supervisord elastic-beanstalk azure github gitlab script make
            project document``.
        name: service, process or container.
        role: ``api worker scheduler migrate monitor frontend test supervisor other``.
        argv: effective words: entry point and arguments joined, wrappers opened.
        form: ``exec`` or ``shell``.
        path: file that gives the command.
        line: 1-based line.
        column: 1-based column.
        wins: whether its platform uses it.
        reason: why it does, or does not.
        resolved: whether what it starts is there.
        why: what was found, or what is missing.
        confidence: of a miss: 0 definite, 1 probable, 2 only not known.
        meaning: what it means.
        steps: everything it runs, in order.
        place: where it runs.
        workload: what the platform was told.
        lost: why it loses, one of the constants above; empty where it wins.
        inherits: ``path:line`` of what it takes from an image; empty where it takes nothing.
        is_development: whether it is for somebody's own machine or a test.
        module: number of the file that is started, -1 where none of ours is.
        ports: where manifests say it listens.
        health: what asks after it.
        is_published: whether its ports are the container's own (no host network).
    """

    platform: str
    name: str
    role: str
    argv: tuple[str, ...]
    form: str
    path: str
    line: int
    column: int
    wins: bool
    reason: str
    resolved: bool
    why: str
    confidence: int
    meaning: Meaning
    steps: tuple[Step, ...]
    place: Place
    workload: Workload
    lost: str = ""
    inherits: str = ""
    is_development: bool = False
    module: int = -1
    ports: tuple[Port, ...] = ()
    health: tuple[Health, ...] = ()
    is_published: bool = True

    @property
    def main(self) -> Step | None:
        """The step the meaning is of."""
        return next((each for each in self.steps if each.meaning == self.meaning), None)

    @property
    def home(self) -> str:
        """The folder the service is built or started from."""
        image = self.place.image
        if image is not None:
            return image.context
        return self.workload.directory if not self.workload.directory.startswith("/") else ""


class Unsupported(NamedTuple):
    """Something that starts services and is not read, or not to the end.

    Attributes:
        path: the file.
        line: 1-based line.
        why: what is not read.
    """

    path: str
    line: int
    why: str


class Inventory(NamedTuple):
    """All start commands of a repository.

    Attributes:
        commands: by platform, file and line.
        canonical: words of the command the configuration calls the one; None where it does not.
        unsupported: what is there and not read.
        images: stages that something deploys, or that stand last in their Dockerfile.
    """

    commands: tuple[StartCommand, ...]
    canonical: tuple[str, ...] | None
    unsupported: tuple[Unsupported, ...]
    images: tuple[Image, ...] = ()

    def winning(self, *roles: str) -> list[StartCommand]:
        """Commands that some platform uses, of some roles; of all where none is named."""
        return [each for each in self.commands if each.wins and (not roles or each.role in roles)]


def for_developers(path: str) -> bool:
    """Whether a file is for somebody's own machine, a test or a demonstration, by its name."""
    words = re.split(r"[^a-z0-9]+", path.lower())
    return not _DEVELOPMENT.isdisjoint(words)


def role_of_name(name: str, kind: str) -> str:
    """The role that the name of a process tells, where its words do not."""
    if kind == "release":
        return "migrate"
    if kind == "init":
        return "migrate" if "migrat" in name else "other"
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & {"worker", "workers", "celery", "queue", "consumer", "tasks", "rq", "jobs"}:
        return "worker"
    if words & {"beat", "scheduler", "cron", "clock", "crons"}:
        return "scheduler"
    if words & {"migrate", "migration", "migrations", "migrator", "release", "initdb"}:
        return "migrate"
    if words & {"flower", "monitor"}:
        return "monitor"
    if words & {"web", "api", "app", "backend", "server", "django", "fastapi", "flask", "service"}:
        return "api"
    return {"web": "api", "worker": "worker", "cron": "scheduler", "job": "other"}.get(kind, "")
