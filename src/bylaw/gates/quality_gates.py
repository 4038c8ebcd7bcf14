"""The gates of source 002: what feeds each, when it applies, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bylaw.evidence.item import FAIL, NOT_VERIFIED, PASS
from bylaw.finding import Finding
from bylaw.gates.matter import Matter
from bylaw.gates.reason import Reason, reason
from bylaw.gates.standing import ABSENT, CRITICAL, STALE, Standing

NOT_APPLICABLE = "not-applicable"
COMPATIBILITY, DEPLOYMENT_ORDER = "note/compatibility", "note/deployment-order"

CONTRACT = frozenset({"contract"})
PERSISTENCE = frozenset({"migration", "persistence"})
CONCURRENT = frozenset({"async", "messaging"})
UNDECIDABLE = frozenset({"not-built-yet", "tool-not-supported"})
"""Reason codes of what no run of Bylaw will tell: a person has to answer for it."""
CODE = CONTRACT | PERSISTENCE | CONCURRENT | {"behaviour", "public", "local", "security"}


class Gate(NamedTuple):
    """One gate.

    Attributes:
        id: its code.
        title: what it is about.
        claims: claims that feed it.
        rules: rules whose findings feed it; a name may end in ``*``.
        surfaces: surfaces that make it apply; empty where only its claims and findings do.
        otherwise: why it does not apply where it does not.
    """

    id: str
    title: str
    claims: tuple[str, ...]
    rules: tuple[str, ...]
    surfaces: frozenset[str]
    otherwise: str

    def has_rule(self, rule: str) -> bool:
        """Whether findings of a rule feed it."""
        return any(
            rule.startswith(each[:-1]) if each.endswith("*") else rule == each
            for each in self.rules
        )


GATES = (
    Gate("PQG-1", "build and lint", ("lint-clean", "format-clean", "types-clean"), (),
         frozenset(), "nothing that is linted or typed was touched"),
    Gate("PQG-2", "contract", ("contract-compatible", "generated-untouched"),
         ("generated-code-edited",), CONTRACT | {"generated"}, "no contract touched"),
    Gate("PQG-3", "architecture", (),
         ("layer-violation", "fat-handler", "transport-*", "import-cycle", "wrong-package-root"),
         CODE,
         "no code touched"),
    Gate("PQG-4", "test quality",
         ("changed-tests-green", "tests-green", "coverage-floor", "determinism", "negative-path",
          "red-green"), ("nondeterministic-test", "mock-overuse"), frozenset(),
         "no behaviour and no test touched"),
    Gate("PQG-5", "migration", ("migrations-reversible",),
         ("irreversible-migration", "edited-migration"), PERSISTENCE, "no migration touched"),
    Gate("PQG-6", "operation", ("secrets-clean", "boot-proven", "manifests-agree"),
         ("sensitive-data-in-log", "endpoint-unprotected", "swallowed-exception"),
         frozenset({"security", "settings", "deploy"}), "neither logging nor security touched"),
)  # fmt: skip


_OTHERS = {
    "PYPH2-FAIL-02": ("negative-path",),
    "PYPH2-FAIL-03": ("resilience",),
    "PYPH2-FAIL-04": ("generated-untouched",),
    "PYPH2-FAIL-05": ("determinism",),
}


def claims_of(gate: str, matter: Matter) -> tuple[str, ...]:
    """Claims that a gate stands and falls with.

    Args:
        gate: its code.
        matter: what is judged; the gates about evidence itself rest on whatever it obliges.
    """
    named = {each.id: each.claims for each in GATES} | _OTHERS
    obliged = tuple(each.claim for each in matter.standings if each.obliged)
    return named.get(gate, obliged)


class GateResult(NamedTuple):
    """What a gate says.

    Attributes:
        id: its code.
        title: what it is about.
        result: ``pass``, ``fail``, ``not-verified`` or ``not-applicable``.
        reasons: why it is no pass; why it does not apply.
    """

    id: str
    title: str
    result: str
    reasons: tuple[Reason, ...]

    def entry(self) -> dict[str, object]:
        """The object that stands in ``gates[]``."""
        reasons = [each.entry() for each in self.reasons]
        return {"id": self.id, "result": self.result, "reasons": reasons}


def judged_gates(matter: Matter) -> list[GateResult]:
    """What each gate says of a change, in the order of the table."""
    quality = [_judged(gate, matter) for gate in GATES]
    return [*quality, _build_evidence(matter), *_hard_fails(matter)]


def _judged(gate: Gate, matter: Matter) -> GateResult:
    claims = matter.about(gate.claims)
    failed = [failing(gate.id, each, matter) for each in claims if _fails(each)]
    failed += _found(gate, matter)
    missing = [unproven(each, matter) for each in claims if _is_open(each)]
    applies = bool(gate.surfaces & matter.surfaces) or any(each.obliged for each in claims)
    if gate.id == "PQG-5" and PERSISTENCE & matter.surfaces:
        missing += _unwritten(matter)
    if applies and not matter.is_empty:
        missing += [_not_looked(gate, *each) for each in matter.not_looked if _feeds(gate, each[0])]
    if failed or missing:
        return GateResult(gate.id, gate.title, FAIL if failed else NOT_VERIFIED,
                          (*failed, *missing))  # fmt: skip
    if applies:
        return GateResult(gate.id, gate.title, PASS, ())
    text = reason("NOT-APPLICABLE", gate.otherwise, tuple(sorted(matter.surfaces)))
    return GateResult(gate.id, gate.title, NOT_APPLICABLE, (text,))


def _fails(standing: Standing) -> bool:
    return standing.result == FAIL and not standing.waived


def _is_open(standing: Standing) -> bool:
    return standing.obliged and standing.result == NOT_VERIFIED and not standing.waived


def _feeds(gate: Gate, rule: str) -> bool:
    return bool(gate.rules) if rule == "*" else gate.has_rule(rule)


def failing(code: str, standing: Standing, matter: Matter) -> Reason:
    """Why a claim failed.

    Args:
        code: the gate's.
        standing: of the claim.
        matter: what is judged.
    """
    claim = standing.claim
    show = f"bylaw evidence {standing.evidence}"
    signals = (standing.evidence, *standing.reason_codes)
    if standing.flaky:
        again = ("bylaw run determinism", "mend what differs between the runs")
        return reason(f"PYPH2-FAIL-05:{claim}", claim, signals, again)
    if "CHECK-WEAKENED" in standing.bare_codes:
        ask = f"{matter.approve} check-weakened/{claim} --reason TEXT"
        look = "bylaw probe tests --only weakened"
        steps: tuple[str, ...] = (look, "take back what loosens the check", ask)
        return reason(f"CHECK-WEAKENED:{claim}", claim, signals, steps)
    first = standing.next_command or show
    steps = (first, *([] if first == show else [show]), matter.verify)
    return reason(f"{code}:{claim}", claim, signals, steps)


def unproven(standing: Standing, matter: Matter) -> Reason:
    """Why a claim is not verified.

    Args:
        standing: of the claim.
        matter: what is judged.
    """
    claim = standing.claim
    signals = (standing.evidence, *standing.reason_codes) if standing.evidence else ()
    if standing.freshness == ABSENT:
        return reason(f"NOT_VERIFIED-MISSING-EVIDENCE:{claim}", claim, signals, (matter.verify,))
    if standing.provenance == "asserted":
        return reason(f"NOT_VERIFIED-ASSERTED:{claim}", claim, signals, (matter.verify,))
    if standing.freshness == STALE:
        steps: tuple[str, ...] = (matter.verify, f"bylaw stale {claim}")
        return reason(f"NOT_VERIFIED-EVIDENCE-STALE:{claim}", claim, signals, steps)
    ask = f"{matter.approve} claim/{claim} --reason TEXT"
    steps = tuple(each for each in (standing.next_command, ask) if each)
    if standing.bare_codes & UNDECIDABLE:
        steps = (ask, *steps[:-1])
    return reason(f"NOT_VERIFIED-INCONCLUSIVE:{claim}", claim, signals, steps)


def _found(gate: Gate, matter: Matter) -> list[Reason]:
    """One reason for each rule that found something on the change."""
    by_rule: dict[str, list[Finding]] = {}
    for each in matter.findings:
        if gate.has_rule(each.rule):
            by_rule.setdefault(each.rule, []).append(each)
    return [_of_rule(gate.id, rule, found) for rule, found in sorted(by_rule.items())]


def _of_rule(code: str, rule: str, found: list[Finding]) -> Reason:
    places = tuple(f"{each.path}:{each.line}" for each in found)
    steps = (f"bylaw check {found[0].path}", found[0].mend, f"bylaw explain {rule}")
    return reason(f"{code}:{rule}", places[0], places, tuple(each for each in steps if each))


def _not_looked(gate: Gate, rule: str, lacked: str) -> Reason:
    surface = "static analysis" if rule == "*" else rule
    steps = ("bylaw check",)
    return reason(f"NOT_VERIFIED-INCONCLUSIVE:{gate.id}", surface, (lacked,), steps)


def _unwritten(matter: Matter) -> list[Reason]:
    """Notes that a change of persistence needs and nobody has written."""
    wanted = [COMPATIBILITY, DEPLOYMENT_ORDER]
    return [
        reason(f"NOT_VERIFIED-MISSING-EVIDENCE:{each}", each, (),
               (f"{matter.approve} {each} --reason TEXT",))
        for each in wanted
        if each not in matter.notes
    ]  # fmt: skip


def _build_evidence(matter: Matter) -> GateResult:
    """Every claim has evidence, whichever gate it feeds."""
    fed = {claim for gate in GATES for claim in gate.claims} | {"resilience"}
    missing = [unproven(each, matter) for each in matter.standings if _is_open(each)]
    failed = [
        failing("BuildEvidence", each, matter)
        for each in matter.standings
        if each.obliged and each.claim not in fed and _fails(each)
    ]
    return _result("BuildEvidence", "evidence", failed, missing, any(
        each.obliged for each in matter.standings), "nothing is claimed")  # fmt: skip


def _hard_fails(matter: Matter) -> Iterator[GateResult]:
    open_ones = [each for each in matter.standings if _is_open(each) and each.claim in CRITICAL]
    named = [unproven(each, matter)._replace(reason_code=f"PYPH2-FAIL-01:{each.claim}")
             for each in open_ones]  # fmt: skip
    critical = any(each.obliged and each.claim in CRITICAL for each in matter.standings)
    yield _result("PYPH2-FAIL-01", "critical claims", [], named, critical, "no critical claim")
    yield _proof("PYPH2-FAIL-02", "negative path of the contract", "negative-path", matter,
                 CONTRACT, "no contract touched")  # fmt: skip
    yield _proof("PYPH2-FAIL-03", "resilience", "resilience", matter, CONCURRENT | PERSISTENCE,
                 "neither async code nor persistence touched")  # fmt: skip
    yield _proof("PYPH2-FAIL-04", "generated code", "generated-untouched", matter, frozenset(), "")
    flaky = [each for each in matter.standings if each.flaky and not each.waived]
    shaky = [each for each in matter.about(["determinism"]) if _fails(each) and not each.flaky]
    failed = [failing("PYPH2-FAIL-05", each, matter) for each in [*flaky, *shaky]]
    ran = any(each.evidence and "test" in each.claim for each in matter.standings)
    yield _result("PYPH2-FAIL-05", "flaky behaviour", failed, [], ran, "no test ran")


def _proof(
    code: str, title: str, claim: str, matter: Matter, surfaces: frozenset[str], otherwise: str
) -> GateResult:
    """A gate that stands and falls with one claim, where the change touches certain surfaces."""
    found = matter.about([claim])
    failed = [failing(code, each, matter) for each in found if _fails(each)]
    missing = [unproven(each, matter)._replace(reason_code=f"{code}:{claim}")
               for each in found if _is_open(each)]  # fmt: skip
    applies = bool(found) and (not surfaces or bool(surfaces & matter.surfaces))
    if not applies:
        return _result(code, title, [], [], False, otherwise or "nothing generated touched")
    return _result(code, title, failed, missing, True, otherwise)


def _result(
    code: str, title: str, failed: list[Reason], missing: list[Reason], applies: bool,
    otherwise: str,
) -> GateResult:  # fmt: skip
    if failed or missing:
        return GateResult(code, title, FAIL if failed else NOT_VERIFIED, (*failed, *missing))
    if applies:
        return GateResult(code, title, PASS, ())
    return GateResult(code, title, NOT_APPLICABLE, (reason("NOT-APPLICABLE", otherwise),))
