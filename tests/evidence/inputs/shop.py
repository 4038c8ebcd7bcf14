"""A repository whose test outcome depends on files in every way the tests of narrowing know."""

from __future__ import annotations

import os
import py_compile
import sqlite3
from pathlib import Path

from tests.evidence.inputs.trees import git, repository

_PYPROJECT = """
[project]
name = "shop"
version = "1"
[tool.pytest.ini_options]
pythonpath = ["src"]
"""

_LOOKS = """
import ctypes, glob, json, multiprocessing, os, shutil, sqlite3, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).parents[2]
DATA = HERE / "data"

def settings():
    path = HERE / ".env"
    return path.read_text().strip() if path.is_file() else "no settings"

def local():
    try:
        with open(HERE / "settings.local") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "default"

def plugins():
    return sorted(os.path.basename(each) for each in glob.glob(str(HERE / "plugins" / "*.txt")))

def rates():
    return json.loads((DATA / "rates.json").read_text())["vat"]

def size():
    return os.path.getsize(DATA / "sized.bin")

def sizes():
    with os.scandir(DATA / "sizes") as entries:
        return sum(each.stat().st_size for each in entries)

def enabled():
    return (HERE / "flags" / "enabled").exists()

def folder():
    return os.path.isdir(HERE / "flags" / "folder")

def program():
    return os.access(HERE / "scripts" / "run.sh", os.X_OK)

def current():
    return (DATA / "current.txt").read_text().strip()

def points():
    return os.readlink(DATA / "current.txt")

def of_child():
    code = f"print(open({str(DATA / 'child.txt')!r}).read())"
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()

def _send(pipe):
    pipe.send((DATA / "forked.txt").read_text().strip())

def of_fork(way):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context(way).Process(target=_send, args=(theirs,))
    process.start()
    answer = ours.recv()
    process.join()
    return answer

def native():
    library = ctypes.CDLL(None)
    handle = library.open(os.fsencode(DATA / "native.txt"), 0)
    text = ctypes.create_string_buffer(100)
    size = library.read(handle, text, 100)
    library.close(handle)
    return text.raw[:size].decode().strip()

def database():
    with sqlite3.connect(f"file:{DATA / 'shop.db'}?mode=ro", uri=True) as connection:
        return connection.execute("select name from goods").fetchone()[0]

def linked():
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(DATA / "linked", f"{folder}/link")
        return open(f"{folder}/link/deep.txt").read().strip()

def hard():
    with tempfile.TemporaryDirectory(dir=HERE / "build") as folder:
        os.link(DATA / "hard.txt", f"{folder}/other")
        return open(f"{folder}/other").read().strip()

def by_handle():
    folder = os.open(DATA, os.O_RDONLY)
    handle = os.open("handle.txt", os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(handle, 100).decode().strip()
    finally:
        os.close(handle), os.close(folder)

def by_descriptor():
    handle = os.open(DATA / "listed", os.O_RDONLY)
    try:
        return sorted(os.listdir(handle))
    finally:
        os.close(handle)

def relative():
    before = os.getcwd()
    os.chdir(DATA)
    try:
        return open("relative.txt").read().strip()
    finally:
        os.chdir(before)

def copied():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DATA / "copied", f"{folder}/copy")
        return open(f"{folder}/copy/part.txt").read().strip()

def closed():
    pid = os.fork()
    if not pid:
        os.closerange(3, 200)
        text = open(DATA / "closed.txt").read().strip()
        os._exit(0 if text == "closed" else 1)
    return os.waitpid(pid, 0)[1]

def skipped():
    if enabled():
        return (DATA / "skipped.txt").read_text()
    return ""
"""

_TEST = """
import colorsys
import os
import pytest
import shop.looks as looks
from shop.price import price
import legacy, vouched

try:
    import shop_extra
except ImportError:
    shop_extra = None

@pytest.mark.parametrize("name, value", [
    ("settings", "no settings"), ("local", "default"), ("plugins", ["a.txt"]), ("rates", 19),
    ("size", 5), ("sizes", 4), ("enabled", False), ("folder", False), ("program", False),
    ("current", "one"), ("points", "v1.txt"), ("of_child", "child"), ("native", "native"),
    ("database", "apple"), ("linked", "deep"), ("hard", "hard"), ("by_handle", "handle"),
    ("by_descriptor", ["x"]), ("relative", "relative"), ("copied", "part"), ("closed", 0),
    ("skipped", ""),
])
def test_look(name, value):
    assert getattr(looks, name)() == value

@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_fork(way):
    assert looks.of_fork(way) == "forked"

def test_price():
    assert price(2) == 4

def test_library():
    assert colorsys.ONE_SIXTH < 1

def test_extra():
    assert shop_extra is None

def test_compiled():
    assert (legacy.VALUE, vouched.VALUE) == (1, 1)
"""

FILES = {
    ".gitignore": ".env\n*.local\n__pycache__/\nbuild/\n*.log\nlocal_*\n.some_cache/\n",
    "README.md": "shop\n",
    "pyproject.toml": _PYPROJECT,
    "docs/guide.md": "guide\n",
    "services/other/main.py": "VALUE = 1\n",
    "src/shop/__init__.py": "",
    "src/shop/price.py": "def price(value):\n    return value * 2\n",
    "src/shop/looks.py": _LOOKS,
    "src/vouched.py": "VALUE = 1\n",
    "tests/test_shop.py": _TEST,
    "tests/test_more.py": "def test_more():\n    assert True\n",
    "plugins/a.txt": "",
    "flags/other": "",
    "scripts/run.sh": "#!/bin/sh\n",
    "data/rates.json": '{"vat": 19}',
    "data/sized.bin": "12345",
    "data/sizes/a": "12",
    "data/sizes/b": "34",
    "data/v1.txt": "one",
    "data/v2.txt": "two",
    "data/child.txt": "child",
    "data/forked.txt": "forked",
    "data/native.txt": "native",
    "data/linked/deep.txt": "deep",
    "data/hard.txt": "hard",
    "data/handle.txt": "handle",
    "data/listed/x": "",
    "data/relative.txt": "relative",
    "data/copied/part.txt": "part",
    "data/closed.txt": "closed",
    "data/skipped.txt": "skipped",
}


def make_shop(root: Path) -> Path:
    """The repository, with what text cannot say: a link, a database, compiled code."""
    repository(root, FILES)
    os.symlink("v1.txt", root / "data/current.txt")
    make_database(root / "data/shop.db", "apple")
    compile_only(root / "src/legacy.pyc", "VALUE = 1\n")
    vouch(root / "src/vouched.py", "VALUE = 1\n")
    (root / "build").mkdir()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    return root


def make_database(path: Path, name: str) -> None:
    """A database with one row."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table goods (name text)")
        connection.execute("insert into goods values (?)", (name,))
    connection.close()


def compile_only(path: Path, text: str) -> None:
    """A module that is there as compiled code only."""
    source = path.with_suffix(".py")
    source.write_text(text)
    py_compile.compile(str(source), str(path), doraise=True)
    source.unlink()


def vouch(source: Path, text: str) -> None:
    """Compiled code that is believed without a look at its source."""
    real = source.read_text()
    source.write_text(text)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), doraise=True, invalidation_mode=mode)
    source.write_text(real)
