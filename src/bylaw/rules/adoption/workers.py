"""The background worker of a service, where it is a function that the entry can run."""

from __future__ import annotations

import ast

from bylaw.rules.adoption.plan import Open
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext


def worker_commands(context: RuleContext) -> list[StartCommand]:
    """Start commands that some platform uses for a worker; none for developers."""
    return [each for each in inventory_of(context).winning("worker") if not each.is_development]


def worker_target(
    context: RuleContext, commands: list[StartCommand], package: str
) -> tuple[str, list[Open]]:
    """``module:callable`` of the worker.

    A worker of Celery, RQ and the like is started by its own program and stays as it is.

    Args:
        context: what is known.
        commands: the worker's start commands.
        package: the service's package.

    Returns:
        The target, empty where there is none; and what could not be decided.
    """
    targets: dict[str, StartCommand] = {}
    opens = []
    for each in commands:
        if each.meaning.program != "python" or each.module < 0:
            continue
        module = context.project.modules[each.module].name
        called = main_call(context.repository.text(context.project.paths[each.module]))
        if called and (module == package or module.startswith(f"{package}.")):
            targets.setdefault(f"{module}:{called}", each)
        else:
            what = f"{module} is run as a worker, and no one function of it can be called instead"
            way = 'give the entry worker="module:function", and start it with WORKER_MODE=true'
            opens.append(Open(each.path, each.line, what, way))
    if len(targets) > 1:
        first = next(iter(targets.values()))
        what = f"several workers: {', '.join(targets)}"
        opens.append(Open(first.path, first.line, what, "an entry runs one: give each its own"))
        return "", opens
    return next(iter(targets), ""), opens


def main_call(text: str) -> str:
    """The function of a module that its ``__main__`` block calls without arguments.

    Args:
        text: of the module.

    Returns:
        Its name, also where ``asyncio.run`` runs it; empty where the block does anything else.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    own = {node.name for node in tree.body
           if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}  # fmt: skip
    for node in tree.body:
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test):
            calls = [each for each in node.body if isinstance(each, ast.Expr)]
            if len(node.body) == 1 and len(calls) == 1:
                name = _called(calls[0].value)
                return name if name in own else ""
            return ""
    return ""


def _called(node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in (
        "asyncio.run",
        "sys.exit",
    ):
        return _called(node.args[0]) if len(node.args) == 1 else ""
    if node.args or node.keywords or not isinstance(node.func, ast.Name):
        return ""
    return node.func.id
