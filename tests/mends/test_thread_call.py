from __future__ import annotations

import pytest
from tests.mends.conftest import MakeBackend, count, reasons

RULE = "blocking-call-in-async"
HEAD = "import asyncio\nimport time\n\nimport requests\n\n\n"


def _coroutine(*lines: str) -> str:
    return HEAD + "async def f(url, session):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("requests.get(url)", "await asyncio.to_thread(requests.get, url)"),
        ("return requests.get(url, timeout=3)",
         "return await asyncio.to_thread(requests.get, url, timeout=3)"),
        ("x = requests.get(url).text", "x = (await asyncio.to_thread(requests.get, url)).text"),
        ("x = requests.get(url)['a']", "x = (await asyncio.to_thread(requests.get, url))['a']"),
        ("x = len(requests.get((url), *[], **{}))",
         "x = len(await asyncio.to_thread(requests.get, (url), *[], **{}))"),
        ("x = requests.get (url ,)  # why",
         "x = await asyncio.to_thread(requests.get, url ,)  # why"),
        ("x = requests.get(\n        # the address\n        url,\n    )",
         "x = await asyncio.to_thread(requests.get, \n        # the address\n        url,\n    )"),
        ("x = requests.get(\n        url, timeout=3\n    )",
         "x = await asyncio.to_thread(\n        requests.get, url, timeout=3\n    )"),
        ("time.sleep(1)", "await asyncio.sleep(1)"),
        ("if requests.get(url): pass", "if await asyncio.to_thread(requests.get, url): pass"),
        ("ä = 'ö'; requests.get(url)", "ä = 'ö'; await asyncio.to_thread(requests.get, url)"),
    ],
)  # fmt: skip
def test_thread_call_direct_call_is_awaited_in_a_thread(
    backend: MakeBackend, before: str, after: str
) -> None:
    made = backend({"app.py": _coroutine(before)})

    mended = made.mend(RULE, unsafe=True)

    assert made.read("app.py") == _coroutine(after)
    assert (mended.result.findings, count(mended)) == ((), 1)


@pytest.mark.parametrize(
    "line",
    [
        "return [requests.get(each) for each in url]",
        "return f'{requests.get(url)}'",
        "return requests.get(await url)",
        "with requests.get(url) as answer: return answer",
        "return (lambda: requests.get(url))()",
        "def inner(a=requests.get(url)): return a",
        "with open(url) as file: return file",
        "for line in requests.get(url): print(line)",
        "import os; found = os.walk(url)",
        "import pathlib; return sorted(pathlib.Path(url).rglob('*'))",
    ],
)
def test_thread_call_where_an_await_cannot_stand_is_left(backend: MakeBackend, line: str) -> None:
    made = backend({"app.py": _coroutine(line)})

    mended = made.mend(RULE, unsafe=True)

    assert made.read("app.py") == _coroutine(line)
    assert count(mended) == 0


def test_thread_call_through_a_helper_is_a_decision(backend: MakeBackend) -> None:
    text = HEAD + "def g(url):\n    return requests.get(url)\n\nasync def f(u):\n    return g(u)\n"
    made = backend({"app.py": text})

    mended = made.mend(RULE, unsafe=True)

    assert made.read("app.py") == text
    assert "a decision" in reasons(mended)[0]


def test_thread_call_session_of_a_database_stays_in_its_thread(backend: MakeBackend) -> None:
    text = (
        "from sqlalchemy.orm import Session\n\n\n"
        "async def f(session: Session):\n    return session.execute('select 1')\n"
    )
    made = backend({"app.py": text})

    assert "belongs to its thread" in reasons(made.mend(RULE, unsafe=True))[0]
    assert made.read("app.py") == text


def test_thread_call_two_in_one_file_share_the_import(backend: MakeBackend) -> None:
    body = "\n\nasync def f(u):\n    {0}\n    {0}\n"
    head = '"""Doc."""\n\nfrom __future__ import annotations\n\n'
    text = head + "import requests\n" + body.format("requests.get(u)")
    made = backend({"app.py": text})

    mended = made.mend(RULE, unsafe=True)

    wanted = body.format("await asyncio.to_thread(requests.get, u)")
    assert made.read("app.py") == head + "import asyncio\nimport requests\n" + wanted
    assert count(mended) == 2


@pytest.mark.parametrize(
    "extra", ["from anyio import sleep as asyncio\n", "asyncio = None\n", "def asyncio(): ...\n"]
)
def test_thread_call_name_taken_is_left(backend: MakeBackend, extra: str) -> None:
    text = f"import requests\n{extra}\nasync def f(u):\n    requests.get(u)\n"
    made = backend({"app.py": text})

    assert reasons(made.mend(RULE, unsafe=True)) == ["the name asyncio is taken"]


def test_thread_call_safe_only_counts_it(backend: MakeBackend) -> None:
    made = backend({"app.py": _coroutine("requests.get(url)")})

    report = made.mend(RULE).result.mends

    assert report is not None
    assert (report.mended, report.unsafe) == (0, 1)
    assert made.read("app.py") == _coroutine("requests.get(url)")
