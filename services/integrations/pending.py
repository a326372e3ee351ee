"""How long an integration may be Pending before somebody is reminded of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.ports import Status
from services.status.verdicts import PENDING_DAYS
from services.store.exchange import Integration

REMIND = timedelta(days=45)
OVERDUE = timedelta(days=PENDING_DAYS)


def look_at(integration: Integration, after: datetime | None = None) -> datetime | None:
    """When a Pending integration must be looked at: for the first time, or next `after` a moment."""
    since = integration.configured_at
    if integration.status != Status.PENDING or since is None:
        return None
    moments = (since + REMIND, since + OVERDUE)
    return moments[0] if after is None else next((when for when in moments if when > after), None)
