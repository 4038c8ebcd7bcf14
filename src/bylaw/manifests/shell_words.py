"""Shell text as words, operators and comments, each with its place (POSIX 2.3, and bash's own)."""

from __future__ import annotations

from typing import NamedTuple

_OPERATORS = ("&&", "||", ";;", ";", "&>>", "&>", "|&", "|", "&", "(", ")")
_REDIRECTIONS = ("<<<", "<<-", "<<", ">>", ">&", "<&", ">|", "<>", ">", "<")


class Token(NamedTuple):
    """One piece of shell text.

    Attributes:
        kind: ``word``, ``operator``, ``redirection``, ``newline`` or ``comment``.
        value: the text without quotes.
        raw: as written.
        line: 1-based line.
        column: 1-based column.
        end_line: 1-based last line.
    """

    kind: str
    value: str
    raw: str
    line: int
    column: int
    end_line: int


def tokens(text: str, line: int = 1, column: int = 1, indent: int = 0, fold: bool = False,
           escape: str = "\\") -> list[Token]:  # fmt: skip
    """Split shell text.

    Args:
        text: the text.
        line: line of its first character.
        column: column of its first character.
        indent: characters that were cut from the front of every further line.
        fold: whether a line end is a space, as in a folded YAML scalar.
        escape: character that joins lines and quotes the next one.

    Returns:
        Its tokens; text that a shell would reject is split as far as it goes.
    """
    return _Scanner(text, line, column, indent, fold, escape).run()


class _Cursor:
    """A place in shell text that passes line ends, quotes and expansions."""

    def __init__(
        self, text: str, line: int, column: int, indent: int, fold: bool, escape: str
    ) -> None:
        self.text = text
        self.at = 0
        self.line = line
        self.start = 1 - column
        self.indent = indent
        self.fold = fold
        self.escape = escape
        self.found: list[Token] = []
        self.pending: list[tuple[str, bool]] = []
        self.expects_end = ""

    def joins_lines(self) -> bool:
        """Whether the escape character and a line end stand here."""
        return self.text.startswith((f"{self.escape}\n", f"{self.escape}\r\n"), self.at)

    def join_lines(self) -> None:
        """Go on after an escaped line end; blanks and comment lines between stay out."""
        self.at = self.text.index("\n", self.at)
        self.next_line()

    def next_line(self) -> None:
        """Step over a line end."""
        self.at += 1
        self.line += 1
        self.start = self.at - self.indent

    def cross(self, end: int) -> None:
        """Move to ``end``, counting the lines between."""
        while True:
            newline = self.text.find("\n", self.at, end)
            if newline < 0:
                break
            self.at = newline
            self.next_line()
        self.at = end

    def opens(self) -> bool:
        """Whether an expansion with brackets of its own starts here."""
        return self.text.startswith(("${", "$(", "`", "<(", ">("), self.at)

    def nested(self) -> str:
        """An expansion up to its closing bracket, as written."""
        begin = self.at
        if self.text[self.at] == "`":
            end = self.text.find("`", self.at + 1)
            end = len(self.text) if end < 0 else end + 1
        else:
            end = _closing(self.text, self.at + 1)
        self.cross(end)
        return self.text[begin:end]

    def quoted(self, value: list[str]) -> None:
        """A part between single quotes."""
        end = self.text.find("'", self.at + 1)
        end = len(self.text) if end < 0 else end
        value.append(self.text[self.at + 1 : end])
        self.cross(min(end + 1, len(self.text)))

    def double_quoted(self, value: list[str]) -> None:
        """A part between double quotes; expansions in it keep their own quotes."""
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            if self.joins_lines():
                self.join_lines()
            elif self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                following = self.text[self.at + 1]
                value.append(following if following in '"\\$`' else f"\\{following}")
                self.at += 2
            elif self.opens() and self.text[self.at] in "$`":
                value.append(self.nested())
            else:
                value.append(self.text[self.at])
                self.cross(self.at + 1)
        self.at = min(self.at + 1, len(self.text))


class _Scanner(_Cursor):
    """State of one pass over a text."""

    def run(self) -> list[Token]:
        """All tokens, to the end of the text."""
        while self.at < len(self.text):
            self.step()
        return self.found

    def step(self) -> None:
        """Take one token, or one blank."""
        character = self.text[self.at]
        if character == "\n":
            self.end_of_line()
        elif character.isspace():
            self.at += 1
        elif self.joins_lines():
            self.join_lines()
        elif character == "#":
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            self.add("comment", self.text[self.at : end], end)
        elif character in "<>" and not self.text.startswith(("<(", ">("), self.at):
            sign = next(each for each in _REDIRECTIONS if self.text.startswith(each, self.at))
            self.add("redirection", sign, self.at + len(sign))
            self.expects_end = sign if sign in ("<<", "<<-") else ""
        elif character in "&|;()":
            sign = next(each for each in _OPERATORS if self.text.startswith(each, self.at))
            kind = "redirection" if sign.startswith("&>") else "operator"
            self.add(kind, sign, self.at + len(sign))
        else:
            self.word()

    def add(self, kind: str, value: str, end: int) -> None:
        """Keep a token that ends on its own line."""
        raw = self.text[self.at : end]
        self.found.append(Token(kind, value, raw, self.line, self.at - self.start + 1, self.line))
        self.at = end

    def end_of_line(self) -> None:
        """A line end: a blank in folded text, else a token, and the bodies of heredocs after it."""
        if self.fold:
            self.next_line()
            return
        self.add("newline", "\n", self.at + 1)
        self.at -= 1
        self.next_line()
        for word, strips in self.pending:
            self.skip_heredoc(word, strips)
        self.pending = []

    def skip_heredoc(self, word: str, strips: bool) -> None:
        """Pass the body of a heredoc and its closing line."""
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            row = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end
            if end >= 0:
                self.next_line()
            if (row.lstrip("\t") if strips else row).rstrip("\r") == word:
                return

    def word(self) -> None:
        """Take a word: quotes removed, expansions kept as they are spelled."""
        begin, line, column = self.at, self.line, self.at - self.start + 1
        value: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if self.joins_lines():
                self.join_lines()
            elif character == "'":
                self.quoted(value)
            elif character == '"':
                self.double_quoted(value)
            elif character == self.escape and self.escape == "\\":
                value.append(self.text[self.at + 1 : self.at + 2])
                self.at += 2
            elif self.opens():
                value.append(self.nested())
            elif character.isspace() or character in "&|;()<>":
                break
            else:
                value.append(character)
                self.at += 1
        raw = self.text[begin : self.at]
        self.found.append(Token("word", "".join(value), raw, line, column, self.line))
        if self.expects_end:
            self.pending.append(("".join(value), self.expects_end == "<<-"))
            self.expects_end = ""


def _closing(text: str, start: int) -> int:
    """Where the bracket at ``start`` closes, past nested ones and quotes."""
    pairs = {"{": "}", "(": ")"}
    expected = [pairs[text[start]]]
    at = start + 1
    while at < len(text) and expected:
        character = text[at]
        if character == "\\":
            at += 1
        elif character in "'\"" and expected[-1] == ")":
            end = text.find(character, at + 1)
            at = len(text) if end < 0 else end
        elif character == expected[-1]:
            expected.pop()
        elif character in pairs:
            expected.append(pairs[character])
        at += 1
    return min(at, len(text))
