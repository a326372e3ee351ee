"""Whether the systems that Lastsync reads and writes can be reached: told to the operators when not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services import streams
from services import streams as readings
from services.alerts.lifecycle import AlertCard, Audience, Cause, close_alert, raise_alert, told
from services.store.alerts import Alert, Closing, Kind, Level
from services.store.base import UTCDateTime
from services.store.exchange import Reading

EXCHANGE = "exchange"


PATIENCE = timedelta(minutes=5)  # a hiccup is none of the operators' business


@dataclass(frozen=True, kw_only=True)
class UnreachableCard(AlertCard):
    """`what` cannot be reached: exchange, hr or benefits. Its data is as of `as_of`."""

    template: ClassVar[str] = "alerts/unreachable"
    what: str
    since: datetime
    reason: str | None
    as_of: datetime | None


def watch(session: Session, now: datetime) -> int:
    """Open or close the alerts of what cannot be reached; return how many are down."""
    oldest = func.min(Reading.failing_since, type_=UTCDateTime())
    query = select(Reading.stream, oldest).where(Reading.failing_since.is_not(None)).group_by(Reading.stream)
    failing: dict[str, datetime] = {}
    for stream, since in session.execute(query):
        if since is not None:
            failing[_side(stream)] = min(since, failing.get(_side(stream), since))
    down = {side for side, since in failing.items() if since <= now - PATIENCE}
    open_ones = Alert.kind == Kind.UNREACHABLE, Alert.closed_at.is_(None)
    told = set(session.scalars(select(Alert.cause).where(*open_ones)))
    for side in sorted(down - told):
        detail = {"since": failing[side].isoformat()}
        raise_alert(session, now, Cause(Kind.UNREACHABLE, side, Level.DOWN, detail=detail))
    close_alert(session, now, Kind.UNREACHABLE, sorted(told - failing.keys()), Closing.RECOVERED)
    return len(down)


def _side(stream: str) -> str:
    return EXCHANGE if stream in streams.STREAMS else stream


def read_card(session: Session, alert: Alert, now: datetime, audience: Audience) -> UnreachableCard:
    del now
    streams = readings.STREAMS if alert.cause == EXCHANGE else (alert.cause,)
    found = session.scalars(select(Reading).where(Reading.stream.in_(streams))).all()
    reason = next((each.failure for each in found if each.failing_since and each.failure), None)
    # Kept with the alert: once all of it answers again, no reading tells since when it did not.
    said = (alert.detail or {}).get("since")
    since = datetime.fromisoformat(said) if said else alert.opened_at
    return UnreachableCard(
        **told(session, alert, audience.mention, since),
        what=alert.cause,
        since=since,
        reason=reason,
        as_of=min((each.read_at for each in found if each.read_at), default=None),
    )
