"""What judges of a start share: the service, and where verdicts are taken down."""

from __future__ import annotations

import re

from bylaw.probes.boot.causes import Cause, Known
from bylaw.probes.boot.declares import Declares
from bylaw.probes.boot.running import Times
from bylaw.probes.boot.services import Service
from bylaw.probes.boot.verdicts import Place, Verdicts

_SERVERS = re.compile(r"\b(?:postgres\w*|mysql\w*|mariadb\w*|redis\w*|amqps?|mongodb\w*|"
                      r"kafka\w*|nats|cockroachdb|clickhouse\w*|elasticsearch)"
                      r"(?:\+\w+)?://", re.I)  # fmt: skip
_ADDRESS = re.compile(r"\w*(?:POSTGRES|DB|DATABASE|REDIS|MYSQL|RABBIT|MONGO|KAFKA|ELASTIC|BROKER|"
                      r"CACHE|AMQP)\w*_(?:HOST|SERVER|ADDR|ADDRESS|NODES?)")  # fmt: skip


class Judge:
    """What judges of one service have in common.

    Args:
        service: what was started.
        declares: what it declares.
        known: for causes.
        times: the limits.
        verdicts: where it is taken down.

    Attributes:
        place: where the command stands.
        case: all of it, for the next judge.
    """

    def __init__(
        self, service: Service, declares: Declares, known: Known, times: Times, verdicts: Verdicts
    ) -> None:
        command = service.command
        self.place = Place(command.path, command.line, service.symbol)
        self._service = service
        self._declares = declares
        self._known = known
        self._times = times
        self._verdicts = verdicts
        self.case = (service, declares, known, times, verdicts)

    def names_servers(self) -> str:
        """The first variable whose value is the address of a server."""
        for name, value in self._service.environment.items():
            if value and (_SERVERS.search(value) or _ADDRESS.fullmatch(name)):
                return name
        return ""


def remarks_of(cause: Cause) -> list[str]:
    """Where a cause stands, as remarks of an observation."""
    return [f"at: {cause.path}:{cause.line} <module>"] if cause.path else []
