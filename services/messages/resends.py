"""A message that the exchange sends again under a new id is the same message, and keeps its resolutions.

The same: of one integration, about one employee, one field and one kind, received after the resolution. Two
that are open at once are two messages: an employee may have two dependents.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.ports import MessageItem
from services.store.exchange import CarrierMessage
from services.store.messages import MessageRef

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
