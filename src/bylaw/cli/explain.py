"""``bylaw explain``: the page of a rule, or the rules behind an identifier of a document."""

from __future__ import annotations

import click


@click.command("explain")
@click.argument("name", metavar="RULE|ALIAS")
def explain_command(name: str) -> None:
    """Explain a rule, or the rules behind a clause or an identifier such as AP-PY10."""
    from bylaw.cli.checking import wants_color, write_output
    from bylaw.rules.pages import page_text
    from bylaw.rules.registry import INFOS
    from bylaw.rules.selection import resolve_names

    names = sorted(resolve_names([name]))
    if len(names) > 1:
        lines = [f"{name} is enforced by {len(names)} rules:", ""]
        lines += [f"  {each:<26} {INFOS[each].summary}" for each in names]
        write_output("\n".join([*lines, "", "bylaw explain RULE shows one of them.", ""]))
        return
    text = page_text(INFOS[names[0]])
    if not wants_color():
        write_output(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
