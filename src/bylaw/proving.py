"""Claims that Bylaw answers in its own process: rules and probes, joined with the linked model."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import NamedTuple

from bylaw.analysis import check_run
from bylaw.evidence.adapters.answers import COMMANDS, RULES, of_probe, of_rules, parts_of
from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import Verdict
from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS
from bylaw.linking import Linked, Progress, context_of, link_repository
from bylaw.probes.outcome import Outcome, render_outcome
from bylaw.result import CheckResult
from bylaw.rules.selection import Options
from bylaw.version import __version__

PARTS = frozenset({"negative-path", "resilience", "red-green", "determinism"})
PROBES = ("secrets-clean", "dependencies-audited", "imports-pure", "boot-proven")
IMAGES = "image-builds"
_LIST = "git ls-files '*Dockerfile*'"


class Answer(NamedTuple):
    """What came of one claim.

    Attributes:
        claim: its slug.
        verdict: the verdict.
        document: what was said in full, as bytes; empty for nothing.
    """

    claim: str
    verdict: Verdict
    document: bytes


class Prover:
    """Answers claims; what is linked is linked once.

    Args:
        project: the project.
        options: of the analysis; its base is the change's.
        progress: told what is under way.
    """

    def __init__(self, project: Project, options: Options, progress: Progress) -> None:
        self.project = project
        self.options = options
        self.progress = progress
        self._checked: Linked | None = None

    @cached_property
    def linked(self) -> Linked:
        """The repository as it is."""
        if self._checked is not None:
            return self._checked
        return link_repository(self.project.root, self.project.config, self.options, self.progress)

    def rules(self, claims: Collection[str]) -> Iterator[Answer]:
        """Claims that rules answer, all of them by one run.

        Args:
            claims: slugs, of ``RULES``.
        """
        names = tuple(sorted({name for claim in claims for name in RULES[claim]}))
        if not names:
            return
        options = self.options._replace(select=names)
        result, run = check_run([self.project.root], options, self.progress)
        if run is not None:
            self._checked = run.linked
        for claim in claims:
            yield Answer(claim, of_rules(claim, result), _report(result))

    def probes(self, claims: Collection[str]) -> Iterator[list[Answer]]:
        """Claims that probes answer, one group after the other.

        Args:
            claims: slugs.
        """
        for claim in PROBES:
            if claim in claims:
                yield self._answered([claim], self._probe(claim))
        for parts in parts_of(claims):
            self.progress(f"probing {' and '.join(sorted(parts))}")
            yield self._answered(sorted(parts), self._tests(parts))
        if IMAGES in claims:
            yield [_built(self.project, self.progress)]

    def _answered(self, claims: list[str], outcome: Outcome) -> list[Answer]:
        document = render_outcome(outcome).encode()
        root = self.project.root
        return [Answer(each, of_probe(each, outcome, root), document) for each in claims]

    def _probe(self, claim: str) -> Outcome:
        asked: dict[str, Callable[[], Outcome]] = {
            "secrets-clean": self._secrets, "dependencies-audited": self._dependencies,
            "imports-pure": self._imports, "boot-proven": self._boot,
        }  # fmt: skip
        self.progress(COMMANDS[claim].removeprefix("bylaw "))
        return asked[claim]()

    def _secrets(self) -> Outcome:
        from bylaw.probes.added_secrets import probe_secrets

        return probe_secrets(self.project.root, self.options.base)

    def _dependencies(self) -> Outcome:
        return _audited(self.project)

    def _imports(self) -> Outcome:
        from bylaw.probes.imports.probe import Asked, probe_imports

        config = self.project.config
        asked = Asked(self.project.root, configured_python=config.project.python,
                      declared=config.probe_environment)  # fmt: skip
        return probe_imports(self.linked.graph, asked, self.progress)

    def _boot(self) -> Outcome:
        from bylaw.probes.boot.probe import Asked, probe_boot

        config = self.project.config
        asked = Asked(configured_python=config.project.python, declared=config.probe_environment)
        return probe_boot(context_of(self.linked, self.options.base), asked, self.progress)

    def _tests(self, parts: frozenset[str]) -> Outcome:
        from bylaw.probes.proof.probe import Asked, probe_tests

        config = self.project.config
        asked = Asked(self.project.root, base=self.options.base, parts=parts,
                      configured_python=config.project.python,
                      declared=config.probe_environment)  # fmt: skip
        return probe_tests(asked, self.progress)


def _audited(project: Project) -> Outcome:
    from bylaw.probes.dependencies.probe import probe_dependencies

    folders = [project.environment.scripts, os.path.dirname(sys.executable)]
    outcome = probe_dependencies(project.repository, "", folders)
    install = project.install("pip-audit")
    errors = [each._replace(hint=install if each.code == "no-advisories" else each.hint)
              for each in outcome.errors]  # fmt: skip
    return outcome._replace(errors=tuple(errors))


def _built(project: Project, progress: Progress) -> Answer:
    """Every image of the project, built by what builds here."""
    from bylaw.probes.image_builder import build_command, build_image, find_builder

    builder = find_builder()
    said = []
    images = images_of(project)
    for dockerfile, context in images:
        progress(f"building {dockerfile}")
        result, why = build_image(builder, project.root, dockerfile, context)
        said.append((result, dockerfile, why))
    if not images:
        text = "the repository has no Dockerfile"
        return Answer(IMAGES, Verdict(NOT_VERIFIED, ("zero-collected",), text, _LIST), b"")
    worst = next((each for kind in (FAIL, NOT_VERIFIED) for each in said if each[0] == kind),
                 None)  # fmt: skip
    counts = (("images", len(images)),)
    if worst is None:
        return Answer(IMAGES, Verdict(PASS, (), f"{len(images)} images build", "", counts), b"")
    result, dockerfile, why = worst
    code = "findings" if result == FAIL else "tool-missing:docker"
    command = build_command(builder, dockerfile, dict(images)[dockerfile])
    verdict = Verdict(result, (code,), f"{dockerfile}: {why}"[:300], command, counts)
    return Answer(IMAGES, verdict, b"")


def images_of(project: Project) -> list[tuple[str, str]]:
    """Dockerfiles of a project with the folder each is built in."""
    from bylaw.manifests.yaml_shapes import Compose

    found: dict[str, str] = {}
    for each in project.repository.of_kind("compose"):
        if isinstance(each.detail, Compose):
            for service in each.detail.services:
                if service.build_context and service.dockerfile:
                    folder = os.path.normpath(
                        os.path.join(os.path.dirname(each.path), service.build_context)
                    )
                    path = os.path.normpath(os.path.join(folder, service.dockerfile))
                    found.setdefault(path, "" if folder == "." else folder)
    for path in project.repository.names("dockerfile"):
        folder = os.path.dirname(path)
        own = any(project.repository.exists(os.path.join(folder, name))
                  for name in ("pyproject.toml", "requirements.txt"))  # fmt: skip
        found.setdefault(path, folder if own else "")
    return sorted((path, folder) for path, folder in found.items()
                  if project.repository.exists(path))  # fmt: skip


def _report(result: CheckResult) -> bytes:
    from bylaw.report.json_report import render_json

    return render_json(result, __version__, show_suppressed=True).encode()
