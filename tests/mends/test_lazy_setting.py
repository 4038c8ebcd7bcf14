from __future__ import annotations

import pytest
from tests.mends.conftest import MakeBackend, count, reasons

RULE = "import-time-env-read"
SETTINGS = 'import os\n\nURL = os.getenv("URL", "x")  # where\nTWO = 2\n'


def _accessor(value: str, returns: str = "", name: str = "get_url") -> str:
    return f"@functools.cache\ndef {name}(){returns}:\n    return {value}"


@pytest.mark.parametrize(
    ("value", "returns"),
    [
        ('os.getenv("URL")', ""),
        ('os.getenv("URL", "x")', " -> str"),
        ('os.environ["URL"]', " -> str"),
        ('os.environ.get("URL", "").split(",")', ""),
        ('int(os.getenv("URL", "3"))', " -> int"),
        ('os.getenv("URL") == "1"', " -> bool"),
    ],
)
def test_lazy_setting_own_and_imported_uses_become_calls(
    backend: MakeBackend, value: str, returns: str
) -> None:
    made = backend(
        {
            "app/__init__.py": "",
            "app/conf.py": f"import os\n\nURL = {value}  # where\n\n\n"
            "def own():\n    return URL + URL\n",
            "app/by_name.py": "from app.conf import (URL)\n\n\ndef f():\n    return (URL, [URL])\n",
            "app/by_module.py": "from app import conf\n\n\ndef f():\n    return conf.URL\n",
            "app/by_path.py": "import app.conf as c\n\n\nclass A:\n    def f(self):\n"
            "        return c . URL\n",
            "app/other.py": "URL = 1\n\n\ndef f():\n    return URL\n",
            "app/relative.py": "from . import conf\n\n\ndef f(x=None):\n    return x or conf.URL\n",
        }
    )

    mended = made.mend(RULE, unsafe=True)

    assert reasons(mended) == []
    assert (mended.result.findings, count(mended)) == ((), 1)
    assert made.read("app/conf.py") == (
        f"import functools\nimport os\n\n{_accessor(value, returns)}  # where\n\n\n"
        "def own():\n    return get_url() + get_url()\n"
    )
    assert made.read("app/by_name.py") == (
        "from app.conf import (get_url)\n\n\ndef f():\n    return (get_url(), [get_url()])\n"
    )
    assert made.read("app/by_module.py").endswith("return conf.get_url()\n")
    assert made.read("app/by_path.py").endswith("return c . get_url()\n")
    assert made.read("app/relative.py").endswith("return x or conf.get_url()\n")
    assert made.read("app/other.py") == "URL = 1\n\n\ndef f():\n    return URL\n"


USE = "from conf import URL\n\n\ndef f():\n    return URL\n"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "nothing in the repository uses it"),
        ({"a.py": "from conf import URL\n\nX = URL\n"}, "reads it on import"),
        ({"a.py": "from conf import URL\n\n\ndef f(x=URL): ...\n"}, "reads it on import"),
        ({"a.py": USE, "b.py": "from conf import *\n"}, "imports everything"),
        ({"a.py": USE, "b.py": "from conf import URL as U\n"}, "not rewritten"),
        ({"a.py": USE, "b.py": "from a import URL\n\n\ndef f():\n    return URL\n"},
         "by way of another module"),
        ({"a.py": USE, "b.py": "import a\n\n\ndef f():\n    return a.URL\n"},
         "by way of another module"),
        ({"a.py": USE, "b.py": "import conf\n\n\ndef f():\n    return getattr(conf, 'U' + 'RL')\n"},
         "hands the whole module on"),
        ({"a.py": USE, "b.py": "import conf\n\n\ndef f():\n    conf.URL = 1\n"}, "sets it"),
        ({"a.py": USE, "b.py": "P = 'conf.URL'\n"}, "spells its name as text"),
        ({"a.py": USE, "b.py": "M = 'conf'\n"}, "names the module as text"),
        ({"a.py": USE, "b.py": "def f(x):\n    return x.URL\n"}, "from something unknown"),
        ({"a.py": USE, "b.py": "from django.conf import settings\n\n\ndef f():\n"
          "    return settings.URL\n"}, "from a library"),
        ({"a.py": "from conf import URL\n\n\ndef f():\n    URL = 1\n    return URL\n"},
         "binds the name again"),
        ({"a.py": USE + "\n\ndef get_url(): ...\n"}, "get_url is taken"),
        ({"a.py": USE, "b.py": "def broken(:\n"}, "not every file was understood"),
    ],
)  # fmt: skip
def test_lazy_setting_uses_that_are_not_certain_leave_everything(
    backend: MakeBackend, files: dict[str, str], reason: str
) -> None:
    made = backend({"conf.py": SETTINGS, **files})
    before = made.state()

    mended = made.mend(RULE, unsafe=True)

    assert reason in reasons(mended)[0]
    assert made.state() == before


@pytest.mark.parametrize(
    "definition",
    [
        'if True:\n    URL = os.getenv("URL")\n',
        'URL = BOTH = os.getenv("URL")\n',
        'URL = (os.getenv("URL"))\n',
        'URL = os.getenv("URL"); ONE = 1\n',
        'BASE = "x"\nURL = os.getenv("URL", BASE)\n',
        'URL = [each for each in os.getenv("URL", "")]\n',
    ],
)
def test_lazy_setting_definition_of_another_form_is_left(
    backend: MakeBackend, definition: str
) -> None:
    made = backend({"conf.py": f"import os\n\n{definition}", "a.py": USE})
    before = made.state()

    assert count(made.mend(RULE, unsafe=True)) == 0
    assert made.state() == before


def test_lazy_setting_annotation_is_kept(backend: MakeBackend) -> None:
    made = backend({"conf.py": 'import os\n\nURL: "str | None" = os.getenv("URL")\n', "a.py": USE})

    assert count(made.mend(RULE, unsafe=True)) == 1
    assert 'def get_url() -> "str | None":' in made.read("conf.py")


def test_lazy_setting_two_in_one_module_are_both_mended(backend: MakeBackend) -> None:
    made = backend(
        {
            "conf.py": 'import os\n\nA_ONE = os.environ["A_ONE"]\nB = os.environ["B"]\n',
            "use.py": "from conf import A_ONE, B\n\n\ndef f():\n    return A_ONE + B\n",
        }
    )

    mended = made.mend(RULE, unsafe=True)

    assert (count(mended), mended.result.findings) == (2, ())
    assert made.read("use.py") == (
        "from conf import get_a_one, get_b\n\n\ndef f():\n    return get_a_one() + get_b()\n"
    )


def test_lazy_setting_private_variable_has_a_private_accessor(backend: MakeBackend) -> None:
    made = backend(
        {"conf.py": 'import os\n\n_KEY = os.environ["K"]\n\n\ndef f():\n    return _KEY\n'}
    )

    assert count(made.mend(RULE, unsafe=True)) == 1
    assert "def _get_key() -> str:" in made.read("conf.py")
    assert made.read("conf.py").endswith("return _get_key()\n")
