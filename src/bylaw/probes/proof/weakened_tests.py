"""Tests that assert less than before."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from bylaw.probes.proof.change import Change, FileChange
from bylaw.probes.proof.changed_tests import functions, parsed, plain_dump

Weaker = tuple[str, int, str, str]
_SKIPS = frozenset({"skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure",
                    "importorskip", "skipTest"})  # fmt: skip
_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_BROAD = frozenset({"Exception", "BaseException"})


def weakened_tests(change: Change) -> Iterator[Weaker]:
    """Path, line, test and reason of everything that got weaker.

    Tests that are gone count unless one of the name is in another changed file, what they are about
    is gone too, or new tests assert as much.
    """
    kept = {name.rpartition(".")[2] for each in change.tests for name in _tests(each.after)}
    gone_names = _gone_names(change)
    gone: list[tuple[Weaker, int]] = []
    for each in change.tests:
        before, after = parsed(each.before), parsed(each.after)
        if before is None or (after is None and each.after is not None):
            continue
        yield from _in_file(each, before, after or ast.Module([], []))
        gone += _gone_tests(each, kept, gone_names)
    if sum(number for _, number in gone) > _new_assertions(change):
        yield from (each for each, _ in gone)


def _tests(text: str | None) -> dict[str, ast.AST]:
    """Test functions of a module by class and name."""
    tree = parsed(text)
    found = functions(tree) if tree is not None else ()
    return {name: node for name, node in found if name.rpartition(".")[2].startswith("test")}


def _gone_tests(file: FileChange, kept: set[str], gone: set[str]) -> Iterator[tuple[Weaker, int]]:
    """Tests that are no more, each with the number of its assertions."""
    new = _tests(file.after)
    for name, node in _tests(file.before).items():
        number = len(_assertions(node))
        if name in new or name.rpartition(".")[2] in kept or _names(node) & gone or not number:
            continue
        yield (file.path, 1, name, f"the test {name} is gone"), number


def _new_assertions(change: Change) -> int:
    """Assertions of tests that are new: renamed and split tests are replaced, not weakened."""
    return sum(
        len([each for each in _assertions(node) if not _says_nothing(each)])
        for file in change.tests
        for name, node in _tests(file.after).items()
        if name not in _tests(file.before)
    )


def _gone_names(change: Change) -> set[str]:
    """Names that the sources no longer define."""
    before: set[str] = set()
    after: set[str] = set()
    for each in change.sources:
        before |= _defined(each.before)
        after |= _defined(each.after)
        if each.after is None:
            before.add(each.path.rpartition("/")[2].removesuffix(".py"))
    return before - after


def _defined(text: str | None) -> set[str]:
    tree = parsed(text)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if tree is None:
        return set()
    return {each.name for each in ast.walk(tree) if isinstance(each, kinds)}


def _in_file(file: FileChange, before: ast.AST, after: ast.AST) -> Iterator[Weaker]:
    old, new = dict(functions(before)), dict(functions(after))
    for name, node in old.items():
        if name in new and name.rpartition(".")[2].startswith("test"):
            yield from _in_test(file, name, node, new[name])
    skips, had = _skips(after), Counter(text for text, _, _ in _skips(before))
    for text, line, symbol in skips:
        if had[text] > 0:
            had[text] -= 1
        elif file.before is not None and _was_there(symbol, old, file):
            yield file.path, line, symbol, f"skipped or expected to fail: {text}"


def _was_there(symbol: str, old: dict[str, ast.AST], file: FileChange) -> bool:
    """Whether what is skipped now was a test before; a new test may be born skipped."""
    return not symbol or symbol in old or any(name.startswith(f"{symbol}.") for name in old)


def _names(node: ast.AST) -> set[str]:
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _in_test(file: FileChange, name: str, before: ast.AST, after: ast.AST) -> Iterator[Weaker]:
    old, new = _assertions(before), _assertions(after)
    line = getattr(after, "lineno", 1)
    trivial = [each for each in new if _says_nothing(each)]
    if len(trivial) > len([each for each in old if _says_nothing(each)]):
        yield file.path, trivial[-1].lineno, name, "an assertion that is always true"
    if len(new) - len(trivial) < len(old) - len([e for e in old if _says_nothing(e)]):
        lost = Counter(plain_dump(each) for each in old)
        lost.subtract(plain_dump(each) for each in new)
        texts = [ast.unparse(each) for each in old if lost[plain_dump(each)] > 0]
        text = f"{len(old)} assertions before, {len(new) - len(trivial)} now"
        yield file.path, line, name, f"{text}: without {'; '.join(texts)[:160]}"
    yield from _broadened(file, name, old, new)


def _broadened(
    file: FileChange, name: str, old: list[ast.expr | ast.stmt], new: list[ast.expr | ast.stmt]
) -> Iterator[Weaker]:
    def broad(nodes: list[ast.expr | ast.stmt]) -> list[ast.Call]:
        return [
            each
            for each in nodes
            if isinstance(each, ast.Call)
            and _called(each) in _RAISES
            and each.args
            and ast.unparse(each.args[0]) in _BROAD
            and not any(key.arg == "match" for key in each.keywords)
        ]

    fewer = len([e for e in old if isinstance(e, ast.Call) and _called(e) in _RAISES])
    if fewer and len(broad(new)) > len(broad(old)):
        yield file.path, broad(new)[-1].lineno, name, "expects any exception, not one of a kind"


def _assertions(node: ast.AST) -> list[ast.expr | ast.stmt]:
    found: list[ast.expr | ast.stmt] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Assert):
            found.append(each)
        elif isinstance(each, ast.Call):
            name = _called(each)
            if name in _RAISES or name.startswith(("assert_", "assert")) or name == "fail":
                found.append(each)
    return found


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _says_nothing(node: ast.AST) -> bool:
    """Whether an assertion holds whatever the code does."""
    if isinstance(node, ast.Assert):
        test = node.test
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
            return any(isinstance(each, ast.Constant) and each.value for each in test.values)
        if isinstance(test, ast.Compare) and len(test.comparators) == 1:
            same = ast.dump(test.left) == ast.dump(test.comparators[0])
            return same and isinstance(test.ops[0], (ast.Eq, ast.Is))
        return isinstance(test, (ast.Constant, ast.Tuple)) and bool(
            test.elts if isinstance(test, ast.Tuple) else test.value
        )
    if isinstance(node, ast.Call) and _called(node) == "assertTrue" and node.args:
        return isinstance(node.args[0], ast.Constant) and bool(node.args[0].value)
    return False


def _is_skip(node: ast.AST, imported: set[str]) -> bool:
    """A name of pytest or unittest that skips; a query may have a ``skip`` of its own."""
    if isinstance(node, ast.Name):
        return node.id in _SKIPS and node.id in imported
    if not isinstance(node, ast.Attribute) or node.attr not in _SKIPS:
        return False
    return ast.unparse(node.value) in ("pytest", "pytest.mark", "mark", "unittest", "self")


def _skips(tree: ast.AST) -> list[tuple[str, int, str]]:
    """Text, line and test of everything that skips or expects failure."""
    found: list[tuple[str, int, str]] = []
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("pytest", "unittest")
        for alias in node.names
    }

    def visit(node: ast.AST, symbol: str) -> None:
        for each in ast.iter_child_nodes(node):
            inner = symbol
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = f"{symbol}.{each.name}".lstrip(".")
            if _is_skip(each, imported):
                found.append((f"{inner} {ast.unparse(each)}", getattr(each, "lineno", 1), inner))
            visit(each, inner)

    visit(tree, "")
    return found
