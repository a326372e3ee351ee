"""What is said again by the clock: a snooze that ends, Failures that nobody took in hand, a word to who did.

`Alert.wake_at` holds the moment, so the job is one range scan over what is due. Each is told once for its
day, whatever the number of replicas; a day on which nobody works is skipped.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import alert_facts, stories, zones
from services.alerts import Kind, show
from services.models import Alert, Mute
from services.mornings import DEFAULT_ZONE, NINE, next_working_at
from services.stories import What

SWEEP = 200
REMIND_AFTER = 2  # working days


def wake(session: Session, now: datetime) -> int:
    """Say again what is due; return how many alerts were looked at."""
    due = select(Alert).where(Alert.wake_at <= now).order_by(Alert.wake_at, Alert.id).limit(SWEEP)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    for alert in found:
        _wake(session, now, alert)
    session.flush()
    return len(found)


def _wake(session: Session, now: datetime, alert: Alert) -> None:
    if alert.snoozed_until is not None:
        alert.snoozed_until = alert.snoozed_by = None
        alert.version += 1
        session.flush()
        if not _is_muted(session, alert):
            stories.tell(session, now, What.WOKE, {alert.id: {}})
        show(session, [alert.id], now)
    elif alert.acknowledged_by is not None:
        _tell_today(session, now, alert, What.REMINDED)
    elif _waits_for_us(session, now, alert):
        _tell_today(session, now, alert, What.REPEATED)
    alert.wake_at = _next(session, now, alert)


def _tell_today(session: Session, now: datetime, alert: Alert, what: What) -> None:
    day = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    stories.tell(session, now, what, {alert.id: {}}, by=alert.acknowledged_by, slot=day.isoformat())


def _waits_for_us(session: Session, now: datetime, alert: Alert) -> bool:
    return alert.kind == Kind.FAILURES and alert_facts.failures(session, alert, now, None).total > 0


def _next(session: Session, now: datetime, alert: Alert) -> datetime | None:
    if alert.closed_at is not None:
        return None
    if alert.acknowledged_by is not None:
        return next_working_at(now, NINE, zones.of(session, alert.acknowledged_by), REMIND_AFTER)
    return next_working_at(now, NINE, DEFAULT_ZONE) if alert.kind == Kind.FAILURES else None


def _is_muted(session: Session, alert: Alert) -> bool:
    return alert.integration_id is not None and session.get(Mute, alert.integration_id) is not None
