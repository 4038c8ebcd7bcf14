"""The entry file: what the service declares about its start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from bylaw.rules.adoption.plan import Open, Service, Variable

TODO = "TODO(bylaw):"


def todo_lines(point: Open, indent: str = "") -> list[str]:
    """The comment that marks what is left to people: what, and the way out."""
    what, way = (" ".join(text.split()) for text in (point.what, point.way))
    return [f"{indent}# {TODO} {what}", f"{indent}#   {way}"]


def entry_text(service: Service, opens: Sequence[Open]) -> str:
    """The text of the entry module.

    Args:
        service: what is decided.
        opens: what is not, as far as it concerns the entry.
    """
    return "\n".join(_lines(service, opens)) + "\n"


def _lines(service: Service, opens: Sequence[Open]) -> Iterator[str]:
    names = ["Boot", *(["Serving"] if _serving(service) else []), "Var"]
    yield f'"""The one way to start: ``{" ".join(service.command)}``."""'
    yield ""
    yield "from __future__ import annotations"
    yield ""
    yield f"from bylaw_boot import {', '.join(names)}"
    yield ""
    for each in opens:
        yield from todo_lines(each)
    yield "boot = Boot("
    yield f'    package="{service.package}",'
    yield f'    app="{service.application.target}",'
    if service.worker:
        yield f'    worker="{service.worker}",'
    yield "    require=["
    for variable in service.variables:
        yield from _variable(variable)
    yield f'        Var("PORT", int, default={service.serving.port}),'
    yield "    ],"
    if service.definition.oldest:
        yield f"    python=({service.definition.oldest.replace('.', ', ')}),"
    yield from _serving(service)
    yield ")"
    yield ""
    yield 'if __name__ == "__main__":'
    yield "    boot.main()"


def _variable(variable: Variable) -> Iterator[str]:
    given = [f'"{variable.name}"', *([variable.type] if variable.type != "str" else [])]
    if not variable.is_required:
        given.append("default=None")
    if not variable.is_certain:
        yield from todo_lines(unsettled(variable), " " * 8)
    yield f"        Var({', '.join(given)}, help={json.dumps(_where(variable))}),"


def _where(variable: Variable) -> str:
    return f"read in {variable.place.rpartition(':')[0]}"


def unsettled(variable: Variable) -> Open:
    """What is not known about a variable that only a function reads."""
    path, _, line = variable.place.rpartition(":")
    what = f"{path} reads {variable.name} without a default, for some uses"
    return Open(path, int(line), what, "drop default=None if the service cannot do without")


def _serving(service: Service) -> list[str]:
    """How the application is served, where the defaults do not fit."""
    serving = service.serving
    given = [f'        server="{serving.server}",'] if serving.server else []
    if serving.health_first:
        given.append("        health_first=True,")
    if serving.options:
        inside = ", ".join(f'"{name}": {value}' for name, value in serving.options)
        given += (
            [f"        options={{{inside}}},"] if len(inside) < 78 else
            ["        options={", *(f'            "{name}": {value},'
                                    for name, value in serving.options), "        },"]
        )  # fmt: skip
    return ["    serving=Serving(", *given, "    ),"] if given else []
