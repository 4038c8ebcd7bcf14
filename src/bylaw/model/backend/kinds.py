"""Which declared objects are applications and routers, of which framework."""

from __future__ import annotations

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex, Object, Record
from bylaw.model.backend.shapes import Expression, is_call, path_of, words
from bylaw.model.class_lookup import outside_bases, resolution_order
from bylaw.model.evaluate import evaluate
from bylaw.model.project import Value
from bylaw.model.roles import TEST

APPS = {
    "fastapi.FastAPI": "fastapi",
    "starlette.applications.Starlette": "starlette",
    "flask.Flask": "flask",
    "quart.Quart": "flask",
    "apiflask.APIFlask": "flask",
    "flask_openapi3.OpenAPI": "flask",
    "connexion.FlaskApp": "flask",
}
ROUTERS = {
    "fastapi.APIRouter": "fastapi",
    "starlette.routing.Router": "starlette",
    "flask.Blueprint": "flask",
    "quart.Blueprint": "flask",
    "flask_smorest.Blueprint": "flask",
    "flask_smorest.Api": "flask-restful",
    "apiflask.APIBlueprint": "flask",
    "flask_openapi3.APIBlueprint": "flask",
    "flask_restful.Api": "flask-restful",
    "flask_restx.Api": "flask-restful",
    "flask_restplus.Api": "flask-restful",
    "flask_restx.Namespace": "flask-restful",
    "flask_restplus.Namespace": "flask-restful",
}
_KINDS = {**APPS, **ROUTERS}
_SAME = {
    "flask.app.Flask": "flask.Flask",
    "flask.blueprints.Blueprint": "flask.Blueprint",
    "flask_restx.namespace.Namespace": "flask_restx.Namespace",
    "flask_restx.api.Api": "flask_restx.Api",
    "flask_restplus.namespace.Namespace": "flask_restplus.Namespace",
    "fastapi.routing.APIRouter": "fastapi.APIRouter",
    "fastapi.applications.FastAPI": "fastapi.FastAPI",
    "starlette.applications.Starlette": "starlette.applications.Starlette",
}


def kind_of(index: DeclaredIndex, value: Value) -> tuple[str, int]:
    """Dotted kind of an application or router and the first-party class it is made of.

    Returns:
        ``("", -1)`` for what is neither.
    """
    if value is None:
        return "", -1
    if value[0] in "XY":
        dotted = str(value[1]).removesuffix("()")
        dotted = _SAME.get(dotted, index.project.stubs.canonical(dotted))
        return (dotted, -1) if dotted in _KINDS else ("", -1)
    if value[0] in "CI":
        for base in outside_bases(index.project, value[1], evaluate):
            dotted = _SAME.get(base, index.project.stubs.canonical(base))
            if dotted in _KINDS:
                return dotted, value[1]
    return "", -1


def _is_handed(thing: Object, shape: Expression) -> bool:
    """Whether a call is handed the object that its result replaces: ``app = wrapped(app)``."""
    return any(words(each) == thing[2] for each in shape[2])


def framework_of(kind: str) -> str:
    """Framework of a kind."""
    return _KINDS.get(kind, "")


class Made:
    """Every application and router that is made and named.

    Attributes:
        kinds: dotted kind of each object.
        classes: first-party class of each object, -1 where the class is the framework's own.
    """

    __slots__ = ("_records", "classes", "index", "kinds")

    def __init__(self, index: DeclaredIndex) -> None:
        self.index = index
        self.kinds: dict[Object, str] = {}
        self.classes: dict[Object, int] = {}
        self._records: dict[Object, Record] = {}
        for thing, records in index.bindings.items():
            for record in reversed(records):
                if not is_call(record[F.E_VALUE]):
                    break
                kind, number = self._kind(thing[0], record[F.E_VALUE])
                if kind:
                    self.kinds[thing] = kind
                    self.classes[thing] = number
                    self._records[thing] = record
                    break
                if not _is_handed(thing, record[F.E_VALUE]):
                    break

    def _kind(self, module: int, shape: Expression) -> tuple[str, int]:
        path = path_of(shape)
        if path == "?":
            return "", -1
        made_by = self.index.value(module, shape[1])
        if made_by is not None and made_by[0] == "F":
            return "", -1
        return kind_of(self.index, evaluate(self.index.project, module, path))

    def only_app(self, module: int, shape: Expression, framework: str = "") -> list[Object]:
        """The application that a parameter of an application's type must be: the only one."""
        path = path_of(shape)
        bare = framework and path == "=app"
        kind, _ = kind_of(self.index, self.index.value(module, shape))
        if not bare and (kind not in APPS or not path.endswith("!")):
            return []
        wanted = framework or APPS[kind]
        roles = self.index.project.roles
        found = [thing for thing, each in self.kinds.items()
                 if APPS.get(each) == wanted and roles[thing[0]] != TEST]  # fmt: skip
        return found if len(found) == 1 else []

    def call(self, thing: Object) -> Expression:
        """The call that makes an object."""
        return self._records[thing][F.E_VALUE]

    def line(self, thing: Object) -> int:
        """Line of that call."""
        return int(self._records[thing][F.E_LINE])

    def restated(self, thing: Object) -> list[tuple[int, int, Expression]]:
        """What classes of ours hand to ``super().__init__``: module, line and call of each."""
        number = self.classes[thing]
        if number < 0:
            return []
        project = self.index.project
        found = []
        for each in resolution_order(project, number, evaluate):
            home = project.class_home[each]
            for method, inner in project.classes[each][F.K_METHODS]:
                if method != "__init__":
                    continue
                for record in project.facts[home][F.DECLARED]:
                    owned = record[F.E_KIND] == "c" and record[F.E_OWNER] == inner
                    if owned and record[F.E_NAME] == "__init__":
                        found.append((home, record[F.E_LINE], record[F.E_VALUE]))
        return found
