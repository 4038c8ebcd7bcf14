from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bylaw.config
from bylaw.config import (
    BootOverride,
    Config,
    ConfigProblemsError,
    Layer,
    ProjectConfig,
    RuleConfig,
    StubConfig,
    load_config,
)
from bylaw.config.lines import find_lines
from bylaw.config.shape import document_shape, find_problems, json_schema
from bylaw.errors import ConfigError, Diagnostic
from bylaw.rules.rule import RuleInfo


def rule(name: str, *options: tuple[str, object, str]) -> RuleInfo:
    return RuleInfo(name, "Finds.", (), "error", "flow", "flow", "Mend.", options=options)


RULES = {
    "import-cycle": rule("import-cycle"),
    "import-time-env-read": rule(
        "import-time-env-read",
        ("settings", "warning", "severity in settings modules"),
        ("limit", 3, "how many"),
        ("ratio", 0.5, "how much"),
        ("strict", False, "whether"),
        ("names", ("PORT",), "which"),
        ("mapping", {"a": "b"}, "what"),
    ),
}

FULL = """
[project]
package_root = "app"
source = ["backend", "libs"]
exclude = ["examples"]
python = "3.12"
[packs]
enable = ["execution-contract"]
[rules.import-cycle]
enabled = false
severity = "warning"
[rules.import-time-env-read]
settings = "note"
limit = 4
ratio = 1
strict = true
names = ["PORT", "HOME"]
mapping = { x = "y" }
[[layers]]
name = "router"
modules = ["app.api.*"]
[[layers]]
name = "service"
modules = ["app.services.*"]
[boot]
canonical = "python -m app"
[[boot.override]]
platform = "render"
command = "python -m app.render"
[probe.environment]
DATABASE_URL = "sqlite://"
[decisions]
coverage = 80
root = "app"
strict = true
[stubs]
files = ["stubs/acme.toml"]
[stubs.call]
"acme.get" = "network"
[stubs.alias]
"acme.fetch" = "acme.get"
[waivers]
longest_days = 90
approvers = ["ada"]
"""


def load(tmp_path: Path, text: str, name: str = "bylaw.toml") -> Config:
    (tmp_path / name).write_text(text)
    return load_config(str(tmp_path), RULES)


def problems(tmp_path: Path, text: str, name: str = "bylaw.toml") -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigProblemsError) as caught:
        load(tmp_path, text, name)
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_load_config_no_file_gives_defaults_without_a_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    monkeypatch.setitem(sys.modules, "tomllib", None)
    assert load_config(str(tmp_path), RULES) == Config()


def test_load_config_every_key_is_kept(tmp_path: Path) -> None:
    config = load(tmp_path, FULL)
    assert config == Config(
        "bylaw.toml",
        ProjectConfig(("app",), ("backend", "libs"), ("examples",), "3.12"),
        ("execution-contract",),
        (
            RuleConfig("import-cycle", False, "warning"),
            RuleConfig(
                "import-time-env-read",
                options=(
                    ("settings", "note"),
                    ("limit", 4),
                    ("ratio", 1),
                    ("strict", True),
                    ("names", ("PORT", "HOME")),
                    ("mapping", (("x", "y"),)),
                ),
            ),
        ),
        (Layer("router", ("app.api.*",)), Layer("service", ("app.services.*",))),
        "python -m app",
        (BootOverride("render", "python -m app.render"),),
        (("DATABASE_URL", "sqlite://"),),
        (("coverage", 80), ("root", "app"), ("strict", True)),
        StubConfig(
            (
                ("call", (("acme.get", "network"),)),
                ("alias", (("acme.fetch", "acme.get"),)),
            ),
            ("stubs/acme.toml",),
        ),
        (("longest_days", 90), ("approvers", ("ada",))),
    )
    hash(config)
    assert config.rule("import-cycle").enabled is False
    assert config.rule("unsaid") == RuleConfig("unsaid")


def test_load_config_pyproject_table_is_read(tmp_path: Path) -> None:
    config = load(tmp_path, "[tool.bylaw.project]\nexclude = ['a']\n", "pyproject.toml")
    assert config.path == "pyproject.toml"
    assert config.project.exclude == ("a",)


def test_load_config_both_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n\n[tool.bylaw.packs]\n")
    (found,) = problems(tmp_path, "")
    assert (found.path, found.line) == ("pyproject.toml", 4)
    assert "keep bylaw.toml" in found.hint


def test_load_config_own_file_beside_broken_pyproject_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.bylaw\n")
    assert load(tmp_path, "[project]\nexclude = ['a']\n").project.exclude == ("a",)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("[project]\nsorce = 'a'\n", 2, "unknown key `sorce` in `project`", "`source`"),
        ("\n\n[projct]\n", 3, "unknown key `projct`", "`project`"),
        ("[project]\nzzz = 1\n", 2, "unknown key `zzz`", "known here: package_root, source"),
        ("[rules.import-cycel]\n", 1, "unknown rule `import-cycel`", "`import-cycle`"),
        ("[rules.zzz]\n", 1, "unknown rule `zzz`", "bylaw rules"),
        ("[rules.import-cycle]\nenable = true\n", 2, "unknown key `enable`", "`enabled`"),
        ("rules.import-cycle.severity = 'warn'\n", 1, "must be one of error, warning", "`warning`"),
        ("[rules]\nimport-cycle = false\n", 2, "must be a table, not a boolean", "[rules.import"),
        ("[project]\nexclude = 'a'\n", 2, "must be an array of strings, not a string", '["..."]'),
        (
            "[project]\nexclude = [\n 'a',\n 3]\n",
            4,
            "`project.exclude[2]` must be a string",
            "quotes",
        ),
        (
            "[project]\nsource = 3\n",
            2,
            "a string or an array of strings, not an integer",
            "source =",
        ),
        (
            "[rules.import-time-env-read]\nlimit = true\n",
            2,
            "an integer, not a boolean",
            "limit = 1",
        ),
        ("[rules.import-time-env-read]\nratio = 'x'\n", 2, "a number, not a string", "0.5"),
        ("[rules.import-time-env-read]\nstrict = 1\n", 2, "true or false, not an integer", "true"),
        ("[rules.import-time-env-read.mapping]\nx = 1\n", 2, "must be a string", '"..."'),
        ("[layers]\nname = 'x'\n", 1, "must be an array of tables, not a table", "[[layers]]"),
        ("[[layers]]\nname = 'x'\n", 1, "`layers[1]` has no `modules`", "add `modules`"),
        ("layers = [3]\n", 1, "`layers[1]` must be a table, not an integer", "[[layers[1]]]"),
        ("[[boot.override]]\nplatform = 'x'\n", 1, "`boot.override[1]` has no `command`", "add"),
        ("[boot]\ncanonical = ['a']\n", 2, "must be a string, not an array", '"..."'),
        (
            "[probe.environment]\nPORT = 80\n",
            2,
            "`probe.environment.PORT` must be a string",
            "PORT",
        ),
        ("[probe]\nenv = {}\n", 2, "unknown key `env` in `probe`", "`environment`"),
        ("[decisions]\nwhen = 1979-05-27\n", 2, "not a date or time", "when"),
        ("[stubs.calls]\n", 1, "unknown key `calls` in `stubs`", "`call`"),
        ("[stubs.call]\n'a.b' = 1\n", 2, '`stubs.call."a.b"` must be a string', '"a.b"'),
        ("waivers = 3\n", 1, "`waivers` must be a table", "[waivers]"),
        ("[a\n", 1, "bylaw.toml is not valid TOML", "mend"),
        ("a = 1\nb = '\n", 2, "end of document", "mend"),
        ("a = 1\nb = ]\n", 2, "at line 2, column 5", "mend"),
        ("a = [", 1, "is not valid TOML", "mend"),
    ],
)
def test_load_config_one_mistake_names_line_and_mend(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    (found,) = problems(tmp_path, text)
    assert (found.path, found.line, found.code) == ("bylaw.toml", line, "configuration")
    assert message in found.message
    assert hint in found.hint


def test_load_config_mistakes_reported_together_in_order(tmp_path: Path) -> None:
    text = "[tool.bylaw.project]\nsorce = 1\nexclude = 2\n[tool.bylaw.packs]\nenable = 3\n"
    found = problems(tmp_path, text, "pyproject.toml")
    assert [(problem.path, problem.line) for problem in found] == [
        ("pyproject.toml", 2),
        ("pyproject.toml", 3),
        ("pyproject.toml", 5),
    ]


def test_config_problems_is_a_config_error_naming_the_first() -> None:
    first = Diagnostic("configuration", "one", "bylaw.toml", 3, "mend it", 2)
    error = ConfigProblemsError([first, first, first])
    assert isinstance(error, ConfigError)
    assert (error.message, error.path, error.line) == ("one (and 2 more)", "bylaw.toml", 3)
    assert ConfigProblemsError([first]).diagnostic() == first


def test_load_config_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "bylaw.toml").write_bytes(b"[project]\npython = '\xff'\n")
    with pytest.raises(ConfigProblemsError) as caught:
        load_config(str(tmp_path), RULES)
    assert caught.value.line == 2


def test_load_config_byte_order_mark_is_passed(tmp_path: Path) -> None:
    (tmp_path / "bylaw.toml").write_bytes(b"\xef\xbb\xbf[project]\npython = '3.12'\n")
    assert load_config(str(tmp_path), RULES).project.python == "3.12"


def test_load_config_directory_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bylaw.toml").mkdir()
    with pytest.raises(ConfigProblemsError, match="not a regular file"):
        load_config(str(tmp_path), RULES)


def test_load_config_tool_bylaw_is_no_table_error(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "[tool]\nbylaw = 3\n", "pyproject.toml")
    assert found.line == 2
    assert "must be a table" in found.message


def test_find_lines_every_construct_located() -> None:
    text = """a = '''
x = 1
''' # c = 2
"b.c" . d = [ # here
  "]", [1, 2], { e = "}", f = '#' },
]
[[t.u]]
k = \"\"\"q\\\"\"\"\"\"\"
z = 1979-05-27 07:32:00
[[t.u]]
[t.u.v]
w = 1
"""
    lines = find_lines(text)
    assert lines["a",] == 1
    assert lines["b.c", "d"] == 4
    assert lines["b.c", "d", 0] == 5
    assert lines["b.c", "d", 1, 1] == 5
    assert lines["b.c", "d", 2, "f"] == 5
    assert lines["t", "u", 0] == 7
    assert lines["t", "u", 0, "k"] == 8
    assert lines["t", "u", 0, "z"] == 9
    assert lines["t", "u", 1] == 10
    assert lines["t", "u", 1, "v", "w"] == 12


_SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=8), st.integers(-9, 9), st.booleans(), st.floats(0, 1)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def _write(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{_write(key)} = {_write(item)}" for key, item in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_write, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@given(st.dictionaries(st.text(max_size=4), _VALUES, max_size=4))
def test_find_lines_any_document_every_key_on_its_line(document: dict[str, Any]) -> None:
    text = "".join(f"\n{_write(key)} = {_write(value)}" for key, value in document.items())
    tomllib.loads(text)
    lines = find_lines(text)
    for number, (key, value) in enumerate(document.items()):
        assert lines[key,] == number + 2
        if isinstance(value, dict):
            assert all(lines[key, inner] == number + 2 for inner in value)


_ANY_RULES = {name: rule(name) for name in ("import-cycle", "import-time-env-read")}
_WORDS = st.sampled_from(
    ["project", "exclude", "source", "python", "rules", "import-cycle", "enabled", "severity",
     "layers", "name", "modules", "boot", "canonical", "override", "platform", "command",
     "probe", "environment", "decisions", "stubs", "call", "files", "waivers", "packs",
     "enable", "error"]
)  # fmt: skip
_DOCUMENTS = st.recursive(
    st.one_of(_WORDS, st.integers(0, 9), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(_WORDS, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(_WORDS, _DOCUMENTS, max_size=3))
@example({"waivers": {"project": [0]}})
def test_json_schema_any_document_agrees_with_the_validator(document: dict[str, Any]) -> None:
    """The schema leaves rules to the validator; in all else they accept the same documents."""
    document.pop("rules", None)
    accepted = not list(find_problems(document, document_shape(_ANY_RULES)))
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(document) is accepted


def test_json_schema_published_file_is_generated_from_the_table() -> None:
    published = Path(bylaw.config.__file__).with_name("schema.json").read_text()
    assert published == json.dumps(json_schema(), indent=2) + "\n"


def test_json_schema_is_a_schema_and_accepts_the_full_example() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(tomllib.loads(FULL), json_schema())


def test_configuration_page_names_every_key_and_its_example_loads(tmp_path: Path) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "configuration.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "bylaw.toml").write_text(example)
    load_config(str(tmp_path), {"import-time-env-read": rule("import-time-env-read")})
    for name, shape in document_shape({}).keys:
        assert f"[{name}" in page
        for key, _ in shape.keys:
            assert key in page
