"""What happened with an alert, step by step: a row each, and a reply in the thread of each of its cards.

A reply that is `broadcast` is shown in the channel too: it is how a snooze ends, and how what nobody took in
hand is said again. The card stays the one true message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.cards import cards
from services.store.alerts import AlertEvent, Card
from services.store.base import insert_into


class What(StrEnum):
    LOST = "lost"
    OVERDUE = "overdue"
    MORE = "more"
    BACK = "back"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    WOKE = "woke"
    REPEATED = "repeated"
    REMINDED = "reminded"
    MUTED = "muted"
    CLOSED = "closed"


BROADCAST = frozenset({What.WOKE, What.REPEATED, What.REMINDED})


_NOWHERE: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True)
class TimelineCard:
    """One step of an alert's story, for its thread. `detail` holds what the step's sentence needs."""

    template: ClassVar[str] = "alerts/timeline"
    event_id: int
    alert_id: int
    what: str
    kind: str
    employer: str | None
    carrier: str | None
    by: str | None
    at: datetime
    broadcast: bool
    detail: Mapping[str, Any]
    total: int = 0
    mention: str | None = None


def tell(
    session: Session,
    now: datetime,
    what: What,
    details: Mapping[int, dict[str, Any]],
    *,
    by: str | None = None,
    slot: str | None = None,
    broadcast_at: Mapping[str, datetime] | None = _NOWHERE,
) -> None:
    """Add a step to each alert's story. `details` are by alert id; the same `slot` twice is told once.

    What is told aloud is told in the channels of `broadcast_at`, from these moments on, and in no other. With
    None it is told in the threads alone.
    """
    rows = [
        {
            "alert_id": alert_id,
            "at": now,
            "what": what,
            "slot": slot or now.isoformat(),
            "by": by,
            "detail": detail,
        }
        for alert_id, detail in sorted(details.items())
    ]
    if not rows:
        return
    insert = insert_into(session, AlertEvent).on_conflict_do_nothing()
    told = session.execute(insert.returning(AlertEvent.id, AlertEvent.alert_id), rows).all()
    events = {alert_id: event_id for event_id, alert_id in told}
    _reply(session, now, events, broadcast_at if what in BROADCAST else None)


def _reply(
    session: Session, now: datetime, events: Mapping[int, int], broadcast_at: Mapping[str, datetime] | None
) -> None:
    """Under the cards that stand in a channel. What was not posted yet will tell all of it by itself."""
    subjects = {cards.of_alert(alert_id): event_id for alert_id, event_id in events.items()}
    posted = select(Card.id, Card.channel_id, Card.subject)
    posted = posted.where(Card.subject.in_(subjects), or_(Card.ts.is_not(None), Card.doubtful))
    replies = (
        cards.Reply(cards.of_event(subjects[subject]), channel, card_id, (broadcast_at or {}).get(channel))
        for card_id, channel, subject in session.execute(posted.order_by(Card.id)).all()
        if broadcast_at is None or channel in broadcast_at
    )
    cards.reply_all(session, replies, now, broadcast=broadcast_at is not None)


def steps(session: Session, alert_ids: Iterable[int]) -> list[AlertEvent]:
    """The story of these alerts, the oldest step first."""
    query = select(AlertEvent).where(AlertEvent.alert_id.in_(list(alert_ids))).order_by(AlertEvent.id)
    return list(session.scalars(query))
