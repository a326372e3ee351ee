"""The work that happens by itself. Every replica runs every job; what is done once is claimed in the store.

No job holds a transaction while it talks to the outside. Each may be killed anywhere and run again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services import streams
from services.alerts import late
from services.channels import routing
from services.channels.routing import Channels
from services.desk import Clock, Sessions
from services.errors import LastsyncError
from services.intake.integrations import take_integrations
from services.intake.messages import take_messages
from services.intake.syncs import take_syncs
from services.messages import clearing
from services.ports import Exchange, Page
from services.status import cadence_settings
from services.store.employees import Selection
from services.store.exchange import SetAsideItem, Sync
from services.store.people import Seen

PART = 500
BATCH = 1000
MOST_BATCHES = 50
KEEP_SEEN = timedelta(days=2)
KEEP_SYNCS = timedelta(days=400)
KEEP_SET_ASIDE = timedelta(days=90)
# So many of a stream, and that part of it: one bad item stops nothing, but a stream of them tells nothing.
MANY_UNREADABLE, NEARLY_ALL = 20, 0.9
_UNREADABLE = "What the exchange sends cannot be taken in. The log of Lastsync says more."

Item = TypeVar("Item")
Take = Callable[[Session, datetime, Page[Item]], None]
Read = Callable[[datetime | None], Iterator[Page[Item]]]

log = logging.getLogger(__name__)


class Jobs:
    """Where `channels` name no channel and nobody subscribed one, alerts are opened and posted nowhere.

    `settling` is how long after a sync the carrier may still send a message again.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        exchange: Exchange,
        *,
        channels: Channels,
        settling: timedelta,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._exchange = exchange
        self._rooms = channels
        self._settling = settling

    def poll(self) -> int:
        """Read what is new at the exchange; return how many items. One failing stream stops no other."""
        return (
            self._read(streams.INTEGRATIONS, self._exchange.integrations, take_integrations)
            + self._read(streams.SYNCS, self._exchange.syncs, take_syncs)
            + self._read(streams.MESSAGES, self._exchange.messages, take_messages)
        )

    def freshness(self) -> int:
        """Find the integrations that became late or lost; return how many were looked at."""
        self._recompute()
        looked_at = 0
        for _ in range(MOST_BATCHES):
            with self._sessions.write() as session:
                now = self._clock()
                read_at = streams.read_at(session, streams.SYNCS)
                found = late.find_late(session, now, min(now, read_at)) if read_at else 0
                self._route(session, now)
            looked_at += found
            if found < late.SWEEP:
                break
        return looked_at

    def _recompute(self) -> None:
        """What is expected where a carrier's rhythm or its maintenance windows were set."""
        for _ in range(MOST_BATCHES):
            with self._sessions.write() as session:
                if not cadence_settings.recompute(session, self._clock()):
                    break

    def clear(self) -> int:
        """Clear the messages that the carriers did not send again; return how many."""
        cleared = 0
        for _ in range(MOST_BATCHES):
            with self._sessions.write() as session:
                found = clearing.clear(session, self._clock(), self._settling)
            cleared += found
            if found < clearing.SWEEP:
                break
        return cleared

    def prune(self) -> int:
        """Forget what is too old to matter, in batches that block nobody for long."""
        now = self._clock()
        return (
            self._forget(Seen.key, Seen.at < now - KEEP_SEEN)
            + self._forget(Sync.id, Sync.synced_at < now - KEEP_SYNCS)
            + self._forget(SetAsideItem.id, SetAsideItem.last_at < now - KEEP_SET_ASIDE)
            + self._forget(Selection.id, Selection.at < now - KEEP_SEEN)
        )

    def _read(self, stream: str, read: Read[Item], take: Take[Item]) -> int:
        started_at = self._clock()
        with self._sessions.write() as session:
            was = streams.since(session, stream)
        taken, to, unreadable = 0, was, Counter[str]()
        nameless = count(1)
        try:
            for each in read(was):
                page = _numbered(each, nameless)
                self._take(page, take)
                taken += len(page.items)
                unreadable.update(each.reason for each in page.set_aside)
                to = max(filter(None, (to, page.updated_to)), default=None)
        except LastsyncError as error:
            self._fail(stream, error.sentence)
        except Exception:
            # Whatever one stream holds, the others are read and the next tick tries again.
            log.exception("Reading %s failed", stream)
            self._fail(stream, _UNREADABLE)
        else:
            if nearly_all_unreadable(taken, unreadable):
                self._fail(stream, _what_is_unreadable(stream, taken, unreadable))
                return taken
            with self._sessions.write() as session:
                streams.advance(session, stream, started_at=started_at, was=was, to=to)
        return taken

    def _take(self, page: Page[Item], take: Take[Item]) -> None:
        for start in range(0, max(1, len(page.items)), PART):
            part = Page(page.items[start : start + PART], page.set_aside if start == 0 else [])
            with self._sessions.write() as session:
                now = self._clock()
                take(session, now, part)
                self._route(session, now)

    def _fail(self, stream: str, sentence: str) -> None:
        log.warning("Reading %s failed: %s", stream, sentence)
        with self._sessions.write() as session:
            streams.fail(session, stream, self._clock(), sentence)

    def _route(self, session: Session, now: datetime) -> None:
        routing.route(session, now, self._rooms)

    def _forget(self, key: InstrumentedAttribute[Any], old: ColumnElement[bool]) -> int:
        forgotten = 0
        for _ in range(MOST_BATCHES):
            with self._sessions.write() as session:
                ids = session.scalars(select(key).where(old).limit(BATCH)).all()
                session.execute(delete(key.class_).where(key.in_(ids)))
            forgotten += len(ids)
            if len(ids) < BATCH:
                break
        return forgotten


def nearly_all_unreadable(read: int, unreadable: Counter[str]) -> bool:
    """Whether a reading tells as good as nothing: it counts as none, and is repeated from where it began."""
    lost = unreadable.total()
    return lost >= MANY_UNREADABLE and lost >= NEARLY_ALL * (read + lost)


def _what_is_unreadable(stream: str, read: int, unreadable: Counter[str]) -> str:
    lost = unreadable.total()
    [(reason, times)] = unreadable.most_common(1)
    most = "all" if times == lost else f"{times:,}"
    return (
        f"{lost:,} of {read + lost:,} {stream} cannot be read. What is wrong with {most} of them: {reason}."
    )


def _numbered(page: Page[Item], nameless: Iterator[int]) -> Page[Item]:
    """What has no id gets its place in the reading for one: to read it again counts nothing twice."""
    named = [each.ref or f"{streams.NAMELESS}{next(nameless)}" for each in page.set_aside]
    aside = [replace(each, ref=ref) for each, ref in zip(page.set_aside, named, strict=True)]
    return replace(page, set_aside=aside)
