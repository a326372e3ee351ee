"""When a resolution has held: the carrier has synced since, and has not sent the message again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from services import streams
from services.alerts import lifecycle
from services.cards import cards
from services.integrations.attention import constant, current
from services.store.exchange import CarrierMessage, Integration
from services.store.messages import Escalation

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


def settle(session: Session, now: datetime, settling: timedelta) -> int:
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
        lifecycle.follow_failures(session, now, {(employer, carrier) for _, employer, carrier in found})
    return len(ids)


def show_escalations(session: Session, now: datetime, which: ColumnElement[bool]) -> None:
    """Have the cards in the operators' channel tell what became of these messages."""
    query = select(Escalation.id).join(Escalation.message).where(which)
    cards.bump(session, [cards.of_escalation(each) for each in session.scalars(query)], now)


_BLIND = {"synchronize_session": False}
