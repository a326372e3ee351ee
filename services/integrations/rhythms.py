"""What is known of integrations' syncs, remembered: what is the same as before is not read or learnt again.

What to expect is stored with an integration. It is learnt here only for one that shows no cadence yet.

Syncs are only ever added, and pruned long after they matter: how many there are since when, and which is the
newest, tells whether those that are remembered are all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.orm import Session

from services import words
from services.cadence import expectation
from services.cadence.expectation import Expectation, Window
from services.integrations.expected import windows_of
from services.integrations.listing import IntegrationRow
from services.ports import Status
from services.store.base import UTCDateTime, read
from services.store.exchange import Sync

WINDOW = timedelta(days=100)  # up to the last sync: what a habit is read from
MOST = 2000  # integrations remembered: a few kilobytes each

Mark = tuple[object, ...]


@dataclass(frozen=True)
class Rhythm:
    """Syncs, the oldest first, and what to expect: nothing of an integration that is not Active."""

    syncs: tuple[datetime, ...] = ()
    expectation: Expectation | None = None


@dataclass(frozen=True)
class _Kept:
    mark: Mark
    rhythm: Rhythm
    learnt_at: datetime

    def expects(self, row: IntegrationRow, now: datetime) -> bool:
        """Whether the expectation still is the same."""
        expected = self.rhythm.expectation
        if expected is None or expected.until is None:
            return row.status is not Status.ACTIVE
        begun = row.active_at is None or row.active_at <= self.learnt_at
        return begun and self.learnt_at <= now < expected.until


_stores: WeakKeyDictionary[Engine | Connection, dict[int, _Kept]] = WeakKeyDictionary()


def load(session: Session, rows: Sequence[IntegrationRow], now: datetime) -> dict[int, Rhythm]:
    last = [row.last_sync_at for row in rows if row.last_sync_at]
    if not last:
        return {row.id: Rhythm((), expect(row, (), now)) for row in rows}
    kept = _stores.setdefault(session.get_bind(), {})
    since = min(last) - WINDOW
    marks = _marks(session, rows, since)
    same = {row.id: each for row in rows if (each := kept.get(row.id)) and each.mark == marks.get(row.id)}
    syncs = _syncs(session, marks.keys() - same.keys(), since)
    windows = _windows(session, rows, now)
    told = partial(_rhythm, kept, now)
    return {
        row.id: told(row, windows, same.get(row.id), syncs.get(row.id, ()), marks.get(row.id)) for row in rows
    }


def expectations(
    session: Session, rows: Sequence[IntegrationRow], now: datetime
) -> dict[int, Expectation | None]:
    """What to expect of Active integrations, from what is stored of them: few need their syncs read."""
    windows = _windows(session, rows, now)
    stored = {row.id: _stored(row, windows[row.carrier.id], now) for row in rows}
    rest = load(session, [row for row in rows if stored[row.id] is None], now)
    return stored | {each: rhythm.expectation for each, rhythm in rest.items()}


def expect(
    row: IntegrationRow, known: Sequence[datetime], now: datetime, windows: Sequence[Window] = ()
) -> Expectation | None:
    """What to expect of an Active integration; nothing of the others, which send nothing."""
    if row.status is not Status.ACTIVE:
        return None
    learnt = expectation.expect(known, time_zone=row.time_zone, active_at=row.active_at, now=now)
    return _stored(row, windows, now) or learnt


def _stored(row: IntegrationRow, windows: Sequence[Window], now: datetime) -> Expectation | None:
    """What was computed when the last sync arrived, or when a cadence was set, moved on to this moment."""
    last = row.last_sync_at
    if row.cadence is None or last is None or expectation.before_active(last, row.active_at, now):
        return None
    cadence, zone = expectation.load(row.cadence), words.zone(row.time_zone)
    expected = expectation.foresee(cadence, last, zone=zone, now=now, windows=windows)
    return replace(expected, due_at=row.due_at, lost_at=row.lost_at)


def _windows(session: Session, rows: Sequence[IntegrationRow], now: datetime) -> Mapping[int, list[Window]]:
    carriers = {row.carrier.id for row in rows if row.cadence}
    return windows_of(session, carriers, now) if carriers else defaultdict(list)


def _rhythm(
    kept: dict[int, _Kept],
    now: datetime,
    row: IntegrationRow,
    windows: Mapping[int, list[Window]],
    before: _Kept | None,
    read_now: Sequence[datetime],
    mark: Mark | None,
) -> Rhythm:
    if before and before.expects(row, now):
        return before.rhythm
    syncs = before.rhythm.syncs if before else tuple(read_now)
    rhythm = Rhythm(syncs, expect(row, syncs, now, windows[row.carrier.id]))
    if mark:
        if len(kept) >= MOST:
            kept.clear()
        kept[row.id] = _Kept(mark, rhythm, now)
    return rhythm


def _marks(session: Session, rows: Sequence[IntegrationRow], since: datetime) -> Mapping[int, Mark]:
    own = {row.id: (since, row.status, row.time_zone, row.active_at, row.due_at, row.cadence) for row in rows}
    counted = read(session, _COUNTED, ids=list(own), since=since)
    return {each: (number, newest, *own[each]) for each, number, newest in counted}


def _syncs(session: Session, ids: Iterable[int], since: datetime) -> Mapping[int, Sequence[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    if wanted := list(ids):
        for integration_id, synced_at in read(session, _TIMES, ids=wanted, since=since):
            found[integration_id].append(synced_at)
    return found


_THEIRS = (
    Sync.integration_id.in_(bindparam("ids", expanding=True)),
    Sync.synced_at >= bindparam("since", type_=UTCDateTime()),
)
_COUNTED = (
    select(Sync.integration_id, func.count(), func.max(Sync.synced_at))
    .where(*_THEIRS)
    .group_by(Sync.integration_id)
)
_TIMES = select(Sync.integration_id, Sync.synced_at).where(*_THEIRS).order_by(Sync.synced_at)
