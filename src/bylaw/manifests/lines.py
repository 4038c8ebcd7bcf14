"""Files whose commands stand on lines: Procfile, Makefile, shell script, Markdown."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from bylaw.manifests.command import Command
from bylaw.manifests.shell import Setting, shell_commands

_TARGET = re.compile(r"^([^\s:=#][^:=#]*?)\s*::?(?!=)\s*(.*)$")
_VARIABLE = re.compile(r"^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(?:[:?+!]?=|::=)\s*(.*)$")
_FENCE = re.compile(r"^(?P<lead>[ \t>]*)(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
_BATCH = re.compile(r'^(\s*@?(?:(?:call|start(?:\s+"[^"]*")?(?:\s+/\w+)*)\s+)?)(\S.*)$', re.I)
_BATCH_OWN = re.compile(
    r"^(rem\b|::|:|echo\b|set\b|setlocal|endlocal|if\b|for\b|goto\b|\)|pause\b)", re.IGNORECASE
)
_SHELL_WORDS = frozenset({"bash", "sh", "shell", "console", "zsh", "shell-session", "terminal"})
_PROMPT = re.compile(r"^(?:\(\w[\w.-]*\)\s*)?(?:\w+@[\w-]+[^$#]*)?[$%\u276f]\s+")
_WRONG = re.compile(
    r"\b(wrong|bad|before|don'?t|do not|incorrect|never|fails?|broken|avoid|instead of|"
    r"not like this|anti-?pattern)\b|❌|✗|✘|🚫",
    re.IGNORECASE,
)
_RIGHT = re.compile(r"\b(right|good|after|correct|do this|instead)\b|✅|✓|✔", re.IGNORECASE)


class Target(NamedTuple):
    """One rule of a Makefile.

    Attributes:
        name: its target.
        line: 1-based line.
        needs: prerequisites.
    """

    name: str
    line: int
    needs: tuple[str, ...]


class Makefile(NamedTuple):
    """A Makefile.

    Attributes:
        targets: rules in order.
        variables: (name, value, line) as written.
        commands: commands of the recipes; ``$(VARIABLE)`` of the file is filled in.
    """

    targets: tuple[Target, ...]
    variables: tuple[tuple[str, str, int], ...]
    commands: tuple[Command, ...]


def read_procfile(path: str, text: str) -> tuple[Command, ...]:
    """Commands of a Procfile: ``name: command`` per line."""
    found: list[Command] = []
    folder = posixpath.dirname(path)
    for number, row in enumerate(text.split("\n"), 1):
        match = re.match(r"^([A-Za-z0-9_-]+):\s*(?=\S)", row)
        if match:
            setting = Setting(path, "procfile", match[1], folder)
            found += shell_commands(row[match.end() :], setting, number, match.end() + 1)
    return tuple(found)


def read_script(path: str, text: str) -> tuple[Command, ...]:
    """Commands of a shell script; it is taken to run where it is usually called from, the root."""
    first = text.partition("\n")[0]
    stops = first.startswith("#!") and " -" in first and "e" in first.rpartition(" -")[2]
    setting = Setting(path, "script", posixpath.basename(path), "", stops_at_error=stops)
    return shell_commands(text.replace("\r\n", "\n"), setting)


def read_batch(path: str, text: str) -> tuple[Command, ...]:
    """Commands of a batch file of Windows, line by line; its own words and labels are passed."""
    found: list[Command] = []
    for number, row in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        match = _BATCH.match(row)
        if match is not None and not _BATCH_OWN.match(match[2]):
            words = tuple(each.strip('"').replace("\\", "/") for each in match[2].split())
            found.append(Command(path, number, match.start(2) + 1, number, match[2].strip(), words,
                                 "", (), "script", posixpath.basename(path)))  # fmt: skip
    return tuple(found)


def read_makefile(path: str, text: str) -> Makefile:
    """Targets, variables and recipes of a Makefile.

    Args:
        path: the file, relative to the root.
        text: its text.

    Returns:
        What it says. Each logical line of a recipe is a shell of its own, as for ``make``.
    """
    targets: list[Target] = []
    variables: dict[str, tuple[str, int]] = {}
    recipes: list[tuple[str, int, str]] = []
    rows = text.replace("\r\n", "\n").split("\n")
    number, current = 0, ""
    define = False
    while number < len(rows):
        start, row = number, rows[number]
        while row.endswith("\\") and number + 1 < len(rows):
            number += 1
            row += "\n" + rows[number]
        number += 1
        if row.startswith("define ") or define:
            define = not row.startswith("endef")
        elif row.startswith("\t") and current:
            recipes.append((current, start + 1, row))
        elif (match := _VARIABLE.match(row)) and not row.startswith("\t"):
            variables[match[1]] = (match[2], start + 1)
        elif (match := _TARGET.match(row)) is not None:
            needs, _, inline = match[2].partition(";")
            for name in match[1].split():
                if not name.startswith("."):
                    needed = tuple(needs.partition("#")[0].split())
                    targets.append(Target(name, start + 1, needed))
            current = match[1].split()[0]
            if inline.strip() and "#" not in needs:
                recipes.append((current, start + 1, inline))
    commands: list[Command] = []
    for name, line, recipe in recipes:
        commands += _recipe(path, name, line, recipe, variables)
    listed = tuple((name, value, line) for name, (value, line) in variables.items())
    return Makefile(tuple(targets), listed, tuple(commands))


def _recipe(
    path: str, name: str, line: int, recipe: str, variables: dict[str, tuple[str, int]]
) -> tuple[Command, ...]:
    body = recipe.lstrip("\t ")
    prefix = body[: len(body) - len(body.lstrip("@-+ "))]
    column = len(recipe) - len(body) + len(prefix) + 1
    ignored = "- before the recipe" if "-" in prefix else ""
    setting = Setting(path, "make", name, posixpath.dirname(path), (), ignored, False)
    text = _filled(body[len(prefix) :].replace("\n\t", "\n"), variables)
    return shell_commands(text, setting, line, column, 1)


def _filled(text: str, variables: dict[str, tuple[str, int]], depth: int = 0) -> str:
    """Fill in what the file itself sets; ``$$`` is the shell's own dollar."""

    def value(match: re.Match[str]) -> str:
        known = variables.get(match[1] or match[2])
        if known is None and (match[1] or match[2]) == "MAKE":
            return "make"
        if known is None or depth > 5 or "\n" in known[0]:
            return match[0]
        return _filled(known[0], variables, depth + 1)

    filled = re.sub(r"(?<!\$)\$(?:\(([\w.-]+)\)|\{([\w.-]+)\})", value, text)
    return filled if depth else filled.replace("$$", "$")


def read_markdown(path: str, text: str) -> tuple[Command, ...]:
    """Commands in the shell blocks of a Markdown file.

    Args:
        path: the file, relative to the root.
        text: its text.

    Returns:
        The commands. Lines below a label such as WRONG, BAD or Before are illustrations, and so is
        what a console block prints.
    """
    found: list[Command] = []
    heading, above = "", ""
    fence, info, lead = "", "", 0
    body: list[tuple[int, int, str]] = []
    for number, row in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        match = _FENCE.match(row)
        if fence:
            if match and match["fence"].startswith(fence) and not match["info"].strip():
                if _is_shell(info) and not _is_wrong(above):
                    found += _block(path, heading, info, body)
                fence, above = "", ""
            else:
                cut = min(lead, len(row) - len(row.lstrip(" \t>")))
                body.append((number, cut, row[cut:]))
        elif match:
            fence, info, lead, body = match["fence"], match["info"], len(match["lead"]), []
        elif row.startswith("#"):
            heading = above = row.lstrip("# ").strip()
        elif row.strip():
            above = row
    return tuple(found)


def _is_shell(info: str) -> bool:
    words = info.replace("{", " ").replace("}", " ").replace(",", " ").split()
    return bool(words) and words[0].lower().lstrip(".") in _SHELL_WORDS


def _is_wrong(text: str) -> bool:
    return bool(_WRONG.search(text)) and not _RIGHT.search(text)


def _block(
    path: str, heading: str, info: str, body: list[tuple[int, int, str]]
) -> list[Command]:  # fmt: skip
    """Commands of one block; each ``$`` starts one where the block shows prompts."""
    prompts = any(_PROMPT.match(row) for _, _, row in body)
    found: list[Command] = []
    directory = ""
    wrong = joined = False
    number = 0
    while number < len(body):
        line, cut, row = body[number]
        number += 1
        if row.lstrip().startswith("#"):
            wrong = _is_wrong(row) or (wrong and not _RIGHT.search(row))
            continue
        if not row.strip():
            wrong = False
            continue
        match = _PROMPT.match(row)
        if (prompts and not match and not joined) or wrong or _is_wrong_line(row):
            joined = False
            continue
        cut += match.end() if match else 0
        text = row[match.end() :] if match else row
        while (text.endswith("\\") or _open_heredoc(text)) and number < len(body):
            text += "\n" + body[number][2]
            number += 1
        setting = Setting(path, "document", heading, directory)
        made = shell_commands(text, setting, line, cut + 1)
        found += made
        for each in made:
            if each.argv[0] == "cd" and len(each.argv) > 1:
                from bylaw.manifests.command import below

                directory = below(each.directory, each.argv[1])
    return found


def _is_wrong_line(row: str) -> bool:
    """A trailing remark that calls its own line wrong."""
    _, mark, remark = row.partition(" #")
    return bool(mark) and _is_wrong(remark)


def _open_heredoc(text: str) -> bool:
    match = re.search(r"<<-?\s*[\"']?(\w+)", text)
    return match is not None and not re.search(rf"\n\s*{match[1]}\s*$", text)
