"""What Lastsync says by itself when its time has come: repeats, reminders, digests, what is out of reach."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.alerts import reminders, unreachable
from services.channels import digest, routing
from services.channels.routing import Channels
from services.desk import Clock, Sessions
from services.errors import LastsyncError, Rejected
from services.people import zones
from services.ports import Directory

MOST_BATCHES = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speaker:
    """Each job is a range scan over what is due, and may be run by any replica, or by all of them at once."""

    sessions: Sessions
    clock: Clock
    directory: Directory
    channels: Channels

    def speak(self) -> int:
        """Say again what is due, and what cannot be reached; return how much there was."""
        with self.sessions.write() as session:
            now = self.clock()
            down = unreachable.watch(session, now)
            routing.route(session, now, self.channels)
            told = routing.tell_of_broken(session, now, self.channels)
        return down + told + self._all(self._wake, reminders.SWEEP) + self._all(digest.make, digest.SWEEP)

    def _wake(self, session: Session, now: datetime) -> int:
        return reminders.wake(session, now, self.channels)

    def learn_zones(self) -> int:
        """Ask Slack where people live; return how many were asked about."""
        with self.sessions.read() as session:
            people = zones.to_read(session, self.clock(), self.channels.admins)
        for user_id in people:
            try:
                zone = self.directory.time_zone(user_id)
            except Rejected:
                zone = None  # somebody who left, or whom the bot may not see
            except LastsyncError as error:
                log.warning("Slack did not say where people live: %s", error.sentence)
                break
            with self.sessions.write() as session:
                zones.keep(session, self.clock(), user_id, zone)
        return len(people)

    def _all(self, job: Callable[[Session, datetime], int], sweep: int) -> int:
        done = 0
        for _ in range(MOST_BATCHES):
            with self.sessions.write() as session:
                found = job(session, self.clock())
            done += found
            if found < sweep:
                break
        return done
