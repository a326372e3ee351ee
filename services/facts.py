"""From a card to what is true of its subject now: one reader for each kind of subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from services import (
    aside_facts,
    change_facts,
    channel_facts,
    digest,
    employee_facts,
    message_facts,
    news_facts,
)
from services.aside_facts import AsideFacts
from services.change_facts import ChangeFacts
from services.channel_facts import OfferFacts, RouteFacts, SampleFacts
from services.digest import DigestFacts
from services.employee_facts import BatchFacts
from services.message_facts import BulkFacts, EscalationFacts, ResolutionFacts
from services.models import Card
from services.news_facts import News, StoryFacts
from services.routing import NOWHERE, Rooms

Facts = (
    News
    | StoryFacts
    | DigestFacts
    | SampleFacts
    | RouteFacts
    | OfferFacts
    | AsideFacts
    | ChangeFacts
    | BatchFacts
    | ResolutionFacts
    | BulkFacts
    | EscalationFacts
)
Reader = Callable[[Session, int, Card, datetime], Facts | None]
BoundedReader = Callable[[Session, int, Card, datetime, Rooms], Facts | None]

_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "aside": aside_facts.of,
        "batch": lambda session, batch_id, card, now: employee_facts.of(session, batch_id, card.wanted, now),
        "bulk": message_facts.of_bulk,
        "change": lambda session, change_id, card, _: change_facts.of(session, change_id, card.wanted),
        "escalation": message_facts.of_escalation,
        "resolution": message_facts.of_resolution,
        "sample": lambda session, sample_id, *_: channel_facts.of_sample(session, sample_id),
    }
)
# What these tell is bounded by what the channel may hear.
_BOUNDED: Mapping[str, BoundedReader] = MappingProxyType(
    {"alert": news_facts.of, "digest": digest.of, "event": news_facts.of_event}
)


def of(session: Session, card: Card, now: datetime, rooms: Rooms = NOWHERE) -> Facts | None:
    """What is true of the card's subject. None when there is nothing to tell: it was over before."""
    kind, _, about = card.subject.partition(":")
    if kind == "offer":
        return channel_facts.of_offer(about)
    if kind == "route":
        return channel_facts.of_route(session, about, card)
    if kind in _BOUNDED:
        return _BOUNDED[kind](session, int(about), card, now, rooms)
    return _READERS[kind](session, int(about), card, now)
