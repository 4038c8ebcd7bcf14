"""``bylaw probe tests --only determinism``: what an outcome depends on besides the code."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

import pytest
from tests.probes.suites import CODE, PLAIN, PYTHON, TEST, commit, probe


def hash_of(seed: str) -> str:
    """What a hash is with a seed."""
    done = subprocess.run(
        [PYTHON, "-c", "print(hash('bylaw'))"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip
    return done.stdout.strip()


def flaky_files() -> dict[str, str]:
    """One test for everything an outcome may depend on."""
    soon = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=60)
    return {
        **PLAIN,
        "tests/test_zone.py": (
            "from datetime import datetime, timezone\n\n\ndef test_zone():\n"
            "    assert datetime.now().date() == datetime.now(timezone.utc).date()\n"
        ),
        "tests/test_seed.py": f"def test_seed():\n    assert hash('bylaw') == {hash_of('0')}\n",
        "tests/test_order.py": (
            "SEEN = []\n\n\ndef test_first():\n    SEEN.append(1)\n\n\n"
            "def test_second():\n    assert SEEN\n"
        ),
        "tests/test_repeat.py": (
            "from pathlib import Path\n\n\ndef test_repeat():\n    path = Path('left-behind')\n"
            "    assert not path.exists()\n    path.write_text('x')\n"
        ),
        "tests/test_network.py": (
            "import socket\n\n\ndef test_network():\n"
            "    socket.create_connection(('203.0.113.7', 80), timeout=2)\n\n\n"
            "def test_this_machine():\n    with socket.create_server(('127.0.0.1', 0)) as server:\n"
            "        socket.create_connection(server.getsockname(), timeout=2).close()\n"
        ),
        "tests/test_clock.py": (
            "from datetime import date\n\n\ndef test_clock():\n"
            f"    assert date.today() < date.fromisoformat('{soon}')\n"
        ),
    }


def test_determinism_every_dimension_is_told_apart(tmp_path: Path) -> None:
    commit(tmp_path / "p", flaky_files())

    answer = probe(tmp_path / "p", "--only", "determinism", base="")

    seen = {each.symbol.rpartition("::")[2]: each.what.partition(":")[0] for each in
            answer.of("flaky")}  # fmt: skip
    assert seen == {
        "test_zone": "time-zone", "test_seed": "hash-seed", "test_second": "order",
        "test_repeat": "repeat", "test_clock": "clock",
    }  # fmt: skip
    for each in answer.of("flaky"):
        assert len(each.remarks("run")) == 2
    (network,) = answer.of("network-dependent")
    assert network.symbol.endswith("test_network")
    assert network.stack == [("tests/test_network.py", 5, "test_network")]
    assert answer.outcome.reason_codes == ("flaky", "network-dependent")
    assert answer.code == 1


CALLS = (
    "import random\nimport time\nimport uuid\nfrom datetime import datetime\n\n\ndef stamp():\n"
    "    return time.time()\n\n\ndef name():\n    return uuid.uuid4().hex\n\n\n"
    "def pick(values):\n    return random.choice(values)\n\n\ndef when():\n"
    "    return datetime.now()\n\n\ndef seeded():\n    return random.Random(5).random()\n"
)
CALLING = (
    "import random\nfrom app import calls\n\n\ndef test_calls():\n    assert calls.stamp()\n"
    "    assert calls.name()\n    assert calls.pick([1])\n    assert calls.when()\n"
    "    assert calls.seeded()\n\n\ndef test_seeded():\n    random.seed(1)\n"
    "    assert random.random()\n"
)


@pytest.mark.parametrize("python", [PYTHON, *os.environ.get("BYLAW_PYTHONS", "").split()])
def test_determinism_calls_are_attributed_to_lines(python: str, tmp_path: Path) -> None:
    commit(tmp_path / "p", {**PLAIN, "app/calls.py": CALLS, "tests/test_calls.py": CALLING})

    answer = probe(tmp_path / "p", "--only", "determinism", base="", python=python)

    assert {(each.path, each.line, each.what) for each in answer.of("nondeterministic-call")} == {
        ("app/calls.py", 8, "clock: time"), ("app/calls.py", 12, "random: uuid4"),
        ("app/calls.py", 16, "random: choice"), ("app/calls.py", 20, "clock: now"),
    }  # fmt: skip
    assert answer.code == 0


def test_determinism_threads_at_collection_get_processes_of_their_own(tmp_path: Path) -> None:
    threaded = (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    clock = flaky_files()["tests/test_clock.py"]
    files = {**PLAIN, "tests/test_code.py": threaded + TEST, "tests/test_clock.py": clock,
             "tests/test_order.py": "SEEN = []\n\n\ndef test_first():\n    SEEN.append(1)\n\n\n"
             "def test_second():\n    assert SEEN\n"}  # fmt: skip
    commit(tmp_path / "p", files)

    answer = probe(tmp_path / "p", "--only", "determinism", base="")

    seen = [each.what.partition(":")[0] for each in answer.of("flaky")]
    assert sorted(seen) == ["clock", "order"]
    assert len(answer.of("run")) == 8


def test_determinism_time_that_is_over_is_not_verified(tmp_path: Path) -> None:
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(2)\n"
    commit(tmp_path / "p", {"app/code.py": CODE, "tests/test_slow.py": slow})

    answer = probe(tmp_path / "p", "--only", "determinism", "--seconds", "1", base="")

    assert (answer.code, answer.outcome.reason_codes) == (3, ("time-limit",))
    assert answer.outcome.errors[0].hint == "bylaw probe tests --seconds 7200"


def test_zones_are_named_as_a_zone_database_names_them() -> None:
    # Django refuses to start with a zone that the database of the machine does not hold.
    import zoneinfo

    from bylaw.probes.proof.probe import BASELINE_ZONE
    from bylaw.probes.proof.varying import other_zone

    for name in (BASELINE_ZONE, other_zone(3), other_zone(15)):
        if Path("/usr/share/zoneinfo").is_dir():
            assert zoneinfo.ZoneInfo(name).key == name
