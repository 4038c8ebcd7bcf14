"""What counts as authentication: by what a guard is called, and by what a function does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bylaw.facts import schema as F
from bylaw.model.backend.items import Dependency, Route
from bylaw.model.backend.shapes import is_false, keyword, last_name
from bylaw.rules.context import RuleContext
from bylaw.rules.web.registrations import segments, tokens
from bylaw.rules.web.wiring_calls import middleware_functions, middleware_names, resolves_to

_GUARDS = frozenset(
    {
        "auth", "authed", "authenticate", "authenticated", "authentication", "authenticator",
        "authorise", "authorize", "authorized", "authorization", "authorizer", "login", "logged",
        "user", "admin", "admins", "superuser", "staff", "permission", "permissions", "permitted",
        "jwt", "token", "bearer", "apikey", "credentials", "principal", "identity", "policy",
        "scope", "scopes", "role", "roles", "acl", "signature", "secret", "sudo", "registered",
        "account", "tenant", "member", "protected", "owner", "oauth2", "hmac", "rbac", "subject",
    }
)  # fmt: skip
_NOT_GUARDS = frozenset(
    {"optional", "maybe", "anonymous", "csrf", "limit", "limiter", "ratelimit", "throttle",
     "agent", "soft"}
)  # fmt: skip
_OPEN = frozenset({"AllowAny", "allow_any"})
_CHECKS = frozenset(
    {"signature", "hmac", "digest", "unsign", "authenticate", "authorize", "permission",
     "permissions", "login", "authenticated", "authorized", "forbidden", "unauthorized"}
)  # fmt: skip
_REFUSALS = frozenset(
    {"unauthorized", "forbidden", "unauthenticated", "authentication", "authorization",
     "permission", "denied", "invalidtoken", "credentials", "notauthenticated"}
)  # fmt: skip
_KNOWN_CHECKS = frozenset(
    {"hmac.compare_digest", "secrets.compare_digest", "jwt.decode", "jose.jwt.decode",
     "stripe.Webhook.construct_event"}
)  # fmt: skip
_STATUSES = ("401", "403")
_PURPOSES = frozenset(
    {
        "login", "logout", "signin", "signup", "signout", "register", "registration", "refresh",
        "token", "tokens", "forgot", "recover", "recovery", "reset", "health", "healthz", "ping",
        "remind", "reminder",
        "ready", "readyz", "live", "metrics", "callback", "oauth", "oauth2", "oidc", "saml",
        "sso", "authorize", "authenticate", "verify", "confirm", "confirmation", "activate",
        "activation", "unsubscribe", "otp", "totp", "magic", "csp", "captcha", "graphql",
        "healthcheck", "mfa", "webauthn", "passkey", "revoke", "introspect", "setup", "install",
    }
)  # fmt: skip
_PAIRS = (("sign", "in"), ("sign", "up"), ("sign", "out"), ("log", "in"), ("log", "out"),
          ("device", "auth"), ("device", "code"), ("discover", "auth"))  # fmt: skip
"""Sign-in in all its forms, a device's and the question which one an address uses included."""
_NAMED_GUARDS = frozenset({"auth", "jwt", "login", "apikey", "token", "bearer"})
_SECRETS = frozenset({"token", "secret", "signature", "hmac", "signed"})
_LOOKUPS = frozenset({"get", "filter", "get_object_or_404", "get_or_404", "filter_by", "aget",
                      "get_or_none", "first_or_404", "find_one", "by_token"})  # fmt: skip
_DEEPEST = 3
_DJANGO_EVERYWHERE = "LoginRequired"


def guards(context: RuleContext, route: Route) -> bool:
    """Whether something that authenticates runs before a handler.

    Args:
        context: of the run.
        route: the route with its dependencies.

    Returns:
        True where a dependency, decorator, mixin, permission or hook does.
    """
    optional = -1
    for each in route.dependencies:
        if 0 <= optional < each.depth:
            continue
        optional = -1
        if is_optional(context, each):
            optional = each.depth
        elif _authenticates(context, each):
            return True
    return False


def is_optional(context: RuleContext, dependency: Dependency) -> bool:
    """Whether a dependency also lets strangers pass: ``get_optional_user -> User | None``."""
    words = tokens(dependency.name.rpartition(".")[2])
    if not words.isdisjoint(_NOT_GUARDS) or {"or", "none"} <= words:
        return True
    if dependency.function < 0:
        return False
    record = context.backend.index.returns.get(dependency.function)
    returned = record[F.E_VALUE] if record is not None else None
    if type(returned) is tuple and returned[0] == "or" and ":None" in returned[1]:
        return not refuses(context, dependency.function)
    return False


def _authenticates(context: RuleContext, each: Dependency) -> bool:
    name = each.name.rpartition(".")[2]
    if each.kind == "hook":
        return bool({"login", "auth", "authenticate"} & tokens(name)) or refuses(
            context, each.function, ("401",)
        )
    if each.kind in ("security", "permission"):
        return name not in _OPEN
    if each.name == "starlette.authentication.requires":
        return True
    if each.name.startswith("fastapi.security."):
        return not _is_soft(context, name)
    owner = each.name.rpartition(".")[0].rpartition(".")[2] if name == "dependency" else ""
    if not tokens(f"{owner} {name}").isdisjoint(_GUARDS):
        return True
    return each.function >= 0 and refuses(context, each.function)


def _is_soft(context: RuleContext, name: str) -> bool:
    """Whether the project makes a scheme of this kind that lets strangers pass."""
    soft = context.memo.get("soft-schemes")
    if soft is None:
        soft = {
            last_name(records[-1][F.E_VALUE])
            for records in context.backend.index.bindings.values()
            if type(records[-1][F.E_VALUE]) is tuple
            and records[-1][F.E_VALUE][0] == "call"
            and is_false(keyword(records[-1][F.E_VALUE], "auto_error"))
        }
        context.memo["soft-schemes"] = soft
    return name in soft


def refuses(context: RuleContext, function: int, statuses: tuple[str, ...] = _STATUSES) -> bool:
    """Whether a function turns strangers away, by itself or through what it calls.

    Args:
        context: of the run.
        function: its number, or -1.
        statuses: the answers that count.

    Returns:
        True where it answers 401 or 403, or checks a signature or a permission.
    """
    if function < 0:
        return False
    memo: dict[tuple[int, tuple[str, ...]], bool] = context.memo.setdefault("refuses", {})
    key = (function, statuses)
    if key not in memo:
        memo[key] = any(_refuses_itself(context, each, statuses)
                        for each in _near(context, function))  # fmt: skip
    return memo[key]


def _near(context: RuleContext, function: int) -> Iterator[int]:
    """A function, those within it, and what they call, a few calls deep."""
    inner = _inner(context)
    seen, level = {function}, [function]
    for _ in range(_DEEPEST):
        yield from level
        following = [edge.callee for each in level for edge in context.graph.edges[each]]
        following += [child for each in level for child in inner.get(each, ())]
        level = [each for each in dict.fromkeys(following) if each not in seen]
        seen.update(level)


def _inner(context: RuleContext) -> dict[int, list[int]]:
    found: dict[int, list[int]] | None = context.memo.get("inner-functions")
    if found is None:
        found = {}
        project = context.project
        for number, function in enumerate(project.functions):
            if function[F.F_PARENT] > 0:
                offset = project.function_offset[project.function_home[number]]
                found.setdefault(offset + function[F.F_PARENT], []).append(number)
        context.memo["inner-functions"] = found
    return found


def _refuses_itself(context: RuleContext, number: int, statuses: tuple[str, ...]) -> bool:
    function = context.project.functions[number]
    for raised in function[F.F_RAISES]:
        name = resolves_to(context, number, raised[F.R_PATH] or "?").rpartition(".")[2]
        if _is_refusal(name):
            return True
    caught = (path for handler in function[F.F_HANDLERS] for path in handler[F.H_TYPES])
    if any(_is_refusal(path.rpartition(".")[2]) for path in caught):
        return True  # what the try calls refuses, however it is found
    for call in function[F.F_CALLS]:
        path = call[F.C_PATH]
        last = path.rpartition(".")[2]
        if any(status in each for each in _answers(call, last) for status in statuses):
            return True
        words = tokens(last)
        if words & _CHECKS and not words & _NOT_GUARDS:
            return True
        if "verify" in words and len(words) > 1 and not words & {"email", "password"}:
            return True
        if (
            last.endswith("_auth")
            or last == "compare_digest"
            or resolves_to(context, number, path) in _KNOWN_CHECKS
        ):
            return True
    return any(load[F.L_PATH].endswith("is_authenticated") for load in function[F.F_LOADS])


def _is_refusal(name: str) -> bool:
    """Whether an exception says that somebody is not let in, by its name."""
    words = tokens(name)
    return not words.isdisjoint(_REFUSALS) or (
        "not" in words and not words.isdisjoint({"authenticated", "authorized", "allowed"})
    )


def _answers(call: tuple[object, ...], last: str) -> Iterable[str]:
    arguments = call[F.C_ARGS]
    assert isinstance(arguments, tuple)
    if last == "url_for":
        return (
            ("401",) if any("login" in each or "authenticate" in each for each in arguments) else ()
        )
    if last in ("abort", "HTTPException", "HttpError", "Response", "JSONResponse", "HttpResponse"):
        return arguments
    return (each for each in arguments if each.startswith(("status_code=", "status=")))


def is_for_strangers(route: Route) -> bool:
    """Whether a route is there for people who are not known yet: sign-in, reset, health."""
    last = segments(route.url)[-2:]
    words = [tokens(each) for each in (*last, route.handler.rpartition(".")[2])]
    if route.owner >= 0:
        words.append(tokens(route.handler.rpartition(".")[0].rpartition(".")[2]))
    return any(
        not each.isdisjoint(_PURPOSES) or any(set(pair) <= each for pair in _PAIRS)
        for each in words
    )


def is_guarded_everywhere(context: RuleContext) -> bool:
    """Whether a middleware may turn strangers away before any route is asked."""
    found: bool | None = context.memo.get("guarded-everywhere")
    if found is None:
        found = any(_may_guard(context, each) for each in middleware_names(context)) or any(
            _answers_401(context, each) or _sends_to_login(context, each)
            for each in middleware_functions(context)
        )
        context.memo["guarded-everywhere"] = found
    return found


def _may_guard(context: RuleContext, name: str) -> bool:
    """Whether a middleware turns strangers away: by its name, unless it is seen not to.

    Those of Django and starlette say who somebody is and let everybody pass.
    """
    if _DJANGO_EVERYWHERE in name or name.startswith(("django.", "starlette.")):
        return _DJANGO_EVERYWHERE in name
    if tokens(name).isdisjoint(_NAMED_GUARDS):
        return False
    bare = name.removesuffix(".__call__").removesuffix(".dispatch")
    own = tokens(bare.rpartition(".")[2])
    methods = _methods(context, bare)
    if own & _NOT_GUARDS or (methods and not any(refuses(context, each) for each in methods)):
        return False
    return not own.isdisjoint(_NAMED_GUARDS) or bool(methods) or bare == name


def _methods(context: RuleContext, name: str) -> list[int]:
    """Methods of the project's class that a name stands for; none for anything else."""
    project, last = context.project, name.rpartition(".")[2]
    return [
        number
        for number, function in enumerate(project.functions)
        if function[F.F_CLASS] >= 0
        for owner in (project.class_offset[project.function_home[number]] + function[F.F_CLASS],)
        if project.classes[owner][F.K_NAME] == last
        and ("." not in name or project.class_name(owner).endswith(name))
    ]


def _answers_401(context: RuleContext, function: int) -> bool:
    return any(
        "401" in each
        for call in context.project.functions[function][F.F_CALLS]
        for each in _answers(call, call[F.C_PATH].rpartition(".")[2])
    )


def _sends_to_login(context: RuleContext, function: int) -> bool:
    """Whether a middleware asks who is there, and answers strangers with the login."""
    for number in _near(context, function):
        facts = context.project.functions[number]
        asks = any(load[F.L_PATH].endswith((".is_anonymous", ".is_authenticated"))
                   for load in facts[F.F_LOADS])  # fmt: skip
        if asks and any(_leads_to_login(call) for call in facts[F.F_CALLS]):
            return True
    return False


def _leads_to_login(call: tuple[object, ...]) -> bool:
    """``get_login_redirect(request)``, ``redirect("login")``, ``redirect(settings.LOGIN_URL)``."""
    path, arguments = call[F.C_PATH], call[F.C_ARGS]
    assert isinstance(path, str)
    assert isinstance(arguments, tuple)
    words = tokens(path.rpartition(".")[2])
    if "login" in words and "redirect" in words:
        return True
    answers = not words.isdisjoint({"redirect", "reverse"}) or "Redirect" in path
    return answers and any(not {"login", "signin"}.isdisjoint(tokens(each)) for each in arguments)


def is_capability(context: RuleContext, route: Route) -> bool:
    """Whether the path holds a secret that only the one who may call it knows.

    Args:
        context: of the run.
        route: the route.

    Returns:
        True where a part of the path is named as one, or where its handler looks something up
        whose secret is that part: ``Invite.objects.get(token=code)``.
    """
    parts = [each for each in route.url.split("/") if each and each[0] in "{<"]
    if any(not _SECRETS.isdisjoint(tokens(each)) for each in parts):
        return True
    return bool(parts) and any(
        _looks_up_secret(context.project.functions[number], route)
        for number in _handling(context, route)
    )


def _handling(context: RuleContext, route: Route) -> list[int]:
    """The handler, and with a class that handles all its methods."""
    if route.owner < 0:
        return [route.function] if route.function >= 0 else []
    methods: dict[int, list[int]] | None = context.memo.get("methods-of-class")
    if methods is None:
        methods = context.memo["methods-of-class"] = {}
        project = context.project
        for number, function in enumerate(project.functions):
            if function[F.F_CLASS] >= 0:
                owner = project.class_offset[project.function_home[number]] + function[F.F_CLASS]
                methods.setdefault(owner, []).append(number)
    return methods.get(route.owner, [])


def _looks_up_secret(function: tuple[Any, ...], route: Route) -> bool:
    """Whether a function finds a row by a secret column and a part of the path."""
    for call in function[F.F_CALLS]:
        if call[F.C_PATH].rpartition(".")[2] not in _LOOKUPS:
            continue
        for argument in call[F.C_ARGS]:
            name, sign, value = argument.partition("=")
            if not sign or _SECRETS.isdisjoint(tokens(name)):
                continue
            given = value.removeprefix("=") or "?"
            if ".kwargs" in given or f"{given}>" in route.url or f"{{{given}" in route.url:
                return True
    return False


def asks_for_secret(context: RuleContext, function: int) -> bool:
    """Whether a handler turns away callers who do not send the secret that is stored.

    Args:
        context: of the run.
        function: its number, or -1.
    """
    found: set[int] | None = context.memo.get("compares-secret")
    if found is None:
        project = context.project
        found = context.memo["compares-secret"] = {
            project.function_offset[module] + record[F.E_OWNER]
            for module, facts in enumerate(project.facts)
            for record in facts[F.DECLARED]
            if record[F.E_KIND] == "k"
        }
    return function in found
