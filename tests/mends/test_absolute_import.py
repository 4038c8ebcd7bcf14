from __future__ import annotations

import pytest
from tests.mends.conftest import MakeBackend, count, reasons

RULE = "relative-import"
FILES = {
    "app/__init__.py": "",
    "app/core/__init__.py": "",
    "app/core/db.py": "engine = 1\n",
    "app/names.py": "a = b = c = 1\n",
    "main.py": "import app.api\n",
    "app/api.py": "",
}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app/api.py", "from .names import a\n", "from app.names import a\n"),
        ("app/api.py", "from . import names\n", "from app import names\n"),
        ("app/api.py", "from .core.db import engine\n", "from app.core.db import engine\n"),
        ("app/core/x.py", "from ..names import a\n", "from app.names import a\n"),
        ("app/core/x.py", "from .. import names\n", "from app import names\n"),
        ("app/core/__init__.py", "from .db import engine\n", "from app.core.db import engine\n"),
        ("app/core/__init__.py", "from ..names import a\n", "from app.names import a\n"),
        ("app/api.py", "from .import names\n", "from app import names\n"),
        ("app/api.py", "from.names import a\n", "from app.names import a\n"),
        ("app/core/x.py", "from . . names import a\n", "from app.names import a\n"),
        ("app/api.py", "from \\\n    .names import a\n", "from \\\n    app.names import a\n"),
        ("app/api.py", "x = 1; from .names import a  # keep\n",
         "x = 1; from app.names import a  # keep\n"),
        ("app/api.py", "from .names import (  # why\n  a,  b,\n\tc\n)\n",
         "from app.names import (  # why\n  a,  b,\n\tc\n)\n"),
        ("app/api.py", "def f():\n\tfrom .names import a\n\treturn a\n",
         "def f():\n\tfrom app.names import a\n\treturn a\n"),
        ("app/api.py", "s = 'ö'; from .names import a\n", "s = 'ö'; from app.names import a\n"),
    ],
)  # fmt: skip
def test_absolute_import_spellings_only_the_module_changes(
    backend: MakeBackend, path: str, before: str, after: str
) -> None:
    made = backend({**FILES, path: before})

    mended = made.mend(RULE)

    assert made.read(path) == after
    assert (mended.result.exit_code, count(mended) > 0) == (0, True)


def test_absolute_import_many_names_is_one_edit(backend: MakeBackend) -> None:
    made = backend({**FILES, "app/api.py": "from .names import a, b, c\n"})

    mended = made.mend(RULE)

    assert made.read("app/api.py") == "from app.names import a, b, c\n"
    assert mended.result.findings == ()


def test_absolute_import_package_nobody_names_absolutely_is_left(backend: MakeBackend) -> None:
    made = backend({"lib/__init__.py": "", "lib/a.py": "x = 1\n", "lib/b.py": "from .a import x\n"})

    mended = made.mend(RULE)

    assert made.read("lib/b.py") == "from .a import x\n"
    assert mended.result.exit_code == 1
    assert "absolute name" in reasons(mended)[0]


def test_absolute_import_of_a_module_that_is_missing_is_left(backend: MakeBackend) -> None:
    made = backend({**FILES, "app/api.py": "from .generated import x\nfrom . import gone\n"})

    mended = made.mend(RULE)

    assert "from .generated" in made.read("app/api.py")
    assert count(mended) == 1  # the package app itself is there
    assert "app.generated is not a module that was analysed" in reasons(mended)


def test_absolute_import_below_another_root_is_spelled_from_it(backend: MakeBackend) -> None:
    made = backend(
        {
            "backend/app/__init__.py": "",
            "backend/app/a.py": "x = 1\n",
            "backend/app/b.py": "from .a import x\n",
            "backend/run.py": "from app.b import x\n",
        }
    )

    made.mend(RULE)

    assert made.read("backend/app/b.py") == "from app.a import x\n"


def test_absolute_import_two_services_with_one_name_each_keeps_its_own(
    backend: MakeBackend,
) -> None:
    files = {
        f"{name}/{path}": text
        for name in ("one", "two")
        for path, text in {
            "app/__init__.py": "", "app/a.py": "x = 1\n", "app/b.py": "from .a import x\n",
            "run.py": "from app.b import x\n",
        }.items()
    }  # fmt: skip
    made = backend(files)

    mended = made.mend(RULE)

    assert made.read("one/app/b.py") == made.read("two/app/b.py") == "from app.a import x\n"
    assert count(mended) == 2


def test_absolute_import_standard_library_name_is_left(backend: MakeBackend) -> None:
    made = backend(
        {
            "types/__init__.py": "",
            "types/a.py": "x = 1\n",
            "types/b.py": "from .a import x\n",
            "run.py": "from types.b import x\n",
        }
    )

    assert count(made.mend(RULE)) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbffrom .names import a\r\n\r\nb = 'x' \r\n",
        b"from .names import a\rb = 1\r",
        b"from .names import a  # no newline at the end",
        "s = '\N{PILE OF POO}ä'; from .names import a ; t = 1\n".encode(),
    ],
)
def test_absolute_import_bytes_around_the_edit_are_untouched(
    backend: MakeBackend, data: bytes
) -> None:
    made = backend({**FILES, "app/api.py": data})

    mended = made.mend(RULE)

    assert (made.root / "app/api.py").read_bytes() == data.replace(b".names", b"app.names")
    assert count(mended) == 1
