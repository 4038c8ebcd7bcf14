"""The files as they would be: what adoption writes, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bylaw.rules.adoption.entry_file import TODO
from bylaw.rules.adoption.plan import Open
from bylaw.rules.repository import Repository


class Draft:
    """New and changed files by path, and what they leave open."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.files: dict[str, str] = {}
        self.opens: list[Open] = []

    def exists(self, path: str) -> bool:
        """Whether a file is there, or will be."""
        return path in self.files or self.repository.exists(path)

    def text(self, path: str) -> str:
        """Text of a file as it will be, with line feeds only."""
        if path in self.files:
            return self.files[path]
        return self.repository.text(path).replace("\r\n", "\n")

    def put(self, path: str, text: str) -> None:
        """Writes a file whole, or as it was edited; nothing where that changes nothing."""
        if text != self.text(path) or not self.exists(path):
            self.files[path] = text

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Changes a file that is there."""
        self.put(path, change(self.text(path)))

    def leave(self, path: str, line: int, what: str, way: str) -> Open:
        """Notes what people must decide."""
        made = Open(path, line, what, way)
        self.opens.append(made)
        return made

    def contents(self) -> dict[str, str]:
        """The new text of each file, with the line ends that it has."""
        return {path: text.replace("\n", "\r\n") if "\r\n" in self.repository.text(path) else text
                for path, text in sorted(self.files.items())}  # fmt: skip


def marked(repository: Repository, paths: list[str]) -> Iterator[Open]:
    """What an earlier adoption left in the files, as far as nobody has settled it.

    Args:
        repository: the files as they are.
        paths: files to look at.
    """
    for path in sorted(dict.fromkeys(paths)):
        text = repository.text(path)
        if TODO not in text:
            continue
        rows = [*text.split("\n"), ""]
        for number, row in enumerate(rows, 1):
            _, found, what = row.partition(f"# {TODO}")
            if found and number < len(rows):
                way = rows[number].strip().removeprefix("#").strip()
                yield Open(path, number, what.strip(), way)
