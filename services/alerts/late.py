"""Alerts that a clock brings: a sync that is late or lost, an integration that is Pending for too long.

`watch_at` says when each integration must be looked at next, so the job is one range scan over what is due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import literal, select, update
from sqlalchemy.orm import Session

from services.alerts import carrier, timeline
from services.alerts.lifecycle import BLIND, lifted, show
from services.alerts.timeline import What
from services.integrations.pending import OVERDUE, REMIND, look_at
from services.ports import Status
from services.store.alerts import Alert, Kind, Level
from services.store.base import insert_into
from services.store.exchange import Integration

SWEEP = 500


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
    pending = [each for each in found if each.status == Status.PENDING]
    if pending:
        _find_pending(session, now, as_of, pending)
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


def _over(alert: Alert, integration: Integration, now: datetime) -> str | None:
    """Why the alert is over; None while it is not."""
    if alert.kind == Kind.PENDING:
        return None if integration.status == Status.PENDING else integration.status
    if integration.due_at is not None and integration.due_at <= now:
        return None
    if integration.status != Status.ACTIVE:
        return integration.status
    return "expected_later" if _last_sync(integration) == alert.detail else "synced"


def _find_late(session: Session, now: datetime, as_of: datetime, found: Sequence[Integration]) -> None:
    carriers = {each.carrier_id for each in found}
    carrier.lock(session, carriers)
    covered = carrier.follow(session, now, as_of, carriers)
    single = [each for each in found if each.carrier_id not in covered]
    if single:
        insert = insert_into(session, Alert).on_conflict_do_nothing()
        session.execute(insert, [_last_sync_row(each, now, as_of) for each in single])
    lost = [each.id for each in single if _level(each, as_of) is Level.LOST]
    _raise_level(session, now, Kind.LAST_SYNC, lost, (Level.LATE, Level.LOST), What.LOST)
    for each in found:
        each.watch_at = each.lost_at if each.lost_at and each.lost_at > as_of else None


def _find_pending(session: Session, now: datetime, as_of: datetime, found: Sequence[Integration]) -> None:
    due = [each for each in found if each.configured_at and each.configured_at + REMIND <= as_of]
    if due:
        insert = insert_into(session, Alert).on_conflict_do_nothing()
        session.execute(insert, [_pending_row(each, now, as_of) for each in due])
    overdue = [each.id for each in due if _pending_level(each, as_of) is Level.OVERDUE]
    _raise_level(session, now, Kind.PENDING, overdue, (Level.WAITING, Level.OVERDUE), What.OVERDUE)
    for each in found:
        each.watch_at = look_at(each, as_of)


def _raise_level(  # noqa: PLR0917
    session: Session,
    now: datetime,
    kind: Kind,
    ids: Sequence[int],
    levels: tuple[Level, Level],
    what: What,
) -> None:
    """From the first level to the second. Whoever acknowledged the first did not know of the second."""
    if not ids:
        return
    below, above = levels
    raised = update(Alert).where(
        Alert.integration_id.in_(ids), Alert.kind == kind, Alert.closed_at.is_(None), Alert.level == below
    )
    raised = raised.values(level=above, version=Alert.version + 1, **lifted(literal(1)))
    found = list(session.scalars(raised.returning(Alert.id), execution_options=BLIND))
    timeline.tell(session, now, what, {each: {} for each in found})
    show(session, found, now)


def _last_sync_row(integration: Integration, now: datetime, as_of: datetime) -> dict[str, object]:
    return {
        **_row(Kind.LAST_SYNC, integration, now),
        "level": _level(integration, as_of),
        "expected_at": integration.due_at,
        "detail": _last_sync(integration),
    }


def _last_sync(integration: Integration) -> dict[str, str | None]:
    """Kept with the alert: when it is over, it tells whether a sync came or the rhythm was set anew."""
    last = integration.last_sync_at
    return {"last_sync_at": last.isoformat() if last else None}


def _pending_row(integration: Integration, now: datetime, as_of: datetime) -> dict[str, object]:
    return {**_row(Kind.PENDING, integration, now), "level": _pending_level(integration, as_of)}


def _row(kind: Kind, integration: Integration, now: datetime) -> dict[str, object]:
    return {
        "kind": kind,
        "cause": f"integration:{integration.id}",
        "employer_id": integration.employer_id,
        "carrier_id": integration.carrier_id,
        "integration_id": integration.id,
        "opened_at": now,
    }


def _level(integration: Integration, as_of: datetime) -> Level:
    lost = integration.lost_at is not None and integration.lost_at <= as_of
    return Level.LOST if lost else Level.LATE


def _pending_level(integration: Integration, as_of: datetime) -> Level:
    since = integration.configured_at
    return Level.OVERDUE if since and since + OVERDUE <= as_of else Level.WAITING
