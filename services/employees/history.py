"""One employee: every attempt, what came of it, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.access import Actor, Right
from services.employees import listing, readiness
from services.employees.listing import STUCK, EmployeeLine, State
from services.employees.validation import remedy, sentence
from services.integrations.listing import Place
from services.store.employees import Attempt, Batch, Employee

PAGE = 8


@dataclass(frozen=True)
class AttemptLine:
    """`because`: sync, again, level or hr. `by`: who asked; None when HR's record had changed.

    `origin` (hr or benefits), `field`, `kind`, `reason` and `remedy` say why it failed and what to do; while
    it is in progress, `reason` says what it waits for.
    """

    id: int
    state: State
    because: str
    by: str | None
    asked_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    origin: str | None
    field: str | None
    kind: str | None
    reason: str | None
    remedy: str | None
    stuck: bool


@dataclass(frozen=True)
class EmployeeView:
    """`to_mend`: what is wrong with HR's record, as it was read at `as_of`."""

    line: EmployeeLine
    attempts: tuple[AttemptLine, ...]
    place: Place
    newest_id: int | None
    may_try_again: bool
    to_mend: tuple[str, ...]
    as_of: datetime | None


def view(session: Session, actor: Actor, now: datetime, employee_id: int, page: int = 1) -> EmployeeView:
    line = listing.find(session, actor, now, employee_id)
    of_employee = Attempt.employee_id == employee_id
    total = session.scalar(select(func.count()).select_from(Attempt).where(of_employee)) or 0
    place = Place.at(page, total, PAGE)
    query = select(Attempt, Batch).join(Batch, Attempt.batch_id == Batch.id).where(of_employee)
    query = query.order_by(Attempt.id.desc()).offset(place.offset).limit(PAGE)
    employee = session.get_one(Employee, employee_id)
    wrong = readiness.problems(session, employee, now.date())
    return EmployeeView(
        line=line,
        attempts=tuple(_line(*row, now) for row in session.execute(query)),
        place=place,
        newest_id=session.scalar(select(Attempt.id).where(of_employee, Attempt.newest)),
        may_try_again=line.state is State.FAILED and actor.may(Right.SYNC),
        to_mend=tuple(map(sentence, wrong)),
        as_of=listing.hr_reading(session).read_at,
    )


def _line(attempt: Attempt, batch: Batch, now: datetime) -> AttemptLine:
    state = State(attempt.state)
    return AttemptLine(
        id=attempt.id,
        state=state,
        because=batch.because,
        by=batch.asked_by,
        asked_at=attempt.asked_at,
        sent_at=attempt.sent_at,
        finished_at=attempt.finished_at,
        outcome=attempt.outcome,
        origin=attempt.origin,
        field=attempt.field,
        kind=attempt.kind,
        reason=attempt.reason,
        remedy=remedy(attempt.kind, attempt.field) if state is State.FAILED else None,
        stuck=state is State.IN_PROGRESS and attempt.asked_at < now - STUCK,
    )
