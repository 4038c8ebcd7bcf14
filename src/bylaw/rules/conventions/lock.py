"""Conventions written down as ``bylaw.toml``: the lock that later changes are judged against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.config import Layer
from bylaw.rules.conventions.evidence import UNKNOWN, Convention
from bylaw.rules.conventions.structure import Start

_HEAD = """\
# How this backend is built: the conventions that `bylaw init` found, each with what proves it.
# This file is the lock: a change that brings a second framework, ORM, test runner, ... beside the
# one written here is a finding (convention-drift). Correct what is wrong; write "{unknown}" where
# nothing is settled.
"""
_PACKS = """\
# Written documents the repository is held to. Without this list the rules that suit every backend
# run; with it, every rule that the named documents ask for, the strict ones too.
# `bylaw clauses` says what each demands; `bylaw check` counts what each would add.
[packs]
# enable = [{names}]
"""


class Found(NamedTuple):
    """Everything ``bylaw init`` detects.

    Attributes:
        conventions: every question with its answer.
        layers: layers by folders; none where there are fewer than two.
        starts: commands that start the backend.
        roots: directories modules are imported from.
        packs: names of the packs that may be enabled.
    """

    conventions: Sequence[Convention]
    layers: Sequence[Layer]
    starts: Sequence[Start]
    roots: Sequence[str]
    packs: Sequence[str]

    def answer(self, question: str) -> Convention:
        """The convention of a question."""
        return next(each for each in self.conventions if each.question == question)


def render_lock(found: Found) -> str:
    """The text of ``bylaw.toml``.

    Args:
        found: what was detected.

    Returns:
        Valid TOML with a comment for each line that was detected.
    """
    lines = [_HEAD.format(unknown=UNKNOWN), *_project(found), ""]
    names = ", ".join(json.dumps(name) for name in found.packs)
    lines += [_PACKS.format(names=names), *_decisions(found), ""]
    lines += [*_layers(found.layers), *_boot(found.starts)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _project(found: Found) -> Iterator[str]:
    yield "[project]"
    root, python = found.answer("root-package"), found.answer("python")
    if root.proof is not None:
        yield _line("package_root", root.value, f"{root.proof.place} {root.proof.why}")
    if found.roots:
        roots = ", ".join(json.dumps(each) for each in found.roots)
        yield f"# source = [{roots}]  # where imports resolve from; found anew in each run"
    if python.proof is not None:
        yield _line("python", python.value, f"{python.proof.place} {python.proof.why}")


def _decisions(found: Found) -> Iterator[str]:
    yield "[decisions]"
    for each in found.conventions:
        if each.question in ("root-package", "python"):
            continue
        if each.proof is None:
            yield _line(each.question, UNKNOWN, f"nothing shows {each.asks}")
            continue
        told = f"{each.proof.place} {each.proof.why}"
        if each.others:
            told += "; also " + ", ".join(f"{other.value} ({other.place})" for other in each.others)
        yield _line(each.question, each.value, told)


def _layers(layers: Sequence[Layer]) -> Iterator[str]:
    if not layers:
        return
    yield "# Layers by folder, the outermost first; imports go down only (layer-violation)."
    for each in layers:
        modules = ", ".join(json.dumps(name) for name in each.modules)
        yield f'# [[layers]]\n# name = "{each.name}"\n# modules = [{modules}]'
    yield ""


def _boot(starts: Sequence[Start]) -> Iterator[str]:
    if not starts:
        return
    yield "# Commands that start this backend today; make one of them the canonical one."
    yield "# [boot]"
    for each in starts:
        yield f"# canonical = {json.dumps(each.command)}  # {each.path}:{each.line}"


def _line(key: str, value: str, comment: str) -> str:
    comment = " ".join(comment.split())
    return f"{key} = {json.dumps(value, ensure_ascii=False)}  # {comment}"
