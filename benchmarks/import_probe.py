"""The import probe against one process per module, on a generated backend.

Run it with ``python -m benchmarks.import_probe --python PYTHON --imports fastapi,sqlalchemy``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_CHAIN = 10
"""Modules that import one another in a row."""


def main(words: list[str]) -> int:
    """Prints both times for all modules and their ratio, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--imports", default="asyncio,http.client,json,sqlite3,unittest")
    parser.add_argument("--modules", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=20)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_backend(root, asked.modules, asked.imports.split(","))
        step = max(1, asked.modules // asked.sample)
        names = [f"app.m{number}" for number in range(0, asked.modules, step)]
        single = [_timed([asked.python, "-B", "-c", f"import {name}"], root) for name in names]
        command = [sys.executable, "-m", "bylaw", "probe", "imports", ".", "--no-cache"]
        wall, spent = _timed([*command, "--python", asked.python], root)
    walls, cpu = sum(each[0] for each in single), sum(each[1] for each in single)
    scale = asked.modules / len(names)
    result = {
        "modules": asked.modules, "load": os.getloadavg()[0],
        "probe_seconds": round(wall, 2), "probe_cpu_seconds": round(spent, 2),
        "each_seconds": round(walls * scale, 2), "each_cpu_seconds": round(cpu * scale, 2),
        "ratio": round(walls * scale / wall, 1), "cpu_ratio": round(cpu * scale / spent, 1),
    }  # fmt: skip
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


def write_backend(root: Path, modules: int, imports: list[str]) -> None:
    """Modules in chains, each of which imports third-party packages and reads nothing."""
    (root / ".git").mkdir()
    (root / "app").mkdir()
    (root / "app" / "__init__.py").touch()
    outside = "".join(f"import {name}\n" for name in imports)
    for number in range(modules):
        first = number % _CHAIN == 0
        before = "before = 0\n" if first else f"from app.m{number - 1} import value as before\n"
        text = f"{outside}{before}\nvalue = before + 1\n"
        (root / "app" / f"m{number}.py").write_text(text, encoding="utf-8")


def _timed(command: list[str], root: Path) -> tuple[float, float]:
    """Wall clock and processor time of a command and its children."""
    before = os.times()
    started = time.perf_counter()
    subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - started
    after = os.times()
    spent = after.children_user - before.children_user
    return wall, spent + after.children_system - before.children_system


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
