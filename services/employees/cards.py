"""What the cards about employees tell: how a batch goes, and why some have failed. Never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.employees.listing import State, is_stuck
from services.store.employees import Attempt, Batch

MOST_REASONS = 10
_SAYABLE = timedelta(seconds=2)  # before that a rate is chance

Reason = tuple[str, str | None, int]
"""(kind, field, how many)"""


@dataclass(frozen=True)
class BatchCard:
    """How a batch goes, in the direct messages of who asked for it.

    `because`: sync, again or level. `reasons` are (kind, field, how many) of the failed, the most first.
    While it runs, `ended_at` is None; `rate` is in employees a second, once it can be said.
    `waiting_for` says why the rest waits, if it does.
    """

    template: ClassVar[str] = "employees/batch"
    batch_id: int
    version: int
    because: str
    level: str | None
    total: int
    successful: int
    failed: int
    in_progress: int
    linked: int
    created: int
    updated: int
    closed: int
    reasons: tuple[Reason, ...]
    stuck: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None = None
    rate: float | None = None
    time_left: timedelta | None = None
    waiting_for: str | None = None

    @property
    def finished(self) -> int:
        return self.successful + self.failed


def read_card(session: Session, batch_id: int, version: int, now: datetime) -> BatchCard | None:
    """What is true of the batch; None when there is none, or nobody asked for it."""
    batch = session.get(Batch, batch_id)
    if batch is None or batch.asked_by is None:
        return None
    numbers = tally(session, batch_id, now)
    rate = _rate(batch, numbers.successful + numbers.failed, now)
    left = timedelta(seconds=round(numbers.in_progress / rate)) if rate and not batch.ended_at else None
    return BatchCard(
        batch_id=batch.id,
        version=version,
        because=batch.because,
        level=batch.level,
        total=batch.total,
        successful=numbers.successful,
        failed=numbers.failed,
        in_progress=numbers.in_progress,
        linked=numbers.linked,
        created=numbers.created,
        updated=numbers.updated,
        closed=numbers.closed,
        reasons=reasons(session, batch_id),
        stuck=numbers.stuck,
        asked_by=batch.asked_by,
        asked_at=batch.asked_at,
        ended_at=batch.ended_at,
        rate=rate,
        time_left=left,
        waiting_for=_waiting_for(session, batch_id) if numbers.in_progress else None,
    )


def tally(session: Session, batch_id: int, now: datetime) -> Any:  # noqa: ANN401  a row with these labels
    """How many of the batch's attempts are in each state, and came to each outcome."""
    count = func.count
    states = [count().filter(Attempt.state == each).label(each) for each in list(State)[1:]]
    ends = [
        count().filter(Attempt.outcome == each).label(each)
        for each in ("linked", "created", "updated", "closed")
    ]
    stuck = count().filter(is_stuck(now)).label("stuck")
    return session.execute(select(*states, *ends, stuck).where(Attempt.batch_id == batch_id)).one()


def reasons(session: Session, batch_id: int) -> tuple[Reason, ...]:
    number = func.count()
    query = select(Attempt.kind, Attempt.field, number)
    query = query.where(Attempt.batch_id == batch_id, Attempt.state == State.FAILED)
    query = query.group_by(Attempt.kind, Attempt.field).order_by(number.desc(), Attempt.kind, Attempt.field)
    rows = session.execute(query.limit(MOST_REASONS))
    return tuple((kind or "unclear", field, how_many) for kind, field, how_many in rows)


def _rate(batch: Batch, finished: int, now: datetime) -> float | None:
    lasted = (batch.ended_at or now) - batch.asked_at
    if lasted < _SAYABLE or not finished:
        return None
    return finished / lasted.total_seconds()


def _waiting_for(session: Session, batch_id: int) -> str | None:
    """What most of those that were put off wait for."""
    number = func.count()
    query = select(Attempt.reason).where(Attempt.batch_id == batch_id, Attempt.state == State.IN_PROGRESS)
    query = query.where(Attempt.reason.is_not(None)).group_by(Attempt.reason).order_by(number.desc())
    return session.scalar(query.limit(1))
