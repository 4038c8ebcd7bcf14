"""Every server serves, answers for its health, and stops in good order with a request in flight."""

from __future__ import annotations

import signal
import sys
import threading

import pytest
from boot_service import DECLARATION, WSGI_APP, Running, Service

STARTED = {
    "uvicorn": "Uvicorn running on", "hypercorn": "Running on", "granian": "Started worker",
    "gunicorn": "Booting worker",
}  # fmt: skip
SERVERS = [(server, interface) for interface in ("asgi", "wsgi") for server in STARTED]
ONE = pytest.mark.parametrize(("server", "interface"), [("uvicorn", "asgi")])


def _start(service: Service, server: str, interface: str, more: str = "") -> Running:
    service.declare(DECLARATION + f', serving=Serving(server="{server}"){more}')
    if interface == "wsgi":
        service.write({"backend/api/service.py": WSGI_APP})
    running = service.start()
    running.wait_for(STARTED[server])
    running.reach()
    return running


class Request(threading.Thread):
    """A request on its way."""

    def __init__(self, running: Running, path: str) -> None:
        super().__init__()
        self.answer: tuple[int, bytes] | None = None
        self._running, self._path = running, path

    def run(self) -> None:
        try:
            self.answer = self._running.ask(self._path)
        except OSError:
            self.answer = None


@pytest.mark.parametrize(("server", "interface"), SERVERS)
def test_serve_answers_and_finishes_what_is_in_flight(
    service: Service, server: str, interface: str
) -> None:
    running = _start(service, server, interface)
    assert running.ask("/hello") == (200, b"hello")
    assert running.ask("/health") == (200, b'{"status":"ok"}')
    assert running.ask("/health", "HEAD") == (200, b"")
    assert running.ask("/elsewhere")[0] == 404
    request = Request(running, "/slow")
    request.start()
    running.wait_for("in flight")
    running.send()
    running.wait_for("[boot] SIGTERM: finishing what is in flight")
    service.release()
    request.join()

    assert running.end() == 0, running.seen
    assert request.answer == (200, b"finished")
    assert "stopped in good order after a signal" in running.seen
    # The last granian for Python 3.9 has to kill its child now and then.
    if server != "granian" or sys.version_info >= (3, 10):
        assert ("lifespan down" in running.seen) == (interface == "asgi")


@ONE
def test_serve_says_mode_address_and_server(service: Service, server: str, interface: str) -> None:
    running = _start(service, server, interface)

    assert "running in API mode: backend.api.service:app" in running.seen
    assert f"API server: uvicorn on 0.0.0.0:{running.port}" in running.seen
    assert running.seen.index("ALL STARTUP CHECKS PASSED") < running.seen.index("lifespan up")


@ONE
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_signal_ends_with_0(
    service: Service, server: str, interface: str, number: int
) -> None:
    running = _start(service, server, interface)
    running.send(number)

    assert running.end() == 0
    assert "lifespan down" in running.seen, running.seen


@pytest.mark.parametrize("server", STARTED)
def test_serve_second_signal_ends_at_once(service: Service, server: str) -> None:
    running = _start(service, server, "asgi")
    request = Request(running, "/slow")
    request.start()
    running.wait_for("in flight")
    running.send()
    running.wait_for("[boot] SIGTERM: finishing")
    running.send()

    assert running.end() == 128 + signal.SIGTERM
    assert "second signal (SIGTERM): ended at once" in running.seen
    request.join()


@ONE
def test_serve_hanging_shutdown_is_bounded(service: Service, server: str, interface: str) -> None:
    hook = "import threading\ndef close():\n    threading.Event().wait()\n"
    service.write({"backend/closing.py": hook})
    more = ', grace=1.0, shutdown=["backend.closing:close"]'
    running = _start(service, server, interface, more)
    running.send()

    assert running.end() == 1
    assert "not stopped within 1 s: ended by force" in running.seen


@ONE
def test_serve_request_without_end_is_cut_within_the_limit(
    service: Service, server: str, interface: str
) -> None:
    running = _start(service, server, interface, ", grace=4.0")
    request = Request(running, "/slow")
    request.start()
    running.wait_for("in flight")
    running.send()

    assert running.end() == 0
    assert "lifespan down" in running.seen
    request.join()


@ONE
def test_serve_hooks_run_all_and_a_failing_one_is_told(
    service: Service, server: str, interface: str
) -> None:
    service.write(
        {
            "backend/closing.py": "def bad():\n    raise OSError('disk')\n"
            "import sys\nasync def good():\n    print('hook ran', file=sys.stderr)\n"
        }
    )
    more = ', shutdown=["backend.closing:bad", "backend.closing:good"]'
    running = _start(service, server, interface, more)
    running.send()

    assert running.end() == 1
    assert "hook ran" in running.seen
    assert '"code": "shutdown-failed"' in running.seen.splitlines()[-1]


def test_serve_failing_lifespan_ends_with_1(service: Service) -> None:
    service.write(
        {
            "backend/api/service.py": "async def app(scope, receive, send):\n"
            "    await receive()\n"
            "    await send({'type': 'lifespan.startup.failed', 'message': 'no database'})\n"
        }
    )
    ended = service.run()

    assert (ended.status, ended.codes) == (1, ["server-ended"])
    assert "no database" in ended.err


def test_serve_signal_while_the_application_starts_still_closes_it(service: Service) -> None:
    text = (service.root / "backend/api/service.py").read_text()
    waiting = (
        'say("warming up")\n'
        '                while not os.path.exists(os.environ["RELEASE"]):\n'
        "                    await asyncio.sleep(0.01)\n"
        '                say("lifespan up")'
    )
    service.write({"backend/api/service.py": text.replace('say("lifespan up")', waiting)})
    running = service.start()
    running.wait_for("warming up")
    running.send()
    running.wait_for("SIGTERM: finishing")
    service.release()

    assert running.end() == 0
    assert "lifespan down" in running.seen, running.seen


def test_serve_own_health_of_the_application_wins(service: Service) -> None:
    text = (service.root / "backend/api/service.py").read_text()
    service.write({"backend/api/service.py": text.replace('"/hello"', '"/health"')})
    running = service.start()
    running.wait_for(STARTED["uvicorn"])

    assert running.ask("/health") == (200, b"hello")


def test_serve_without_health_leaves_it_to_the_application(service: Service) -> None:
    service.declare(DECLARATION + ', serving=Serving(health="")')
    running = service.start()
    running.wait_for(STARTED["uvicorn"])

    assert running.ask("/health")[0] == 404


def test_serve_factory_is_called(service: Service) -> None:
    text = (service.root / "backend/api/service.py").read_text()
    service.write({"backend/api/service.py": text + "\ndef create():\n    return app\n"})
    service.declare(DECLARATION.replace("service:app", "service:create()"))
    running = service.start()
    running.wait_for(STARTED["uvicorn"])

    assert running.ask("/hello") == (200, b"hello")


def test_signal_during_the_checks_ends_at_once(service: Service) -> None:
    service.write(
        {
            "backend/core.py": "import sys, threading\n"
            "print('importing', file=sys.stderr, flush=True)\n"
            "try:\n    threading.Event().wait(30)\nexcept BaseException:\n    pass\n"
        }
    )
    running = service.start()
    running.wait_for("importing")
    running.send()

    assert running.end() == 128 + signal.SIGTERM
    assert "SIGTERM while starting" in running.seen


STRANGERS = """
import sys

def app(environ, start_response):
    print("asked", file=sys.stderr, flush=True)
    start_response("301 Moved Permanently", [("location", "https://elsewhere/")])
    return [b""]
"""


@pytest.mark.parametrize("server", ["gunicorn", "granian", "uvicorn"])
def test_serve_health_first_does_not_ask_the_application(service: Service, server: str) -> None:
    service.declare(f'{DECLARATION}, serving=Serving(server="{server}", health_first=True)')
    service.write({"backend/api/service.py": STRANGERS})
    running = service.start()
    running.wait_for(STARTED[server])
    running.reach()

    assert running.ask("/health") == (200, b'{"status":"ok"}')
    assert running.ask("/health", "HEAD") == (200, b"")
    assert running.ask("/other")[0] == 301


def test_serve_health_first_of_an_asgi_application_is_answered(service: Service) -> None:
    running = _start(service, "uvicorn", "asgi", "")
    running.send()
    assert running.end() == 0
    service.declare(f"{DECLARATION}, serving=Serving(health_first=True, health='/hello')")
    running = service.start()
    running.wait_for(STARTED["uvicorn"])
    running.reach()

    assert running.ask("/hello") == (200, b'{"status":"ok"}')


def test_serve_gunicorn_reads_its_configuration_and_keeps_the_address(service: Service) -> None:
    text = 'bind = "127.0.0.1:1"\nproc_name = "told"\ndef on_starting(server):\n' \
           '    server.log.info("configured as %s", server.cfg.proc_name)\n'  # fmt: skip
    options = '{"config": "conf/gunicorn.conf.py", "proc_name": "own"}'
    service.declare(f'{DECLARATION}, serving=Serving(server="gunicorn", options={options})')
    service.write({"backend/api/service.py": WSGI_APP, "conf/gunicorn.conf.py": text})
    running = service.start()
    running.wait_for("configured as own")
    running.wait_for(STARTED["gunicorn"])
    running.reach()

    assert running.ask("/hello") == (200, b"hello")


def test_serve_gunicorn_workers_end_in_silence(service: Service) -> None:
    service.write(
        {"backend/closing.py": "import sys\ndef good():\n    print('hook ran', file=sys.stderr)\n"}
    )
    running = _start(service, "gunicorn", "wsgi", ", shutdown=['backend.closing:good']")
    assert running.ask("/hello")[0] == 200
    running.send()

    assert running.end() == 0
    assert running.seen.count("hook ran") == 2
    assert "server-ended" not in running.seen
    assert "exited with code" not in running.seen
