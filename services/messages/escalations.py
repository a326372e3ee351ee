"""Handing a message that keeps coming back to Operations, with a summary that holds nothing private."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import words
from services.access import Actor, Right, require
from services.cards import cards
from services.errors import MovedOn, Refused
from services.messages import lines
from services.messages.life import State
from services.messages.lines import MessageLine
from services.messages.view import visible_message
from services.people import audit
from services.ports import SIDES, Outcome
from services.store.base import insert_into
from services.store.exchange import CarrierMessage
from services.store.messages import Escalation, Resolution

MOST_TOLD = 5
_NO_CHANNEL = "No channel for Operations is set. Copy the summary and send it to them."
_NOT_BACK = "This message is not open after a resolution any more, so there is nothing to escalate."


@dataclass(frozen=True)
class Draft:
    """`summary`: lines of plain text, ready to send or copy. `escalated_at`: it was sent in this cycle."""

    message_id: int
    version: int
    summary: str
    escalated_at: datetime | None
    escalated_by: str | None


def draft(session: Session, actor: Actor, now: datetime, message_id: int) -> Draft:
    require(actor, Right.RESOLVE)
    message = visible_message(session, actor, message_id)
    (line,) = lines.lines(session, actor, now, [message])
    sent = _sent(session, message)
    summary = sent.summary if sent else "\n".join(_summary(session, message, line, now))
    return _draft(message, summary, sent)


def escalate(
    session: Session, actor: Actor, now: datetime, message_id: int, *, version: int, channel: str | None
) -> Draft:
    """Post the summary to `channel`, the operators' own: once a message and cycle."""
    found = draft(session, actor, now, message_id)
    message = session.get_one(CarrierMessage, message_id, with_for_update=True)
    if found.escalated_at:
        return found
    (line,) = lines.lines(session, actor, now, [message])
    if line.state is not State.CAME_BACK or version < message.returns:
        raise MovedOn(_NOT_BACK)
    if channel is None:
        raise Refused(_NO_CHANNEL)
    escalation = _insert(session, actor, now, message, found.summary)
    if escalation is None:
        return _draft(message, found.summary, _sent(session, message))
    cards.want(session, cards.of_escalation(escalation.id), channel, now)
    audit.record(
        session,
        actor,
        "message.escalated",
        now=now,
        integration=message.integration,
        employee_ref=message.employee_ref,
        message=message.id,
        issue=message.kind,
        came_back=words.times(message.returns),
    )
    return _draft(message, found.summary, escalation)


def _insert(
    session: Session, actor: Actor, now: datetime, message: CarrierMessage, summary: str
) -> Escalation | None:
    row = {
        "message_id": message.id,
        "cycle": message.returns,
        "summary": summary,
        "escalated_by": actor.user_id,
        "escalated_as": actor.role,
        "escalated_at": now,
    }
    made = insert_into(session, Escalation).values(row).on_conflict_do_nothing().returning(Escalation)
    return session.scalar(made)


def _sent(session: Session, message: CarrierMessage) -> Escalation | None:
    return session.scalar(select(Escalation).filter_by(message_id=message.id, cycle=message.returns))


def _draft(message: CarrierMessage, summary: str, sent: Escalation | None) -> Draft:
    at, by = (sent.escalated_at, sent.escalated_by) if sent else (None, None)
    return Draft(message.id, message.returns, summary, at, by)


def _summary(session: Session, message: CarrierMessage, line: MessageLine, now: datetime) -> Iterator[str]:
    """Operations look the message up by the exchange's id: no employee, no value, no text of the carrier."""
    zone = line.time_zone
    received = words.day(line.received_at, zone, now)
    yield f"{line.employer.name}, {line.carrier.name}: {line.plan_name} ({line.plan_type})"
    yield f"{line.severity.value.capitalize()}, {words.kind(line.kind)}; the exchange's id is {message.ref}"
    yield f"Received on {received}; came back {words.times(line.came_back)} after a resolution"
    for each in _resolutions(session, message):
        side = SIDES[Outcome(each.outcome)]
        whom = lines.by_whom(each.requested_as)
        yield f"Resolved on {words.day(each.requested_at, zone, now)} {whom}: {side}"
    if told := lines.story(line, now):
        yield f"Latest: {told}"
    if line.last_sync_at:
        yield f"Last sync {words.ago(line.last_sync_at, now)}, on {words.day(line.last_sync_at, zone, now)}"


def _resolutions(session: Session, message: CarrierMessage) -> list[Resolution]:
    """The latest ones that the exchange took, the oldest of them first."""
    query = select(Resolution).filter_by(message_id=message.id, state="sent")
    return list(reversed(session.scalars(query.order_by(Resolution.id.desc()).limit(MOST_TOLD)).all()))
