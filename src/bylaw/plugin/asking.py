"""What a rule may ask of a run: the code, calls by name, effects, routes, options and files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from bylaw.finding import CONFIDENCES, SEVERITIES, Finding, Step
from bylaw.model.call_index import call_index
from bylaw.plugin.code import Call, Class, Function, Module
from bylaw.plugin.declaring import Option, RuleInfo, Value
from bylaw.plugin.effects import Effect, Route, effects_of, routes_of
from bylaw.plugin.values import Located
from bylaw.rules.context import RuleContext


class _Questions:
    """What every rule of a run may ask alike."""

    def __init__(self, inner: RuleContext) -> None:
        self._inner = inner

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every Python file of the project, by path."""
        project = self._inner.project
        return tuple(Module(project, number) for number in range(len(project.paths)))

    @property
    def functions(self) -> Iterator[Function]:
        """Every function, method and lambda; bodies of modules are ``Module.body``."""
        return (each for module in self.modules for each in module.functions)

    @property
    def classes(self) -> Iterator[Class]:
        """Every class."""
        return (each for module in self.modules for each in module.classes)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route of the backend, by path and line."""
        return tuple(routes_of(self._inner))

    def calls_of(self, *names: str) -> Iterator[Call]:
        """Calls of some functions or classes, wherever they are and however they were imported.

        Args:
            *names: dotted names (``requests.get``, ``builtins.print``, ``app.db.connect``).

        Yields:
            The calls, by file and position. What cannot be resolved is left out.
        """
        project = self._inner.project
        wanted = {project.stubs.canonical(name) for name in names}
        last = {name.rpartition(".")[2] for name in (*names, *wanted)}
        for number, facts in call_index(project).named(last):
            call = Call(project, number, facts)
            if call.name in wanted:
                yield call

    def effects(
        self,
        scopes: Iterable[Function],
        kinds: Collection[str],
        *,
        at_import: bool = False,
        across_threads: bool = True,
    ) -> Iterator[Effect]:
        """Which effects some functions reach, by themselves or through any chain of calls.

        Args:
            scopes: functions the question is about.
            kinds: ``env-read env-write network database filesystem-read filesystem-write process
                thread clock random sleep blocking raise log global-write exit``.
            at_import: leave out what does not run while a module is being imported.
            across_threads: follow calls that run in another thread or process.

        Yields:
            For each scope its nearest and surest effects first, each with the road to it.

        Raises:
            ValueError: a kind that does not exist.
        """
        return effects_of(
            self._inner, scopes, frozenset(kinds), at_import=at_import,
            across_threads=across_threads,
        )  # fmt: skip


class Context(_Questions):
    """What one rule may ask in one run; made by Bylaw and handed to ``Rule.find``.

    Attributes:
        info: what the rule declares.
        root: absolute path of the root.
        unverified: why the rule could not look, as told to ``not_verified``.
    """

    def __init__(self, inner: RuleContext, info: RuleInfo) -> None:
        super().__init__(inner)
        self.info = info
        self.root = inner.root
        self.unverified: list[str] = []

    def option(self, option: Option[Value]) -> Value:
        """Value of an option: what ``[rules.NAME]`` sets, else its default.

        Args:
            option: one of ``RuleInfo.options``.

        Raises:
            LookupError: the rule does not declare it.
        """
        if option not in self.info.options:
            raise LookupError(f"{self.info.name} declares no option {option.name}")
        given = self._inner.options.get(self.info.name, {})
        value: Value = given.get(option.name, option.default)  # type: ignore[assignment]
        return value

    def text(self, path: str) -> str | None:
        """Text of a file beyond Python.

        Args:
            path: one of ``RuleInfo.files``.

        Returns:
            Its text, None where it is not there.

        Raises:
            LookupError: the rule does not declare it, so that a stored report would outlive it.
        """
        if path not in self.info.files:
            raise LookupError(f"{self.info.name} does not name {path} among its files")
        repository = self._inner.repository
        return repository.whole(path) if repository.exists(path) else None

    def not_verified(self, reason: str) -> None:
        """Says that the rule could not look, which is not the same as having found nothing.

        Args:
            reason: what it lacked; shown in the report.
        """
        self.unverified.append(reason)

    def make_finding(
        self,
        at: Located,
        message: str,
        *,
        sink: str = "",
        confidence: str = "definite",
        severity: str = "",
        mend: str = "",
        witness: Sequence[Step] = (),
    ) -> Finding:
        """A finding of this rule.

        Args:
            at: what it is about: a call, a function, a class, an import, a module, an effect, a
                route.
            message: one sentence, without the place.
            sink: what is found, in a few words. With the rule and the scope it is the identity of
                the finding, which baselines hold on to: leave line numbers out.
            confidence: ``definite``, ``probable`` or ``possible``.
            severity: where it differs from the rule's own.
            mend: where it differs from the rule's own.
            witness: the road to the sink, as an effect has it.

        Returns:
            The finding.

        Raises:
            ValueError: a word that is no severity or confidence.
        """
        severity = severity or self.info.severity
        if confidence not in CONFIDENCES or severity not in SEVERITIES:
            raise ValueError(f"{severity} {confidence} is no severity and confidence")
        place = at.place
        return Finding(
            self.info.name, tuple(self.info.clauses), severity, confidence, place.path, place.line,
            place.column, max(place.line, place.end_line), at.symbol, message,
            mend or self.info.mend, sink, tuple(witness), url=self.info.url,
        )  # fmt: skip
