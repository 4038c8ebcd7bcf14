"""Which test exercises what: fixtures, functions called, requests sent."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from bylaw.facts import schema as F
from bylaw.model.backend.declared_index import DeclaredIndex
from bylaw.model.backend.items import Route, TestedBy
from bylaw.model.backend.references import text_of
from bylaw.model.backend.shapes import last_name
from bylaw.model.roles import TEST
from bylaw.model.test_fixtures import TestFixtures, is_test

__test__ = False

_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_HOLE = re.compile(r"\$\{[^}]*\}|\{[^}]*\}|<[^>]*>|\(\?P[^)]*\)")


class _Matcher:
    """Routes by the number of their segments."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            if route.function >= 0:
                parts = _segments(route.url)
                self.by_length.setdefault(len(parts), []).append((parts, route))

    def handlers(self, method: str, url: str) -> list[int]:
        """Handlers that a request reaches; constant segments beat parameters."""
        parts = _segments(url.partition("?")[0])
        if not parts or all(each == "*" for each in parts):
            return []
        best: tuple[int, list[int]] = (0, [])
        lengths = [len(parts)]
        if parts[0] == "*":
            lengths += [each for each in self.by_length if each > len(parts)]
        for length in sorted(lengths):
            for own, route in self.by_length.get(length, ()):
                if route.methods and method not in route.methods:
                    continue
                score = _score(own[length - len(parts) :], parts)
                if score > best[0]:
                    best = (score, [route.function])
                elif score == best[0] and score and route.function not in best[1]:
                    best[1].append(route.function)
        return best[1]


def _segments(url: str) -> list[str]:
    return [("*" if _HOLE.search(each) else each)
            for each in _HOLE.sub("<*>", url).strip("/").split("/")]  # fmt: skip


def _score(own: list[str], asked: list[str]) -> int:
    """How many constant segments agree, 0 where one does not."""
    total = 0
    for one, other in zip(own, asked, strict=True):
        if one == other and one != "*":
            total += 3
        elif one == other:
            total += 2
        elif one == "*" or other == "*":
            total += 1
        else:
            return 0
    constants = any(one == other != "*" for one, other in zip(own, asked, strict=True))
    return total if constants or own == asked == [""] else 0


class _Touched(NamedTuple):
    """What one function does by itself.

    Attributes:
        requests: method and path of each request it sends.
        exercised: functions outside the tests that it calls.
        helpers: functions among the tests that it calls.
    """

    requests: tuple[tuple[str, str], ...]
    exercised: tuple[int, ...]
    helpers: tuple[int, ...]


class _Reader:
    def __init__(self, index: DeclaredIndex, routes: tuple[Route, ...]) -> None:
        self.index = index
        self.project = index.project
        self.matcher = _Matcher(routes)
        self.fixtures = TestFixtures(index.project)
        self.requested = _formatted_requests(index)
        self._touched: dict[int, _Touched] = {}

    def touched(self, number: int) -> _Touched:
        """What a function does by itself, read once however many tests share it."""
        known = self._touched.get(number)
        if known is None:
            callees = dict.fromkeys(edge.callee for edge in self.index.graph.edges[number])
            roles, home = self.project.roles, self.project.function_home
            helpers = tuple(each for each in callees if roles[home[each]] == TEST)
            others = tuple(each for each in callees if roles[home[each]] != TEST)
            known = _Touched(tuple(_requests(self, number)), others, helpers)
            self._touched[number] = known
        return known


def read_tests(index: DeclaredIndex, routes: tuple[Route, ...]) -> tuple[TestedBy, ...]:
    """Every test with its fixtures and what it exercises.

    Args:
        index: the declarations.
        routes: routes that requests are matched with.

    Returns:
        Tests sorted by path and line.
    """
    reader = _Reader(index, routes)
    numbers = [each for each in range(len(index.project.functions)) if is_test(index.project, each)]
    found = [_test(reader, number) for number in numbers]
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.name)))


class ReachOfTests(NamedTuple):
    """What the tests of a project touch, all together.

    Attributes:
        exercised: functions outside the tests that tests, fixtures and helpers call.
        handlers: functions that requests of tests reach.
        requests: how many requests with a known path there are, each once per function.
    """

    exercised: frozenset[int]
    handlers: frozenset[int]
    requests: int


def read_reach(index: DeclaredIndex, routes: tuple[Route, ...]) -> ReachOfTests:
    """What all tests touch, without the answer for each of them.

    Args:
        index: the declarations.
        routes: routes that requests are matched with.

    Returns:
        The same functions that ``read_tests`` names, in one pass over what tests share.
    """
    reader = _Reader(index, routes)
    project, home = index.project, index.project.function_home
    pending = [each for each in range(len(project.functions)) if is_test(project, each)]
    for module in {home[each] for each in pending}:
        pending += reader.fixtures.applying(module)
    pending = list(dict.fromkeys(pending))
    seen = set(pending)
    exercised: set[int] = set()
    requests: list[tuple[str, str]] = []
    for each in pending:
        touched = reader.touched(each)
        requests += dict.fromkeys(touched.requests)
        exercised.update(touched.exercised)
        named = (reader.fixtures.nearest(param[F.P_NAME], home[each])
                 for param in project.functions[each][F.F_PARAMS])  # fmt: skip
        more = {*touched.helpers, *(fixture for fixture in named if fixture is not None)} - seen
        seen |= more
        pending += more
    handlers = {
        one
        for method, url in dict.fromkeys(requests)
        for one in reader.matcher.handlers(method, url)
    }
    return ReachOfTests(frozenset(exercised), frozenset(handlers), len(requests))


def _test(reader: _Reader, number: int) -> TestedBy:
    project = reader.project
    fixtures = _fixtures_of(reader, number)
    support = [number, *fixtures]
    exercised: set[int] = set()
    requests: dict[tuple[str, str], None] = {}
    seen = set(support)
    for each in support:
        touched = reader.touched(each)
        for request in touched.requests:
            requests[request] = None
        exercised.update(touched.exercised)
        for helper in touched.helpers:
            if helper not in seen and len(seen) < 200:
                seen.add(helper)
                support.append(helper)
    handlers = sorted(
        {one for method, url in requests for one in reader.matcher.handlers(method, url)}
    )
    facts = project.functions[number]
    shown = tuple(f"{method} {url}" for method, url in requests)
    return TestedBy(
        project.symbol(number), number, "http" if requests else "unit", tuple(fixtures),
        tuple(sorted(exercised)), shown, tuple(handlers), project.path_of(number),
        facts[F.F_LINE],
    )  # fmt: skip


def _fixtures_of(reader: _Reader, number: int) -> list[int]:
    project = reader.project
    module = project.function_home[number]
    found: dict[int, None] = dict.fromkeys(reader.fixtures.applying(module))
    pending = [number, *found]
    while pending:
        each = pending.pop(0)
        for param in project.functions[each][F.F_PARAMS]:
            fixture = reader.fixtures.nearest(param[F.P_NAME], module)
            if fixture is not None and fixture not in found:
                found[fixture] = None
                pending.append(fixture)
    return list(found)


def _requests(reader: _Reader, number: int) -> list[tuple[str, str]]:
    """Requests with a path that a function sends through a client."""
    found = list(reader.requested.get(number, ()))
    for call in reader.project.functions[number][F.F_CALLS]:
        base, _, method = call[F.C_PATH].rpartition(".")
        if base and method in _METHODS:
            url = _first_text(call[F.C_ARGS])
            if url.startswith("/"):
                found.append((method.upper(), url))
    return found


def _first_text(arguments: tuple[str, ...]) -> str:
    for each in arguments:
        if each.startswith(("url='", "path='")):
            return each.partition("='")[2]
    return arguments[0][1:] if arguments and arguments[0][0] == "'" else ""


def _formatted_requests(index: DeclaredIndex) -> dict[int, list[tuple[str, str]]]:
    """Requests whose path is put together: ``client.get(f"{PREFIX}/users")``."""
    found: dict[int, list[tuple[str, str]]] = {}
    for module, record in index.calls:
        call: Any = record[F.E_VALUE]
        if record[F.E_NAME] != "request" or not call[2]:
            continue
        number = index.project.function_offset[module] + record[F.E_OWNER]
        url = text_of(index, module, call[2][0])
        found.setdefault(number, []).append((last_name(call).upper(), url))
    return found
