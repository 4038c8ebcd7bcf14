from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.model.linked import Linked

from bylaw.report.graph_drawing import MOST_NODES, Drawing, draw_imports, render_dot, render_mermaid

SHOP = {
    "app/__init__.py": "",
    "app/main.py": "from app import db\nimport app.api.users\n\ndef f():\n    import app.late\n",
    "app/db.py": "import sqlalchemy\n\nengine = sqlalchemy.create_engine('x')\n",
    "app/late.py": "",
    "app/api/__init__.py": "",
    "app/api/users.py": "from typing import TYPE_CHECKING\nfrom app.db import engine\n"
    "if TYPE_CHECKING:\n    from app import main\n",
}


def _draw(files: dict[str, str]) -> Drawing:
    linked = Linked(files)
    return draw_imports(linked.graph, list(range(len(linked.project.paths))))


def test_draw_imports_small_projects_show_every_module() -> None:
    drawing = _draw(SHOP)

    assert [box.name for box in drawing.boxes] == [
        "app", "app.api", "app.api.users", "app.db", "app.late", "app.main",
    ]  # fmt: skip
    assert drawing.arrows == {
        ("app.api.users", "app.db"): ("load", 1),
        ("app.api.users", "app.main"): ("typing", 1),
        ("app.main", "app.api.users"): ("load", 1),
        ("app.main", "app.db"): ("load", 1),
        ("app.main", "app.late"): ("deferred", 1),
    }
    effects = {box.name: box.effects for box in drawing.boxes}
    assert effects["app.db"] == ("database",)
    assert effects["app.main"] == ()


def test_draw_imports_large_projects_are_collapsed_by_package() -> None:
    files = {"app/__init__.py": ""}
    for package in range(12):
        files[f"app/p{package}/__init__.py"] = ""
        for module in range(10):
            files[f"app/p{package}/m{module}.py"] = f"import app.p{(package + 1) % 12}.m{module}\n"

    drawing = _draw(files)

    assert len(drawing.boxes) == 13 <= MOST_NODES
    assert drawing.boxes[1].modules == 11
    assert drawing.arrows["app.p0", "app.p1"] == ("load", 10)


_DOT_LINE = re.compile(
    r"(digraph imports \{|  rankdir=LR;|  node \[[^\]]*\];|\}"
    r'|  "(?:[^"\\]|\\.)+"(?: -> "(?:[^"\\]|\\.)+")? \[\w+=(?:"(?:[^"\\]|\\.)*"|\w+)'
    r'(?:, \w+=(?:"(?:[^"\\]|\\.)*"|\w+))*\];)'
)
_MERMAID_LINE = re.compile(
    r'(flowchart LR|  n\d+\["[^"\n]+"\](?::::effect)?|  n\d+ (?:-->|-\.->)(?:\|[\w ]+\|)? n\d+'
    r"|  classDef effect [\w:#,]+)"
)


@pytest.mark.parametrize("files", [SHOP, {}, {"a.py": "import b\n", "b.py": "import a\n"}])
@pytest.mark.parametrize(
    ("render", "grammar"), [(render_dot, _DOT_LINE), (render_mermaid, _MERMAID_LINE)]
)
def test_render_drawing_every_line_has_the_grammar(
    render: Callable[[Drawing], str], grammar: re.Pattern[str], files: dict[str, str]
) -> None:
    for line in render(_draw(files)).splitlines():
        assert grammar.fullmatch(line), line


def test_render_dot_marks_effects_and_kinds() -> None:
    text = render_dot(_draw(SHOP))

    assert '"app.db" [label="app.db\\ndatabase", style=filled, fillcolor="#ffe8cc"];' in text
    assert '"app.main" -> "app.late" [style=dashed];' in text


def test_render_mermaid_marks_effects_and_kinds() -> None:
    text = render_mermaid(_draw(SHOP))

    assert '["app.db<br/>database"]:::effect\n' in text
    assert re.search(r"n\d -\.->\|deferred\| n\d", text)
