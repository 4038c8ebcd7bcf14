"""What a repository says about itself to Bylaw: ``bylaw.toml`` or ``[tool.bylaw]``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from bylaw.errors import ConfigError, Diagnostic
from bylaw.source.config_files import CONFIG_NAME, PYPROJECT_NAME, declares_bylaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bylaw.rules.rule import RuleInfo


class ProjectConfig(NamedTuple):
    """``[project]``: what is analysed.

    Attributes:
        package_root: packages the backend is made of; empty means found by evidence.
        source: directories modules are imported from; empty means found by evidence.
        exclude: patterns in the language of ``.gitignore``.
        python: version or interpreter the backend runs on; empty where not said.
    """

    package_root: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    python: str = ""


class RuleConfig(NamedTuple):
    """``[rules.<name>]``.

    Attributes:
        name: name of the rule.
        enabled: whether it runs; None leaves the rule's default.
        severity: severity of its findings; None leaves the rule's default.
        options: (name, value) of the options that are set; arrays are tuples.
    """

    name: str
    enabled: bool | None = None
    severity: str | None = None
    options: tuple[tuple[str, object], ...] = ()


class Layer(NamedTuple):
    """One ``[[layers]]``, the outermost first.

    Attributes:
        name: name of the layer.
        modules: modules in it.
    """

    name: str
    modules: tuple[str, ...]


class BootOverride(NamedTuple):
    """One ``[[boot.override]]``.

    Attributes:
        platform: where the command is used.
        command: the command.
    """

    platform: str
    command: str


class StubConfig(NamedTuple):
    """``[stubs]``: effects of libraries Bylaw does not know.

    Attributes:
        tables: (name of the table, its (name, text) lines), in the order of the document.
        files: stub files relative to the root.
    """

    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    files: tuple[str, ...] = ()


class Config(NamedTuple):
    """The whole configuration; the defaults are those of a repository without any.

    Attributes:
        path: file it comes from, relative to the root; empty where there is none.
        project: what is analysed.
        packs: enabled packs in order of precedence.
        rules: what is said about rules, in the order of the document.
        layers: declared layers, the outermost first.
        boot_canonical: the one start command; empty where not said.
        boot_overrides: start commands that differ on purpose.
        probe_environment: (name, value) of the declared variables.
        decisions: (question, answer).
        stubs: effects of libraries Bylaw does not know.
        waivers: (term, value).
    """

    path: str = ""
    project: ProjectConfig = ProjectConfig()
    packs: tuple[str, ...] = ()
    rules: tuple[RuleConfig, ...] = ()
    layers: tuple[Layer, ...] = ()
    boot_canonical: str = ""
    boot_overrides: tuple[BootOverride, ...] = ()
    probe_environment: tuple[tuple[str, str], ...] = ()
    decisions: tuple[tuple[str, object], ...] = ()
    stubs: StubConfig = StubConfig()
    waivers: tuple[tuple[str, object], ...] = ()

    def rule(self, name: str) -> RuleConfig:
        """What is said about one rule.

        Args:
            name: name of the rule.

        Returns:
            Its settings; all unset where nothing is said.
        """
        return next((rule for rule in self.rules if rule.name == name), RuleConfig(name))


class ConfigProblemsError(ConfigError):
    """Everything that is wrong with the configuration, reported together.

    Attributes:
        problems: one entry for each, in the order of the document.
    """

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        more = len(self.problems) - 1
        message = f"{first.message} (and {more} more)" if more else first.message
        super().__init__(message, path=first.path, line=first.line, hint=first.hint)


def load_config(root: str, known_rules: Mapping[str, RuleInfo | None]) -> Config:
    """Read the configuration of a root.

    Args:
        root: absolute path of the root.
        known_rules: the rules that may be configured, by name; None where nobody knows the options.

    Returns:
        The configuration; the defaults where there is none.

    Raises:
        ConfigProblemsError: it cannot be used as written.
    """
    own = _read(root, CONFIG_NAME)
    pyproject = _read(root, PYPROJECT_NAME)
    shared = pyproject is not None and declares_bylaw(pyproject)
    if own is None:
        if not shared or pyproject is None:
            return Config()
        return _parse(pyproject, PYPROJECT_NAME, known_rules)
    if shared and pyproject is not None and _table(pyproject) is not None:
        raise ConfigProblemsError(
            [
                _diagnostic(
                    f"both {CONFIG_NAME} and [tool.bylaw] configure this root",
                    PYPROJECT_NAME,
                    _header_line(pyproject),
                    f"keep {CONFIG_NAME} and remove [tool.bylaw] from {PYPROJECT_NAME}",
                )
            ]
        )
    return _parse(own, CONFIG_NAME, known_rules)


def _read(root: str, name: str) -> bytes | None:
    path = os.path.join(root, name)
    if not os.path.lexists(path):
        return None
    reason = "not a regular file"
    if os.path.isfile(path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            reason = str(error.strerror)
    if name == PYPROJECT_NAME:
        return None
    _fail(f"cannot read {name}: {reason}", name, 0, "replace it by a readable file")


def _table(pyproject: bytes) -> object:
    import tomllib

    try:
        tool = tomllib.loads(pyproject.decode("utf-8")).get("tool")
    except ValueError:
        return None
    return tool.get("bylaw") if isinstance(tool, dict) else None


def _header_line(pyproject: bytes) -> int:
    from bylaw.config.lines import find_lines, line_of

    return line_of(find_lines(pyproject.decode("utf-8")), ("tool", "bylaw"))


def _parse(data: bytes, name: str, known_rules: Mapping[str, RuleInfo | None]) -> Config:
    """Parse and validate one file; every problem of it is raised at once."""
    import tomllib

    from bylaw.config.shape import document_shape, find_problems

    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _fail(f"{name} is not valid UTF-8 at line {line}", name, line, "save it as UTF-8")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _syntax_line(str(error), text)
        _fail(f"{name} is not valid TOML: {error}", name, line, "mend the syntax at that place")
    where: tuple[str, ...] = ("tool", "bylaw") if name == PYPROJECT_NAME else ()
    value: object = document
    for part in where:
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return Config()
    problems = list(find_problems(value, document_shape(known_rules)))
    if problems:
        from bylaw.config.lines import find_lines, line_of

        lines = find_lines(text)
        raise ConfigProblemsError(
            _diagnostic(problem.message, name, line_of(lines, where + problem.path), problem.hint)
            for problem in problems
        )
    return _build(value if isinstance(value, dict) else {}, name)


def _fail(message: str, path: str, line: int, hint: str) -> NoReturn:
    raise ConfigProblemsError([_diagnostic(message, path, line, hint)])


def _diagnostic(message: str, path: str, line: int, hint: str) -> Diagnostic:
    return Diagnostic(ConfigError.code, message, path, line, hint, ConfigError.exit_code)


def _syntax_line(message: str, text: str) -> int:
    """Find the line in tomllib's message; before 3.14 it stands nowhere else."""
    _, found, rest = message.rpartition("(at line ")
    digits = rest.partition(",")[0]
    if found and digits.isdigit():
        return int(digits)
    return text.rstrip("\n").count("\n") + 1


def _build(document: dict[str, dict[str, object]], path: str) -> Config:
    """Turn a valid document into its tuples."""
    boot = document.get("boot", {})
    return Config(
        path,
        _build_project(document.get("project", {})),
        _strings(document.get("packs", {}).get("enable")),
        tuple(_build_rule(name, table) for name, table in _tables(document.get("rules"))),
        tuple(
            Layer(str(layer["name"]), _strings(layer["modules"]))
            for layer in _items(document.get("layers"))
        ),
        str(boot.get("canonical", "")),
        tuple(
            BootOverride(str(item["platform"]), str(item["command"]))
            for item in _items(boot.get("override"))
        ),
        _lines(document.get("probe", {}).get("environment")),
        _frozen_items(document.get("decisions", {})),
        _build_stubs(document.get("stubs", {})),
        _frozen_items(document.get("waivers", {})),
    )


def _build_project(table: dict[str, object]) -> ProjectConfig:
    return ProjectConfig(
        _strings(table.get("package_root")),
        _strings(table.get("source")),
        _strings(table.get("exclude")),
        str(table.get("python", "")),
    )


def _build_rule(name: str, table: dict[str, object]) -> RuleConfig:
    enabled = table.get("enabled")
    severity = table.get("severity")
    return RuleConfig(
        name,
        enabled if isinstance(enabled, bool) else None,
        severity if isinstance(severity, str) else None,
        tuple(
            (key, _freeze(value))
            for key, value in table.items()
            if key not in ("enabled", "severity")
        ),
    )


def _build_stubs(table: dict[str, object]) -> StubConfig:
    return StubConfig(
        tuple((name, _lines(lines)) for name, lines in table.items() if name != "files"),
        _strings(table.get("files")),
    )


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _items(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tables(value: object) -> list[tuple[str, dict[str, object]]]:
    items = value.items() if isinstance(value, dict) else ()
    return [(name, table) for name, table in items if isinstance(table, dict)]


def _lines(value: object) -> tuple[tuple[str, str], ...]:
    items = value.items() if isinstance(value, dict) else ()
    return tuple((name, str(text)) for name, text in items)


def _frozen_items(table: dict[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple((name, _freeze(value)) for name, value in table.items())


def _freeze(value: object) -> object:
    """Make a TOML value immutable: arrays become tuples, tables tuples of pairs."""
    if isinstance(value, list):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, dict):
        return _frozen_items(value)
    return value
