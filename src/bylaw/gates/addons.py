"""Add-ons of source 002's kit: manifests that say which further rulebook a rulebook needs.

A manifest (``*.addon.yml``) holds ``addon_key``, ``addon_class`` (``required`` or ``advisory``),
``rulebook`` and, if it likes, ``claims``. It counts only where the configuration or an enabled
rulebook names the add-on: by its key, or by the name of its rulebook.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.gates.reason import Reason, reason

ENDINGS = (".addon.yml", ".addon.yaml")
REQUIRED, ADVISORY = "required", "advisory"
_LARGEST = 1 << 18


class Addon(NamedTuple):
    """One add-on.

    Attributes:
        key: its name.
        kind: ``required`` or ``advisory``; whatever else a manifest says is required.
        rulebook: path of its rulebook, relative to the root.
        manifest: path of its manifest.
        claims: slugs of the claims it brings.
        is_here: whether the rulebook exists.
    """

    key: str
    kind: str
    rulebook: str
    manifest: str
    claims: tuple[str, ...]
    is_here: bool

    @property
    def is_templates(self) -> bool:
        """Whether it holds templates, which have a code of their own."""
        name = os.path.basename(self.rulebook).rpartition(".")[0]
        return name.endswith("templates") or self.key.casefold().endswith("templates")


def named_addons(
    root: str, paths: Iterable[str], names: Iterable[str], texts: Iterable[str]
) -> list[Addon]:
    """Add-ons that the configuration or a rulebook names.

    Args:
        root: absolute path of the root.
        paths: files of the repository; manifests are found among them.
        names: entries of ``[packs] enable``.
        texts: texts of the enabled documents.

    Returns:
        The add-ons, by key.
    """
    wanted, words = frozenset(names), list(texts)
    found = [each for path in paths if path.endswith(ENDINGS) for each in _read(root, path)]
    return sorted(each for each in found if _is_named(each, wanted, words))


def _is_named(addon: Addon, names: frozenset[str], texts: list[str]) -> bool:
    rulebook = os.path.basename(addon.rulebook)
    known = {addon.key, addon.rulebook, rulebook}
    return bool(names & known) or any(
        word in text for text in texts for word in (addon.key, rulebook) if word
    )


def _read(root: str, path: str) -> Iterator[Addon]:
    """The add-on of a manifest; a broken one is an add-on that is required and not here."""
    import yaml

    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            data = yaml.safe_load(file.read(_LARGEST))
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        data = None
    if not isinstance(data, dict):
        data = {}
    name = os.path.basename(path)
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    rulebook = str(data.get("rulebook", "") or "")
    place = _found(root, os.path.dirname(path), rulebook)
    kind = ADVISORY if data.get("addon_class") == ADVISORY else REQUIRED
    claims = data.get("claims")
    slugs = tuple(map(str, claims)) if isinstance(claims, list) else ()
    yield Addon(str(data.get("addon_key") or name), kind, place or rulebook, path, slugs,
                bool(place))  # fmt: skip


def _found(root: str, folder: str, rulebook: str) -> str:
    """Where a rulebook stands: beside the manifest, above it, or below the root."""
    if not rulebook or os.path.isabs(rulebook):
        return ""
    above = os.path.dirname(folder)
    for base in (folder, above, ""):
        path = os.path.normpath(os.path.join(base, rulebook)).replace(os.sep, "/")
        if not path.startswith("../") and os.path.isfile(os.path.join(root, path)):
            return path
    return ""


def addon_reasons(addons: Iterable[Addon]) -> tuple[list[Reason], list[Reason]]:
    """What missing add-ons do to the verdict.

    Args:
        addons: those that are named.

    Returns:
        Reasons to block, and warnings.
    """
    blocks, warnings = [], []
    for each in addons:
        if each.is_here:
            continue
        steps = (f"git log --diff-filter=D --oneline -- {each.rulebook or each.manifest}",
                 f"put {each.rulebook or 'its rulebook'} back, or take its name out")  # fmt: skip
        if each.kind == ADVISORY:
            code = f"WARN-PRINCIPAL-EVIDENCE-MISSING:{each.key}"
            warnings.append(reason(code, each.key, (each.manifest,), steps))
            continue
        stem = "BLOCKED-MISSING-TEMPLATES" if each.is_templates else "BLOCKED-MISSING-ADDON"
        blocks.append(reason(f"{stem}:{each.key}", each.key, (each.manifest,), steps))
    return blocks, warnings
