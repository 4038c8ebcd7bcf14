"""Draws `check.svg` from a real run over the example: `python docs/assets/picture.py`."""

from __future__ import annotations

import io
import os
import re
import time

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

import bylaw
from bylaw.report.text import render_text

HERE = os.path.dirname(os.path.abspath(__file__))
PATHS = ["examples/shop/backend/app/api", "examples/shop/backend/app/services"]
IGNORED = ("missing-role-test",)
WIDTH = 140
CHARACTER = 12.2
THEME = TerminalTheme(
    (22, 24, 29),
    (214, 217, 224),
    [
        (40, 44, 52),
        (224, 108, 117),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (171, 178, 191),
    ],
)

_TEXT = re.compile(r' x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"([^>]*)>((?:&#160;)+)([^<]*)<')
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def report() -> str:
    """The report of a run, as a terminal shows it."""
    started = time.perf_counter()
    result = bylaw.check(PATHS, use_cache=False, ignore=IGNORED)
    elapsed = time.perf_counter() - started
    return render_text(
        result,
        color=True,
        width=WIDTH,
        elapsed=elapsed,
        show_suppressed=False,
        statistics=False,
    )


def without_leading_spaces(svg: str) -> str:
    """Move texts right instead of starting them with spaces, which some viewers drop."""

    def move(match: re.Match[str]) -> str:
        x, y, rest, spaces, text = match.groups()
        start = float(x) + CHARACTER * spaces.count(";")
        length = CHARACTER * len(re.sub(r"&#?\w+;", " ", text))
        return f' x="{start:g}" y="{y}" textLength="{length:g}"{rest}>{text}<'

    return _TEXT.sub(move, svg)


def draw(text: str) -> str:
    """The report as a picture that needs no font from elsewhere."""
    console = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(
        Text(f"$ bylaw check {' '.join(PATHS)} --ignore {','.join(IGNORED)}\n", style="bold")
    )
    console.print(Text.from_ansi(text))
    svg = console.export_svg(title="bylaw check", theme=THEME, unique_id="bylaw")
    svg = _FONT_FACE.sub("", svg)
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    return without_leading_spaces(svg)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.dirname(HERE)))
    with open(os.path.join(HERE, "check.svg"), "w", encoding="utf-8") as file:
        file.write(draw(report()))
