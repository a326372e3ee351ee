"""An integration that is later than its cadence allows: late, then lost. A clock brings it.

`watch_at` says when each integration must be looked at next, so the job is one range scan over what is due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.alerts import carrier, pending, timeline
from services.alerts.lifecycle import AlertCard, Audience, opened, raise_level, show, told
from services.alerts.timeline import What
from services.integrations import expected as expectations
from services.ports import Status
from services.store.alerts import Alert, Closing, Kind, Level, Mute
from services.store.base import insert_into
from services.store.exchange import Integration, Sync

SWEEP = 500


_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class LateCard(AlertCard):
    """An integration that did not sync when it should have.

    `level`: late or lost. `expected_at` is when the missing sync was late, `lost_at` when it is lost.
    `habit` reads "every working day around 06:00". `last_sync_at` is None when it never synced.
    `first`: before this one it had not synced since `active_at`. `muted`: nothing more is posted about it.
    Once closed, `closed_because` is synced, pending, disabled, folded (the carrier's card tells it now) or
    expected_later (its cadence was set anew), and `lasted` says how long it was late.
    """

    template: ClassVar[str] = "alerts/late"
    integration_id: int
    employer: str
    carrier: str
    plan_name: str
    plan_type: str
    status: str
    last_sync_at: datetime | None
    expected_at: datetime | None
    lost_at: datetime | None
    habit: str
    active_at: datetime | None = None
    first: bool = False
    muted: bool = False


def find_late(session: Session, now: datetime, as_of: datetime) -> int:
    """Open or raise the alerts of up to `SWEEP` integrations; return how many were looked at.

    `as_of` is when the syncs were last read completely. Of later nothing can be said: while the exchange does
    not answer, or is being caught up with, no carrier is called late.
    """
    watched = select(Integration).where(Integration.watch_at <= as_of).order_by(Integration.watch_at)
    watched = watched.limit(SWEEP).with_for_update(skip_locked=True)
    found = session.scalars(watched).all()
    if not found:
        return 0
    active = [each for each in found if each.status == Status.ACTIVE]
    if active:
        _find_late(session, now, as_of, active)
    waiting = [each for each in found if each.status == Status.PENDING]
    if waiting:
        pending.find(session, now, as_of, waiting)
    session.flush()
    return len(found)


def follow_integrations(session: Session, now: datetime, ids: Collection[int]) -> None:
    """Close the alerts of those that synced, or whose status moved; show the others as they are now."""
    carriers = select(Integration.carrier_id).where(Integration.id.in_(ids)).distinct()
    carrier.lock(session, session.scalars(carriers).all())
    open_ones = select(Alert, Integration).join(Integration, Alert.integration_id == Integration.id)
    open_ones = open_ones.where(
        Alert.integration_id.in_(ids),
        Alert.kind.in_((Kind.LAST_SYNC, Kind.PENDING)),
        Alert.closed_at.is_(None),
    )
    rows = session.execute(open_ones.order_by(Alert.id).with_for_update(of=Alert)).all()
    closed = {}
    for alert, integration in rows:
        alert.version += 1
        because = _over(alert, integration, now)
        if because:
            alert.closed_at, alert.closed_because, alert.wake_at = now, because, None
            closed[alert.id] = {"because": because}
        elif alert.kind == Kind.LAST_SYNC:
            alert.expected_at = integration.due_at
    session.flush()
    timeline.tell(session, now, What.CLOSED, closed)
    show(session, [alert.id for alert, _ in rows], now)
    carrier.follow_open(session, now, ids)


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> LateCard:
    integration = session.get_one(Integration, alert.integration_id)
    return LateCard(
        **told(session, alert, audience.mention),
        integration_id=integration.id,
        employer=integration.employer.name,
        carrier=integration.carrier.name,
        plan_name=integration.plan_name,
        plan_type=integration.plan_type,
        status=integration.status,
        last_sync_at=integration.last_sync_at,
        expected_at=alert.expected_at,
        lost_at=integration.lost_at,
        habit=_habit(session, integration, now),
        active_at=integration.active_at,
        first=_first(session, alert, integration),
        muted=session.get(Mute, integration.id) is not None,
    )


def _over(alert: Alert, integration: Integration, now: datetime) -> Closing | None:
    """Why the alert is over; None while it is not."""
    if alert.kind == Kind.PENDING:
        return None if integration.status == Status.PENDING else Closing(integration.status)
    if integration.due_at is not None and integration.due_at <= now:
        return None
    if integration.status != Status.ACTIVE:
        return Closing(integration.status)
    return Closing.EXPECTED_LATER if _last_sync(integration) == alert.detail else Closing.SYNCED


def _find_late(session: Session, now: datetime, as_of: datetime, found: Sequence[Integration]) -> None:
    carriers = {each.carrier_id for each in found}
    carrier.lock(session, carriers)
    covered = carrier.follow(session, now, as_of, carriers)
    single = [each for each in found if each.carrier_id not in covered]
    if single:
        insert = insert_into(session, Alert).on_conflict_do_nothing()
        session.execute(insert, [_last_sync_row(each, now, as_of) for each in single])
    lost = [each.id for each in single if _level(each, as_of) is Level.LOST]
    raise_level(session, now, Kind.LAST_SYNC, lost, (Level.LATE, Level.LOST), What.LOST)
    for each in found:
        each.watch_at = each.lost_at if each.lost_at and each.lost_at > as_of else None


def _last_sync_row(integration: Integration, now: datetime, as_of: datetime) -> dict[str, object]:
    return {
        **opened(Kind.LAST_SYNC, integration, now),
        "level": _level(integration, as_of),
        "expected_at": integration.due_at,
        "detail": _last_sync(integration),
    }


def _last_sync(integration: Integration) -> dict[str, str | None]:
    """Kept with the alert: when it is over, it tells whether a sync came or the cadence was set anew."""
    last = integration.last_sync_at
    return {"last_sync_at": last.isoformat() if last else None}


def _level(integration: Integration, as_of: datetime) -> Level:
    lost = integration.lost_at is not None and integration.lost_at <= as_of
    return Level.LOST if lost else Level.LATE


def _first(session: Session, alert: Alert, integration: Integration) -> bool:
    """Whether no sync had come since it is Active when the missing one was due."""
    until = alert.expected_at or alert.opened_at
    if integration.last_sync_at and (integration.active_at or _EVER) <= integration.last_sync_at < until:
        return False
    query = select(Sync.id).where(Sync.integration_id == integration.id, Sync.synced_at < until)
    if integration.active_at:
        query = query.where(Sync.synced_at >= integration.active_at)
    return session.scalar(query.limit(1)) is None


def _habit(session: Session, integration: Integration, now: datetime) -> str:
    expected = expectations.load(session, integration, now) or expectations.learned(session, integration, now)
    return expected.habit
