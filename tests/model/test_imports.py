"""Names through imports: what a call in another file reaches."""

from __future__ import annotations

import pytest
from tests.model.linked import Linked, callees

LIB = "def f(): ...\ndef g(): ...\nclass K:\n    def __init__(self): ...\n    def m(self): ...\n"

CASES: dict[str, tuple[dict[str, str], str]] = {
    "plain": ({"app.py": "import lib\ndef run(): lib.f()"}, "lib.f"),
    "alias": ({"app.py": "import lib as l\ndef run(): l.f()"}, "lib.f"),
    "from": (
        {"app.py": "from lib import f, K\ndef run():\n    f()\n    K()"}, "lib.f lib.K.__init__"),
    "from alias": ({"app.py": "from lib import f as h\ndef run(): h()"}, "lib.f"),
    "star": ({"app.py": "from lib import *\ndef run(): g()"}, "lib.g"),
    "star keeps private names": (
        {"low.py": "def _f(): ...", "app.py": "from low import *\ndef run(): _f()"}, ""),
    "function-local": ({"app.py": "def run():\n    import lib\n    lib.f()"}, "lib.f"),
    "function-local from": ({"app.py": "def run():\n    from lib import g as h\n    h()"}, "lib.g"),
    "local import shadows": (
        {"app.py": "from lib import f\ndef run():\n    from lib import g as f\n    f()"}, "lib.g"),
    "dotted binds the first": (
        {"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/sub/low.py": LIB,
         "app.py": "import pkg.sub.low\ndef run(): pkg.sub.low.f()"}, "pkg.sub.low.f"),
    "dotted alias binds the last": (
        {"pkg/__init__.py": "", "pkg/low.py": LIB,
         "app.py": "import pkg.low as p\ndef run(): p.g()"}, "pkg.low.g"),
    "submodule by from": (
        {"pkg/__init__.py": "", "pkg/low.py": LIB,
         "app.py": "from pkg import low\ndef run(): low.f()"},
        "pkg.low.f"),
    "attribute before submodule": (
        {"pkg/__init__.py": "from lib import f as low", "pkg/low.py": LIB,
         "app.py": "from pkg import low\ndef run(): low()"}, "lib.f"),
    "star before submodule of that name": (
        {"pkg/__init__.py": "from pkg.low import *", "pkg/low.py": "def low(): ...",
         "app.py": "from pkg import low\ndef run(): low()"}, "pkg.low.low"),
    "re-export chain": (
        {"pkg/__init__.py": "from .mid import f", "pkg/mid/__init__.py": "from .deep import f",
         "pkg/mid/deep.py": LIB, "app.py": "from pkg import f\ndef run(): f()"}, "pkg.mid.deep.f"),
    "re-export by assignment": (
        {"mid.py": "import lib\nf = lib.f", "app.py": "import mid\ndef run(): mid.f()"}, "lib.f"),
    "re-export by star": (
        {"pkg/__init__.py": "from .low import *", "pkg/low.py": LIB,
         "app.py": "import pkg\ndef run(): pkg.K().m()"}, "pkg.low.K.__init__ pkg.low.K.m"),
    "fallback after ImportError": (
        {"slow.py": LIB,
         "app.py": "try:\n    from lib import f\nexcept ImportError:\n    from slow import f\n"
         "def run(): f()"}, "lib.f"),
    "fallback in else": (
        {"slow.py": LIB,
         "app.py": "try:\n    import lib\nexcept ImportError:\n    lib = None\ndef run(): lib.f()"},
        "lib.f"),
    "for types only": (
        {"app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib import K\n"
         "def run(k: 'K'): k.m()"}, "lib.K.m?"),
    "re-export cycle": (
        {"one.py": "from two import f\nfrom lib import g", "two.py": "from one import f, g",
         "app.py": "from one import f\nfrom two import g\ndef run():\n    f()\n    g()"}, "lib.g"),
    "module alias": (
        {"app.py": "import lib\nm = lib\ndef run(): m.f()"}, "lib.f"),
    "last definition counts": (
        {"app.py": "from lib import f\ndef f(): ...\ndef run(): f()"}, "app.f"),
    "module __getattr__": (
        {"low.py": "def __getattr__(name): ...", "app.py": "import low\ndef run(): low.f()"}, ""),
    "missing name": ({"app.py": "from lib import nothing\ndef run(): nothing()"}, ""),
    "missing submodule": (
        {"pkg/__init__.py": "", "app.py": "from pkg.nothing import f\ndef run(): f()"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_imports_each_form_reaches_its_function(name: str) -> None:
    files, expected = CASES[name]
    linked = Linked({"lib.py": LIB, **files})

    assert linked.calls("app.run") == callees(expected)


RELATIVE = {
    ".low": ("from .low import f", "pkg.sub.low.f"),
    ". submodule": ("from . import low\nf = low.f", "pkg.sub.low.f"),
    "..": ("from ..side import f", "pkg.side.f"),
    ".. submodule": ("from .. import side\nf = side.f", "pkg.side.f"),
    "...": ("from ...side import f", ""),
}


@pytest.mark.parametrize("name", RELATIVE)
@pytest.mark.parametrize("importer", ["pkg/sub/app.py", "pkg/sub/__init__.py"])
def test_imports_relative_levels_count_from_the_package(name: str, importer: str) -> None:
    statement, expected = RELATIVE[name]
    files = {"pkg/__init__.py": "", "pkg/side.py": LIB}
    files |= {"pkg/sub/low.py": LIB, "pkg/sub/__init__.py": ""}
    files[importer] = f"{statement}\ndef run(): f()"

    linked = Linked(files)

    symbol = "pkg.sub.run" if importer.endswith("__init__.py") else "pkg.sub.app.run"
    assert linked.calls(symbol) == callees(expected)


def test_imports_unknown_name_is_counted_unresolved() -> None:
    source = "import lib\ndef run():\n    lib.nothing()\n    len([])"
    linked = Linked({"lib.py": "", "app.py": source})

    assert (linked.graph.resolved, linked.graph.unresolved) == (1, 1)


def test_imports_under_type_checking_make_no_edge() -> None:
    files = {"lib.py": LIB, "app.py": "if TYPE_CHECKING:\n    import lib\n    lib.f()"}

    assert Linked(files).calls("app") == set()
