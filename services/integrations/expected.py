"""What is expected of integrations: computed from their syncs and what people set, and stored with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services import words
from services.cadence import expectation, override
from services.cadence.expectation import NOTHING, Cadence, Expectation, Source, Window
from services.integrations import pending
from services.ports import Status
from services.store.base import UTCDateTime
from services.store.exchange import CadenceOverride, Carrier, Integration, MaintenanceWindow, Sync

_SURE = 0.7  # enough to go by for the carrier's other integrations
_HOUR = timedelta(hours=1)

Overrides = tuple[dict[int, Cadence], dict[int, Cadence]]
"""By integration, and by carrier."""


def compute(
    session: Session, now: datetime, found: Sequence[Integration], last: Mapping[int, datetime]
) -> None:
    """Set what is expected of these integrations, whose last syncs are `last`, and teach their carriers."""
    active = [each for each in found if each.status == Status.ACTIVE]
    history = _history(session, {each.id: last[each.id] for each in active if each.id in last})
    own, carriers = _overrides(session, active)
    windows = windows_of(session, {each.carrier_id for each in active}, now)
    expected = {
        each.id: expectation.expect(
            history[each.id],
            time_zone=each.carrier.time_zone,
            active_at=each.active_at,
            now=now,
            carrier=expectation.load(each.carrier.cadence) if each.carrier.cadence else None,
            override=own.get(each.id) or carriers.get(each.carrier_id),
            windows=windows[each.carrier_id],
        )
        for each in active
    }
    for each in found:
        _set(each, expected.get(each.id, NOTHING))
    _teach(session, active, expected)


def load(session: Session, integration: Integration, now: datetime) -> Expectation | None:
    """What is stored, as it is at this moment: no history is read. None of those that are not Active."""
    if integration.status != Status.ACTIVE:
        return None
    stored = Expectation(None, integration.due_at, integration.lost_at, expectation.UNKNOWN)
    if integration.cadence is None or integration.last_sync_at is None:
        return stored
    foreseen = expectation.foresee(
        expectation.load(integration.cadence),
        integration.last_sync_at,
        zone=words.zone(integration.carrier.time_zone),
        now=now,
        windows=windows_of(session, {integration.carrier_id}, now)[integration.carrier_id],
    )
    return replace(foreseen, due_at=stored.due_at, lost_at=stored.lost_at)


def learned(session: Session, integration: Integration, now: datetime) -> Expectation:
    """What its own syncs show, whatever a person set."""
    last = newest_syncs(session, [integration.id])
    return expectation.expect(
        _history(session, last)[integration.id],
        time_zone=integration.carrier.time_zone,
        active_at=integration.active_at,
        now=now,
    )


def windows_of(
    session: Session, carrier_ids: Collection[int], now: datetime
) -> defaultdict[int, list[Window]]:
    """The maintenance windows that may still matter: a run missed in an older one is long excused."""
    query = select(MaintenanceWindow).where(
        MaintenanceWindow.carrier_id.in_(carrier_ids), MaintenanceWindow.ends_at > now - expectation.HISTORY
    )
    windows: defaultdict[int, list[Window]] = defaultdict(list)
    for each in session.scalars(query):
        windows[each.carrier_id].append((each.begins_at, each.ends_at))
    return windows


def _set(integration: Integration, expected: Expectation) -> None:
    integration.next_at, integration.due_at, integration.lost_at = (
        expected.next_at,
        expected.due_at,
        expected.lost_at,
    )
    integration.watch_at = expected.due_at or pending.look_at(integration)
    integration.cadence = expectation.dump(expected.cadence) if expected.cadence else None


def _overrides(session: Session, active: Sequence[Integration]) -> Overrides:
    it = CadenceOverride
    ids, carriers = {each.id for each in active}, {each.carrier_id for each in active}
    rows = session.scalars(select(it).where(it.integration_id.in_(ids) | it.carrier_id.in_(carriers))).all()
    told = [(each, override.load(each.choice).cadence()) for each in rows]
    return (
        {each.integration_id: cadence for each, cadence in told if each.integration_id},
        {each.carrier_id: cadence for each, cadence in told if each.carrier_id},
    )


def _history(session: Session, last: Mapping[int, datetime]) -> defaultdict[int, list[datetime]]:
    """Of those that sync seldom, further back: a monthly carrier shows little in `HISTORY`."""
    history = _syncs(session, last, expectation.HISTORY)
    seldom = {each: at for each, at in last.items() if _recent(history[each], at) < expectation.MANY}
    history.update(_syncs(session, seldom, expectation.LONG_HISTORY))
    return history


def _recent(syncs: Sequence[datetime], last: datetime) -> int:
    return sum(last - sync <= expectation.HISTORY for sync in syncs)


def _syncs(
    session: Session, last: Mapping[int, datetime], length: timedelta
) -> defaultdict[int, list[datetime]]:
    history: defaultdict[int, list[datetime]] = defaultdict(list)
    if last:
        query = select(Sync.integration_id, Sync.synced_at)
        since = min(last.values()) - length
        query = query.where(Sync.integration_id.in_(last), Sync.synced_at >= since)
        for each, at in session.execute(query):
            history[each].append(at)
    return history


def newest_syncs(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    newest = func.max(Sync.synced_at, type_=UTCDateTime())
    query = select(Sync.integration_id, newest).where(Sync.integration_id.in_(ids))
    return dict(session.execute(query.group_by(Sync.integration_id)).all())


def _teach(session: Session, active: Sequence[Integration], expected: Mapping[int, Expectation]) -> None:
    """Keep, for the carrier's young integrations, what most of these show.

    It is a hint: a carrier that somebody else has locked is left as it is, so nobody waits in a circle.
    """
    shown: defaultdict[int, list[Cadence]] = defaultdict(list)
    for each in active:
        known = expected[each.id].cadence
        if known and known.source is Source.HISTORY and known.sure >= _SURE:
            shown[each.carrier_id].append(known)
    carriers = {each.carrier_id: each.carrier for each in active}
    news = {
        carrier_id: usual
        for carrier_id, cadences in shown.items()
        if _differs(carriers[carrier_id].cadence, usual := _usual(cadences))
    }
    if not news:
        return
    free = select(Carrier.id).where(Carrier.id.in_(news)).with_for_update(skip_locked=True)
    for carrier_id in session.scalars(free).all():
        carriers[carrier_id].cadence = expectation.dump(news[carrier_id])


def _usual(cadences: Sequence[Cadence]) -> Cadence:
    habits = Counter(each.rhythm.habit for each in cadences)
    habit, _ = habits.most_common(1)[0]
    return max((each for each in cadences if each.rhythm.habit == habit), key=lambda each: each.sure)


def _differs(stored: dict[str, object] | None, usual: Cadence) -> bool:
    if stored is None:
        return True
    known = expectation.load(stored)
    moved = abs(known.times.usual - usual.times.usual) > _HOUR
    return moved or known.rhythm.habit != usual.rhythm.habit
