"""The hours in which a channel is left in peace: new posts wait for their end, edits go on."""

from __future__ import annotations

from datetime import datetime

from services.store.alerts import Subscription
from services.times import quiet_until


def end_of(subscription: Subscription, now: datetime) -> datetime | None:
    """When the quiet hours of a subscription end; None while there are none."""
    begins, ends = subscription.quiet_from, subscription.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    return quiet_until(now, begins, ends, subscription.time_zone)
