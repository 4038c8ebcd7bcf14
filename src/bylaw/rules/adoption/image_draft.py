"""Drafts the images of a service: a new Dockerfile, or the last lines of those that are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from bylaw.manifests.dependencies import normal
from bylaw.rules.adoption.deciding import Decided
from bylaw.rules.adoption.draft import Draft
from bylaw.rules.adoption.image_edit import Judged, copies_package, edited_image, needs_edit
from bylaw.rules.adoption.image_file import IGNORED, image_text
from bylaw.rules.adoption.packages import reached
from bylaw.rules.adoption.plan import Open, Service
from bylaw.rules.adoption.serving import lost_steps
from bylaw.rules.boot.backend_images import run_text, runs_of
from bylaw.rules.boot.images import Image, chain, in_repository, sources
from bylaw.rules.boot.installs import NO, YES, image_installs
from bylaw.rules.boot.items import StartCommand, for_developers
from bylaw.rules.boot.listening import asked_of
from bylaw.rules.context import RuleContext
from bylaw.rules.dependencies.declared import units_above
from bylaw.rules.deploy import (
    image_latest_tag,
    image_secret_in_layer,
    image_single_stage,
    path_hack,
)

_SYSTEM = {
    "psycopg2": "libpq-dev and gcc to build, libpq5 to run; or psycopg2-binary",
    "mysqlclient": "default-libmysqlclient-dev, pkg-config and gcc to build, libmariadb3 to run",
    "python-ldap": "libldap-dev, libsasl2-dev and gcc to build, libldap2 to run",
    "pyodbc": "unixodbc and the database's driver to run", "weasyprint": "libpango-1.0-0 to run",
    "pycairo": "libcairo2-dev and gcc to build, libcairo2 to run",
    "pygraphviz": "graphviz and libgraphviz-dev", "uwsgi": "gcc to build",
    "xmlsec": "libxmlsec1-dev and gcc to build, libxmlsec1-openssl to run",
    "python-magic": "libmagic1 to run", "pdf2image": "poppler-utils to run",
    "pytesseract": "tesseract-ocr to run", "gdal": "libgdal-dev and g++",
}  # fmt: skip
"""Distributions without wheels, or that call a library or program of the system."""
_DISTRIBUTION = re.compile(r"^(docker\.io/)?(library/)?(ubuntu|debian|alpine|fedora|amazonlinux)\b")
_SHELL_TOOLS = ("curl", "wget")
_JUDGES = (image_single_stage, image_latest_tag, image_secret_in_layer, path_hack)


def draft_images(context: RuleContext, decided: Decided, service: Service, made: Draft) -> None:
    """Drafts every image that serves the application; a new one where there is none.

    Args:
        context: what is known.
        decided: what is decided.
        service: the service of it.
        made: the draft.
    """
    images = _images(decided)
    if not images:
        _draft_new(context, service, made)
        return
    for image, commands in images:
        judged = _judged(context, image, commands, service)
        if needs_edit(judged, service):
            lost = lost_steps([each for each in commands if each.meaning.module != service.entry])
            opens = [
                *lost,
                *_pythonless(image),
                *_doubled(context, image, service),
                *_homeless(judged, service),
                *_rights(context, image, judged, service),
            ]
            made.opens += opens
            made.edit(image.path, lambda text, judged=judged, opens=opens:  # type: ignore[misc]
                      edited_image(text, judged, service, opens))  # fmt: skip
    made.opens += _remarks(context, {image.path for image, _ in images})


def _images(decided: Decided) -> list[tuple[Image, list[StartCommand]]]:
    """Images of start commands that count: of each Dockerfile the last stage deployed."""
    found: dict[str, tuple[Image, list[StartCommand]]] = {}
    for each in decided.commands:
        image = each.place.image
        if image is None or not each.wins or for_developers(image.path):
            continue
        known = found.setdefault(image.path, (image, []))
        if image.stage > known[0].stage:
            known = found[image.path] = (image, known[1])
        known[1].append(each)
    return [found[path] for path in sorted(found)]


def _judged(
    context: RuleContext, image: Image, commands: list[StartCommand], service: Service
) -> Judged:
    installs = image_installs(context, image)
    syncs = any("uv sync" in (text := run_text(each)) and "--no-install-project" not in text
                for each in runs_of(image, everywhere=True))  # fmt: skip
    if installs == NO and syncs and service.definition.manager == "uv":
        installs = YES
    user = image.state.user
    name = user.text.strip().partition(":")[0] if user is not None else ""
    known = bool(re.search(r"nonroot|rootless|unprivileged", image.base)) and user is None
    is_root = not known and name in ("", "root", "0")
    return Judged(image, installs, _is_healthy(image, commands, service), is_root)


def _is_healthy(image: Image, commands: list[StartCommand], service: Service) -> bool:
    check = image.state.healthcheck
    if check is None or check.text.strip().upper() == "NONE":
        return False
    if check.words == service.health_command:
        return True
    installed = " ".join(run_text(each) for each in runs_of(image))
    if any(re.search(rf"\b{tool}\b", check.text) and tool not in installed
           for tool in _SHELL_TOOLS):  # fmt: skip
        return False
    asked = [one for each in commands for one in asked_of(each) if one.what == "HEALTHCHECK"]
    ports = ("", service.serving.port)
    return bool(asked) and all(
        one.path == service.serving.health and (one.port in ports or "PORT" in one.port)
        for one in asked
    )


def _doubled(context: RuleContext, image: Image, service: Service) -> Iterator[Open]:
    """A package that another stage installs as a copy, beside the sources in this one."""
    top = f"{image.directory}/{posixpath.basename(service.package_folder)}/__init__.py"
    here = f"{service.package_folder}/__init__.py"
    if here not in in_repository(context.repository, image, top):
        return
    for number in set(sources(image)) - set(chain(image)):
        for each in image.parsed.stages[number].instructions:
            if copies_package(each):
                what = (
                    f"the image holds {service.package} twice: installed, and in {image.directory}"
                )
                way = "install it with -e where it lies, or copy no sources into the last stage"
                yield Open(image.path, each.line, what, way)


def _pythonless(image: Image) -> Iterator[Open]:
    """An image of a distribution: its interpreter is called python3."""
    linked = any("python" in run_text(each) and "ln -s" in run_text(each)
                 for each in runs_of(image))  # fmt: skip
    brought = any(name == "PATH" and re.search(r"venv|python|conda", value)
                  for name, value, _ in image.state.environment)  # fmt: skip
    if _DISTRIBUTION.match(image.base) and not linked and not brought:
        what = f"{image.base} calls its interpreter python3, and may have no python"
        way = "build on python:3.12-slim, or RUN ln -s python3 /usr/bin/python"
        yield Open(image.path, image.parsed.stages[image.stage].line, what, way)


def _homeless(judged: Judged, service: Service) -> Iterator[Open]:
    """An image without a working directory: what lies in its root is not installed from there."""
    image = judged.image
    if judged.installs == NO and image.directory == "/":
        what = "the image has no WORKDIR, so that nothing is installed from where its sources lie"
        way = (
            "WORKDIR /app above the first COPY, and RUN pip install --no-deps -e . behind the last"
        )
        yield Open(image.path, image.parsed.stages[image.stage].line, what, way)


def _rights(
    context: RuleContext, image: Image | None, judged: Judged | None, service: Service
) -> Iterator[Open]:
    """What the new user of an image may not do."""
    path = image.path if image is not None else service.definition.path("Dockerfile")
    if judged is not None and not judged.is_root:
        return
    port = service.serving.port
    if port.isdigit() and int(port) < 1024:
        way = "serve on a port above 1023 and map it, if it runs elsewhere"
        what = f"only Docker 20.10 and newer let a user other than root listen on {port}"
        yield Open(path, 0, what, way)
    for number in reached(context, service.application.module):
        place = context.project.paths[number]
        text = context.repository.text(place)
        match = re.search(r"sqlite(\+\w+)?:///|backends\.sqlite3", text)
        if match:
            line = text.count("\n", 0, match.start()) + 1
            way = "mount a volume that user 10001 may write, and let the setting point into it"
            yield Open(place, line, "an SQLite file beside the code cannot be written there", way)
            return


def _draft_new(context: RuleContext, service: Service, made: Draft) -> None:
    definition = service.definition
    path = definition.path("Dockerfile")
    if made.exists(path):
        made.leave(path, 1, "it is not seen to serve the application",
                   f"end it with CMD {list(service.command)}".replace("'", '"'))  # fmt: skip
        return
    if definition.manager == "uv" and not context.repository.exists(definition.path("uv.lock")):
        made.leave(path, 0, "the project is one of a workspace, whose lock file lies above it",
                   "write its Dockerfile for the folder of uv.lock")  # fmt: skip
        return
    opens = [*_system(context, service, path), *_static(context, service, path),
             *_rights(context, None, None, service)]  # fmt: skip
    made.opens += opens
    made.put(path, image_text(service, opens))
    ignored = definition.path(".dockerignore")
    if not made.exists(ignored):
        made.put(
            ignored, "# What no image needs, and what is secret.\n" + "\n".join(IGNORED) + "\n"
        )


def _system(context: RuleContext, service: Service, path: str) -> Iterator[Open]:
    names = {normal(each.name) for unit in units_above(context, f"{service.package_folder}/x.py")
             for each in unit.all() if each.group == "main"}  # fmt: skip
    for name in sorted(names & set(_SYSTEM)):
        yield Open(path, 0, f"{name} needs packages of the system",
                   f"install {_SYSTEM[name]}")  # fmt: skip


def _static(context: RuleContext, service: Service, path: str) -> Iterator[Open]:
    if service.application.framework != "django":
        return
    for number in reached(context, service.application.module):
        if "STATIC_ROOT" in context.repository.text(context.project.paths[number]):
            yield Open(
                path,
                0,
                "Django's static files are not collected",
                "RUN python manage.py collectstatic --noinput, if the service serves them",
            )
            return


def _remarks(context: RuleContext, paths: set[str]) -> Iterator[Open]:
    """What rules say about the parts of existing images that adoption leaves as they are."""
    for judge in _JUDGES:
        for each in judge.find(context):
            if each.path in paths and each.severity != "note" and each.confidence != "possible":
                yield Open(each.path, each.line, each.message, each.mend)
