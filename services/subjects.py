"""From a card to what is true of its subject now: one reader for each kind of subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from services.alerts import news_facts
from services.alerts.news_facts import News, StoryFacts
from services.cards import undelivered
from services.cards.undelivered import AsideFacts
from services.channels import cards, digest
from services.channels.cards import OfferFacts, RouteFacts, SampleFacts
from services.channels.digest import DigestFacts
from services.channels.routing import NOWHERE, Rooms
from services.employees import cards as employee_facts
from services.employees.cards import BatchFacts
from services.integrations import changes
from services.integrations.changes import ChangeFacts
from services.messages import cards as message_facts
from services.messages.cards import BulkFacts, EscalationFacts, ResolutionFacts
from services.store.alerts import Card

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
        "aside": undelivered.of,
        "batch": lambda session, batch_id, card, now: employee_facts.of(session, batch_id, card.wanted, now),
        "bulk": message_facts.of_bulk,
        "change": lambda session, change_id, card, _: changes.read_card(session, change_id, card.wanted),
        "escalation": message_facts.of_escalation,
        "resolution": message_facts.of_resolution,
        "sample": lambda session, sample_id, *_: cards.of_sample(session, sample_id),
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
        return cards.of_offer(about)
    if kind == "route":
        return cards.of_route(session, about, card)
    if kind in _BOUNDED:
        return _BOUNDED[kind](session, int(about), card, now, rooms)
    return _READERS[kind](session, int(about), card, now)
