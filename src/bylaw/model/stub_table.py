"""What the outside world does: effect stubs, read from data and asked by dotted name.

The format is documented in ``docs/effect-stubs.md``. Adding a library is adding lines of data.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bylaw.errors import StubError

TABLES = (
    "alias", "call", "value", "returns", "attribute", "base", "invokes", "control", "fixture",
)  # fmt: skip
KINDS = frozenset(
    {
        "env-read", "env-write", "network", "database", "filesystem-read", "filesystem-write",
        "process", "thread", "clock", "random", "sleep", "blocking", "log", "exit", "raise",
        "global-write",
    }
)  # fmt: skip

Tables = dict[str, dict[str, str]]


class Effect(NamedTuple):
    """One effect of one outside call.

    Attributes:
        kind: one of ``KINDS``.
        qualifier: narrows it (``constructed``, ``brief``, ``listing``, ``cpu``, an exception
            name), or empty.
    """

    kind: str
    qualifier: str


class Spellings:
    """Other spellings of a name, and the documented one each stands for."""

    __slots__ = ("_known", "_names", "_prefixes")

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._names = {k: v for k, v in aliases.items() if not k.endswith(".*")}
        self._prefixes = {
            k[:-2]: v.removesuffix(".*") for k, v in aliases.items() if k.endswith(".*")
        }
        self._known: dict[str, str] = {}

    def canonical(self, dotted: str) -> str:
        """The documented spelling of a dotted name; itself when no alias says otherwise."""
        known = self._known.get(dotted)
        if known is not None:
            return known
        name = dotted
        for _ in range(4):
            found = self._names.get(name) or self._by_prefix(name)
            if found is None or found == name:
                break
            name = found
        self._known[dotted] = name
        return name

    def _by_prefix(self, dotted: str) -> str | None:
        head, rest = dotted, ""
        while True:
            head, dot, last = head.rpartition(".")
            if not dot:
                return None
            rest = f".{last}{rest}"
            if head in self._names:
                return self._names[head] + rest
            if head in self._prefixes:
                return self._prefixes[head] + rest


class StubTable:
    """Effect stubs of all libraries, with the project's own on top."""

    __slots__ = ("_effects", "_found", "_spellings", "_tables", "_tops", "hot_values")

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._spellings = Spellings(tables["alias"])
        self._effects: dict[str, tuple[Effect, ...] | None] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._tops = frozenset(
            name.partition(".")[0] for entries in tables.values() for name in entries
        )
        self.hot_values = frozenset(name.rpartition(".")[2] for name in tables["value"])

    def canonical(self, dotted: str) -> str:
        """The documented spelling of a dotted name."""
        return self._spellings.canonical(dotted)

    def lookup(self, table: str, dotted: str) -> str | None:
        """Entry for a name, or for the same member of a base class; None where nothing is said."""
        key = (table, dotted)
        try:
            return self._found[key]
        except KeyError:
            known = dotted.partition(".")[0].removesuffix("()") in self._tops
            found = self._found[key] = self._look_up(table, dotted) if known else None
            return found

    def _look_up(self, table: str, dotted: str) -> str | None:
        entries = self._tables[table]
        name = self.canonical(dotted)
        if name in entries:
            return entries[name]
        owner, dot, member = name.rpartition(".")
        if not dot:
            return None
        if member == "__init__" and table == "call" and owner in entries:
            return entries[owner]  # ``super().__init__()`` does what making one does
        chain = [owner, *self._bases(owner)]
        keys = [f"{each}.{member}" for each in chain[1:]] + [f"{each}.*" for each in chain]
        return next((entries[key] for key in keys if key in entries), None)

    def _bases(self, owner: str) -> list[str]:
        result: list[str] = []
        pending = [owner]
        while pending and len(result) < 20:
            for base in self._tables["base"].get(pending.pop(0), "").split():
                base = self.canonical(base)
                if base not in result:
                    result.append(base)
                    pending.append(base)
        return result

    def effects(self, dotted: str) -> tuple[Effect, ...] | None:
        """What calling ``dotted`` does; None when no stub knows it, ``()`` for nothing."""
        try:
            return self._effects[dotted]
        except KeyError:
            text = self.lookup("call", dotted)
            found = None if text is None else parse_effects(text)
            self._effects[dotted] = found
            return found

    def calls_of(self, kind: str) -> list[tuple[str, str]]:
        """Every function and class whose call has an effect of a kind: name, effect as written."""
        found = []
        for name, text in self._tables["call"].items():
            if kind in text and not name.endswith(".*") and "()" not in name:
                found += [(name, each) for each in text.split() if each.partition(":")[0] == kind]
        return sorted(found)

    def value_effects(self, dotted: str) -> tuple[Effect, ...]:
        """What reading ``dotted`` does, without any call."""
        text = self._tables["value"].get(self.canonical(dotted))
        return parse_effects(text) if text else ()

    def returned_class(self, dotted: str) -> str | None:
        """Class of what calling ``dotted`` gives, as a dotted name."""
        found = self.lookup("returns", dotted)
        return self.canonical(found) if found else None

    def attribute_class(self, dotted: str) -> str | None:
        """Class of an attribute of an instance or module, as a dotted name."""
        found = self.lookup("attribute", dotted)
        return self.canonical(found) if found else None

    def fixture_controls(self, name: str) -> frozenset[str]:
        """Effect kinds that a pytest fixture of this name silences."""
        return frozenset(self._tables["fixture"].get(name, "").split())

    def controls(self, dotted: str) -> frozenset[str]:
        """Effect kinds that calling, entering or decorating with ``dotted`` silences."""
        return frozenset((self.lookup("control", dotted) or "").split())


def parse_effects(text: str) -> tuple[Effect, ...]:
    """Effects of one stub line: ``"network blocking"``, ``"database:constructed"``."""
    parts = (token.partition(":") for token in text.split())
    return tuple(Effect(kind, qualifier) for kind, _, qualifier in parts)


def empty_tables() -> Tables:
    """One empty table of each kind."""
    return {table: {} for table in TABLES}


def shipped_files() -> list[str]:
    """Paths of the stubs that come with Bylaw, sorted."""
    folder = os.path.join(os.path.dirname(__file__), "stubs")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))
    return [os.path.join(folder, name) for name in names]


def read_tables(paths: Iterable[str]) -> Tables:
    """Reads stub files into one set of tables; later files win.

    Raises:
        StubError: a file cannot be read, is not TOML, or holds what no table knows.
    """
    tables = empty_tables()
    for path in paths:
        import tomllib

        try:
            with open(path, "rb") as file:
                data = tomllib.load(file)
        except OSError as error:
            raise StubError(
                f"cannot read stub: {error.strerror}", path=path, hint="mend [stubs] files"
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise StubError(
                f"stub is not TOML: {error}", path=path, hint="mend the syntax at that place"
            ) from None
        merge_tables(tables, data, path)
    return tables


def merge_tables(tables: Tables, data: Mapping[str, object], path: str) -> None:
    """Adds the tables of one file, checking every line.

    Raises:
        StubError: unknown table, wrong type or unknown effect kind; the message names the key.
    """
    for table, entries in data.items():
        if table == "files":
            continue
        if table not in tables or not isinstance(entries, Mapping):
            raise StubError(
                f"unknown stub table [{table}]", path=path, hint=f"use one of: {', '.join(TABLES)}"
            )
        for name, text in entries.items():
            if not isinstance(text, str):
                raise StubError(
                    f"[{table}] {name}: a string is expected",
                    path=path,
                    hint='write the effects in quotes, such as "network, blocking"',
                )
            if table in ("call", "value"):
                unknown = [each.kind for each in parse_effects(text) if each.kind not in KINDS]
                if unknown:
                    raise StubError(
                        f"[{table}] {name}: unknown effect kind {unknown[0]}",
                        path=path,
                        hint=f"use one of: {', '.join(sorted(KINDS))}",
                    )
            tables[table][name] = text


def load_stubs(
    cache: str,
    root: str,
    own: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
    files: Sequence[str] = (),
) -> StubTable:
    """The shipped stubs with a project's own on top; parsed once per content of the files.

    Args:
        cache: cache directory for the parsed tables; empty for none.
        root: directory that ``files`` are relative to.
        own: tables written in the configuration.
        files: stub files of the project.

    Returns:
        The table.

    Raises:
        StubError: a file cannot be read or says what cannot be understood.
    """
    tables = _shipped_tables(cache)
    if own or files:
        merge_own = read_tables(os.path.join(root, each) for each in files)
        for table, entries in merge_own.items():
            tables[table].update(entries)
        merge_tables(tables, {table: dict(lines) for table, lines in own}, "bylaw.toml")
    return StubTable(tables)


def _read_shipped(files: Iterable[str]) -> Tables:
    """Our own files, whose lines the tests have checked; a file of another form is parsed."""
    from bylaw.model.stub_lines import plain_tables

    tables = empty_tables()
    for path in files:
        try:
            with open(path, encoding="utf-8") as file:
                plain = plain_tables(file.read())
        except (OSError, UnicodeDecodeError):
            plain = None
        if plain is None or not plain.keys() <= tables.keys():
            plain = read_tables([path])
        for table, entries in plain.items():
            tables[table].update(entries)
    return tables


def _shipped_tables(cache: str) -> Tables:
    import marshal

    from bylaw.source.atomic import read_checked, write_checked

    files = shipped_files()
    if not cache:
        return _read_shipped(files)
    parts = [f"{path}:{(found := os.stat(path)).st_mtime_ns}:{found.st_size}" for path in files]
    stamp = "\n".join(parts).encode("utf-8", "surrogateescape")
    target = os.path.join(cache, "stubs")
    payload = read_checked(target, stamp=stamp)
    if payload is not None:
        try:
            stored: Tables = marshal.loads(payload)
            return stored
        except (ValueError, EOFError, TypeError):
            pass
    tables = _read_shipped(files)
    write_checked(target, marshal.dumps(tables, 4), stamp=stamp)
    return tables
