"""The images that ship a Python backend, and what is said about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.manifests.dockerfile import Instruction
from bylaw.rules.boot.images import Image, chain, filled, sources, variables
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand, for_developers
from bylaw.rules.context import RuleContext

_PYTHON = re.compile(r"\b(pip3?|uv|poetry|pdm|pipenv|python3?)\b")
_OFFICIAL = re.compile(r"^(docker\.io/)?(library/)?[\w.-]+(:[\w.-]+)?(@sha256:\w+)?$")


class BackendImage(NamedTuple):
    """An image that ships a backend.

    Attributes:
        image: the image.
        commands: start commands that win in it, of every platform.
    """

    image: Image
    commands: tuple[StartCommand, ...]

    @property
    def roles(self) -> set[str]:
        """Roles it is started in."""
        return {each.role for each in self.commands}


def backend_images(context: RuleContext) -> Iterator[BackendImage]:
    """Images with Python in them that somebody deploys; those for developers are left out.

    Args:
        context: what is known.
    """
    inventory = inventory_of(context)
    for image in inventory.images:
        if for_developers(image.path) or for_developers(image.name):
            continue
        used = tuple(
            each for each in inventory.winning()
            if each.place.image is not None and each.place.image[:3] == image[:3]
        )  # fmt: skip
        if _is_python(image, used):
            yield BackendImage(image, used)


def _is_python(image: Image, used: tuple[StartCommand, ...]) -> bool:
    if any(each.module >= 0 or each.meaning.interpreter for each in used):
        return True
    serving = ("api", "worker", "scheduler", "migrate", "monitor", "supervisor")
    if used and not any(each.role in serving for each in used):
        return False
    base = image.base.rpartition("/")[2]
    if base.startswith(("python", "uv:")) or "python" in base:
        return True
    runs = (each for number in chain(image) for each in image.parsed.stages[number].instructions
            if each.keyword == "RUN")  # fmt: skip
    return any(_PYTHON.search(each.text) for each in runs) and bool(used)


def is_official(base: str) -> bool:
    """Whether a base is one of Docker's own images, whose contents are known."""
    return bool(_OFFICIAL.match(base)) and "$" not in base


def runs_of(image: Image, *, everywhere: bool = False) -> list[Instruction]:
    """RUN instructions of an image; with ``everywhere`` also of stages it copies from."""
    numbers = sources(image) if everywhere else sorted(chain(image))
    return [each for number in numbers for each in image.parsed.stages[number].instructions
            if each.keyword == "RUN"]  # fmt: skip


def run_text(each: Instruction) -> str:
    """Everything a RUN runs: its text, its words, its heredocs."""
    return " ".join((each.text, *each.words, *(body for _, _, body in each.heredocs)))


def final_line(image: Image) -> int:
    """Line of the FROM of the stage that is judged."""
    return image.parsed.stages[image.stage].line


def value_in(image: Image, text: str) -> str:
    """A text with the image's variables filled in."""
    return filled(text, variables(image))
