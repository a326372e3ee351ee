"""From a card to what is true of its subject now: one reader for each kind of subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from services import alert_facts, aside_facts, change_facts, employee_facts, message_facts
from services.alert_facts import FailuresFacts, LastSyncFacts
from services.aside_facts import AsideFacts
from services.change_facts import ChangeFacts
from services.employee_facts import BatchFacts
from services.message_facts import BulkFacts, EscalationFacts, ResolutionFacts
from services.models import Card

Facts = (
    AsideFacts
    | LastSyncFacts
    | FailuresFacts
    | ChangeFacts
    | BatchFacts
    | ResolutionFacts
    | BulkFacts
    | EscalationFacts
)
Reader = Callable[[Session, int, Card, datetime], Facts | None]

_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "alert": alert_facts.of,
        "aside": aside_facts.of,
        "batch": lambda session, batch_id, card, now: employee_facts.of(session, batch_id, card.wanted, now),
        "bulk": message_facts.of_bulk,
        "change": lambda session, change_id, card, _: change_facts.of(session, change_id, card.wanted),
        "escalation": message_facts.of_escalation,
        "resolution": message_facts.of_resolution,
    }
)


def of(session: Session, card: Card, now: datetime) -> Facts | None:
    """What is true of the card's subject. None when there is nothing to tell: it was over before."""
    kind, _, number = card.subject.partition(":")
    return _READERS[kind](session, int(number), card, now)
