"""Which template goes to which place, and which seeds share one copy of the tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from benchmarks.recall.places import Place, World, find_places
from benchmarks.recall.seeds import Seed, fits, make_seed
from benchmarks.recall.templates import Template

Reported = dict[str, list[tuple[int, int]]]
"""Lines of what a rule already reports, by path."""


def make_plan(
    templates: Sequence[Template], world: World, seed: str, places: int, reported: Reported
) -> list[Seed]:
    """Seeds for one rule in one tree.

    Args:
        templates: the rule's.
        world: the tree.
        seed: what the generator starts from; the same gives the same plan.
        places: places for each template; a rule gets at least ten where the tree has them.
        reported: what the rule reports before anything is seeded: a function that already has a
            finding takes no second one, as one finding may stand for both.

    Returns:
        The seeds, numbered from 1.
    """
    usable = [t for t in templates if not t.needs or world.libraries & set(t.needs)]
    if not usable:
        return []
    each = max(places, -(-10 // len(usable)))
    random = Random(seed)
    found = {kind: find_places(kind, world, random) for kind in sorted({t.place for t in usable})}
    seeds: list[Seed] = []
    for template in usable:
        offered = [
            place
            for place in found[template.place]
            if fits(template, place) and not _is_reported(place, reported)
        ]
        for place in offered[:each]:
            seeds.append(make_seed(template, place, len(seeds) + 1, random))
            # The next template starts with places that have not been used.
            found[template.place].remove(place)
            found[template.place].append(place)
    return seeds


def _is_reported(place: Place, reported: Reported) -> bool:
    first, last = place.span
    return any(first <= end and start <= last for start, end in reported.get(place.file.path, ()))


def batches(seeds: Iterable[Seed]) -> list[list[Seed]]:
    """Seeds that one copy can hold together: no two write the same file.

    Args:
        seeds: all of them.

    Returns:
        The groups; a seed whose template says ``alone`` has one of its own.
    """
    groups: list[tuple[set[str], list[Seed]]] = []
    single: list[list[Seed]] = []
    for seed in seeds:
        paths = {path for path, _ in seed.writes}
        if seed.template.alone:
            single.append([seed])
            continue
        for taken, group in groups:
            if not taken & paths:
                taken |= paths
                group.append(seed)
                break
        else:
            groups.append((paths, [seed]))
    return [group for _, group in groups] + single
