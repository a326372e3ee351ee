"""How long an integration may be Pending before somebody is reminded of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.ports import Status
from services.store.exchange import Integration

PENDING_DAYS = 60
"""Most integrations become Active within so many days of being turned on."""
REMIND = timedelta(days=45)
OVERDUE = timedelta(days=PENDING_DAYS)


def look_at(integration: Integration, after: datetime | None = None) -> datetime | None:
    """When a Pending integration must be looked at: for the first time, or next `after` a moment."""
    since = integration.configured_at
    if integration.status != Status.PENDING or since is None:
        return None
    moments = (since + REMIND, since + OVERDUE)
    return moments[0] if after is None else next((when for when in moments if when > after), None)


def pending_days(configured_at: datetime | None, now: datetime) -> int:
    """Whole days since it was turned on; 0 where the exchange does not say since when."""
    return max((now - configured_at).days, 0) if configured_at else 0
