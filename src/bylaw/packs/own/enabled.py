"""Which documents of a team are enabled, and what they make of the configuration.

A document is enabled by ``[packs] enable``, by its path or its name under ``.ai/rules``, or by
``.ai/config/workflow.yaml`` (source 004). Where none is, one look at that file is all this costs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bylaw.config import Config, ConfigProblemsError, RuleConfig
from bylaw.errors import Diagnostic
from bylaw.packs.demands import NAMES
from bylaw.rules.registry import INFOS
from bylaw.rules.rule import Infos

if TYPE_CHECKING:
    from bylaw.finding import Finding
    from bylaw.packs.own.document import Document
    from bylaw.rules.binding import Binding

WORKFLOW = ".ai/config/workflow.yaml"
RULES_FOLDER = ".ai/rules"
_ENDINGS = (".md", ".markdown", ".mdc", ".txt")
_LISTS = ("kit", "custom")


class Enabled(NamedTuple):
    """The documents that are enabled.

    Attributes:
        documents: in order of precedence.
        watched: files, relative to the root, that decide which these are and what they say.
        problems: names that lead nowhere, and files that cannot be read.
    """

    documents: tuple[Document, ...] = ()
    watched: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What any of them binds."""
        return tuple(each for document in self.documents for each in document.bindings)


def enabled_documents(config: Config, root: str, infos: Infos = INFOS) -> Enabled:
    """Reads the documents that are enabled.

    Args:
        config: the configuration.
        root: absolute path of the root.
        infos: every rule that may be bound, those of plug-ins among them.

    Returns:
        The documents.

    Raises:
        ConfigProblemsError: a name leads nowhere, a file cannot be read, or a block is broken.
    """
    found = find_documents(config, root, infos)
    broken = [each for document in found.documents for each in document.problems]
    if found.problems or broken:
        raise ConfigProblemsError([*found.problems, *broken])
    return found


def find_documents(config: Config, root: str, infos: Infos = INFOS) -> Enabled:
    """As ``enabled_documents``, but for what is wrong, which is told and raises nothing."""
    watched = [WORKFLOW]
    wanted: list[tuple[str, Diagnostic | None]] = []
    problems: list[Diagnostic] = []
    for name in config.packs:
        path = _path_of(name, root)
        if path:
            wanted.append((path, None))
        elif name not in NAMES:
            problems.append(_unknown(name, config, root))
            watched.append(f"{RULES_FOLDER}/{name}.md")
    if os.path.exists(os.path.join(root, WORKFLOW)):
        wanted += _of_workflow(root, problems)
    if not wanted:
        return Enabled((), tuple(watched), tuple(problems))
    documents = list(_documents(wanted, root, problems, infos))
    watched += [path for path, _ in wanted]
    watched += [path for each in documents for path in _decides(each, root)]
    return Enabled(tuple(documents), tuple(dict.fromkeys(watched)), tuple(problems))


def _documents(
    wanted: Iterable[tuple[str, Diagnostic | None]],
    root: str,
    problems: list[Diagnostic],
    infos: Infos,
) -> Iterator[Document]:
    from bylaw.packs.own.document import DocumentError, load_document

    for path, missing in dict(wanted).items():
        if missing is not None and not os.path.exists(os.path.join(root, path)):
            problems.append(missing)
            continue
        try:
            yield load_document(root, path, infos)
        except DocumentError as error:
            problems.append(error.diagnostic())


def _path_of(name: str, root: str) -> str:
    """The document an entry of ``[packs] enable`` names; empty where it names none."""
    if "/" in name or name.endswith(_ENDINGS) or name.startswith("."):
        return os.path.normpath(name).replace(os.sep, "/")
    inside = f"{RULES_FOLDER}/{name}.md"
    return inside if os.path.exists(os.path.join(root, inside)) else ""


def _unknown(name: str, config: Config, root: str) -> Diagnostic:
    import difflib

    known = [*NAMES]
    folder = os.path.join(root, RULES_FOLDER)
    if os.path.isdir(folder):
        known += sorted(each.removesuffix(".md") for each in os.listdir(folder))
    near = difflib.get_close_matches(name, known, 1, 0.4)
    hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(known)}, or a path"
    return Diagnostic("configuration", f"unknown pack: {name}", config.path, 1, hint, 2)


def _of_workflow(root: str, problems: list[Diagnostic]) -> list[tuple[str, Diagnostic | None]]:
    """Documents that ``rules.kit`` and ``rules.custom`` list, each with what to say if missing."""
    from bylaw.manifests.command import Problem
    from bylaw.manifests.yaml_nodes import get, items, line_of, parse_yaml, scalar

    try:
        with open(os.path.join(root, WORKFLOW), encoding="utf-8") as file:
            parsed = parse_yaml(file.read())
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Diagnostic("configuration", f"{WORKFLOW} cannot be read: {error}",
                                   WORKFLOW, 1, "mend the file", 2))  # fmt: skip
        return []
    if isinstance(parsed, Problem):
        message = f"{WORKFLOW} is not YAML: {parsed.message}"
        problems.append(
            Diagnostic("configuration", message, WORKFLOW, parsed.line, "mend the file", 2)
        )
        return []
    wanted: list[tuple[str, Diagnostic | None]] = []
    for key in _LISTS:
        for node in items(get(parsed.root, "rules", key)):
            name = (scalar(node) or "").removesuffix(".md")
            if name:
                path = f"{RULES_FOLDER}/{name}.md"
                hint = f"add {path}, or take `{name}` from `rules.{key}`"
                message = f"`rules.{key}` enables {name}, and there is no {path}"
                wanted.append(
                    (path, Diagnostic("configuration", message, WORKFLOW, line_of(node), hint, 2))
                )
    return wanted


def _decides(document: Document, root: str) -> Iterator[str]:
    """Files whose coming and going decides what the document's bindings find."""
    import glob

    for binding in document.bindings:
        if binding.kind != "require-file":
            continue
        for path in binding.patterns("path"):
            folders = [""]
            for pattern in binding.patterns("each"):
                yield _fixed(pattern)
                folders = [*glob.glob(pattern.strip("/"), root_dir=root, recursive=True)]
            for folder in folders:
                wanted = f"{folder}/{path}" if folder else path
                yield _fixed(wanted) if "*" in wanted else wanted


def _fixed(pattern: str) -> str:
    """The folder above the first part of a pattern that is not fixed."""
    return pattern.strip("/").partition("*")[0].rpartition("/")[0] or "."


def with_bindings(config: Config, bindings: Sequence[Binding], infos: Infos = INFOS) -> Config:
    """The configuration with what documents bind: own decisions first, then packs in order.

    A rule that is bound runs, unless the configuration says it does not; an option the
    configuration sets stays. What a must binds is no mere note.

    Args:
        config: the configuration as written.
        bindings: what the documents bind.
        infos: every rule that may be bound.
    """
    if not bindings:
        return config
    rules = {rule.name: rule for rule in config.rules}
    for binding in bindings:
        name = bound_rule(binding)
        if not name:
            continue
        own = rules.get(name, RuleConfig(name))
        given = dict(binding.get("options", ()))
        enabled, severity = given.pop("enabled", True), given.pop("severity", None)
        if severity is None and binding.strength == "must" and infos[name].severity == "note":
            severity = "warning"
        rules[name] = RuleConfig(
            name,
            enabled if own.enabled is None else own.enabled,
            own.severity or severity,
            tuple({**given, **dict(own.options)}.items()),
        )
    return config._replace(rules=tuple(rules.values()))


def bound_rule(binding: Binding) -> str:
    """Name of the rule a binding makes run; empty where nothing runs for it."""
    if binding.kind == "rule":
        return str(binding.get("name"))
    if binding.kind in ("command", "manual"):
        return ""
    return "layer-violation" if binding.kind == "layers" else binding.kind


def as_bound(findings: list[Finding], bindings: Sequence[Binding]) -> list[Finding]:
    """Findings of rules that documents bind, with the clause and its words.

    Args:
        findings: of all rules.
        bindings: what the documents bind.
    """
    by_rule = {bound_rule(each): each for each in reversed(bindings) if each.kind == "rule"}
    if not by_rule:
        return findings
    shown = []
    for each in findings:
        binding = by_rule.get(each.rule)
        if binding is not None:
            each = each._replace(
                clauses=(*each.clauses, binding.clause),
                message=f"{each.message}: {binding.quoted()}",
            )
        shown.append(each)
    return shown
