"""Start commands by platform: which file each platform reads, and what outranks what."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from bylaw.manifests.command import UNKNOWN, below
from bylaw.manifests.dockerfile import Dockerfile
from bylaw.manifests.meaning import value_of
from bylaw.manifests.workload import Deployment, Workload
from bylaw.manifests.yaml_shapes import Workflow
from bylaw.rules.boot.clusters import Replaced, cluster_workloads
from bylaw.rules.boot.effective import combined, start_command, words_of
from bylaw.rules.boot.images import Image, open_image
from bylaw.rules.boot.items import (
    DEAD,
    OVERRIDDEN,
    StartCommand,
    Unsupported,
    for_developers,
)
from bylaw.rules.boot.stacks import stack_services
from bylaw.rules.boot.units import unit_workloads
from bylaw.rules.context import RuleContext

_PLATFORMS = ("render", "heroku", "app-engine", "digitalocean", "fly", "railway", "builder",
              "app-json", "supervisord")  # fmt: skip
_ONCE = {"postdeploy": "run once, after the first deploy", "systemd": "run before each start"}
_BEANSTALK = frozenset({".ebextensions", ".elasticbeanstalk", ".platform", ".ebignore"})


def gather(context: RuleContext) -> Iterator[StartCommand | Unsupported | Image]:
    """Every start command of every platform, images, and what could not be read."""
    deployed = _built(context)
    yield from _compose(context, deployed)
    yield from _procfiles(context)
    for each in cluster_workloads(context.repository):
        if isinstance(each, Replaced):
            yield from _replaced(context, each)
        elif isinstance(each, Workload):
            yield from _deployed(context, each, deployed)
        else:
            yield each
    for workload in unit_workloads(context.repository):
        yield from _deployed(context, workload, deployed)
    for manifest in context.repository.of_kind(*_PLATFORMS):
        if isinstance(manifest.detail, Deployment):
            for line, why in manifest.detail.unresolved:
                yield Unsupported(manifest.path, line, why)
            for workload in manifest.detail.workloads:
                why = _outranking(context, workload) if manifest.kind == "builder" else ""
                yield from _deployed(context, workload, deployed, why)
    yield from _images(context, deployed)


def _replaced(context: RuleContext, replaced: Replaced) -> Iterator[StartCommand]:
    """The words of a container that every overlay replaces."""
    workload = replaced.workload
    image = own_image(context, workload.image) if workload.image else None
    why = f"{' and '.join(replaced.by)} {'replaces' if len(replaced.by) == 1 else 'replace'} it"
    made = start_command(context, workload, image, why, wins=False, lost=OVERRIDDEN)
    if made is not None:
        yield made


def _outranking(context: RuleContext, workload: Workload) -> str:
    """Why Railway does not hear what a builder's file says; empty where it does."""
    repository, folder = context.repository, workload.context
    for manifest in repository.of_kind("railway"):
        detail = manifest.detail
        if posixpath.dirname(manifest.path) != folder or not isinstance(detail, Deployment):
            continue
        for each in detail.workloads:
            if each.kind == "web" and each.entrypoint is not None:
                return f"{each.path}:{each.line} gives railway a startCommand of its own"
            if each.runtime in ("nixpacks", "railpack"):
                return ""
    found = f"{folder}/Dockerfile".lstrip("/")
    told = f"Railway builds {found}: the builder's file is not read"
    return told if found in repository.paths else ""


def _compose(
    context: RuleContext, deployed: dict[tuple[str, str], str]
) -> Iterator[StartCommand]:  # fmt: skip
    repository = context.repository
    services = stack_services(repository)
    built = {each.service.workload.image: each.service.workload for each in services
             if each.service.builds and each.service.workload.image}  # fmt: skip
    for each in services:
        workload = each.service.workload
        source = workload if each.service.builds else built.get(workload.image)
        image = None
        if source is not None:
            image = open_image(repository, source.dockerfile, source.target, source.context)
            deployed[(source.dockerfile, source.target)] = source.context
        elif workload.image:
            image = own_image(context, workload.image)
        own = workload.arguments is not None or workload.entrypoint is not None
        reason = f"the service's own {'command' if workload.arguments else 'entrypoint'}"
        if not own:
            reason = f"service {workload.name} of {each.path} sets no command: the image's counts"
        elif each.path != each.command_path:
            reason = f"{each.command_path} says so, and {each.path} does not"
        made = start_command(context, workload, image, reason,
                             path=each.command_path if own else "")  # fmt: skip
        if made is None or (image is None and source is None and not _is_ours(made)):
            continue
        if any(made.place.directory.startswith(target) and source != UNKNOWN
               for source, target in workload.mounts):  # fmt: skip
            # Whoever mounts the source over the image works on it.
            made = made._replace(is_development=True)
        yield made._replace(is_published=not each.service.loopback)
        for lost in each.replaced:
            reason = f"{lost.by} replaces it"
            other = start_command(context, workload, image, reason, words=lost.words,
                                  path=lost.path, wins=False, lost=OVERRIDDEN)  # fmt: skip
            if other is not None:
                yield other


def _is_ours(command: StartCommand) -> bool:
    """Whether a command in an image of others runs Python of this repository."""
    meaning = command.meaning
    if command.module >= 0 or (command.workload.mounts and meaning.script.endswith(".py")):
        return True
    return bool(meaning.module) and command.role in ("api", "worker", "scheduler", "migrate")


def own_image(context: RuleContext, name: str) -> Image | None:
    """The image of this repository that is meant by a name in a registry; None for others'."""
    if "/" not in name and "$" not in name and ":" in name:
        plain = name.partition(":")[0]
    else:
        plain = re.sub(r"[:@][^/]*$", "", name)
    last = plain.rpartition("/")[2].lower()
    named = _named_dockerfiles(context)
    path = named.get(last) or named.get(re.sub(r"[-_](api|backend|server|app|web)$", "", last))
    return open_image(context.repository, path) if path else None


def _named_dockerfiles(context: RuleContext) -> dict[str, str]:
    """Dockerfiles by the names their images are likely to have: folder, root, project."""
    if "boot-images" in context.memo:
        known: dict[str, str] = context.memo["boot-images"]
        return known
    found: dict[str, str] = {}
    plain = [path for path in context.repository.names("dockerfile") if not for_developers(path)]
    for path in sorted(plain, key=lambda each: (each.count("/"), len(each), each)):
        folder = posixpath.basename(posixpath.dirname(path))
        top = "" if "/" in path else posixpath.basename(context.root).lower()
        for name in (folder.lower(), top, *_project_names(context, posixpath.dirname(path))):
            if name:
                found.setdefault(name, path)
    context.memo["boot-images"] = found
    return found


def _project_names(context: RuleContext, folder: str) -> list[str]:
    text = context.repository.text(f"{folder}/pyproject.toml".lstrip("/"))
    return [each.lower() for each in re.findall(r"^name\s*=\s*[\"']([\w.-]+)[\"']", text, re.M)[:1]]


def _procfiles(context: RuleContext) -> Iterator[StartCommand]:
    """``Procfile``: Heroku's buildpacks read it, unless ``heroku.yml`` makes images the rule."""
    from bylaw.manifests.ini_workloads import read_procfile_workloads

    repository = context.repository
    for path in repository.names("procfile"):
        folder = posixpath.dirname(path)
        container = f"{folder}/heroku.yml".lstrip("/") in repository.paths
        beanstalk = not _BEANSTALK.isdisjoint(repository.listing(folder))
        for workload in read_procfile_workloads(path, repository.text(path)).workloads:
            reason = f"process {workload.name} of the Procfile, started by a buildpack"
            wins, lost = True, ""
            if beanstalk:
                workload = workload._replace(platform="elastic-beanstalk")
                reason = f"process {workload.name} of the Procfile, started by Elastic Beanstalk"
            elif container:
                wins, lost = False, DEAD
                reason = "heroku.yml makes the container stack the rule: the Procfile is not read"
            made = start_command(context, workload, None, reason, wins=wins, lost=lost)
            if made is not None:
                yield made
            if workload.name == "web" and not beanstalk:
                yield from _procfile_elsewhere(context, workload, folder)


def _procfile_elsewhere(
    context: RuleContext, workload: Workload, folder: str
) -> Iterator[StartCommand]:  # fmt: skip
    """The same line on Render, which has a file of its own and never reads a Procfile."""
    repository = context.repository
    blueprint = next((path for path in repository.names("render")), "")
    if not blueprint:
        return
    reason = f"{blueprint} says what Render starts: the Procfile is not read there"
    made = start_command(context, workload._replace(platform="render"), None, reason, wins=False,
                         lost=DEAD)  # fmt: skip
    if made is not None:
        yield made


def _deployed(
    context: RuleContext, workload: Workload, deployed: dict[tuple[str, str], str], lost: str = ""
) -> Iterator[StartCommand | Unsupported]:
    if lost:
        yield from _lost(context, workload, None, workload.entrypoint, lost)
        return
    dockerfile, why = _dockerfile(context, workload)
    image = None
    if dockerfile:
        given = workload.context if workload.dockerfile and workload.context else None
        image = open_image(context.repository, dockerfile, workload.target, given)
        if image is not None:
            deployed[(dockerfile, workload.target)] = image.context
    elif workload.platform in ("kubernetes", "cloud-run") or workload.runtime == "image":
        image = own_image(context, workload.image) if workload.image else None
    if workload.dockerfile and image is None:
        reason = f"{workload.dockerfile} is not there" + (
            f", or has no stage {workload.target}" if workload.target else "")  # fmt: skip
        yield Unsupported(workload.path, workload.line, reason)
        return
    reason = _reason(workload, image, why)
    own = workload.entrypoint is not None or workload.arguments is not None
    started = workload
    if dockerfile and not workload.runtime and workload.platform == "render":
        # Nothing declares the runtime: the Dockerfile that is found decides.
        yield from _lost(
            context,
            workload,
            image,
            workload.entrypoint,
            f"{dockerfile} is there and no runtime is declared: the image decides",
        )
        started = workload._replace(entrypoint=None)
        own = started.arguments is not None
    made = start_command(context, started, image, reason)
    if made is not None:
        yield made
    elif workload.unresolved:
        yield Unsupported(workload.path, workload.line, workload.unresolved)
    elif workload.platform in ("kubernetes", "cloud-run") and "/" in workload.image:
        yield _unknown(workload)
    for words, told in workload.ignored:
        other = start_command(context, workload, None, told, words=words, wins=False, lost=DEAD)
        if other is not None:
            yield other
    if own and image is not None and workload.kind == "web":
        yield from _outranked(context, workload, image)


def _unknown(workload: Workload) -> StartCommand:
    from bylaw.manifests.meaning import Meaning
    from bylaw.rules.boot.expand import Place
    from bylaw.rules.boot.items import role_of_name

    return StartCommand(
        workload.platform, workload.name, role_of_name(workload.name, workload.kind) or "other", (),
        "exec", workload.path, workload.line, 1, True, "the image's own command", False,
        f"{workload.image} is not built here: its command is not known", 2, Meaning(""), (),
        Place(workload.path, "/", (), is_foreign=True), workload, ports=workload.ports,
        health=workload.health,
    )  # fmt: skip


def _lost(
    context: RuleContext, workload: Workload, image: Image | None, words: object, why: str
) -> Iterator[StartCommand]:
    from bylaw.manifests.workload import Words

    if isinstance(words, Words):
        made = start_command(context, workload, None, why, words=words, wins=False, lost=DEAD)
        if made is not None:
            yield made


def _outranked(
    context: RuleContext, workload: Workload, image: Image
) -> Iterator[StartCommand]:  # fmt: skip
    """The image's own command on a platform that is told another one."""
    bare = workload._replace(entrypoint=None, arguments=None, ports=(), health=())
    words, _, used = combined(image.state, bare)
    if words is None or not used:
        return
    key = "dockerCommand" if workload.platform == "render" else "command"
    why = f"{workload.path}:{workload.line} gives {workload.platform} a {key} of its own"
    made = start_command(context, bare, image, why, wins=False, lost=OVERRIDDEN)
    if made is not None:
        yield made


def _dockerfile(context: RuleContext, workload: Workload) -> tuple[str, str]:
    """The Dockerfile a platform builds for a workload, and how it is found."""
    if workload.dockerfile:
        return workload.dockerfile, f"{workload.path} names it"
    found = f"{workload.context or workload.directory}/Dockerfile".lstrip("/")
    if found not in context.repository.paths or workload.image:
        return "", ""
    platform, runtime = workload.platform, workload.runtime
    if runtime == "docker":
        return found, f"runtime: {runtime}"
    takes = (platform in ("fly", "railway") and runtime == "") or (
        platform in ("render", "digitalocean") and runtime == ""
    )
    if platform == "digitalocean" and workload.entrypoint is not None:
        takes = True
    return (found, f"{platform} builds the Dockerfile that it finds") if takes else ("", "")


def _reason(workload: Workload, image: Image | None, how: str) -> str:
    own = workload.entrypoint is not None or workload.arguments is not None
    if workload.kind == "release":
        return _ONCE.get(
            workload.name, _ONCE.get(workload.platform, "run once before each release")
        )
    if workload.platform == "render" and workload.runtime not in ("", "docker", "image"):
        return f"runtime: {workload.runtime} runs startCommand"
    if own and image is not None:
        part = "ENTRYPOINT and CMD" if workload.entrypoint is not None else "CMD"
        return f"outranks the image's {part}"
    if own:
        return f"what {workload.platform} is told to run"
    return f"the image's command counts: {how}" if how else "the image's command counts"


def _built(context: RuleContext) -> dict[tuple[str, str], str]:
    """Stages that workflows and scripts build: (Dockerfile, target) -> context."""
    found: dict[tuple[str, str], str] = {}
    for manifest in context.repository.of_kind("github"):
        if isinstance(manifest.detail, Workflow):
            for use in manifest.detail.uses:
                given = dict(use.inputs)
                if use.action == "docker/build-push-action" and given.get("push") != "false":
                    _note_build(found, given.get("context", "."), given.get("file", ""),
                                given.get("target", ""))  # fmt: skip
    for command in context.repository.commands("github", "makefile", "script"):
        words = command.argv
        if words[:1] == ("docker",) and "build" in words[1:3] and "$" not in words[-1]:
            file = value_of(words, ("-f", "--file"))
            place = below(command.directory, words[-1])
            if place != UNKNOWN and not place.startswith(("/", "..")):
                inside = below(command.directory, file) if file else ""
                _note_build(found, place, inside, value_of(words, ("--target",)))
    return found


def _note_build(
    found: dict[tuple[str, str], str], context: str, file: str, target: str
) -> None:  # fmt: skip
    if any("$" in each for each in (context, file, target)):
        return
    folder = below("", context)
    path = below("", file) if file else f"{folder}/Dockerfile".lstrip("/")
    if UNKNOWN not in (folder, path):
        found[(path, target)] = folder


def _images(
    context: RuleContext, deployed: dict[tuple[str, str], str]
) -> Iterator[StartCommand | Image]:
    """What ``docker run`` starts: each stage that something deploys, else the last one."""
    repository = context.repository
    for path in repository.names("dockerfile"):
        if not isinstance(repository.manifest(path).detail, Dockerfile):
            continue
        targets = sorted({target for name, target in deployed if name == path})
        if all(for_developers(target) for target in targets):
            # Files for developers deploy nothing: what is left is the last stage.
            targets = sorted({*targets, ""})
        reached: set[tuple[int, str]] = set()
        for target in targets:
            image = open_image(repository, path, target, deployed.get((path, target)))
            if image is None or (image.stage, image.context) in reached:
                continue
            reached.add((image.stage, image.context))
            yield image
            workload = Workload("docker", path, image.parsed.stages[image.stage].line, image.name)
            kind = "target" if target else "last"
            made = start_command(context, workload, image, f"what the {kind} stage ends with")
            if made is not None:
                yield made
            yield from _dead_instructions(context, image, workload)


def _dead_instructions(
    context: RuleContext, image: Image, workload: Workload
) -> Iterator[StartCommand]:
    """CMD and ENTRYPOINT of the stage itself that a later one replaces, or that are never read."""
    own = image.parsed.stages[image.stage].instructions
    state = image.state
    for each in own:
        if each.keyword not in ("CMD", "ENTRYPOINT") or each.on_build:
            continue
        why = ""
        if each.keyword == "CMD" and state.command is not None and each != state.command:
            why = f"CMD in line {state.command.line} replaces it"
        elif each.keyword == "ENTRYPOINT" and state.entrypoint and each != state.entrypoint:
            why = f"ENTRYPOINT in line {state.entrypoint.line} replaces it"
        elif each.keyword == "CMD" and state.entrypoint and not state.entrypoint.is_exec:
            line = state.entrypoint.line
            if _is_plain_shell(state.entrypoint.text):
                why = f"the ENTRYPOINT in line {line} is in shell form, and takes no CMD"
        if why:
            made = start_command(context, workload, image, why, words=words_of(each),
                                 path=image.path, wins=False, lost=DEAD)  # fmt: skip
            if made is not None:
                yield made


def _is_plain_shell(text: str) -> bool:
    return "$@" not in text and "$*" not in text and "$1" not in text
