"""The thread that looks after the other threads: one that has ended is started anew, and said.

The keeper itself is looked after by a job, so that either finds the other's end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread

from bot.telemetry import Metrics

_LOOK_S = 5.0
_LONGEST_S = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """`alive` also says yes of what is not wanted any more."""

    name: str
    alive: Callable[[], bool]
    revive: Callable[[], None]


class Keeper:
    """`standing` says where each job stands that has been at one run for too long."""

    def __init__(
        self,
        kept: Sequence[Kept],
        metrics: Metrics,
        standing: Callable[[], dict[str, str]],
        *,
        look_seconds: float = _LOOK_S,
    ) -> None:
        self._kept = kept
        self._metrics = metrics
        self._standing = standing
        self._pause = self._look = look_seconds
        self._said: dict[str, str] = {}
        self._stopping = Event()
        self._thread = self._make_thread()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def keep_alive(self) -> int:
        """Start the keeper anew where its own thread has ended; return how many that were."""
        if self._stopping.is_set() or self._thread.is_alive():
            return 0
        log.error("The keeper's thread had ended; it is started anew")
        self._metrics.revived.labels("keeper").inc()
        self._thread = self._make_thread()
        self._thread.start()
        return 1

    def look(self) -> None:
        """Look once after everything that is kept."""
        for each in self._kept:
            if not each.alive():
                log.error("The thread of %s had ended; it is started anew", each.name)
                self._metrics.revived.labels(each.name).inc()
                each.revive()
        standing = self._standing()
        for job in standing.keys() - self._said.keys():
            log.warning("Job %s has stood still for a minute at %s", job, standing[job])
        self._said = standing

    def _make_thread(self) -> Thread:
        return Thread(target=self._run, name="keeper", daemon=True)

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            try:
                self.look()
            except Exception:
                self._pause = min(2 * self._pause, _LONGEST_S)
                log.exception("Looking after the threads failed; next time in %.0f s", self._pause)
            else:
                self._pause = self._look
