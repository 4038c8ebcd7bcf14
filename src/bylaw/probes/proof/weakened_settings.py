"""Settings of linters, type checkers, coverage and pytest that ask less than before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bylaw.probes.proof.settings import DEFAULT_SELECTION, Settings, read_settings

_STRICT = ("strict", "warn_", "disallow_", "check_untyped_defs", "no_implicit", "strict_",
           "extra_checks", "local_partial_types")  # fmt: skip
_LOOSE = ("ignore_errors", "ignore_missing_imports", "allow_", "implicit_", "follow_imports",
          "disable_error_code")  # fmt: skip
_NARROWING = ("-k", "-m", "--deselect", "--ignore", "--ignore-glob", "--reruns", "--no-cov",
              "--lf", "--last-failed", "--maxfail", "-x", "--exitfirst", "--collect-only", "--co",
              "--disable-warnings")  # fmt: skip
_HARMLESS = frozenset({"-x", "--exitfirst", "--maxfail", "--disable-warnings"})
_FLOOR = "--cov-fail-under"
LINT, FORMAT, TYPES, COVERAGE, TESTS = CHECKS = ("lint", "format", "types", "coverage", "tests")
"""What a change can loosen."""
_BY_TOOL = {"ruff": LINT, "mypy": TYPES, "coverage": COVERAGE}
_TRUE = ("true", "1", "yes", "on")


def weakened_settings(name: str, before: str, after: str) -> Iterator[tuple[int, str]]:
    """What one file asks less than before.

    Args:
        name: its name.
        before: its text at the base; empty where it was not there.
        after: its text after the change; empty where it is gone.

    Yields:
        The line it is on, as far as a line says so, and what got weaker.
    """
    for _, line, text in weakened_checks(name, before, after):
        yield line, text


def weakened_checks(name: str, before: str, after: str) -> Iterator[tuple[str, int, str]]:
    """The same, each with the check it loosens: one of ``CHECKS``."""
    old, new = read_settings(name, before), read_settings(name, after)
    if old is None or new is None:
        return
    every = (*_ruff(old, new), *_types(old, new), *_coverage(old, new), *_pytest(old, new))
    for check, word, text in every:
        yield check, _line_of(after, word), text


def _line_of(text: str, word: str) -> int:
    if word:
        for number, row in enumerate(text.splitlines(), 1):
            if word in row:
                return number
    return 1


def _ruff(old: Settings, new: Settings) -> Iterator[tuple[str, str, str]]:
    if old.selected is not None:
        now = new.selected if new.selected is not None else frozenset(DEFAULT_SELECTION)
        for code in sorted(old.selected - now):
            if not _covered(code, now):
                yield LINT, "select", f"ruff no longer selects {code}"
    for code in sorted(new.ignored - old.ignored):
        if not _covered(code, old.ignored):
            yield LINT, code, f"ruff ignores {code}"
    for pattern, code in sorted(new.ignored_in - old.ignored_in):
        yield LINT, pattern, f"ruff ignores {code} in {pattern}"
    for tool, path in sorted(new.excluded - old.excluded):
        yield _BY_TOOL[tool], path, f"{tool} leaves out {path}"


def _covered(code: str, codes: frozenset[str]) -> bool:
    return "ALL" in codes or any(code.startswith(each) for each in codes)


def _types(old: Settings, new: Settings) -> Iterator[tuple[str, str, str]]:
    for (section, flag), value in sorted(old.types.items()):
        now = new.types.get((section, flag), "")
        if flag.startswith(_STRICT) and value in _TRUE and now not in _TRUE:
            yield TYPES, flag, f"{section}: {flag} is no longer on"
    for (section, flag), value in sorted(new.types.items()):
        was = old.types.get((section, flag), "")
        if flag.startswith(_STRICT) and value not in _TRUE and was in ("", *_TRUE) and (
            section != "mypy"
        ):  # fmt: skip
            if not was:
                yield TYPES, flag, f"{section}: {flag} = {value}"
        elif flag.startswith(_LOOSE) and value != was and value not in ("false", "normal", "error"):
            yield TYPES, flag, f"{section}: {flag} = {value}"


def _coverage(old: Settings, new: Settings) -> Iterator[tuple[str, str, str]]:
    was, now = _floor(old), _floor(new)
    if was is not None and (now is None or now < was):
        text = "none" if now is None else f"{now:g}"
        yield COVERAGE, "fail_under", f"the coverage floor is {text}, it was {was:g}"


def _floor(settings: Settings) -> float | None:
    for name, value in _options(settings.options):
        if name == _FLOOR and value.replace(".", "", 1).isdigit():
            return float(value)
    return settings.floor


def _options(words: Sequence[str]) -> list[tuple[str, str]]:
    """Options with their values, whichever way they are written."""
    found = []
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        if not equals and at + 1 < len(words) and not words[at + 1].startswith("-"):
            at += 1
            value = words[at]
        found.append((name, value))
        at += 1
    return found


def _pytest(old: Settings, new: Settings) -> Iterator[tuple[str, str, str]]:
    had = set(_options(old.options))
    for name, value in _options(new.options):
        if (name, value) in had or name in _HARMLESS:
            continue
        if name in _NARROWING or (name == "-p" and value.startswith("no:")):
            yield TESTS, "addopts", f"pytest runs with {name} {value}".rstrip()
    for each in sorted(old.warnings - new.warnings):
        if each.startswith("error"):
            yield TESTS, "filterwarnings", f"pytest no longer fails on warnings: {each}"
    for name, value in sorted(had - set(_options(new.options))):
        if name in ("--strict-markers", "--strict", "--strict-config", "--doctest-modules") or (
            name == "-W" and value.startswith("error")
        ):
            yield TESTS, "addopts", f"pytest no longer runs with {name} {value}".rstrip()
