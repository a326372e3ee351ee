"""The time that all replicas agree on: the database's, wherever there is a server that has one.

Leases and slots are kept in one store and compared by many machines. A machine whose own clock is wrong, or
is set while it runs, would take what another still holds, or miss its turn. So a replica asks the database
for the time, and counts on from there with a clock that nobody sets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from services.desk import Clock

SAMPLES = 3
SLOW_S = 0.5  # a round trip that takes longer says too little
STEP = timedelta(seconds=1)
_MACHINE: Clock = partial(datetime.now, UTC)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Sample:
    """At `counted` on the steady clock the database said `said`; asking took `took` seconds."""

    took: float
    counted: float
    said: datetime


class StoreClock:
    """On SQLite, and until it was measured once, it is the machine's clock."""

    def __init__(
        self, engine: Engine, *, machine: Clock = _MACHINE, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._machine = machine
        self._steady = steady
        self._known: _Sample | None = None

    def __call__(self) -> datetime:
        known = self._known
        if known is None:
            return self._machine()
        return known.said + timedelta(seconds=self._steady() - known.counted)

    def measure(self) -> int:
        """Ask the database for the time; return how often. What is known stays if it does not answer."""
        if self._engine.dialect.name == "sqlite":
            return 0
        try:
            with self._engine.connect() as connection:
                samples = [self._ask(connection) for _ in range(SAMPLES)]
        except SQLAlchemyError as error:
            log.warning("The database was not asked for the time: %s", type(error).__name__)
            return 0
        self._take(min(samples, key=lambda sample: sample.took))
        return len(samples)

    def _ask(self, connection: Connection) -> _Sample:
        asked = self._steady()
        said = connection.execute(select(func.clock_timestamp())).scalar_one()
        took = self._steady() - asked
        return _Sample(took, asked + took / 2, said.astimezone(UTC))

    def _take(self, sample: _Sample) -> None:
        """A slow answer is no better than what is known already."""
        if self._known is not None and sample.took > SLOW_S:
            return
        before, self._known = self(), sample
        if abs(moved := self() - before) > STEP:
            log.warning("The clock was set by %.1f s, to the database's", moved.total_seconds())
