"""Employees from HR to the Benefits platform: reading HR, sending what is queued, telling how it goes.

Every replica runs all three. A few lanes, each with a connection to the platform of its own, claim small
groups and settle them; so memory does not grow with a batch, and a killed replica holds no more than its
lanes' groups, until their leases run out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from math import ceil
from threading import Event

from sqlalchemy.exc import IntegrityError

from bot.jobs.outbox import turns, work
from services import outbox, streams
from services.desk import Clock, Sessions
from services.employees import alerts, attempts, batches, hr_intake, sending
from services.employees.attempts import Done, Failed, Order, Result, Waits
from services.employees.sending import Means
from services.employees.validation import Rules, sentence
from services.errors import LastsyncError
from services.ports import Benefits, HrSource

GROUP, MOST = 20, 100  # employees a lane claims at once, from and to: those that take it a second to send
LEAST = 5  # below that, a lane more costs more than it brings
_MOST_PATIENT = 5  # half a minute between two looks, however long it is away
LONGEST_RUN_S = 20.0  # the next tick goes on, so that the job is seen to be alive
_UNREADABLE = "What HR holds cannot be taken in. The log of Lastsync says more."

log = logging.getLogger(__name__)

Orders = Sequence[Order]


class EmployeeSync:
    """`connect` makes a lane's own connection to the Benefits platform; they are kept until `close`."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        hr: HrSource,
        connect: Callable[[], Benefits],
        rules: Rules,
        *,
        at_once: int,
        replica: str,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._hr = hr
        self._rules = rules
        self._replica = replica
        self._lanes = [_Lane(self, connect) for _ in range(at_once)]
        self._pool = ThreadPoolExecutor(at_once, "employees")
        self._stopping = Event()
        self._mark: str | None = None
        self._held_until = clock()
        self._silent = 0

    def read(self) -> int:
        """Take in what HR holds, if it may have changed; return how many records were read.

        Not before the exchange was read once: everybody would be set aside, because no employer is known yet.
        """
        with self._sessions.write() as session:
            hr_intake.set_up(session, self._rules)
            if not streams.knows_employers(session):
                return 0
        try:
            mark = self._hr.mark()
            read = self._read_all(mark) if mark is None or mark != self._mark else 0
        except LastsyncError as error:
            self._fail(error.sentence)
            return 0
        except Exception:
            log.exception("Reading HR failed")
            self._fail(_UNREADABLE)
            return 0
        with self._sessions.write() as session:
            now = self._clock()
            streams.advance(session, streams.HR, started_at=now, was=None, to=None)
            hr_intake.queue_changed(session, now)
        return read

    def send(self) -> int:
        """Send what is queued; return how many came to an end."""
        with self._sessions.read() as session:
            due = attempts.due(session, self._clock(), limit=len(self._lanes) * MOST)
        lanes = self._lanes[: ceil(due / LEAST)]
        share = ceil(due / len(lanes)) if lanes else 0
        until = time.monotonic() + LONGEST_RUN_S
        return sum(self._pool.map(lambda lane: lane.run(until, share, self._replica), lanes))

    def tell(self) -> int:
        """Show anew the cards of the batches that advance; return how many ended."""
        with self._sessions.write() as session:
            now = self._clock()
            ended = batches.tell(session, now)
            alerts.follow(session, now, ended)
            return len(ended)

    def stop(self) -> None:
        """Begin no call any more. What is claimed and not sent yet goes back at once."""
        self._stopping.set()

    def close(self) -> None:
        self.stop()
        self._pool.shutdown()
        for lane in self._lanes:
            lane.close()

    def _read_all(self, mark: str | None) -> int:
        started_at = self._clock()
        seen: set[int] = set()
        aside: set[int] = set()
        unknown = 0
        for page in self._hr.records():
            for part in hr_intake.parts(page):
                with self._sessions.write() as session:
                    taken = hr_intake.take(session, self._clock(), part, self._rules)
                seen |= taken.ids
                aside |= taken.aside
                unknown += taken.unknown
        with self._sessions.write() as session:
            hr_intake.close(session, self._clock(), seen, aside)
            streams.forget_before(session, streams.HR, started_at)
        # Employers become known by and by: until they are, the same file has more to say.
        self._mark = None if unknown else mark
        return len(seen)

    def _fail(self, sentence: str) -> None:
        log.warning("Reading HR failed: %s", sentence)
        with self._sessions.write() as session:
            streams.fail(session, streams.HR, self._clock(), sentence)

    def take(self, by: str, limit: int) -> list[Order]:
        with self._sessions.write() as session:
            return attempts.take(session, self._clock(), by=by, limit=limit)

    def means(self, benefits: Benefits) -> Means:
        return Means(self._hr, benefits, self._rules, self._clock, self._linked, self._stopping.is_set)

    def settle(self, results: Sequence[Result], by: str) -> int:
        try:
            return self._settle(results, by)
        except IntegrityError:
            # Two employees came to one account in this very moment: the first keeps it.
            return sum(self._settle_alone(each, by) for each in results)

    def _settle(self, results: Sequence[Result], by: str) -> int:
        with self._sessions.write() as session:
            return attempts.settle(session, self._clock(), results, by=by)

    def _settle_alone(self, result: Result, by: str) -> int:
        try:
            return self._settle([result], by)
        except IntegrityError:
            if not isinstance(result, Done):
                raise
            reason = sentence(str(sending.TAKEN))
            taken = Failed(result.order, "benefits", "email", sending.TAKEN.kind, reason, result.tried)
            return self._settle([taken], by)

    def _linked(self, account_ids: Collection[str]) -> Mapping[str, int]:
        with self._sessions.read() as session:
            return attempts.linked(session, account_ids)

    def goes_on(self, until: float) -> bool:
        in_time = time.monotonic() < until and not self._stopping.is_set()
        return in_time and self._clock() >= self._held_until

    def note(self, results: Sequence[Result]) -> None:
        """Whether the platform answers. If it does not, or asked for time, no lane asks it for a while."""
        waiting = [each for each in results if isinstance(each, Waits) and each.reason is not None]
        if waiting and all(isinstance(each, Waits) for each in results):
            soonest = min(each.due_at for each in waiting)
            self.hold(waiting[0].reason or "", soonest, on=waiting[0].on)
        elif any(isinstance(each, Done) for each in results):
            self._silent = 0
            self._note_answer()

    def _note_answer(self) -> None:
        """Whoever noted that it did not answer may be gone by now."""
        with self._sessions.read() as session:
            if not streams.is_failing(session, streams.BENEFITS):
                return
        with self._sessions.write() as session:
            was = streams.since(session, streams.BENEFITS)
            streams.advance(session, streams.BENEFITS, started_at=self._clock(), was=was, to=None)

    def hold(self, reason: str, soonest: datetime | None = None, *, on: str = streams.BENEFITS) -> None:
        self._silent += 1
        now = self._clock()
        pause = outbox.wait(min(self._silent, _MOST_PATIENT))
        self._held_until = max(soonest or now, now + pause)
        if on == streams.BENEFITS:
            with self._sessions.write() as session:
                streams.since(session, streams.BENEFITS)
                streams.fail(session, streams.BENEFITS, now, reason)


class _Lane:
    """One thread's work, a group at a time: an end of the outbox, with a connection of its own."""

    def __init__(self, sync: EmployeeSync, connect: Callable[[], Benefits]) -> None:
        self._sync = sync
        self._connect = connect
        self._benefits: Benefits | None = None
        self._size, self._share = GROUP, MOST

    def run(self, until: float, share: int, replica: str) -> int:
        """Send group after group, none larger than `share`; return how many came to an end.

        Stop where nobody answers.
        """
        self._share = share
        return work(self, turns(replica, lambda: self._sync.goes_on(until)))

    def claim(self, by: str) -> Sequence[Orders]:
        try:
            size = max(self._size, self._connected().most)
        except LastsyncError as error:
            self._sync.hold(error.sentence)
            return []
        orders = self._sync.take(by, min(size, self._share))
        return [orders] if orders else []

    def begin(self, unit: Orders, by: str) -> Orders:
        del by
        return unit

    def send(self, order: Orders) -> Sequence[Result]:
        begun = time.monotonic()
        results = sending.send(self._sync.means(self._connected()), order)
        self._size = min(MOST, max(GROUP, int(len(order) / (time.monotonic() - begun))))
        return results

    def settle(self, unit: Orders, order: Orders, answer: Sequence[Result], by: str) -> int:
        del unit, order
        ended = self._sync.settle(answer, by)
        self._sync.note(answer)
        return ended

    def fail(self, unit: Orders, order: Orders | None, error: Exception, by: str) -> None:
        """Sending says of each employee what went wrong: what is raised is a mistake, and stops the job."""
        del unit, order, by
        raise error

    def close(self) -> None:
        if self._benefits is not None:
            self._benefits.close()

    def _connected(self) -> Benefits:
        self._benefits = self._benefits or self._connect()
        return self._benefits
