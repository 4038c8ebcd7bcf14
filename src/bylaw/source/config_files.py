"""Whether a directory holds a configuration; asked at every start, so next to nothing here."""

from __future__ import annotations

CONFIG_NAME = "bylaw.toml"
PYPROJECT_NAME = "pyproject.toml"

_TABLE_STARTS = (b"[tool.bylaw]", b"[tool.bylaw.", b"[[tool.bylaw.")


def declares_bylaw(pyproject: bytes) -> bool:
    """Say whether the bytes of a pyproject.toml hold a ``[tool.bylaw]`` table.

    The usual spelling is seen without a TOML parser, because importing one costs more than
    the rest of the start-up; only unusual spellings are parsed. A file that is broken
    elsewhere still counts when the header stands there: to walk past it would analyse
    another root without a word, while loading it names the broken line.

    Args:
        pyproject: content of the file.

    Returns:
        Whether the table is there.
    """
    if b"bylaw" not in pyproject:
        return False
    for line in pyproject.splitlines():
        if line.lstrip().startswith(_TABLE_STARTS):
            return True
    dense = pyproject.translate(None, b" \t\"'")
    if b"tool.bylaw" not in dense and b"[tool]" not in dense and b"tool={" not in dense:
        return False
    return _parsed_table(pyproject)


def _parsed_table(pyproject: bytes) -> bool:
    import tomllib

    try:
        tool = tomllib.loads(pyproject.decode("utf-8")).get("tool")
    except ValueError:
        return False
    return isinstance(tool, dict) and "bylaw" in tool
