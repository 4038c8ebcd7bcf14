"""One workload as a start command: what its image gives, what it replaces, what comes of it."""

from __future__ import annotations

import re

from bylaw.manifests.dockerfile import Instruction, StageState
from bylaw.manifests.meaning import Meaning, meaning_of
from bylaw.manifests.workload import Health, Port, Words, Workload, exec_form, shell_form
from bylaw.rules.boot.expand import Expansion, Place, Step, expand
from bylaw.rules.boot.images import Image, filled, variables
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.items import StartCommand, for_developers, role_of_name
from bylaw.rules.boot.resolve import Resolution, resolve
from bylaw.rules.context import RuleContext

_SERVES = re.compile(
    r"\b(uvicorn|hypercorn|web|app|application|socketio)\.run(_app)?\(|\bBoot\(|\buvicorn\.Server\(|"
    r"\bserve\(app|\bWSGIServer\(|\bgranian\.Granian\("
)
"""Calls that start a server; ``Boot`` is what bylaw-boot starts one with."""
_TRUE = frozenset({"1", "true", "yes", "on"})
"""What bylaw-boot takes for a yes in ``WORKER_MODE``."""

_LOCAL = frozenset({"dev", "development", "local", "localdev", "devmode"})
_TRUE = frozenset({"1", "true", "yes", "on"})


def words_of(each: Instruction) -> Words:
    """The command of an ENTRYPOINT, CMD or HEALTHCHECK instruction."""
    if each.is_exec:
        return exec_form(each.words, each.line)
    text = each.text.strip()
    if each.keyword == "HEALTHCHECK":
        text = text[3:].strip()
    return shell_form(text, each.text_line, each.text_column)


def combined(
    state: StageState | None, workload: Workload
) -> tuple[Words | None, bool, tuple[Instruction, ...]]:
    """The command that a container starts.

    Args:
        state: what is in force in its image; None where it is not built here.
        workload: what the platform is told.

    Returns:
        The words, whether the workload's own words are among them, and the instructions of the
        image that they are made of.
    """
    used: list[Instruction] = []
    entry = workload.entrypoint
    if entry is None and state is not None and state.entrypoint is not None:
        entry = words_of(state.entrypoint)
        used.append(state.entrypoint)
    rest = workload.arguments
    if rest is None and workload.entrypoint is None and state is not None and state.command:
        rest = words_of(state.command)
        if not (entry is not None and entry.is_shell):
            used.append(state.command)
    own = workload.entrypoint is not None or workload.arguments is not None
    if entry is None:
        return rest, own, tuple(used)
    if rest is None or entry.is_shell:
        return entry, own, tuple(used)
    tail = ("/bin/sh", "-c", rest.text) if rest.is_shell else rest.argv
    line, column = (rest.line, rest.column) if own or not used else (used[-1].line, 1)
    text = f"{entry.text} {rest.text}".strip()
    return Words((*entry.argv, *tail), text, False, line, column), own, tuple(used)


def start_command(
    context: RuleContext, workload: Workload, image: Image | None, reason: str, *,
    words: Words | None = None, path: str = "", wins: bool = True, lost: str = "",
) -> StartCommand | None:  # fmt: skip
    """The start command of a workload.

    Args:
        context: what is known.
        workload: what the platform is told.
        image: the image it runs in, where it is built here.
        reason: why the command wins or loses.
        words: the command; None for what image and workload make.
        path: file of the command, where it is not the workload's.
        wins: whether the platform uses it.
        lost: why it loses.

    Returns:
        The command; None where nothing says what runs.
    """
    inherits = ""
    own = True
    if words is None:
        words, own, used = combined(image.state if image else None, workload)
        if image is not None and used:
            inherits = ", ".join(f"{image.path}:{each.line}" for each in used)
    if words is None or not (words.argv or words.text):
        return None
    where = path or (workload.path if own or image is None else image.path)
    place = _place(workload, image)._replace(path=where)
    expansion = expand(context.repository, words, place)
    main = _with_environment(expansion.main) if expansion.main is not None else None
    found, main = _resolution(context, expansion, main, place)
    meaning = main.meaning if main else Meaning("")
    own_code = ""
    if found.module >= 0 and not meaning.role:
        own_code = context.repository.text(context.project.paths[found.module])
    development = (
        for_developers(workload.path)
        or _says_local(workload)
        or (image is not None and (for_developers(image.path) or for_developers(image.name)))
    )
    return StartCommand(
        workload.platform, workload.name,
        _role(context, meaning, workload, image, own_code, _runs_worker(place, main)),
        main.argv if main else words.argv, "shell" if words.is_shell else "exec", where,
        words.line, words.column, wins, reason, found.resolved, found.why, found.confidence,
        meaning, _steps(expansion, main), place, workload, lost, inherits, development,
        found.module, _ports(workload, image), _health(workload, image),
    )  # fmt: skip


def _says_local(workload: Workload) -> bool:
    """Whether a compose service switches itself to somebody's own machine: ``LOCAL_DEV=yes``."""
    return workload.platform == "compose" and any(
        value.strip("\"'").lower() in _TRUE and not _LOCAL.isdisjoint(name.lower().split("_"))
        for name, value in workload.environment
    )


def _steps(expansion: Expansion, main: Step | None) -> tuple[Step, ...]:
    changed = expansion.main
    return tuple(main if main is not None and each is changed else each for each in expansion.steps)


def _place(workload: Workload, image: Image | None) -> Place:
    known = tuple(variables(image).items()) if image is not None else ()
    directory = workload.directory
    if image is not None:
        directory = directory if directory.startswith("/") else image.directory
    elif workload.platform in ("kubernetes", "cloud-run", "compose"):
        directory = directory or "/"
    foreign = image is None and bool(
        workload.image or workload.platform in ("kubernetes", "cloud-run", "compose", "systemd",
                                                "supervisord")
    )  # fmt: skip
    return Place(workload.path, directory, (*known, *workload.environment), image, workload.mounts,
                 foreign)  # fmt: skip


def _with_environment(step: Step) -> Step:
    """Flask and Django are told by variables what their words leave out."""
    known = dict(step.environment)
    meaning = step.meaning
    if meaning.program == "flask" and meaning.role == "api" and not (
        meaning.module or meaning.script
    ):  # fmt: skip
        target = known.get("FLASK_APP", "")
        module, _, attribute = target.partition(":")
        if target.endswith(".py") or "/" in module:
            meaning = meaning._replace(script=module)
        elif module and "$" not in module:
            meaning = meaning._replace(module=module, attribute=attribute.partition("(")[0])
        meaning = _told(meaning, known, "FLASK_RUN")
    if meaning.program == "uvicorn":
        meaning = _told(meaning, known, "UVICORN")
    if meaning.program == "gunicorn" and known.get("GUNICORN_CMD_ARGS"):
        told = meaning_of(("gunicorn", *known["GUNICORN_CMD_ARGS"].split()))
        meaning = meaning._replace(
            port=meaning.port or told.port, host=meaning.host or told.host,
            workers=meaning.workers or told.workers, reload=meaning.reload or told.reload,
            config=meaning.config or told.config, unknown=(*meaning.unknown, *told.unknown),
        )  # fmt: skip
    if meaning.program == "gunicorn" and not meaning.port and "PORT" in known:
        meaning = meaning._replace(port="$PORT", host=meaning.host or "0.0.0.0")
    return step._replace(meaning=meaning)


def _told(meaning: Meaning, known: dict[str, str], prefix: str) -> Meaning:
    """The meaning with what variables of a server say where its options do not."""
    return meaning._replace(
        port=meaning.port or known.get(f"{prefix}_PORT", ""),
        host=meaning.host or known.get(f"{prefix}_HOST", ""),
    )


def _resolution(
    context: RuleContext, expansion: Expansion, main: Step | None, place: Place
) -> tuple[Resolution, Step | None]:
    serving = main is not None and main.meaning.role not in ("", "other")
    if expansion.missing and not serving:
        return Resolution(False, expansion.missing, 0 if expansion.is_certain else 2), main
    if main is None:
        return Resolution(False, "nothing is started"), None
    entry = scripts(context).get(main.meaning.program)
    if entry is not None and not main.meaning.module:
        module, _, attribute = entry.target.partition(":")
        found = resolve(context, main, place)
        # The project's own command called `serve` is not the one that npm installs.
        role = "" if main.meaning.role == "frontend" else main.meaning.role
        named = main.meaning._replace(module=module, attribute=attribute, role=role)
        return found, main._replace(meaning=named)
    return resolve(context, main, place), main


def _role(
    context: RuleContext, meaning: Meaning, workload: Workload, image: Image | None, own_code: str,
    is_worker: bool,
) -> str:  # fmt: skip
    """By command, then by name: an ASGI server is the API whatever its service is called."""
    if workload.kind == "release":
        return "migrate"
    if is_worker and "Boot(" in own_code:
        return "worker"
    if meaning.role and meaning.role != "other":
        return meaning.role
    runs_python = bool(meaning.module or meaning.script)
    if meaning.role == "other" or (own_code and serves(own_code)):
        return "other" if meaning.role else "api"
    known = runs_python or not meaning.program or meaning.program in scripts(context)
    is_script = any(each.endswith((".sh", ".bash")) for each in meaning.argv[:2])
    known = known or is_script
    if not known and not workload.kind:
        return "other"
    named = role_of_name(workload.name, workload.kind)
    if named:
        return named
    if image is not None and image.name:
        named = role_of_name(image.name, "")
    module = role_of_name(meaning.module or meaning.script, "")
    exposes = image is not None and bool(image.state.exposed)
    return named or module or ("api" if (runs_python or is_script) and exposes else "other")


def _runs_worker(place: Place, main: Step | None) -> bool:
    """Whether an entry of bylaw-boot is told to run its worker."""
    known = {**dict(place.environment), **(dict(main.environment) if main else {})}
    return known.get("WORKER_MODE", "").lower() in _TRUE


def serves(text: str) -> bool:
    """Whether a module starts a server by itself when it is run."""
    return bool(_SERVES.search(text))


def _ports(workload: Workload, image: Image | None) -> tuple[Port, ...]:
    found = list(workload.ports)
    if image is not None:
        known = variables(image)
        for each in image.state.exposed:
            for word in filled(each.text, known).split():
                number, _, protocol = word.partition("/")
                if protocol in ("", "tcp"):
                    found.append(Port(number, each.line, "EXPOSE"))
    return tuple(found)


def _health(workload: Workload, image: Image | None) -> tuple[Health, ...]:
    if workload.health or image is None or image.state.healthcheck is None:
        return workload.health
    each = image.state.healthcheck
    if each.text.strip().upper() == "NONE":
        return ()
    words = each.words if each.is_exec else ("CMD-SHELL", each.text.strip()[3:].strip())
    return (Health("", "", each.line, "HEALTHCHECK", tuple(words)),)
