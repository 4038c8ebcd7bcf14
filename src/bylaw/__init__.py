"""Bylaw: makes the written rules of a Python backend binding.

The public API is ``check`` and the types it returns; everything else is private.
"""

from __future__ import annotations

from bylaw.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from bylaw.result import CheckResult

__all__ = ["__version__", "check"]


def check(
    path: str | Iterable[str] = ".",
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    min_confidence: str = "probable",
    baseline: str = "",
    use_cache: bool = True,
    jobs: int | None = None,
    base: str = "",
) -> CheckResult:
    """Analyses a repository and returns what breaks its rules.

    Args:
        path: file or directory to report on, or several; the root of the first is analysed.
        select: rules or aliases to run instead of the default ones, ``all`` for every rule.
        ignore: rules or aliases not to run.
        min_confidence: ``definite``, ``probable`` or ``possible``.
        baseline: path of the baseline; the default one is used where it exists.
        use_cache: read and write the user's cache directory.
        jobs: processes to use; None for as many as the machine allows.
        base: revision the change is compared with; the default branch of ``origin`` where empty.

    Returns:
        The result. Problems are in its ``errors`` and ``exit_code``; nothing is raised for them.
    """
    from bylaw.analysis import check_run
    from bylaw.rules.selection import Options

    options = Options(
        tuple(select), tuple(ignore), min_confidence, baseline, False, False, use_cache, jobs,
        base,
    )  # fmt: skip
    result, _ = check_run([path] if isinstance(path, str) else list(path), options)
    return result
