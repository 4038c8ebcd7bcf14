"""Repositories of a few files, and what ``bylaw boot inventory`` says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

IMAGE = "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . .\n"
APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def run_inventory(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bylaw", "boot", "inventory", *words], cwd=root,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def inventory(root: Path, files: dict[str, str]) -> dict[str, Any]:
    (root / ".git").mkdir(exist_ok=True)
    for path, text in {"app/__init__.py": "", "app/main.py": APP, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    done = run_inventory(root, "--format", "json", "--no-cache")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def winners(document: dict[str, Any], platform: str) -> list[tuple[str, str, str]]:
    return [
        (each["role"], " ".join(each["argv"]), f"{each['path']}:{each['line']}")
        for each in document["commands"]
        if each["wins"] and each["platform"] == platform
    ]
