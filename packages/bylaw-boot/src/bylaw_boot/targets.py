"""``module:attribute``: the strings that name an application, a worker or a hook."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ASGI, WSGI = "asgi", "wsgi"


class TargetError(Exception):
    """A string that names nothing: it is malformed, or its module has no such attribute."""


def split_target(target: str) -> tuple[str, str, bool]:
    """Module, dotted attribute, and whether it is to be called without arguments.

    Args:
        target: ``package.module:attribute``, or ``package.module:factory()``.

    Raises:
        TargetError: the string has another form.
    """
    module, colon, attribute = target.partition(":")
    is_factory = attribute.endswith("()")
    attribute = attribute[:-2] if is_factory else attribute
    names = [*module.split("."), *attribute.split(".")]
    if not colon or not all(name.isidentifier() for name in names):
        raise TargetError(f"{target!r} is not of the form 'package.module:attribute'")
    return module, attribute, is_factory


def load_target(target: str) -> Any:
    """Imports the module of a target and gives what the attribute names.

    Raises:
        TargetError: the string is malformed, or the module has no such attribute.
    """
    module_name, attribute, is_factory = split_target(target)
    __import__(module_name)
    found: Any = sys.modules[module_name]
    for name in attribute.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise TargetError(
                f"module {module_name} has no {attribute!r}{_near(found, name)}"
            ) from None
    if is_factory:
        return found()
    if not callable(found):
        raise TargetError(f"{target} is a {type(found).__name__}, which cannot be called")
    return found


def _near(place: Any, name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [each for each in dir(place) if each[:1] != "_"], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def interface_of(app: Any) -> str:
    """Whether an application speaks ASGI or WSGI.

    An asynchronous callable speaks ASGI. Of the others, one that takes two arguments speaks
    WSGI, and every other ASGI.
    """
    import inspect

    call = getattr(app, "__call__", app)  # noqa: B004  the bound method is wanted
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return ASGI
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return ASGI
    positional = [
        each for each in parameters
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        and each.default is each.empty
    ]  # fmt: skip
    return WSGI if len(positional) == 2 else ASGI
