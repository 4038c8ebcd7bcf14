from __future__ import annotations

import pytest
from tests.mends.conftest import MakeBackend, count

RULES = ("unused-suppression", "import-time-env-read", "import-time-network")
READ = 'import os\n\nURL = os.environ["URL"]'
ENV, NET = "import-time-env-read", "import-time-network"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"x = 1  # bylaw: ignore[{ENV}] old\n", "x = 1\n"),
        (f"x = 1\t \t# bylaw: ignore[{ENV}] old", "x = 1"),
        (f"x = 1\n# bylaw: ignore[{ENV}] old\ny = 2\n", "x = 1\ny = 2\n"),
        (f"def f():\n    # bylaw: ignore[{ENV}] old\n    return 1\n", "def f():\n    return 1\n"),
        (f"x = 1  # noqa: E501  # bylaw: ignore[{ENV}] old\n", "x = 1  # noqa: E501\n"),
        (f"x = 1  # bylaw: ignore[{ENV}] old  # type: ignore\n", "x = 1  # type: ignore\n"),
        (f"s = 'ä'  # bylaw: ignore[{ENV}] häßlich\r\n", "s = 'ä'\r\n"),
        ("x = 1  # bylaw: ignore[no-such-rule] old\n", "x = 1\n"),
        ("x = 1  # bylaw: ignore[stale-baseline] old\n", "x = 1\n"),
        (f"{READ}  # bylaw: ignore[{ENV},{NET}] set before\n",
         f"{READ}  # bylaw: ignore[{ENV}] set before\n"),
        (f"{READ}  # bylaw: ignore[ {NET} , {ENV} ] set  # see #12\n",
         f"{READ}  # bylaw: ignore[{ENV}] set  # see #12\n"),
        (f"{READ}  # bylaw: ignore[{ENV}] set # bylaw: ignore[{NET}] not\n",
         f"{READ}  # bylaw: ignore[{ENV}] set\n"),
        (f"{READ}  # bylaw: ignore[{NET}] not # bylaw: ignore[{ENV}] set\n",
         f"{READ}  # bylaw: ignore[{ENV}] set\n"),
    ],
)  # fmt: skip
def test_needless_comment_only_what_is_unused_goes(
    backend: MakeBackend, before: str, after: str
) -> None:
    made = backend({"app.py": before})

    mended = made.mend(*RULES)

    assert made.read("app.py") == after
    assert count(mended) == 1
    assert mended.result.exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        f"{READ}  # bylaw: ignore[{ENV}] set before\n",
        "x = 1  # bylaw: ignore[blocking-call-in-async] did not run\n",
        "HELP = '# bylaw: ignore[no-such-rule] why'\n",
    ],
)
def test_needless_comment_used_or_unjudged_stays(backend: MakeBackend, text: str) -> None:
    made = backend({"app.py": text})

    assert count(made.mend(*RULES)) == 0
    assert made.read("app.py") == text


def test_needless_comment_without_reason_is_for_people(backend: MakeBackend) -> None:
    text = f"{READ}  # bylaw: ignore[{ENV}]\n"
    made = backend({"app.py": text})

    mended = made.mend(*RULES, "suppression-without-reason")

    assert made.read("app.py") == text
    assert mended.result.exit_code == 1


def test_needless_comment_other_encodings_keep_their_bytes(backend: MakeBackend) -> None:
    head = b"\xef\xbb\xbfs = '\xc3\xa4'  "
    coded = b"# coding: latin-1\r\ns = '\xe4\xf6'  "
    comment = b"# bylaw: ignore[import-time-env-read] "
    files = {"a.py": head + comment + b"old\n", "b.py": coded + comment + b"\xfc\r\n\r\n"}
    made = backend(files)

    assert count(made.mend(*RULES)) == 2
    assert made.state()["a.py"] == head.rstrip() + b"\n"
    assert made.state()["b.py"] == coded.rstrip() + b"\r\n\r\n"
