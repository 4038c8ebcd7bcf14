"""What tiers care about in one function: what it awaits, writes, refuses, and looks up by name."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_CONCURRENCY = frozenset(
    {
        "gather", "create_task", "ensure_future", "run_in_executor", "to_thread", "submit",
        "run_coroutine_threadsafe", "TaskGroup", "wait_for", "timeout", "Semaphore",
        "BoundedSemaphore", "Lock", "RLock", "Condition", "Event", "Barrier", "Thread", "Process",
        "ThreadPoolExecutor", "ProcessPoolExecutor", "as_completed", "shield", "start_soon",
        "create_task_group", "run_sync", "sync_to_async", "async_to_sync", "add_task", "acquire",
        "run_in_threadpool", "call_soon_threadsafe", "cancel", "Queue", "select_for_update",
        "on_commit",
    }
)  # fmt: skip
"""Calls that start something beside, wait with a limit, or guard what is shared."""
_MESSAGING = frozenset(
    {"delay", "apply_async", "send_task", "enqueue", "enqueue_job", "enqueue_in", "enqueue_at",
     "publish", "send_and_wait", "basic_publish", "basic_consume", "kiq", "send_with_options",
     "defer", "defer_async", "produce", "chord", "signature"}
)  # fmt: skip
_WRITES = frozenset(
    {"add_all", "bulk_create", "bulk_update", "bulk_insert_mappings",
     "bulk_save_objects", "bulk_update_mappings", "update_or_create", "get_or_create", "acreate",
     "asave", "adelete", "aupdate", "abulk_create", "abulk_update", "aget_or_create",
     "aupdate_or_create", "executemany", "on_conflict_do_update", "on_conflict_do_nothing",
     "savepoint", "atomic", "begin_nested"}
)  # fmt: skip
"""Calls that write to a database, whatever they are asked of."""
_WRITES_OF_ORM = frozenset({"create", "update", "delete", "save", "add", "insert", "remove",
                            "commit", "flush", "merge", "rollback"})  # fmt: skip
_HOLDERS = ("session", "db", "objects", "repository", "cursor", "conn", "connection", "query",
            "queryset", "qs", "filter", "exclude", "all")  # fmt: skip
_REFUSALS = frozenset({"401", "403"})
_REFUSING = frozenset(
    {"PermissionDenied", "NotAuthenticated", "AuthenticationFailed", "Unauthorized", "Forbidden",
     "HTTPForbidden", "HTTPUnauthorized", "HttpResponseForbidden", "PermissionError",
     "HTTP_401_UNAUTHORIZED", "HTTP_403_FORBIDDEN", "UNAUTHORIZED", "FORBIDDEN"}
)  # fmt: skip
_CHECKS = frozenset(
    {"has_perm", "has_perms", "has_permission", "has_object_permission", "check_password",
     "set_password", "verify_password", "hash_password", "get_password_hash", "make_password",
     "authenticate", "is_authenticated", "is_superuser", "is_staff", "is_admin", "compare_digest",
     "checkpw", "hashpw", "check_permission", "check_permissions", "require_permission",
     "create_access_token", "decode_token", "encode_token"}
)  # fmt: skip
_TOKEN_LIBRARIES = frozenset({"jwt", "jose", "bcrypt", "hmac", "secrets", "fernet", "pwd_context"})


class Marks(NamedTuple):
    """What tiers care about in one function.

    Attributes:
        is_async: a coroutine function or an asynchronous generator.
        awaited: what is awaited, as written without arguments, in order.
        concurrency: calls that run beside or guard, as written, in order.
        messages: calls that send a task or a message, as written, in order.
        writes: calls that write to a database, as written with their arguments, in order.
        checks: calls, names and answers that let people in or turn them away, in order.
        dynamic: calls of what is looked up by a computed name, as written.
    """

    is_async: bool
    awaited: tuple[str, ...]
    concurrency: tuple[str, ...]
    messages: tuple[str, ...]
    writes: tuple[str, ...]
    checks: tuple[str, ...]
    dynamic: tuple[str, ...]


def marks_of(nodes: Iterable[Any]) -> Marks:
    """Marks of the definitions that one name has."""
    found: dict[str, list[str]] = {name: [] for name in Marks._fields}
    is_async = False
    for top in nodes:
        is_async = is_async or isinstance(top, ast.AsyncFunctionDef)
        for node in _in_order(top):
            _mark(node, found)
    lists = {name: tuple(each) for name, each in found.items() if name != "is_async"}
    return Marks(is_async, **lists)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _mark(node: ast.AST, found: dict[str, list[str]]) -> None:
    if isinstance(node, ast.Await):
        value = node.value
        found["awaited"].append(_words(value.func if isinstance(value, ast.Call) else value))
    elif isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
        found["awaited"].append(type(node).__name__)
    elif isinstance(node, ast.Call):
        _mark_call(node, found)
    elif isinstance(node, ast.Attribute) and node.attr in (_CHECKS | _REFUSING):
        found["checks"].append(shown(node))
    elif isinstance(node, ast.Name) and node.id in _REFUSING:
        found["checks"].append(node.id)


def _mark_call(node: ast.Call, found: dict[str, list[str]]) -> None:
    words = _words(node.func)
    holder, _, last = words.rpartition(".")
    if last in _CONCURRENCY:
        found["concurrency"].append(shown(node))
    if last in _MESSAGING and holder:
        found["messages"].append(shown(node))
    if last in _WRITES or (last in _WRITES_OF_ORM and _holds_rows(holder, last, node)):
        found["writes"].append(shown(node))
    if (isinstance(node.func, ast.Name) and last in _CHECKS) or (
        holder.rpartition(".")[2] in _TOKEN_LIBRARIES
    ):
        found["checks"].append(shown(node))
    given = [*node.args, *(each.value for each in node.keywords)]
    if any(isinstance(each, ast.Constant) and str(each.value) in _REFUSALS for each in given):
        found["checks"].append(shown(node))
    if _is_dynamic(node, words):
        found["dynamic"].append(shown(node))


def _holds_rows(holder: str, last: str, node: ast.Call) -> bool:
    """Whether what a call is asked of is a session, a manager, or one row of an ORM."""
    if not holder:
        return last in ("insert", "update", "delete") and len(node.args) == 1
    name = holder.rpartition(".")[2].lower().strip("_")
    return last == "save" or (name.endswith(_HOLDERS) and name != "feedback")


class _Masked(ast.NodeTransformer):
    """Takes texts out: a call may be given a secret."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Texts and bytes become three dots."""
        is_text = isinstance(node.value, (str, bytes)) and bool(node.value)
        return ast.Constant("...") if is_text else node


def shown(node: ast.AST) -> str:
    """Code as it may be shown and compared: without the texts in it."""
    masked: ast.AST = _Masked().visit(copy.deepcopy(node))
    return ast.unparse(masked)


def _is_dynamic(node: ast.Call, words: str) -> bool:
    """Whether a call runs what a computed name leads to."""
    inner = node.func
    if isinstance(inner, ast.Call) and _words(inner.func) == "getattr" and len(inner.args) > 1:
        return not isinstance(inner.args[1], ast.Constant)
    if words in ("importlib.import_module", "import_module", "__import__", "import_string"):
        return bool(node.args) and not isinstance(node.args[0], ast.Constant)
    if words in ("eval", "exec"):
        return True
    if isinstance(inner, ast.Subscript):
        return _words(inner.value) in ("globals()", "locals()", "globals", "locals")
    return False


def _words(node: ast.AST) -> str:
    """A callee as written, calls within it without their arguments."""
    if isinstance(node, ast.Attribute):
        return f"{_words(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return _words(node.func)
    if isinstance(node, ast.Subscript):
        return _words(node.value)
    if isinstance(node, ast.Await):
        return _words(node.value)
    return node.id if isinstance(node, ast.Name) else "?"


def without_annotations(node: Any) -> str:
    """A function without what only type checkers read."""
    bare = copy.deepcopy(node)
    for each in ast.walk(bare):
        if isinstance(each, ast.arg):
            each.annotation = None
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            each.returns = None
        elif isinstance(each, ast.AnnAssign):
            each.annotation = ast.Constant(None)
    return ast.dump(bare)
