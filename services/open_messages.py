"""The open messages of an integration. Their values and texts were masked on the way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from services import history, integrations
from services.access import Actor, Right, require
from services.errors import NotFound
from services.integrations import AsOf, IntegrationRow, Place
from services.models import CarrierMessage
from services.ports import Severity

PAGE = 8


class Waiting(StrEnum):
    """What a message is waiting for."""

    RESOLUTION = "resolution"
    MIDDLEWARE = "middleware"
    NEXT_SYNC = "next_sync"
    NOTHING = "nothing"


@dataclass(frozen=True)
class MessageLine:
    """`came_back` counts how often it returned after it had been resolved."""

    id: int
    severity: Severity
    kind: str
    field: str | None
    platform_value: str | None
    carrier_value: str | None
    text: str
    employee_ref: str | None
    received_at: datetime
    resolved_at: datetime | None
    came_back: int
    waiting: Waiting


@dataclass(frozen=True)
class MessagesView:
    row: IntegrationRow
    lines: tuple[MessageLine, ...]
    place: Place
    as_of: AsOf


def view(session: Session, who: Actor, now: datetime, integration_id: int, wanted: int = 1) -> MessagesView:
    """One page: Failures, then Warnings, then the rest; the oldest of each first."""
    require(who, Right.SEE_MESSAGES)
    as_of = integrations.as_of(session, now)
    row = integrations.one(session, who, as_of, integration_id)
    if row is None:
        raise NotFound(integrations.NOT_THERE)
    here = (CarrierMessage.integration_id == row.id, CarrierMessage.cleared_at.is_(None))
    total = session.scalar(select(func.count(CarrierMessage.id)).where(*here)) or 0
    place = Place.at(wanted, total, PAGE)
    order = (_weight(), CarrierMessage.received_at, CarrierMessage.id)
    query = select(CarrierMessage).where(*here).order_by(*order).limit(PAGE).offset(place.offset)
    lines = tuple(_read(message) for message in session.scalars(query))
    (told,) = history.with_next(session, [row], as_of.known)
    return MessagesView(told, lines, place, as_of)


def _weight() -> ColumnElement[int]:
    return case(
        (CarrierMessage.severity == Severity.FAILURE, 0),
        (CarrierMessage.severity == Severity.WARNING, 1),
        else_=2,
    )


def _read(message: CarrierMessage) -> MessageLine:
    return MessageLine(
        id=message.id,
        severity=Severity(message.severity),
        kind=message.kind,
        field=message.field,
        platform_value=message.platform_value,
        carrier_value=message.carrier_value,
        text=message.text,
        employee_ref=message.employee_ref,
        received_at=message.received_at,
        resolved_at=message.resolved_at,
        came_back=message.cycles,
        waiting=_waiting(message),
    )


def _waiting(message: CarrierMessage) -> Waiting:
    if message.state == "resolved":
        return Waiting.NEXT_SYNC
    if message.severity == Severity.INFO:
        return Waiting.NOTHING
    return Waiting.RESOLUTION if message.assignee == "platform" else Waiting.MIDDLEWARE
