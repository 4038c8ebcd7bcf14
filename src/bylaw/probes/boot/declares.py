"""What a service needs, as its own code says: variables, numbers, and what ``Boot`` declares."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from bylaw.model.import_graph import import_edges
from bylaw.model.project import Project
from bylaw.model.roles import SCRIPT, TEST
from bylaw.rules.context import RuleContext

_WHOLE_NUMBER = re.compile(r"^(?:Optional\[)?(?:int|PositiveInt|NonNegativeInt)\b")

_DJANGO = re.compile(r"""["']DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_REQUIRES = re.compile(
    r"""\s*(?:requires-python|python)\s*=\s*["'][^"']*(?:>=|\^|~)\s*(\d+)\.(\d+)"""
)


class Variable(NamedTuple):
    """One variable that a service reads when it starts.

    Attributes:
        name: of the variable.
        field: what a message may call it: the attribute it is bound to.
        path: file that reads it.
        line: line.
        is_required: whether there is no default.
        is_number: whether it is read as a whole number.
        is_certain: whether it is read when the service starts, in any case.
    """

    name: str
    field: str
    path: str
    line: int
    is_required: bool
    is_number: bool
    is_certain: bool


class Declares(NamedTuple):
    """What a service declares.

    Attributes:
        uses_boot: whether it starts through bylaw-boot.
        target: number of the module whose import is critical, -1 where none of ours is.
        variables: those it reads when it starts.
        oldest_python: the oldest Python it says it runs with; empty where it does not say.
        says_so: ``path:line`` of that.
        attribute: what of the target is served, where bylaw-boot is told; may end in ``()``.
    """

    uses_boot: bool
    target: int
    variables: tuple[Variable, ...]
    oldest_python: tuple[int, ...] = ()
    says_so: tuple[str, int] = ("", 0)
    attribute: str = ""


def declares(context: RuleContext, started: int, is_worker: bool) -> Declares:
    """What a service declares, read from the module that is started and what that imports.

    Args:
        context: what is known.
        started: number of the module that is started; -1 for none of ours.
        is_worker: whether it is started as a worker.
    """
    oldest, place = _requires_python(context, started)
    if started < 0:
        return Declares(False, -1, (), oldest, place)
    path = context.project.paths[started]
    call = _boot_call(context.root, path)
    if call is not None:
        return _of_boot(context.project, path, call, is_worker, (oldest, place))
    reachable = _reachable(context.project, [started, *_django_settings(context, started)])
    found: dict[str, Variable] = {}
    for each in [*_of_classes(context, reachable), *_of_modules(context, reachable)]:
        found.setdefault(each.name, each)
    return Declares(False, started, tuple(found.values()), oldest, place)


def _of_boot(
    project: Project, path: str, call: ast.Call, is_worker: bool,
    declared: tuple[tuple[int, ...], tuple[str, int]],
) -> Declares:  # fmt: skip
    given = {each.arg: each.value for each in call.keywords}
    target = _text(given.get("worker" if is_worker else "app"))
    module, _, attribute = target.partition(":")
    attribute = "" if is_worker else attribute
    numbers = project.by_name.get(module, [-1])
    variables = [Variable("PORT", "PORT", path, call.lineno, False, True, True)]
    for each in ast.walk(given.get("require", ast.Tuple([], ast.Load()))):
        if isinstance(each, ast.Call) and _name(each.func) == "Var" and each.args:
            words = {one.arg: one.value for one in each.keywords}
            kind = each.args[1] if len(each.args) > 1 else words.get("kind")
            name = _text(each.args[0])
            if name and name != "PORT":
                is_number = kind is not None and _name(kind) == "int"
                variables.append(Variable(name, name, path, each.lineno, "default" not in words,
                                          is_number, True))  # fmt: skip
    python = given.get("python")
    if python is not None:
        try:
            return Declares(True, numbers[0], tuple(variables), tuple(ast.literal_eval(python)),
                            (path, python.lineno), attribute)  # fmt: skip
        except (ValueError, TypeError):
            pass
    return Declares(True, numbers[0], tuple(variables), attribute=attribute)


def has_worker(context: RuleContext, started: int) -> bool:
    """Whether a module starts through bylaw-boot, and declares a worker beside an application."""
    if started < 0:
        return False
    call = _boot_call(context.root, context.project.paths[started])
    return call is not None and {"app", "worker"} <= {each.arg for each in call.keywords}


def _boot_call(root: str, path: str) -> ast.Call | None:
    """The ``Boot(...)`` of a module that starts through bylaw-boot."""
    tree = _tree(root, path)
    if tree is None or not any(
        isinstance(each, (ast.Import, ast.ImportFrom)) and "bylaw_boot" in ast.dump(each)
        for each in ast.walk(tree)
    ):
        return None
    calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return next((each for each in calls if _name(each.func) == "Boot"), None)


def _tree(root: str, path: str) -> ast.Module | None:
    try:
        with open(f"{root}/{path}", "rb") as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _django_settings(context: RuleContext, started: int) -> list[int]:
    """The settings module that a started module names for Django."""
    text = context.repository.text(context.project.paths[started])
    found = _DJANGO.search(text)
    return context.project.by_name.get(found[1], [])[:1] if found is not None else []


def _reachable(project: Project, started: list[int]) -> set[int]:
    """Modules that are loaded with others, as imports that run at load time tell."""
    imports: dict[int, list[int]] = {}
    for edge in import_edges(project):
        if edge.kind == "load":
            imports.setdefault(edge.importer, []).append(edge.imported)
    pending, found = started, set()
    while pending:
        number = pending.pop()
        if number not in found:
            found.add(number)
            pending += imports.get(number, [])
    return {each for each in found if project.roles[each] not in (TEST, SCRIPT)}


def _of_classes(context: RuleContext, reachable: set[int]) -> Iterator[Variable]:
    """Fields of pydantic settings that somebody who is loaded makes."""
    project = context.project
    paths = {project.paths[each] for each in reachable}
    classes = [each for each in context.backend.settings
               if each.kind == "pydantic" and each.path in paths]  # fmt: skip
    trees = {each: _tree(context.root, each) for each in paths} if classes else {}
    for settings in classes:
        name = settings.name.rpartition(".")[2]
        made = [_is_made(tree, name) for tree in trees.values() if tree is not None]
        if "*" in settings.prefix or not any(made):
            continue
        for field in settings.fields:
            if len(field.variables) == 1:
                yield Variable(
                    field.variables[0], field.name, field.path, field.line, field.required,
                    bool(_WHOLE_NUMBER.match(field.annotation)), "always" in made,
                )  # fmt: skip


def _is_made(tree: ast.Module, name: str) -> str:
    """Whether an instance is made when a module is loaded (``always``), or only in a function."""
    found = ""
    for statement in tree.body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Call) and _name(each.func) == name:
                plain = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr))
                found = "always" if plain or found == "always" else "later"
    return found


def _of_modules(context: RuleContext, reachable: set[int]) -> Iterator[Variable]:
    """``NAME = os.environ["NAME"]`` and ``int(os.environ.get(...))`` on the level of a module."""
    for number in sorted(reachable):
        path = context.project.paths[number]
        text = context.project.facts[number]
        if not text:
            continue
        tree = _tree(context.root, path) if _reads(context, number) else None
        for statement in tree.body if tree is not None else ():
            if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)) and statement.value:
                yield from _reads_in(statement.value, path)


def _reads(context: RuleContext, number: int) -> bool:
    body = context.project.module_body(number)
    return any(each.kind == "env-read" for each in context.graph.seeds[body])


def _reads_in(value: ast.expr, path: str) -> Iterator[Variable]:
    inner: ast.expr = value
    is_number = False
    if isinstance(value, ast.Call) and _name(value.func) == "int" and len(value.args) == 1:
        inner, is_number = value.args[0], True
    name = ""
    is_required = False
    if isinstance(inner, ast.Subscript) and _name(inner.value) == "environ":
        name, is_required = _text(inner.slice), True
    elif isinstance(inner, ast.Call) and inner.args and _name(inner.func) in ("getenv", "get"):
        of = inner.func.value if isinstance(inner.func, ast.Attribute) else None
        if _name(inner.func) == "getenv" or (of is not None and _name(of) == "environ"):
            name = _text(inner.args[0])
    if name and (is_required or is_number):
        yield Variable(name, name, path, inner.lineno, is_required, is_number, True)


def _requires_python(context: RuleContext, started: int) -> tuple[tuple[int, ...], tuple[str, int]]:
    """The lowest version that the nearest ``pyproject.toml`` above a module asks for."""
    named = set(context.repository.names("pyproject"))
    folder = context.project.paths[started] if started >= 0 else "none"
    while folder:
        folder = posixpath.dirname(folder)
        path = posixpath.join(folder, "pyproject.toml")
        text = context.repository.text(path) if path in named else ""
        for number, line in enumerate(text.splitlines(), 1):
            found = _REQUIRES.match(line)
            if found is not None:
                return (int(found[1]), int(found[2])), (path, number)
    return (), ("", 0)
