"""``bylaw explain``: the page of a rule, or what a clause says and the rules behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bylaw.rules.rule import RuleInfo


@click.command("explain")
@click.argument("name", metavar="RULE|ALIAS")
def explain_command(name: str) -> None:
    """Explain a rule, or a clause or identifier such as EC-4.1 or AP-PY10 and its rules."""
    from bylaw.config import ConfigProblemsError
    from bylaw.installed import known_rules

    rules = known_rules()
    if name in rules.broken:
        raise ConfigProblemsError([rules.broken[name]])
    if name in rules.infos:
        _explain_rules([name], name, rules.infos)
        return
    import shutil

    from bylaw.cli.checking import wants_color, write_output
    from bylaw.packs.choosing import built_rules, clauses_named
    from bylaw.packs.known import known_names
    from bylaw.packs.reading import load_packs
    from bylaw.packs.standing import judged
    from bylaw.report.clauses_report import render_sentences
    from bylaw.rules.selection import resolve_names

    known = known_names(rules.infos.values())
    named = clauses_named(name, load_packs())
    if not named:
        _explain_rules(sorted(resolve_names([name], rules)), name, rules.infos)
        return
    width = shutil.get_terminal_size().columns
    found = [(pack, judged(clause, known)) for pack, clause in named]
    write_output(render_sentences(found, color=wants_color(), width=width))
    built = built_rules([clause for _, clause in named], known)
    if built:
        write_output("\n")
        _explain_rules(built, name, rules.infos)


def _explain_rules(names: Sequence[str], asked: str, infos: Mapping[str, RuleInfo]) -> None:
    """The page of one rule, or the names of several."""
    from bylaw.cli.checking import wants_color, write_output
    from bylaw.rules.pages import page_text

    if len(names) > 1:
        lines = [f"{asked} is enforced by {len(names)} rules:", ""]
        lines += [f"  {each:<26} {infos[each].summary}" for each in names]
        write_output("\n".join([*lines, "", "bylaw explain RULE shows one of them.", ""]))
        return
    text = page_text(infos[names[0]])
    if not wants_color():
        write_output(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
