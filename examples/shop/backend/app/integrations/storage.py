"""Files the office downloads."""

from __future__ import annotations

from pathlib import Path


def ensure_directory(path: Path) -> Path:
    """The directory, made if it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path


EXPORTS = ensure_directory(Path("var/exports"))


def save(name: str, content: str) -> Path:
    """Write an export; the file it went to."""
    target = EXPORTS / name
    target.write_text(content, encoding="utf-8")
    return target
