"""``boot-command-drift``: two ways of deploying start different things in the same role."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence

from bylaw.finding import Finding, Step
from bylaw.manifests.meaning import meaning_of
from bylaw.rules.boot.compare import Difference, differences, starts_same
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import ASIDE, StartCommand
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="boot-command-drift",
    summary="Two start commands of the same role differ in what they start or how.",
    clauses=("DC-1", "DC-4.1", "DC-6", "DC-11.1"),
    severity="error",
    how="tree",
    family="deploy",
    mend="start the same module the same way everywhere, or declare the difference in bylaw.toml",
    needs=frozenset({"manifests"}),
)

_ROLES = ("api", "worker", "scheduler", "migrate")
_ORDER = ("docker", "render", "heroku", "railway", "fly", "kubernetes", "cloud-run", "app-engine",
          "digitalocean", "systemd", "supervisord", "compose")  # fmt: skip
_ASIDE_FOLDERS = frozenset({"docker", "deploy", "deployment", "deployments", "build", "infra",
                            "ops", "container", "containers", "images", "compose", "k8s", "etc",
                            "production", "prod", "dockerfiles", "config", "scripts"})  # fmt: skip


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per command that differs; against the canonical one where it is declared."""
    inventory = inventory_of(context)
    if inventory.canonical is not None:
        yield from _against_canonical(context, inventory.canonical)
    groups: dict[tuple[str, str], list[StartCommand]] = {}
    for each in inventory.winning(*_ROLES):
        if not _is_compared(each) or (inventory.canonical is not None and each.role == "api"):
            continue
        groups.setdefault((_home(each), each.role), []).append(each)
    for commands in groups.values():
        yield from _among(commands)


def _is_compared(each: StartCommand) -> bool:
    if each.is_development or not each.argv or each.meaning.reload in ("runserver", "dev"):
        return False
    known = each.meaning.module or each.meaning.script
    return bool(known) and each.role in _ROLES and each.lost != ASIDE


def _home(each: StartCommand) -> str:
    """The folder of the service; one for deploy files stands for what is above it."""
    home = each.home
    image = each.place.image
    if image is not None:
        folder = posixpath.dirname(image.path)
        if folder.rpartition("/")[2] not in _ASIDE_FOLDERS:
            home = folder
    return home


def _against_canonical(context: RuleContext, canonical: Sequence[str]) -> Iterator[Finding]:
    wanted = meaning_of(tuple(canonical))
    seen = set()
    for each in inventory_of(context).winning("api"):
        place = (each.path, each.line)
        if each.is_development or not each.argv or place in seen:
            continue
        seen.add(place)
        found = differences(each.meaning, wanted, -1, -1)
        if found:
            step = Step(context.boot.path, 1, "boot.canonical", " ".join(canonical))
            yield _finding(each, found, f"the canonical command ({' '.join(canonical)})", step, 0)


def _among(commands: list[StartCommand]) -> Iterator[Finding]:
    """The start that most files agree on counts; what no platform of its own agrees with drifts."""
    by_platform: dict[str, list[StartCommand]] = {}
    for each in commands:
        by_platform.setdefault(each.platform, []).append(each)
    if len(by_platform) < 2:
        return
    reference = _reference(commands)
    seen = {(reference.path, reference.line)}
    for platform, listed in by_platform.items():
        own = [each for each in listed if (each.path, each.line) not in seen]
        if platform == reference.platform or len(own) < len(listed):
            continue
        ranked = sorted(own, key=lambda each: (not starts_same(each, reference),
                                               len(_between(each, reference))))  # fmt: skip
        nearest = ranked[0]
        found = _between(nearest, reference)
        if not found:
            continue
        seen.add((nearest.path, nearest.line))
        text = " ".join(reference.argv)
        step = Step(reference.path, reference.line, reference.name, text)
        place = f"{reference.path}:{reference.line} ({text})"
        certain = nearest.module >= 0 and reference.module >= 0
        certain = certain or not (nearest.resolved and reference.resolved)
        yield _finding(nearest, found, place, step, 0 if certain else 1)


def _between(one: StartCommand, other: StartCommand) -> list[Difference]:
    return differences(one.meaning, other.meaning, one.module, other.module)


def _reference(commands: list[StartCommand]) -> StartCommand:
    """The most frequent start that can run; among equals the one of the highest platform."""
    files: Counter[str] = Counter()
    for key in {(each.meaning.target, each.path, each.line) for each in commands}:
        files[key[0]] += 1
    return min(
        commands,
        key=lambda each: (
            not each.resolved, -files[each.meaning.target],
            _ORDER.index(each.platform) if each.platform in _ORDER else len(_ORDER), each.path,
            each.line,
        ),
    )  # fmt: skip


def _finding(
    each: StartCommand, found: list[Difference], other: str, step: Step, confidence: int
) -> Finding:
    gravest = min(found, key=lambda one: ("error", "warning", "note").index(one.severity))
    told = "; ".join(one.words for one in found)
    return file_finding(
        INFO, each.path, each.line, f"the {each.role} starts differently from {other}: {told}",
        column=each.column, severity=gravest.severity, confidence=confidence,
        sink=each.meaning.target, symbol=each.name or each.path, witness=(step,),
    )  # fmt: skip
