"""What the cards of resolutions tell: to the person who asked, and to Operations. No value and no name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.messages import life, lines
from services.store.alerts import Card
from services.store.base import UTCDateTime
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Bulk, Escalation, Resolution

MOST_NAMED = 20


@dataclass(frozen=True)
class ResolutionCard:
    """A resolution that the exchange did not confirm at once, in the person's own direct message.

    `state`: queued, sent or refused. `reason`: why it waits, or why it was refused. `next_at`: when the
    carrier's next sync is expected.
    """

    template: ClassVar[str] = "messages/resolution"
    resolution_id: int
    version: int
    message_id: int
    state: str
    outcome: str
    kind: str
    severity: str
    employer: str
    carrier: str
    plan_name: str
    time_zone: str
    requested_by: str
    requested_at: datetime
    settled_at: datetime | None
    next_try_at: datetime | None
    reason: str | None
    next_at: datetime | None


@dataclass(frozen=True)
class Failed:
    """`employee_ref` is the platform's number for the employee: for the person who asked alone."""

    message_id: int
    employee_ref: str | None
    employer: str
    carrier: str
    reason: str


@dataclass(frozen=True)
class BulkCard:
    """Several resolutions, as they are answered one by one; `finished_at` is set when all are.

    `waits_because`: why some still wait, where the exchange was asked already. `failed` are those that it
    refused, the first ones; `more` counts the others.
    """

    template: ClassVar[str] = "messages/bulk"
    bulk_id: int
    version: int
    kind: str
    outcome: str
    total: int
    sent: int
    refused: int
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    waits_because: str | None
    failed: tuple[Failed, ...]
    more: int

    @property
    def queued(self) -> int:
        return self.total - self.sent - self.refused


@dataclass(frozen=True)
class EscalationCard:
    """A message handed to Operations, in their channel. `state` is a `messages.State`: what became of it."""

    template: ClassVar[str] = "messages/escalation"
    escalation_id: int
    version: int
    message_id: int
    employer: str
    carrier: str
    plan_name: str
    kind: str
    severity: str
    came_back: int
    summary: str
    escalated_by: str
    escalated_at: datetime
    state: str
    cleared_at: datetime | None


def of_resolution(session: Session, resolution_id: int, card: Card, now: datetime) -> ResolutionCard | None:
    """None when it was confirmed before anything was said of it: the message itself tells that."""
    resolution = session.get(Resolution, resolution_id)
    if resolution is None or (resolution.state == "sent" and card.ts is None and not card.doubtful):
        return None
    message = resolution.message
    place = message.integration
    return ResolutionCard(
        resolution_id=resolution.id,
        version=card.wanted,
        message_id=message.id,
        state=resolution.state,
        outcome=resolution.outcome,
        kind=message.kind,
        severity=message.severity,
        employer=place.employer.name,
        carrier=place.carrier.name,
        plan_name=place.plan_name,
        time_zone=place.carrier.time_zone,
        requested_by=resolution.requested_by,
        requested_at=resolution.requested_at,
        settled_at=resolution.settled_at,
        next_try_at=resolution.due_at,
        reason=resolution.reason,
        next_at=lines.next_sync(session, place, now),
    )


def of_bulk(session: Session, bulk_id: int, card: Card, now: datetime) -> BulkCard | None:
    del now
    bulk = session.get(Bulk, bulk_id)
    if bulk is None:
        return None
    theirs = select(Resolution.state, func.count(), func.max(Resolution.settled_at, type_=UTCDateTime()))
    rows = session.execute(theirs.where(Resolution.bulk_id == bulk_id).group_by(Resolution.state)).all()
    states = Counter({state: number for state, number, _ in rows})
    waiting = select(func.max(Resolution.reason)).filter_by(bulk_id=bulk_id, state="queued")
    finished_at = max(filter(None, (at for *_, at in rows)), default=None)
    return BulkCard(
        bulk_id=bulk.id,
        version=card.wanted,
        kind=bulk.kind,
        outcome=bulk.outcome,
        total=bulk.total,
        sent=states["sent"],
        refused=states["refused"],
        requested_by=bulk.requested_by,
        requested_at=bulk.requested_at,
        finished_at=None if states["queued"] else finished_at,
        waits_because=session.scalar(waiting),
        failed=_failed(session, bulk_id),
        more=max(0, states["refused"] - MOST_NAMED),
    )


def _failed(session: Session, bulk_id: int) -> tuple[Failed, ...]:
    query = lines.rows().add_columns(Resolution.reason)
    query = query.join(Resolution, Resolution.message_id == CarrierMessage.id)
    query = query.where(Resolution.bulk_id == bulk_id, Resolution.state == "refused")
    found = session.execute(query.order_by(Resolution.id).limit(MOST_NAMED))
    return tuple(_failure(message, message.integration, reason) for message, reason in found)


def _failure(message: CarrierMessage, place: Integration, reason: str) -> Failed:
    return Failed(message.id, message.employee_ref, place.employer.name, place.carrier.name, reason)


def of_escalation(session: Session, escalation_id: int, card: Card, now: datetime) -> EscalationCard | None:
    del now
    escalation = session.get(Escalation, escalation_id)
    if escalation is None:
        return None
    message = escalation.message
    place = message.integration
    return EscalationCard(
        escalation_id=escalation.id,
        version=card.wanted,
        message_id=message.id,
        employer=place.employer.name,
        carrier=place.carrier.name,
        plan_name=place.plan_name,
        kind=message.kind,
        severity=message.severity,
        came_back=escalation.cycle,
        summary=escalation.summary,
        escalated_by=escalation.escalated_by,
        escalated_at=escalation.escalated_at,
        state=life.state_of(message),
        cleared_at=message.cleared_at,
    )
