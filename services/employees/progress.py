"""How batches go: their cards are shown anew as they advance, and at their end."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.cards import cards
from services.employees.listing import State
from services.store.employees import Attempt, Batch

# A card is delivered within a second of being wanted: so its edits are a second apart at the least.
EVERY = timedelta(seconds=2)
ANYWAY = timedelta(seconds=30)  # the time goes on, also where nothing advances


def tell(session: Session, now: datetime) -> list[int]:
    """Show anew the cards of the running batches that advanced; return the ids of those that ended."""
    number = func.count(Attempt.id)
    running = select(Batch, number.filter(Attempt.state == State.IN_PROGRESS), number)
    running = running.outerjoin(Attempt, Attempt.batch_id == Batch.id).where(Batch.ended_at.is_(None))
    ended = []
    for batch, left, total in session.execute(running.group_by(Batch.id).order_by(Batch.id)).all():
        pause = now - (batch.told_at or batch.asked_at)
        if left == 0:
            due = pause >= EVERY or batch.told_at is None
        else:
            due = pause >= (EVERY if total - left != batch.told else ANYWAY)
        if due and _first(session, batch, now, total - left, ended=left == 0):
            cards.bump(session, [cards.of_batch(batch.id)], now)
            ended += [batch.id] if left == 0 else []
    return ended


def _first(session: Session, batch: Batch, now: datetime, finished: int, *, ended: bool) -> bool:
    """Note it; False when another replica did so in this very moment."""
    same = Batch.told_at.is_(None) if batch.told_at is None else Batch.told_at == batch.told_at
    noted = update(Batch).where(Batch.id == batch.id, Batch.ended_at.is_(None), same)
    noted = noted.values(told=finished, told_at=now, ended_at=now if ended else None)
    return session.connection().execute(noted).rowcount == 1
