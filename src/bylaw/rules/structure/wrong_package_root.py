"""``wrong-package-root``: an import that spells a package from outside its root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.finding import Finding
from bylaw.model.call_graph import argument
from bylaw.model.call_index import call_index
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Project, find_module
from bylaw.rules.context import RuleContext, make_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="wrong-package-root",
    summary="An import spells the package from outside its root, so that one file has two module "
    "names.",
    clauses=("EC-2.2",),
    severity="error",
    how="model",
    family="structure",
    mend="import it under its one name, from the package root",
)

_IMPORTERS = frozenset({"importlib.import_module", "builtins.__import__"})


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per import statement that names a file of the project by a second name."""
    project = context.project
    files = _files_by_spelling(project)
    if not files:
        return
    for module in range(len(project.paths)):
        seen: set[int] = set()
        for record in project.facts[module][F.IMPORTS]:
            if record[F.I_LEVEL] or record[F.I_LINE] in seen:
                continue
            target = _other_name(project, files, module, record)
            if target is not None:
                seen.add(record[F.I_LINE])
                yield _finding(context, project.module_body(module), record, target)
    yield from _called(context, files)


def _called(context: RuleContext, files: dict[str, int]) -> Iterator[Finding]:
    """Calls of ``importlib.import_module`` that are told a second name."""
    project = context.project
    for number, call in call_index(project).named(("import_module", "__import__")):
        module = project.function_home[number]
        named = argument(call, "0") or ""
        if named[:1] != "'" or named[1:] not in files:
            continue
        value = evaluate(project, module, call[F.C_PATH])
        if value is None or value[1] not in _IMPORTERS:
            continue
        record = (0, named[1:], "", "", *call[F.C_LINE : F.C_FLAGS])
        target = _other_name(project, files, module, record)
        if target is not None:
            yield _finding(context, number, record, target)


def _files_by_spelling(project: Project) -> dict[str, int]:
    """Every dotted spelling of each file's path below the root, longest first, to its file."""
    spellings: dict[str, int] = {}
    for module, path in enumerate(project.paths):
        dotted = path.rpartition(".")[0].replace("/", ".").removesuffix(".__init__")
        root = project.modules[module].root
        parts = dotted.split(".")
        depth = len(root.split("/")) if root else 0
        for start in range(depth):
            if all(part.isidentifier() for part in parts[start:]):
                spellings.setdefault(".".join(parts[start:]), module)
    return spellings


def _other_name(
    project: Project, files: dict[str, int], module: int, record: tuple[Any, ...]
) -> int | None:
    dotted, name = record[F.I_MODULE], record[F.I_NAME]
    candidates = [f"{dotted}.{name}", dotted] if name and name != "*" else [dotted]
    if not any(each in files for each in candidates):
        return None
    for each in candidates:
        if find_module(project, module, each) is not None:
            return None
    for each in candidates:
        target = files.get(each)
        if target is not None and _is_package_spelling(project, target, each):
            return target
    return None


def _is_package_spelling(project: Project, target: int, spelled: str) -> bool:
    own = project.modules[target].name
    return spelled != own and spelled.endswith(f".{own}")


def _finding(context: RuleContext, function: int, record: tuple[Any, ...], target: int) -> Finding:
    project = context.project
    root = project.modules[target].root or "."
    name = project.modules[target].name
    return make_finding(
        INFO,
        project,
        function,
        (record[F.I_LINE], record[F.I_COL], record[F.I_END]),
        f"{record[F.I_MODULE]} names {project.paths[target]} from outside its package root "
        f"{root}/; its module name is {name}",
        sink=f"{record[F.I_MODULE]} -> {name}",
    )
