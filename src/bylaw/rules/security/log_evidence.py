"""How much a name says about what goes into a log: kinds, records, tokens, what callers give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bylaw.facts import schema as F
from bylaw.model.call_graph import Edge, Place
from bylaw.model.class_lookup import resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.parameters import passed
from bylaw.rules.context import RuleContext
from bylaw.rules.handing import Handing, Leaf, handings, last_name, parameter_at

WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_KINDS = frozenset({"path", "file", "filepath", "filename", "count", "hash", "type", "url"})
_TAGS = frozenset({"id", "name"})
_PROVES = frozenset(
    {"access", "auth", "bearer", "refresh", "session", "reset", "api", "secret", "jwt", "oauth",
     "login", "logout", "password", "credential", "credentials", "authenticate", "authentication",
     "authorization", "authorize", "verify", "invite", "invitation", "confirm", "activate", "bot",
     "decode", "user", "users", "signin", "signup", "identity", "security",
     "revoke", "magic", "header", "headers", "cookie", "cookies", "request", "req", "environ",
     "settings", "config", "getenv", "vault", "depends"}
)  # fmt: skip
"""Words of what authenticates somebody, and of where secrets of clients and services come from."""
_HOLDS_IT = frozenset({"value", "raw", "key", "plain", "plaintext"})
_SHOWS_ALL = ("pydantic.", "sqlmodel.", "msgspec.", "dataclasses.", "attr.", "attrs.", "typing.")
_IS_TEXT = ("str", "bytes", "enum.", "collections.UserString")
_DEEPEST = 3

Grade = Callable[[str], "int | None"]


def is_told_kind(position: str, text: str) -> bool:
    """Whether the keyword says that it is about the value: its path, its count, its hash."""
    words = [word.lower() for word in WORDS.findall(position)]
    if len(words) < 2 or position.isdigit():
        return False
    subject = WORDS.findall(last_name(text))[-1:]
    named = bool(subject) and subject[0].lower() in words[:-1]
    return words[-1] in _KINDS or (words[-1] in _TAGS and named)


def doubt(context: RuleContext, handing: Handing, leaf: Leaf, grade: Grade) -> int | None:
    """Confidence that a leaf is what its name says; None where it is a record that shows nothing.

    Args:
        context: what the rule may ask.
        handing: the argument.
        leaf: one of its leaves, whose name says that it is a secret or an address.
        grade: how grave a name is.
    """
    text, function = leaf[0], handing.function
    if "." in text or "[" in text:
        return 1
    owner = _record(context, handing, text)
    if owner >= 0:
        return _shown_by(context, owner, grade)
    names = [param[F.P_NAME] for param in context.project.functions[function][F.F_PARAMS]]
    if text not in names:
        return 1
    if text == "token":
        return 1 if _authenticates(context, function, _DEEPEST) else 2
    if text == "email" and _is_given_ids(context, function, text):
        return 2
    return 1


def _record(context: RuleContext, handing: Handing, name: str) -> int:
    """The project's class whose object a parameter or a local name holds; -1 for none."""
    project, function = context.project, handing.function
    home = project.function_home[function]
    made = {leaf[1][-1] for leaf in handing.leaves if leaf[2][-1:] == (name,) and leaf[1]}
    annotations = [
        str(param[F.P_ANNOTATION])
        for param in project.functions[function][F.F_PARAMS]
        if param[F.P_NAME] == name and param[F.P_ANNOTATION]
    ]
    if annotations and not made:
        value = evaluate(project, home, f"{annotations[0]}!")
        return int(value[1]) if value is not None and value[0] == "I" else -1
    if len(made) == 1:
        value = evaluate(project, home, made.pop())
        return int(value[1]) if value is not None and value[0] == "C" else -1
    return -1


def _shown_by(context: RuleContext, owner: int, grade: Grade) -> int | None:
    """How sure it is that the text of an object shows a secret."""
    project = context.project
    names: set[str] = set()
    written = generated = False
    for each in resolution_order(project, owner, evaluate):
        facts, home = project.classes[each], project.class_home[each]
        names |= {str(attribute[F.A_NAME]) for attribute in facts[F.K_ATTRIBUTES]}
        names |= {str(name) for name, _ in facts[F.K_SELF]}
        methods = {str(method[0]) for method in facts[F.K_METHODS]}
        written = written or not {"__repr__", "__str__"}.isdisjoint(methods)
        paths = [*facts[F.K_BASES], *(path for path, *_ in facts[F.K_DECORATORS])]
        for path in paths:
            value = evaluate(project, home, str(path).removesuffix("()"))
            outside = str(value[1]) if value is not None and value[0] in "XBY" else ""
            if outside.startswith(_IS_TEXT):
                return 1
            generated = generated or outside.startswith(_SHOWS_ALL)
    secret = any(grade(name) is not None or name.strip("_") in _HOLDS_IT for name in names)
    if not secret or not (written or generated):
        return None
    return 2 if written else 1


def _authenticates(context: RuleContext, function: int, depth: int) -> bool:
    """Whether anything says that the ``token`` a function takes lets somebody in."""
    project = context.project
    facts = project.functions[function]
    said = [part for part in project.symbol(function).split(".") if part != "api"]
    for name, annotation, default in facts[F.F_PARAMS]:
        said.append(str(name))
        said += [str(annotation), str(default)] if name == "token" else []
    said += [
        str(call[F.C_PATH]).rpartition(".")[2]
        for call in facts[F.F_CALLS]
        if any(str(given).endswith("=token") for given in call[F.C_ARGS])
    ]
    if facts[F.F_DECORATORS] or _proves(" ".join(said)):
        return True
    return any(
        _proves_given(context, *given, depth) for given in _given(context, function, "token")
    )


def _proves_given(context: RuleContext, caller: int, leaves: tuple[Leaf, ...], depth: int) -> bool:
    names = {param[F.P_NAME] for param in context.project.functions[caller][F.F_PARAMS]}
    for text, through, via in leaves:
        if text == "token" and text in names:
            if depth and _authenticates(context, caller, depth - 1):
                return True
        elif _proves(" ".join((text, *through, *via))):
            return True
    return False


def _proves(text: str) -> bool:
    return any(word.lower() in _PROVES for word in WORDS.findall(text))


def _is_given_ids(context: RuleContext, function: int, name: str) -> bool:
    """Whether every caller passes an id under the name, and all of them are known."""
    given = [leaves for _, leaves in _given(context, function, name)]
    return bool(given) and all(leaves and all(map(_is_id, leaves)) for leaves in given)


def _is_id(leaf: Leaf) -> bool:
    words = WORDS.findall(last_name(leaf[0]))
    return bool(words) and words[-1].lower() == "id"


def _given(
    context: RuleContext, function: int, name: str
) -> Iterator[tuple[int, tuple[Leaf, ...]]]:
    """Callers of a function, and what each hands to one of its parameters; nothing if unknown."""
    told: dict[tuple[int, Place], tuple[Leaf, ...]] = {}
    callers = _callers(context).get(function, ())
    for each in _handed(context).get((function, name), ()):
        told[each.function, each.place] = each.leaves
    for caller, edge in callers:
        path = passed(context.project, caller, edge, name) or ""
        leaf: tuple[Leaf, ...] = ((path.lstrip("="), (), ()),) if path.strip("=?") else ()
        leaves = told.get((caller, edge.place), ())
        holders = {via for each in leaves for via in each[2]}
        yield caller, tuple(each for each in leaves if each[0] not in holders) or leaf


def _handed(context: RuleContext) -> dict[tuple[int, str], list[Handing]]:
    index: dict[tuple[int, str], list[Handing]] | None = context.memo.get("handed-by-name")
    if index is None:
        index = context.memo["handed-by-name"] = {}
        for each in handings(context):
            if each.value is not None and each.value[0] == "F":
                key = (each.value[1], parameter_at(context, each))
                index.setdefault(key, []).append(each)
    return index


def _callers(context: RuleContext) -> dict[int, list[tuple[int, Edge]]]:
    index: dict[int, list[tuple[int, Edge]]] | None = context.memo.get("edges-by-callee")
    if index is None:
        index = context.memo["edges-by-callee"] = {}
        for caller, edges in enumerate(context.graph.edges):
            for edge in edges:
                index.setdefault(edge.callee, []).append((caller, edge))
    return index
