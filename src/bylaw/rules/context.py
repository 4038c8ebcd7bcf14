"""What a rule may ask: the project, its call graph, the repository's other files, the options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from bylaw.config import BootOverride, Layer
from bylaw.facts import schema as F
from bylaw.finding import CONFIDENCES, Finding, Step
from bylaw.model.call_graph import CallGraph, Edge, Place, Seed
from bylaw.model.project import Project
from bylaw.rules.binding import Binding
from bylaw.rules.repository import Repository, Unverified
from bylaw.rules.rule import RuleInfo

if TYPE_CHECKING:
    from bylaw.model.backend.backend_model import BackendModel

NOT_AT_IMPORT = F.IN_TYPE_CHECKING | F.IN_MAIN


class Boot(NamedTuple):
    """What the configuration says about starting.

    Attributes:
        path: file of the configuration; empty where there is none.
        canonical: the one start command; empty where it does not say.
        overrides: start commands of dashboards.
    """

    path: str = ""
    canonical: str = ""
    overrides: Sequence[BootOverride] = ()


class RuleContext(NamedTuple):
    """Everything a run knows when the rules begin.

    Attributes:
        root: absolute path of the root.
        project: the linked project.
        graph: its call graph.
        companions: texts of the files other rooms need (``.env.example``), by path.
        options: per rule, what the configuration sets.
        memo: answers shared between rules of one run.
        declared: variables the configuration declares (``[probe.environment]``).
        repository: deploy and project files, git, and the change; read when asked for.
        layers: layers the configuration declares, the outermost first.
        decisions: what the configuration settles, by question.
        bindings: what the team's own documents bind.
        boot: what the configuration says about starting.
    """

    root: str
    project: Project
    graph: CallGraph
    companions: Mapping[str, str]
    options: Mapping[str, Mapping[str, object]]
    memo: dict[str, Any]
    declared: Sequence[str] = ()
    repository: Repository = Repository("", ())
    layers: Sequence[Layer] = ()
    decisions: Mapping[str, object] = MappingProxyType({})
    bindings: Sequence[Binding] = ()
    boot: Boot = Boot()

    @property
    def backend(self) -> BackendModel:
        """Routes, tables, settings and roles; each part is computed when it is asked for."""
        found = self.memo.get("backend")
        if found is None:
            from bylaw.model.backend.backend_model import BackendModel

            found = self.memo["backend"] = BackendModel(self.graph)
        model: BackendModel = found
        return model

    def option(self, info: RuleInfo, name: str) -> Any:
        """Value of an option: what the configuration sets, else the rule's default."""
        given = self.options.get(info.name, {})
        if name in given:
            return given[name]
        return next(default for each, default, _ in info.options if each == name)

    def not_verified(self, info: RuleInfo, reason: str) -> None:
        """Says that a rule could not look, which is not the same as having found nothing."""
        self.repository.unverified.append(Unverified(info.name, reason))

    def situation(self, function: int, index: int) -> tuple[Any, ...]:
        """What surrounds a statement of a function: flags, handled types, entered contexts."""
        home = self.project.function_home[function]
        found: tuple[Any, ...] = self.project.facts[home][F.SITUATIONS][index]
        return found

    def runs_at_import(self, function: int, item: Edge | Seed) -> bool:
        """Whether a step of a module body is really taken when the module is imported."""
        if self.project.functions[function][F.F_PARENT] >= 0:
            return True
        return not self.situation(function, item.situation)[F.S_FLAGS] & NOT_AT_IMPORT


def make_finding(
    info: RuleInfo,
    project: Project,
    function: int,
    place: Place,
    message: str,
    *,
    confidence: int = 0,
    severity: str = "",
    sink: str = "",
    witness: tuple[Step, ...] = (),
    mend: str = "",
) -> Finding:
    """A finding in one function (or module body) of the project.

    Args:
        info: the rule.
        project: the linked project.
        function: number of the scope.
        place: line, column and last line.
        message: one sentence.
        confidence: 0 definite, 1 probable, 2 possible.
        severity: where it differs from the rule's own.
        sink: what is reached.
        witness: the road there.
        mend: where it differs from the rule's own.

    Returns:
        The finding, without fingerprint.
    """
    return Finding(
        info.name,
        info.clauses,
        severity or info.severity,
        CONFIDENCES[confidence],
        project.path_of(function),
        place[0],
        place[1],
        max(place[0], place[2]),
        project.symbol(function),
        message,
        mend or info.mend,
        sink,
        witness,
    )


def file_finding(
    info: RuleInfo,
    path: str,
    line: int,
    message: str,
    *,
    column: int = 1,
    end_line: int = 0,
    confidence: int = 0,
    severity: str = "",
    sink: str = "",
    symbol: str = "",
    witness: tuple[Step, ...] = (),
    mend: str = "",
) -> Finding:
    """A finding in a file that is not linked Python.

    Args:
        info: the rule.
        path: the file, relative to the root.
        line: 1-based line.
        message: one sentence.
        column: 1-based column.
        end_line: last line, where it is another one.
        confidence: 0 definite, 1 probable, 2 possible.
        severity: where it differs from the rule's own.
        sink: what is found; part of the identity.
        symbol: job, service, target or file it stands in.
        witness: other places it rests on.
        mend: where it differs from the rule's own.

    Returns:
        The finding, without fingerprint.
    """
    return Finding(
        info.name, info.clauses, severity or info.severity, CONFIDENCES[confidence], path, line,
        column, max(line, end_line), symbol or path, message, mend or info.mend, sink, witness,
    )  # fmt: skip
