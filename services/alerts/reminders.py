"""What is said again by the clock: a snooze that ends, Failures that nobody took in hand, a word to who did.

`Alert.wake_at` holds the moment, so the job is one range scan over what is due. Each is told once for its
day, whatever the number of replicas. On a day on which nobody works, and before nine, only a snooze ends:
what fell due while Lastsync was away waits for the morning.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.alerts import failures, timeline
from services.alerts.lifecycle import show
from services.alerts.timeline import What
from services.channels import routing
from services.channels.routing import Channels
from services.people import zones
from services.store.alerts import Alert, AlertEvent, Kind, Mute
from services.times import DEFAULT_ZONE, NINE, has_come, morning_after, next_working_at

SWEEP = 200
REMIND_AFTER = 2  # working days
MOST_ALOUD = 5  # of a kind and a day; the others stand in their threads, and all of them in the digest


def wake(session: Session, now: datetime, channels: Channels) -> int:
    """Say again what is due; return how many alerts were looked at."""
    due = select(Alert).where(Alert.wake_at <= now).order_by(Alert.wake_at, Alert.id).limit(SWEEP)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    for alert in found:
        _wake(session, now, alert, channels)
    session.flush()
    return len(found)


def _wake(session: Session, now: datetime, alert: Alert, channels: Channels) -> None:
    if alert.snoozed_until is not None:
        _end_snooze(session, now, alert, channels)
    elif alert.acknowledged_by is not None:
        zone = zones.zone_of(session, alert.acknowledged_by)
        if not has_come(now, NINE, zone):
            alert.wake_at = next_working_at(now, NINE, zone)
            return
        if not _is_muted(session, alert):
            _tell_today(session, now, alert, What.REMINDED, channels)
    elif alert.kind == Kind.FAILURES:
        if not has_come(now, NINE, DEFAULT_ZONE):
            alert.wake_at = next_working_at(now, NINE, DEFAULT_ZONE)
            return
        if failures.read_card(session, alert, now).total:
            _tell_today(session, now, alert, What.REPEATED, channels)
    alert.wake_at = _next(session, now, alert)


def _end_snooze(session: Session, now: datetime, alert: Alert, channels: Channels) -> None:
    alert.snoozed_until = alert.snoozed_by = None
    alert.version += 1
    session.flush()
    if not _is_muted(session, alert):
        timeline.tell(
            session,
            now,
            What.WOKE,
            {alert.id: {}},
            broadcast_at=routing.open_at(session, now, channels, alert),
        )
    show(session, [alert.id], now)


def _tell_today(session: Session, now: datetime, alert: Alert, what: What, channels: Channels) -> None:
    day = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    said = select(func.count()).where(AlertEvent.what == what, AlertEvent.slot == day.isoformat())
    enough = (session.scalar(said) or 0) >= MOST_ALOUD
    recipients = None if enough else routing.open_at(session, now, channels, alert)
    timeline.tell(
        session,
        now,
        what,
        {alert.id: {}},
        by=alert.acknowledged_by,
        slot=day.isoformat(),
        broadcast_at=recipients,
    )


def _next(session: Session, now: datetime, alert: Alert) -> datetime | None:
    if alert.acknowledged_by is not None:
        return morning_after(now, zones.zone_of(session, alert.acknowledged_by), REMIND_AFTER)
    return morning_after(now, DEFAULT_ZONE) if alert.kind == Kind.FAILURES else None


def _is_muted(session: Session, alert: Alert) -> bool:
    return alert.integration_id is not None and session.get(Mute, alert.integration_id) is not None
