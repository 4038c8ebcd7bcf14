"""Which applications a repository has: those its start commands serve, else those it makes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from bylaw.facts import schema as F
from bylaw.manifests.meaning import Meaning
from bylaw.model.backend.kinds import APPS
from bylaw.model.roles import MIGRATION, SCRIPT, TEST
from bylaw.rules.adoption.plan import Application
from bylaw.rules.boot.installs import scripts
from bylaw.rules.boot.inventory import inventory_of
from bylaw.rules.boot.items import StartCommand
from bylaw.rules.context import RuleContext

_ASIDE = frozenset({TEST, SCRIPT, MIGRATION})
_BY_DEFAULT = {"gunicorn": "application", "uwsgi": "application", "flask": "app"}
_WSGI_SERVERS = frozenset({"gunicorn", "uwsgi", "waitress-serve", "flask", "manage.py"})
_ASGI_SERVERS = frozenset({"uvicorn", "hypercorn", "daphne", "granian", "fastapi", "quart",
                           "litestar", "sanic"})  # fmt: skip
_FACTORY = re.compile(r"^(create|make|get|build)_(\w+_)?(app|application)$|^(app|application)$")
_RUN_TEXT = re.compile(r"\b(?:uvicorn|hypercorn|web)\.run\(\s*[\"']([\w.]+:[\w.]+)[\"']")


def served_applications(
    context: RuleContext, commands: Sequence[StartCommand]
) -> list[Application]:  # fmt: skip
    """Applications that some start commands name, each once, the most frequent first.

    Args:
        context: what is known.
        commands: start commands of the service.
    """
    found: dict[str, list[Application]] = {}
    for each in commands:
        if each.module < 0 or not each.resolved:
            continue
        made = _served(context, each)
        if made is not None:
            found.setdefault(made.target, []).append(made)
    ranked = sorted(found.values(), key=lambda listed: -len(listed))
    return [listed[0] for listed in ranked]


def made_applications(context: RuleContext) -> list[Application]:
    """Applications that modules make: objects, else factories, else those of Django.

    Args:
        context: what is known.
    """
    found = list(_objects(context)) or list(_factories(context))
    return found or list(_django(context))


def named_application(context: RuleContext, target: str) -> Application | None:
    """The application that somebody names as ``module:attribute``; None where it is not there."""
    module, _, attribute = target.partition(":")
    claims = context.project.by_name.get(module, [])
    name = attribute.partition("(")[0].partition(".")[0]
    if not claims or name not in context.project.bindings[claims[0]]:
        return None
    return _application(context, claims[0], attribute, "", "--app names it")


def api_commands(context: RuleContext) -> list[StartCommand]:
    """Start commands that serve requests; those for developers only where there are no others."""
    found = [each for each in inventory_of(context).commands if each.role == "api"]
    deployed = [each for each in found if not each.is_development]
    return deployed or found


def _served(context: RuleContext, command: StartCommand) -> Application | None:
    meaning, number = command.meaning, command.module
    why = f"{command.path}:{command.line} serves it"
    if meaning.program == "manage.py":
        return next(_django(context), None)
    if declared_entry(context, number) is not None:
        return None
    if meaning.program in scripts(context):
        # What a command of the project's own calls is a function that serves, not the application.
        return _run_by_module(context, number, meaning, why)
    attribute = meaning.attribute or (
        "" if meaning.script else _BY_DEFAULT.get(meaning.program, "")
    )
    if (attribute and not meaning.as_module) or meaning.attribute:
        called = "()" if meaning.is_factory else ""
        made = _application(context, number, f"{attribute}{called}", meaning.program, why)
        return _as_started(context, made, meaning.module)
    return _run_by_module(context, number, meaning, why)


def _run_by_module(
    context: RuleContext, number: int, meaning: Meaning, why: str
) -> Application | None:  # fmt: skip
    """What a module that is run, or given as a file, serves: the one application in it."""
    named = _RUN_TEXT.search(context.repository.text(context.project.paths[number]))
    if named:
        made = named_application(context, named[1])
        return made._replace(why=why) if made else None
    mine = [each for each in _objects(context, aside=True) if each.module == number]
    if len(mine) == 1:
        return mine[0]._replace(why=why)
    made_here = [each for each in _factories(context) if each.module == number]
    return made_here[0]._replace(why=why) if len(made_here) == 1 else None


def _application(
    context: RuleContext, number: int, attribute: str, program: str, why: str
) -> Application:
    named = context.project.modules[number]
    framework = _framework(context, number, attribute)
    interface = _interface(context, number, attribute, framework, program)
    target = f"{named.name}:{attribute}"
    return Application(target, number, interface, framework, why, named.root)


def _as_started(context: RuleContext, made: Application, dotted: str) -> Application:
    """The application by the name that its start command gives, where that is the longer one.

    A folder without ``__init__.py`` is no package to the model, and one to the command.
    """
    path = context.project.paths[made.module].removesuffix(".py").removesuffix("/__init__")
    inside = dotted.replace(".", "/")
    if dotted.count(".") <= made.name.count(".") or not f"/{path}".endswith(f"/{inside}"):
        return made
    root = path.removesuffix(inside).strip("/")
    return made._replace(target=f"{dotted}:{made.target.partition(':')[2]}", root=root)


def _framework(context: RuleContext, number: int, attribute: str) -> str:
    made = context.backend.made
    name = attribute.partition("(")[0]
    kinds = [kind for (module, owner, known), kind in made.kinds.items()
             if module == number and kind in APPS and (owner or known == name)]  # fmt: skip
    if kinds:
        return APPS[kinds[0]]
    text = context.repository.text(context.project.paths[number])
    if "get_wsgi_application" in text or "get_asgi_application" in text:
        return "django"
    every = {APPS[kind] for kind in made.kinds.values() if kind in APPS}
    return every.pop() if len(every) == 1 else ""


def _interface(
    context: RuleContext, number: int, attribute: str, framework: str, program: str
) -> str:
    text = context.repository.text(context.project.paths[number])
    if "get_wsgi_application" in text or (framework == "flask" and "quart" not in text.lower()):
        return "wsgi"
    if "get_asgi_application" in text or framework in ("fastapi", "starlette"):
        return "asgi"
    if program in _ASGI_SERVERS:
        return "asgi"
    return "wsgi" if program in _WSGI_SERVERS else "asgi"


def _objects(context: RuleContext, *, aside: bool = False) -> Iterator[Application]:
    """Module-level objects; ``aside`` also those of scripts."""
    project, made = context.project, context.backend.made
    for thing, kind in sorted(made.kinds.items()):
        module, owner, name = thing
        if owner or kind not in APPS:
            continue
        role = project.roles[module]
        if role == TEST or (role in _ASIDE and not aside):
            continue
        path = project.paths[module]
        if _is_mounted(context.repository.text(path), name):
            continue
        yield _application(context, module, name, "", f"{path}:{made.line(thing)} makes it")


def _is_mounted(text: str, name: str) -> bool:
    """Whether another application of the same file mounts it."""
    return bool(re.search(rf"\.mount\([^()]*,\s*(?:app\s*=\s*)?{re.escape(name)}\b", text))


def _factories(context: RuleContext) -> Iterator[Application]:
    """Functions that make an application and can be called without an argument."""
    project, made = context.project, context.backend.made
    seen = set()
    for (module, owner, _), kind in sorted(made.kinds.items()):
        if not owner or kind not in APPS or project.roles[module] in _ASIDE:
            continue
        function = project.functions[project.function_offset[module] + owner]
        name = str(function[F.F_NAME])
        if "." in name or not _FACTORY.match(name) or (module, name) in seen:
            continue
        seen.add((module, name))
        path, line = project.paths[module], function[F.F_LINE]
        text = context.repository.text(path)
        called = re.search(rf"^(\w+)\s*(?::[^=\n]+)?=\s*{name}\(", text, re.M)
        if called:
            yield _application(context, module, called[1], "", f"{path} makes it with {name}()")
        elif not _needs_arguments(text, name):
            yield _application(context, module, f"{name}()", "", f"{path}:{line} makes it")


def _needs_arguments(text: str, name: str) -> bool:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return True
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            given = node.args
            positional = len(given.posonlyargs) + len(given.args) - len(given.defaults)
            return positional > 0 or any(each is None for each in given.kw_defaults)
    return True


def _django(context: RuleContext) -> Iterator[Application]:
    """``wsgi.py`` and ``asgi.py`` of Django: by the server that is declared, else the former."""
    project = context.project
    found: dict[str, Application] = {}
    for module, path in enumerate(project.paths):
        for stem in ("wsgi", "asgi"):
            if not path.endswith(f"/{stem}.py") or project.roles[module] == TEST:
                continue
            if f"get_{stem}_application" in context.repository.text(path):
                made = _application(context, module, "application", "", f"{path} makes it")
                found.setdefault(stem, made)
    wanted = "wsgi"
    if any(kind in ("daphne", "uvicorn", "hypercorn") for kind in _programs(context)):
        wanted = "asgi"
    order = (wanted, "asgi" if wanted == "wsgi" else "wsgi")
    yield from [found[stem] for stem in order if stem in found][:1]


def _programs(context: RuleContext) -> set[str]:
    return {each.meaning.program for each in api_commands(context)}


def declared_entry(context: RuleContext, number: int) -> dict[str, str] | None:
    """What ``Boot(...)`` of a module declares in strings; None where the module makes none.

    Args:
        context: what is known.
        number: number of its file.
    """
    path = context.project.paths[number]
    if context.project.roles[number] == TEST:
        return None
    return boot_strings(context.repository.text(path))


def boot_strings(text: str) -> dict[str, str] | None:
    """The strings that a module hands to ``Boot``; None where it makes none."""
    if "bylaw_boot" not in text or "Boot(" not in text:
        return None
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last(node.func) == "Boot":
            return {each.arg: each.value.value for each in node.keywords
                    if each.arg and isinstance(each.value, ast.Constant)
                    and isinstance(each.value.value, str)}  # fmt: skip
    return None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def entries(context: RuleContext) -> list[tuple[int, dict[str, str]]]:
    """Modules that declare a start with ``Boot``, outside tests and scripts."""
    found = []
    for number, path in enumerate(context.project.paths):
        if context.project.roles[number] in (TEST, MIGRATION) or not _imports_boot(context, number):
            continue
        declared = declared_entry(context, number)
        if declared is not None and path:
            found.append((number, declared))
    return found


def _imports_boot(context: RuleContext, number: int) -> bool:
    return any(str(record[F.I_MODULE]).startswith("bylaw_boot")
               for record in context.project.facts[number][F.IMPORTS])  # fmt: skip
