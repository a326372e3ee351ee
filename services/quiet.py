"""The hours in which a channel is left in peace: new posts wait for their end, edits go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.models import Subscription
from services.mornings import quiet_until


def held_until(session: Session, now: datetime, channels: Collection[str]) -> dict[str, datetime]:
    """Of these channels, those that are quiet now, with the moment until which they are."""
    query = select(Subscription).where(
        Subscription.channel_id.in_(channels), Subscription.quiet_from.is_not(None)
    )
    held: dict[str, datetime] = {}
    for each in session.scalars(query) if channels else ():
        until = end_of(each, now)
        if until is not None:
            held[each.channel_id] = max(until, held.get(each.channel_id, until))
    return held


def end_of(subscription: Subscription, now: datetime) -> datetime | None:
    """When the quiet hours of a subscription end; None while there are none."""
    begins, ends = subscription.quiet_from, subscription.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    return quiet_until(now, begins, ends, subscription.time_zone)
