"""When a resolution has held, and when a carrier sent its message again: what clears, and what came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from services import streams
from services.alerts import failures
from services.cards import cards
from services.integrations.attention import constant, current
from services.ports import MessageItem
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Escalation, MessageRef

SWEEP = 500


def note_reached(session: Session, now: datetime, integration_ids: Collection[int]) -> None:
    """Note which resolutions the integrations' syncs have reached: from then on the carrier may answer."""
    if not integration_ids:
        return
    last_sync = select(Integration.last_sync_at).where(Integration.id == CarrierMessage.integration_id)
    reached = update(CarrierMessage).where(
        CarrierMessage.integration_id.in_(integration_ids),
        CarrierMessage.reached_at.is_(None),
        CarrierMessage.resolved_at < last_sync.scalar_subquery(),
        current(),
    )
    session.execute(reached.values(reached_at=now), execution_options=_BLIND)


def clear(session: Session, now: datetime, settling: timedelta) -> int:
    """Clear up to `SWEEP` messages that the carrier has not sent again after its sync; return how many.

    A message may follow its sync by some minutes: `settling` must pass, and the messages be read completely
    after that. One that comes later still is open again, and has come back.
    """
    read_at = streams.read_at(session, streams.MESSAGES)
    if read_at is None:
        return 0
    quiet = select(CarrierMessage.id, Integration.employer_id, Integration.carrier_id)
    quiet = quiet.join(CarrierMessage.integration).where(
        CarrierMessage.state == constant("resolved"),
        current(),
        CarrierMessage.reached_at <= read_at - settling,
    )
    quiet = quiet.order_by(CarrierMessage.id).limit(SWEEP)
    found = session.execute(quiet.with_for_update(skip_locked=True, of=CarrierMessage)).all()
    ids = [message_id for message_id, *_ in found]
    if ids:
        gone = update(CarrierMessage).where(CarrierMessage.id.in_(ids)).values(cleared_at=now)
        session.execute(gone, execution_options=_BLIND)
        show_escalations(session, now, CarrierMessage.id.in_(ids))
        failures.follow(session, now, {(employer, carrier) for _, employer, carrier in found})
    return len(ids)


def show_escalations(session: Session, now: datetime, which: ColumnElement[bool]) -> None:
    """Have the cards in the operators' channel tell what became of these messages."""
    query = select(Escalation.id).join(Escalation.message).where(which)
    cards.bump(session, [cards.of_escalation(each) for each in session.scalars(query)], now)


_BLIND = {"synchronize_session": False}


SAME_FOR = timedelta(days=90)  # what is found after that is a new finding

Sent = tuple[int, MessageItem]
"""(integration id, message)"""
_Key = tuple[int, str]  # integration id, the exchange's id


def sort(session: Session, sent: Sequence[Sent]) -> tuple[list[Sent], list[Sent]]:
    """Split into what can be kept as it is, and what may be a message that is known under another id.

    What is told of a message's earlier id is old news, unless the carrier sends it again under that id.
    """
    current, earlier = _current(session, sent), _earlier(session, sent)
    told, again = [], []
    for integration_id, item in sent:
        former = earlier.get((integration_id, item.ref))
        if former is not None and item.updated_at <= former.updated_at:
            continue
        if item.state == "open" and (integration_id, item.ref) not in current:
            again.append((integration_id, item))
        elif former is not None:
            former.updated_at = item.updated_at
        else:
            told.append((integration_id, item))
    session.flush()
    return told, again


def recognise(session: Session, again: Sequence[Sent]) -> Sequence[Sent]:
    """Call the messages that were sent again what the exchange calls them by now; return what was sent."""
    if not again:
        return again
    earlier = _earlier(session, again)
    settled = _settled(session, again, [each.message_id for each in earlier.values()])
    for integration_id, item in sorted(again, key=lambda each: each[1].received_at):
        former = earlier.get((integration_id, item.ref))
        found = _same(integration_id, item, former, settled)
        if former is not None:
            session.delete(former)  # it is the message's present id, or a message of its own
        if found is not None:
            settled.remove(found)
            _rename(session, found, item)
    session.flush()
    return again


def _same(
    integration_id: int, item: MessageItem, former: MessageRef | None, settled: Sequence[CarrierMessage]
) -> CarrierMessage | None:
    """The message that this is, the one that was resolved last where several could be."""
    if former is not None:
        return next((each for each in settled if each.id == former.message_id), None)
    what = (integration_id, item.employee_ref, item.field, item.kind)
    alike = [
        each
        for each in settled
        if (each.integration_id, each.employee_ref, each.field, each.kind) == what
        and each.resolved_at
        and each.resolved_at < item.received_at <= each.resolved_at + SAME_FOR
    ]
    return (
        max(alike, key=lambda each: (each.resolved_at, each.id), default=None) if item.employee_ref else None
    )


def _rename(session: Session, message: CarrierMessage, item: MessageItem) -> None:
    session.add(
        MessageRef(
            integration_id=message.integration_id,
            ref=message.ref,
            message_id=message.id,
            updated_at=message.updated_at,
        )
    )
    message.ref, message.updated_at = item.ref, item.updated_at


def _current(session: Session, sent: Sequence[Sent]) -> set[_Key]:
    ids, refs = _places(sent), _refs(sent)
    columns = (CarrierMessage.integration_id, CarrierMessage.ref)
    query = select(*columns).where(columns[0].in_(ids), columns[1].in_(refs))
    return {(integration_id, ref) for integration_id, ref in session.execute(query)}


def _earlier(session: Session, sent: Sequence[Sent]) -> dict[_Key, MessageRef]:
    query = select(MessageRef).where(
        MessageRef.integration_id.in_(_places(sent)), MessageRef.ref.in_(_refs(sent))
    )
    return {(each.integration_id, each.ref): each for each in session.scalars(query)}


def _settled(session: Session, sent: Sequence[Sent], ids: Collection[int]) -> list[CarrierMessage]:
    """Messages that are resolved now, and that one of these may be."""
    people = {item.employee_ref for _, item in sent if item.employee_ref}
    since = min(item.received_at for _, item in sent) - SAME_FOR
    alike = CarrierMessage.integration_id.in_(_places(sent)) & CarrierMessage.employee_ref.in_(people)
    query = select(CarrierMessage).where(
        CarrierMessage.state == "resolved",
        or_(CarrierMessage.id.in_(ids), alike & (CarrierMessage.resolved_at >= since)),
    )
    query = query.order_by(CarrierMessage.id).with_for_update()
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def _places(sent: Sequence[Sent]) -> set[int]:
    return {integration_id for integration_id, _ in sent}


def _refs(sent: Sequence[Sent]) -> set[str]:
    return {item.ref for _, item in sent}
