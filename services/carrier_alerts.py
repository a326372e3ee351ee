"""When most of a carrier's Active integrations are late, it is the carrier: one alert, not one for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services import readings
from services.alerts import Cause, Kind, Level, close, close_alert, raise_alert
from services.base import UTCDateTime
from services.models import Alert, Carrier, Integration

LEAST = 3  # late integrations; fewer are told of one by one


@dataclass(frozen=True)
class _Lateness:
    """Of a carrier's Active integrations: how many are late and lost, and whether that is most of them."""

    late: int
    lost: int
    since: datetime | None
    most: bool


def follow(session: Session, now: datetime, as_of: datetime, carrier_ids: Collection[int]) -> set[int]:
    """Open, show anew or close the alerts of these carriers; return the carriers that have one now."""
    # Two replicas that count the same carrier at once would each miss what the other has not committed yet.
    locked = select(Carrier.id).where(Carrier.id.in_(carrier_ids)).order_by(Carrier.id)
    session.execute(locked.with_for_update(key_share=True))
    return {each for each in sorted(carrier_ids) if _follow_one(session, now, as_of, each)}


def follow_open(session: Session, now: datetime, integration_ids: Collection[int]) -> None:
    """The same for the carriers of these integrations that have an alert: maybe it is over."""
    carriers = select(Integration.carrier_id).where(Integration.id.in_(integration_ids))
    query = select(Alert.carrier_id).where(Alert.kind == Kind.CARRIER, Alert.closed_at.is_(None))
    found = {each for each in session.scalars(query.where(Alert.carrier_id.in_(carriers))) if each}
    if found:
        read_at = readings.read_at(session, readings.SYNCS)
        follow(session, now, min(now, read_at) if read_at else now, found)


def _follow_one(session: Session, now: datetime, as_of: datetime, carrier_id: int) -> bool:
    found = _lateness(session, carrier_id, as_of)
    if found.most:
        _open(session, now, carrier_id, found)
        return True
    if close_alert(session, now, Kind.CARRIER, [_cause(carrier_id)], "synced"):
        _unfold(session, carrier_id, as_of)
    return False


def _open(session: Session, now: datetime, carrier_id: int, found: _Lateness) -> None:
    level = Level.LOST if 2 * found.lost >= found.late else Level.LATE
    cause = Cause(Kind.CARRIER, _cause(carrier_id), level, carrier_id=carrier_id)
    alert_id = raise_alert(session, now, cause)
    since = Alert.expected_at.is_(None)
    session.execute(update(Alert).where(Alert.id == alert_id, since).values(expected_at=found.since))
    single = update(Alert).where(
        Alert.kind == Kind.LAST_SYNC, Alert.carrier_id == carrier_id, Alert.closed_at.is_(None)
    )
    close(session, now, single, "folded")


def _unfold(session: Session, carrier_id: int, as_of: datetime) -> None:
    """Those that are late all the same are looked at again, and get alerts of their own."""
    late = Integration.carrier_id == carrier_id, Integration.due_at <= as_of
    session.execute(update(Integration).where(*late).values(watch_at=Integration.due_at))


def _lateness(session: Session, carrier_id: int, as_of: datetime) -> _Lateness:
    """Counts no more of those that are on time than it takes: a carrier may have a hundred thousand."""
    here = Integration.carrier_id == carrier_id
    counts = select(
        func.count(),
        func.count().filter(Integration.lost_at <= as_of),
        func.min(Integration.due_at, type_=UTCDateTime()),
    )
    late, lost, since = session.execute(counts.where(here, Integration.due_at <= as_of)).one()
    if late < LEAST:
        return _Lateness(late, lost, since, most=False)
    on_time = select(Integration.id).where(here, Integration.due_at > as_of).limit(late + 1).subquery()
    others = session.scalar(select(func.count()).select_from(on_time)) or 0
    return _Lateness(late, lost, since, most=others <= late)


def _cause(carrier_id: int) -> str:
    return f"carrier:{carrier_id}"
