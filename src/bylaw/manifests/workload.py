"""What a platform is told to run: the words in its file, before anything outranks them."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.manifests.shell_words import tokens


class Words(NamedTuple):
    """A command as some file gives it.

    Attributes:
        argv: words; where a shell reads them, those of the text, split.
        text: as written, on one line or several.
        is_shell: whether a shell reads it, so that variables expand and ``&&`` joins.
        line: 1-based line.
        column: 1-based column.
    """

    argv: tuple[str, ...]
    text: str
    is_shell: bool
    line: int
    column: int = 1


class Port(NamedTuple):
    """A port that a file says the process listens on.

    Attributes:
        value: as written.
        line: 1-based line.
        what: key that says so (``EXPOSE``, ``internal_port``).
    """

    value: str
    line: int
    what: str


class Health(NamedTuple):
    """A request that decides whether the process is well.

    Attributes:
        path: path of the URL; empty where it is not an HTTP request.
        port: as written; empty where the file does not say.
        line: 1-based line.
        what: key that says so.
        argv: words of a health command; empty for a request of the platform's own.
    """

    path: str
    port: str
    line: int
    what: str
    argv: tuple[str, ...] = ()


class Workload(NamedTuple):
    """One process that a platform keeps or runs once.

    Attributes:
        platform: ``compose``, ``render``, ``heroku``, ``fly``, ``railway``, ``kubernetes``, ...
        path: file, relative to the root.
        line: 1-based line.
        name: service, process or container.
        kind: what the platform calls it: ``web``, ``worker``, ``cron``, ``release``, ``job``,
            ``init`` or empty.
        entrypoint: what replaces the image's ENTRYPOINT, or starts the process without an image.
        arguments: what replaces the image's CMD.
        image: image it starts from; empty where it is built or needs none.
        dockerfile: Dockerfile it is built from, relative to the root; empty where none is named.
        context: build context, relative to the root.
        target: build stage; empty for the last.
        runtime: runtime as declared (``docker``, ``python``); empty where the file does not say.
        directory: where a process without an image runs, relative to the root.
        environment: names and values as written.
        ports: where it listens.
        health: what asks after it.
        unresolved: why it cannot be told what runs; empty where it can.
        mounts: (path in the repository, path in the image) that hide what the image holds.
        ignored: a start command that its own file makes void, and why.
        owner: ``kind/name`` of the object of a cluster that a container belongs to.
        position: of a container among those of its pod.
    """

    platform: str
    path: str
    line: int
    name: str
    kind: str = ""
    entrypoint: Words | None = None
    arguments: Words | None = None
    image: str = ""
    dockerfile: str = ""
    context: str = ""
    target: str = ""
    runtime: str = ""
    directory: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    ports: tuple[Port, ...] = ()
    health: tuple[Health, ...] = ()
    unresolved: str = ""
    mounts: tuple[tuple[str, str], ...] = ()
    ignored: tuple[tuple[Words, str], ...] = ()
    owner: str = ""
    position: int = 0


class PatchTarget(NamedTuple):
    """What a patch of Kustomize is for.

    Attributes:
        kind: kind of the objects; empty for every kind.
        name: regular expression that the whole name matches; empty for every name.
        is_selected: whether labels or annotations choose among them, which is not followed.
    """

    kind: str = ""
    name: str = ""
    is_selected: bool = False


class JsonPatch(NamedTuple):
    """One operation of a JSON patch (RFC 6902) on the words of a container.

    Attributes:
        target: the objects.
        place: file and 1-based line of the operation.
        is_init: whether the container is one of those that run first.
        position: of the container in the pod.
        key: ``command`` or ``args``.
        words: what is put there; None where it is removed.
    """

    target: PatchTarget
    place: tuple[str, int]
    is_init: bool
    position: int
    key: str
    words: Words | None


class Deployment(NamedTuple):
    """What one file tells a platform to run.

    Attributes:
        workloads: in the order of the file.
        unresolved: (line, why) of what is there and could not be read.
        resources: resources a kustomization or blueprint takes in, relative to the root.
        patches: workloads that only change others of the same name.
        json_patches: operations on the words of containers.
        patch_files: files that hold a patch of some objects, relative to the root.
    """

    workloads: tuple[Workload, ...]
    unresolved: tuple[tuple[int, str], ...] = ()
    resources: tuple[str, ...] = ()
    patches: tuple[Workload, ...] = ()
    json_patches: tuple[JsonPatch, ...] = ()
    patch_files: tuple[tuple[str, PatchTarget], ...] = ()


def shell_form(text: str, line: int, column: int = 1) -> Words:
    """A command that a shell reads."""
    return Words(split_words(text), text.strip(), True, line, column)


def exec_form(argv: tuple[str, ...], line: int, column: int = 1) -> Words:
    """A command that is started without a shell; ``sh -c TEXT`` is what its shell reads."""
    if len(argv) > 2 and argv[0].rpartition("/")[2] in ("sh", "bash", "ash", "dash", "zsh"):
        flags = argv[1]
        if flags.startswith("-") and "c" in flags:
            return Words(split_words(argv[2]), argv[2].strip(), True, line, column)
    return Words(argv, " ".join(argv), False, line, column)


def split_words(text: str) -> tuple[str, ...]:
    """Words of a text, without the operators between them."""
    return tuple(each.value for each in tokens(text, fold=True) if each.kind == "word")
