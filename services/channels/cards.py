"""What the cards about channels themselves tell: a sample, one that takes no posts, and an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cards import cards
from services.store.alerts import Card, Channel, Sample, Subscription


@dataclass(frozen=True)
class SampleCard:
    template: ClassVar[str] = "channels/sample"
    channel_id: str
    requested_by: str
    at: datetime


@dataclass(frozen=True)
class RouteCard:
    """A channel that takes no posts. `code` is Slack's word for why, None once it takes them again.

    `waiting` counts the cards that are not posted for it.
    """

    template: ClassVar[str] = "channels/route"
    channel_id: str
    code: str | None
    since: datetime | None
    subscriptions: int
    mended: bool
    waiting: int = 0


@dataclass(frozen=True)
class OfferCard:
    """The bot was invited to a channel, which may want to hear something."""

    template: ClassVar[str] = "channels/offer"
    channel_id: str


def of_sample(session: Session, sample_id: int) -> SampleCard | None:
    sample = session.get(Sample, sample_id)
    return SampleCard(sample.channel_id, sample.by, sample.at) if sample else None


def of_route(session: Session, about: str, card: Card) -> RouteCard | None:
    """None when the channel took posts again before anybody was told."""
    channel_id = about.partition("-")[0]
    channel = session.get(Channel, channel_id)
    told_at = channel.told_at if channel else None
    broken = told_at is not None and card.subject == cards.of_route(channel_id, told_at)
    if not broken and not card.may_show:
        return None
    there = select(func.count()).select_from(Subscription).where(Subscription.channel_id == channel_id)
    code, since = (channel.broken_code, channel.broken_at) if channel and broken else (None, None)
    subscriptions, waiting = session.scalar(there) or 0, _waiting(session, channel_id)
    return RouteCard(channel_id, code, since, subscriptions, mended=not broken, waiting=waiting)


def _waiting(session: Session, channel_id: str) -> int:
    undelivered = Card.channel_id == channel_id, Card.due_at.is_not(None), Card.shown < Card.wanted
    return session.scalar(select(func.count()).select_from(Card).where(*undelivered)) or 0


def of_offer(channel_id: str) -> OfferCard:
    return OfferCard(channel_id)
