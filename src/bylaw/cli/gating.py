"""What ``bylaw gate`` does with an answer: prints it, writes the state document, explains."""

from __future__ import annotations

import shlex
import shutil
import sys
import time

from bylaw.cli.checking import repository_prefix, wants_color, write_output
from bylaw.errors import UsageError
from bylaw.evidence.inputs.replayed import FOREVER
from bylaw.gates.session_state import session_state
from bylaw.gating import Asked, Gated, gate_of
from bylaw.linking import Progress, roots_of
from bylaw.report.gate_text import render_gate_markdown, render_gate_text
from bylaw.staling import store_answer
from bylaw.version import __version__


def answer_and_report(
    path: str, base: str, format_: str, state: str, explain: str, verify: bool, progress: Progress
) -> int:
    """Answers, and prints.

    Args:
        path: of the repository.
        base: revision the change is compared with; empty for the default.
        format_: how the answer is written.
        state: file of the state document; empty for none.
        explain: what is to be derived; empty for nothing.
        verify: run what is obliged first.
        progress: told what is under way.

    Returns:
        The exit code.
    """
    root = roots_of([path])[0]
    if verify:
        from bylaw import verifying

        verifying.verify(verifying.Asked(root, base), progress)
    gated = gate_of(asked_for(root, path, base), progress)
    progress("")
    if state:
        _write_state(state, gated)
    if explain:
        from bylaw.report.gate_explained import explained

        write_output(explained(gated.answer, gated.items, gated.ages, explain))
    else:
        text = rendered(gated, format_)
        write_output(text)
        if not state and not verify:
            keep_answer(gated, text)
    return gated.answer.verdict.exit_code


def keep_answer(gated: Gated, text: str) -> None:
    """Stores an answer, to be given again as long as nothing it depends on changes.

    Args:
        gated: the answer.
        text: what was said.
    """
    if gated.watched is None:
        return
    now_ns = time.time_ns()
    until_ns = min((each for each in gated.ends if each > now_ns), default=FOREVER)
    code = gated.answer.verdict.exit_code
    store_answer(sys.argv[1:], gated.tree, gated.watched, until_ns, code, text)


def asked_for(root: str, path: str, base: str) -> Asked:
    """The question, with commands as the user would type them."""
    rest = [*([path] if path != "." else []), *(["--base", base] if base else [])]
    return Asked(root, base, shlex.join(["bylaw", "verify", *rest]),
                 shlex.join(["bylaw", "approve"]))  # fmt: skip


def rendered(gated: Gated, format_: str) -> str:
    """The answer in one of the formats."""
    answer = gated.answer
    if format_ == "json":
        from bylaw.report.gate_json import render_gate_json

        return render_gate_json(answer)
    if format_ == "markdown":
        return render_gate_markdown(answer)
    if format_ == "github":
        from bylaw.report.gate_findings import render_gate_github

        return render_gate_github(answer, gated.check, repository_prefix(gated.check.root))
    if format_ == "sarif":
        from bylaw.installed import known_rules
        from bylaw.report.gate_findings import render_gate_sarif

        infos = list(known_rules().infos.values())
        return render_gate_sarif(answer, gated.check, infos, __version__)
    return render_gate_text(answer, color=wants_color(), width=shutil.get_terminal_size().columns)


def _write_state(path: str, gated: Gated) -> None:
    from bylaw.source.atomic import write_atomically

    answer = gated.answer
    text = session_state(answer.matter, answer.verdict, answer.card, gated.items, gated.rulebooks)
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}",
                         hint="name another FILE") from None  # fmt: skip
