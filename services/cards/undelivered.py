"""What operators are told of a card that could not be shown: which, where and why, not what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from services.store.alerts import Card


@dataclass(frozen=True)
class UndeliveredCard:
    """`subject` is `alert:7`; `failure` is Slack's code or the kind of the error. None once it is shown."""

    template: ClassVar[str] = "alerts/undelivered"
    card_id: int
    subject: str
    channel_id: str
    since: datetime
    failure: str | None


def read_card(session: Session, card_id: int, notice: Card, now: datetime) -> UndeliveredCard | None:
    """None when the card was shown before anybody was told that it was not."""
    del now
    card = session.get(Card, card_id)
    if card is None or (card.shown >= card.wanted and not notice.may_show):
        return None
    failure = card.failure if card.shown < card.wanted else None
    return UndeliveredCard(card.id, card.subject, card.channel_id, card.wanted_at, failure)
