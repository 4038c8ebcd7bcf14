"""Modes of one command: bylaw-boot's ``WORKER_MODE`` makes a worker of what serves otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bylaw.probes.boot.declares import has_worker
from bylaw.probes.boot.services import Service
from bylaw.rules.context import RuleContext


def with_worker_mode(context: RuleContext, services: Iterable[Service]) -> Iterator[Service]:
    """Services, and behind each that has a worker too the same command in worker mode.

    Args:
        context: what is known.
        services: those that manifests start.
    """
    known = list(services)
    workers = {each.command.module for each in known if each.is_worker}
    for each in known:
        yield each
        module = each.command.module
        if not each.is_worker and module not in workers and has_worker(context, module):
            environment = {**each.environment, "WORKER_MODE": "true"}
            yield each._replace(environment=environment, is_worker=True, asked=(), ports=(),
                                mode="WORKER_MODE=true")  # fmt: skip
