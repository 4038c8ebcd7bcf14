"""Where each key of a TOML document stands; tomllib does not say.

Only read when there is something to complain about, and only after tomllib accepted the
document, so that this reader may take its syntax for granted.
"""

from __future__ import annotations

KeyPath = tuple[str | int, ...]


def find_lines(text: str) -> dict[KeyPath, int]:
    """Find the line of every table, key and array element.

    Args:
        text: a valid TOML document.

    Returns:
        The 1-based line of each place, arrays by position.
    """
    reader = _Reader(text)
    reader.read_document()
    return reader.lines


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Find the line of a place, or of the nearest place around it.

    Args:
        lines: what ``find_lines`` gave.
        path: the place.

    Returns:
        Its 1-based line; 0 where nothing around it is known either.
    """
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def configured_line(text: str, path: str, keys: KeyPath) -> int:
    """Find the line of a setting of Bylaw's.

    Args:
        text: of the configuration file.
        path: its path, which says whether Bylaw's settings stand in a table of their own.
        keys: the setting.

    Returns:
        The 1-based line of the setting, or of what is nearest around it.
    """
    prefix = ("tool", "bylaw") if path.endswith("pyproject.toml") else ()
    return line_of(find_lines(text), (*prefix, *keys)) or 1


class _Cursor:
    """A place in the text that passes blanks, comments and strings and counts lines."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = 1

    def read_string(self) -> str:
        """Read a string of any of the four kinds; give what stands between its quotes."""
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        start = self.at = self.at + len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        if len(mark) == 3:
            # Up to two quotes may stand before the closing three.
            while self.text.startswith(quote, self.at + 3):
                self.at += 1
        inside = self.text[start : self.at]
        self.at += len(mark)
        self.line += inside.count("\n")
        return inside

    def skip(self, characters: str) -> bool:
        """Pass blanks and comments; say whether anything is left."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif character in characters:
                self.line += character == "\n"
                self.at += 1
            else:
                return True
        return False


class _Reader(_Cursor):
    """A cursor over the text that notes the line of each key it passes."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lines: dict[KeyPath, int] = {}
        self.sizes: dict[KeyPath, int] = {}

    def read_document(self) -> None:
        """Read headers and keys to the end."""
        table: KeyPath = ()
        while self.skip(" \t\n,"):
            if self.text.startswith("[[", self.at):
                table = self.open_table(2)
            elif self.text[self.at] == "[":
                table = self.open_table(1)
            else:
                self.read_pair(table)

    def open_table(self, brackets: int) -> KeyPath:
        """Read ``[a.b]`` or ``[[a.b]]``; say where its keys will stand."""
        self.at += brackets
        line = self.line
        names = self.read_key()
        self.skip(" \t")
        self.at += brackets
        path: KeyPath = ()
        for name in names[:-1]:
            path = self.latest((*path, name))
            self.lines.setdefault(path, line)
        path = (*path, names[-1])
        if brackets == 2:
            self.lines.setdefault(path, line)
            self.sizes[path] = self.sizes.get(path, 0) + 1
            path = self.latest(path)
        self.lines[path] = line
        return path

    def latest(self, path: KeyPath) -> KeyPath:
        """A name that stands for an array of tables means its last element."""
        return (*path, self.sizes[path] - 1) if path in self.sizes else path

    def read_pair(self, table: KeyPath) -> None:
        """Read ``key = value``."""
        line = self.line
        path = table
        for name in self.read_key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.skip(" \t")
        self.at += 1
        self.read_value(path)

    def read_key(self) -> list[str]:
        """Read a dotted key and stop behind it."""
        names: list[str] = []
        while True:
            self.skip(" \t")
            if self.text[self.at] in "\"'":
                quote = self.text[self.at]
                names.append(_spell(f"{quote}{self.read_string()}{quote}"))
            else:
                start = self.at
                while self.text[self.at] not in " \t.=]\n":
                    self.at += 1
                names.append(self.text[start : self.at])
            self.skip(" \t")
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def read_value(self, path: KeyPath) -> None:
        """Read any value, noting what is inside arrays and inline tables."""
        self.skip(" \t\n")
        opening = self.text[self.at]
        if opening in "\"'":
            self.read_string()
        elif opening == "[":
            self.at += 1
            position = 0
            while self.skip(" \t\n,") and self.text[self.at] != "]":
                self.lines[*path, position] = self.line
                self.read_value((*path, position))
                position += 1
            self.at += 1
        elif opening == "{":
            self.at += 1
            while self.skip(" \t\n,") and self.text[self.at] != "}":
                self.read_pair(path)
            self.at += 1
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}\n#":
                self.at += 1


def _spell(quoted: str) -> str:
    """Read the escapes of a quoted key as the parser did."""
    if "\\" not in quoted or quoted[0] == "'":
        return quoted[1:-1]
    import tomllib

    return str(tomllib.loads(f"key = {quoted}")["key"])
