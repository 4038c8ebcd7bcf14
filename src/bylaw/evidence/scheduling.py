"""Runs several works beside each other: checks beside anything, never tests beside tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from bylaw.evidence.adapters.project import Project
from bylaw.evidence.adapters.work import CHECKS, Work
from bylaw.evidence.inputs.tree import Tree
from bylaw.evidence.ledger.blobs import Blobs
from bylaw.evidence.performing import Performed, perform
from bylaw.evidence.running import Runs

Take = Callable[[Work, Performed, Tree], Tree]
"""Takes what a work left, with the tree it began on; gives the tree as it is now."""


class Schedule:
    """Works that wait and works that run.

    Args:
        project: the project.
        blobs: where outputs are kept.
        most: how many run beside each other.
        progress: told what is under way.
    """

    def __init__(
        self, project: Project, blobs: Blobs, most: int, progress: Callable[[str], None]
    ) -> None:
        self._project, self._blobs, self._most = project, blobs, most
        self._progress = progress
        self._runs = Runs()
        self._running: dict[Future[Performed], tuple[Work, Tree]] = {}

    def run(self, works: Sequence[Work], tree: Tree, take: Take) -> None:
        """Runs all works; whatever ends this call ends every process first.

        Args:
            works: what to run, in this order as far as they may run beside each other.
            tree: the tree as it is.
            take: given each result, in the thread of the caller.
        """
        waiting = list(works)
        with ThreadPoolExecutor(self._most) as pool:
            try:
                while waiting or self._running:
                    self._start(pool, waiting, tree)
                    done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                    for future in done:
                        work, before = self._running.pop(future)
                        tree = take(work, future.result(), before)
            except BaseException:
                self._runs.stop()
                raise

    def _start(self, pool: ThreadPoolExecutor, waiting: list[Work], tree: Tree) -> None:
        for work in list(waiting):
            busy = any(each.group != CHECKS for each, _ in self._running.values())
            if len(self._running) < self._most and (work.group == CHECKS or not busy):
                waiting.remove(work)
                arguments = work, self._project, self._runs, tree, self._blobs
                self._running[pool.submit(perform, *arguments)] = (work, tree)
        names = sorted({claim for each, _ in self._running.values() for claim in each.claims})
        self._progress(f"running {', '.join(names)}")
