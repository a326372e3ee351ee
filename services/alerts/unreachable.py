"""Whether the systems that Lastsync reads and writes can be reached: told to the operators when not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services import streams
from services.alerts.lifecycle import Cause, close_alert, raise_alert
from services.alerts.news_facts import EXCHANGE
from services.store.alerts import Alert, Kind, Level
from services.store.base import UTCDateTime
from services.store.exchange import Reading

PATIENCE = timedelta(minutes=5)  # a hiccup is none of the operators' business


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
    close_alert(session, now, Kind.UNREACHABLE, sorted(told - failing.keys()), "recovered")
    return len(down)


def _side(stream: str) -> str:
    return EXCHANGE if stream in streams.STREAMS else stream
